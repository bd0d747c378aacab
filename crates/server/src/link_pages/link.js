// The pages that links in mails lead to when this server is the public address.
// Opening a page changes nothing, because mail filters open links too: it is the
// button that does.

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
    failed: "The server does not answer. Try again later.",
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
    failed: "O servidor não responde. Tente mais tarde.",
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
    failed: "El servidor no responde. Inténtelo más tarde.",
  },
};

const language =
  navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in texts) ?? "en";
const main = document.querySelector("main");
const form = main.querySelector("form");
const status = main.querySelector("[role=status]");
const link = main.dataset.link;
const said = texts[language][link];

document.documentElement.lang = language;
document.title = said.title;
main.querySelector("h1").textContent = said.title;
for (const element of main.querySelectorAll("[data-text]")) {
  element.textContent = said[element.dataset.text];
}

// The token leaves the address, and with it the history of the browser.
const token = new URLSearchParams(location.search).get("token") ?? "";
history.replaceState(null, "", location.pathname);

const place = {
  confirm: `/v2/auth/confirmation/${encodeURIComponent(token)}`,
  reset: `/v2/auth/reset/${encodeURIComponent(token)}`,
}[link];

/** Calls the operation and gives its answer, or undefined once a failure is shown. */
async function call(method, body) {
  try {
    const response = await fetch(place, {
      method,
      headers: {
        "X-Language": language,
        ...(body && { "Content-Type": "application/json" }),
      },
      body: body && JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.ok) {
      return answer;
    }
    const details = answer.errors?.map((error) => error.detail) ?? [answer.detail];
    status.textContent = details.join(", ");
    // What is gone or was never there stays so.
    form.hidden = response.status === 404 || response.status === 410;
  } catch {
    status.textContent = texts[language].failed;
  }
  return undefined;
}

if (link === "reset") {
  const answer = await call("GET");
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
      ? await call("PUT")
      : await call("POST", {
          newPassword: form.elements.namedItem("newPassword").value,
          confirmPassword: form.elements.namedItem("confirmPassword").value,
        });
  if (answer) {
    form.hidden = true;
    status.textContent = answer.message;
  }
});
