// Where the links lead by which agreements are signed when this server is the public
// address. Opening the page changes nothing: it is the button that signs.

import { call, carried, dress, form, language, status } from "/page.js";

const texts = {
  en: {
    title: "Sign the agreement",
    with: "with",
    draft: "Read the agreement (PDF)",
    name: "Your name",
    consent: "I have read the agreement, I may sign it for the company, and I sign it.",
    action: "Sign",
    signed: "The agreement is signed. You can close this page.",
  },
  pt: {
    title: "Assinar o contrato",
    with: "com",
    draft: "Ler o contrato (PDF)",
    name: "O seu nome",
    consent: "Li o contrato, posso assiná-lo pela empresa e assino-o.",
    action: "Assinar",
    signed: "O contrato está assinado. Pode fechar esta página.",
  },
  es: {
    title: "Firmar el contrato",
    with: "con",
    draft: "Leer el contrato (PDF)",
    name: "Su nombre",
    consent: "He leído el contrato, puedo firmarlo por la empresa y lo firmo.",
    action: "Firmar",
    signed: "El contrato está firmado. Puede cerrar esta página.",
  },
};

const said = texts[language];
dress(said);

const token = carried().get("token") ?? "";
const query = `?token=${encodeURIComponent(token)}`;

const agreement = await call("GET", `/sign/document${query}`);
if (agreement) {
  for (const [id, text] of [
    ["title", agreement.title],
    ["company", agreement.company_name],
    ["address", agreement.company_address],
    ["operator", agreement.operator_name],
  ]) {
    document.getElementById(id).textContent = text;
  }
  document.getElementById("draft").href = `/sign/draft${query}`;
  form.hidden = false;
}

form.addEventListener("refused", (event) => {
  // What is signed or withdrawn stays so.
  form.hidden = event.detail === 404 || event.detail === 410;
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  status.textContent = "";
  const answer = await call("POST", "/sign", {
    token,
    name: form.elements.namedItem("name").value,
    consent: form.elements.namedItem("consent").checked,
  });
  if (answer) {
    form.hidden = true;
    status.textContent = said.signed;
  }
});
