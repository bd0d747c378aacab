// The pages that links in mails lead to when this server is the public address.
// Opening a page changes nothing, because mail filters open links too: it is the
// button that does.

import { call, carried, dress, form, language, status } from "/page.js";

const texts = {
  en: {
    confirm: {
      title: "Confirm your address",
      explanation: "Somebody, probably you, has opened an account with this address.",
      action: "It was me: confirm",
    },
    reset: {
      title: "Set your password",
      explanation: "Choose a new password of 8 characters or more.",
      password: "New password",
      again: "The same once more",
      action: "Set the password",
    },
  },
  pt: {
    confirm: {
      title: "Confirme o seu endereço",
      explanation: "Alguém, provavelmente você, abriu uma conta com este endereço.",
      action: "Fui eu: confirmar",
    },
    reset: {
      title: "Defina a sua senha",
      explanation: "Escolha uma nova senha com 8 caracteres ou mais.",
      password: "Nova senha",
      again: "A mesma mais uma vez",
      action: "Definir a senha",
    },
  },
  es: {
    confirm: {
      title: "Confirme su dirección",
      explanation: "Alguien, probablemente usted, abrió una cuenta con esta dirección.",
      action: "Fui yo: confirmar",
    },
    reset: {
      title: "Elija su contraseña",
      explanation: "Elija una contraseña nueva de 8 caracteres o más.",
      password: "Contraseña nueva",
      again: "La misma otra vez",
      action: "Guardar la contraseña",
    },
  },
};

const link = document.querySelector("main").dataset.link;
dress(texts[language][link]);

const token = carried().get("token") ?? "";
const place = {
  confirm: `/v2/auth/confirmation/${encodeURIComponent(token)}`,
  reset: `/v2/auth/reset/${encodeURIComponent(token)}`,
}[link];

form.addEventListener("refused", (event) => {
  // What is gone or was never there stays so.
  form.hidden = event.detail === 404 || event.detail === 410;
});

if (link === "reset") {
  const answer = await call("GET", place);
  if (answer) {
    const email = form.elements.namedItem("email");
    email.value = answer.email;
    email.hidden = false;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  status.textContent = "";
  const answer =
    link === "confirm"
      ? await call("PUT", place)
      : await call("POST", place, {
          newPassword: form.elements.namedItem("newPassword").value,
          confirmPassword: form.elements.namedItem("confirmPassword").value,
        });
  if (answer) {
    form.hidden = true;
    status.textContent = answer.message;
  }
});
