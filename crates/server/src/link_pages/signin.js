// Where browsers go on to after single sign-on when this server is the sign-in page.
// The state of a sign-in stays in the tab that has begun it: a ticket that somebody
// else has brought about opens nothing here.

import { call, carried, dress, form, language, status } from "/page.js";

const texts = {
  en: {
    title: "Single sign-on",
    explanation: "Sign in with the identity provider of your organisation.",
    email: "Your address",
    action: "Go on",
    token: "The token of your session, shown this once",
    signedIn: "You are signed in as",
    elsewhere: "This sign-in was not begun here. Begin anew.",
    failed: "That did not work. Begin anew.",
    failures: {
      "assertion-refused":
        "The answer of the identity provider was refused. Begin anew.",
      "address-unverified":
        "The identity provider may not vouch for addresses of your domain.",
    },
  },
  pt: {
    title: "Login único",
    explanation: "Entre com o provedor de identidade da sua organização.",
    email: "O seu endereço",
    action: "Continuar",
    token: "O token da sua sessão, mostrado só desta vez",
    signedIn: "Você entrou como",
    elsewhere: "Este login não foi iniciado aqui. Comece de novo.",
    failed: "Não funcionou. Comece de novo.",
    failures: {
      "assertion-refused":
        "A resposta do provedor de identidade foi recusada. Comece de novo.",
      "address-unverified":
        "O provedor de identidade não pode responder por endereços do seu domínio.",
    },
  },
  es: {
    title: "Inicio de sesión único",
    explanation: "Entre con el proveedor de identidad de su organización.",
    email: "Su dirección",
    action: "Continuar",
    token: "El token de su sesión, mostrado solo esta vez",
    signedIn: "Ha entrado como",
    elsewhere: "Este inicio de sesión no comenzó aquí. Empiece de nuevo.",
    failed: "No ha funcionado. Empiece de nuevo.",
    failures: {
      "assertion-refused":
        "La respuesta del proveedor de identidad fue rechazada. Empiece de nuevo.",
      "address-unverified":
        "El proveedor de identidad no puede responder por direcciones de su dominio.",
    },
  },
};

const said = texts[language];
const begun = "charter-sign-in-state";
dress(said);

/** Redeems the ticket that the browser has come back with. */
async function redeem(ticket) {
  const state = sessionStorage.getItem(begun);
  sessionStorage.removeItem(begun);
  if (!state) {
    status.textContent = said.elsewhere;
    return;
  }
  const answer = await call("POST", "/v2/auth/saml/ticket", { ticket, state });
  if (answer) {
    form.hidden = true;
    status.textContent = `${said.signedIn} ${answer.user.displayName} <${answer.user.email}>`;
    const session = document.getElementById("session");
    session.querySelector("input").value = answer.token;
    session.hidden = false;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  status.textContent = "";
  const email = form.elements.namedItem("email").value;
  const answer = await call("POST", "/v2/auth/saml", { email });
  if (answer) {
    sessionStorage.setItem(begun, answer.state);
    location.assign(answer.url);
  }
});

const query = carried();
if (query.has("ticket")) {
  await redeem(query.get("ticket"));
} else if (query.has("error")) {
  const error = query.get("error");
  status.textContent = Object.hasOwn(said.failures, error) ? said.failures[error] : said.failed;
}
