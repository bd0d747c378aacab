// What the pages of this server share: their language, their words, and asking the
// server.

const failed = {
  en: "The server does not answer. Try again later.",
  pt: "O servidor não responde. Tente mais tarde.",
  es: "El servidor no responde. Inténtelo más tarde.",
};

export const language =
  navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in failed) ?? "en";

const main = document.querySelector("main");
export const form = main.querySelector("form");
export const status = main.querySelector("[role=status]");

/** Writes the words of the page into it. */
export function dress(said) {
  document.documentElement.lang = language;
  document.title = said.title;
  main.querySelector("h1").textContent = said.title;
  for (const element of main.querySelectorAll("[data-text]")) {
    element.textContent = said[element.dataset.text];
  }
}

/** What the address carries; it leaves the address, and with it the history of the browser. */
export function carried() {
  const query = new URLSearchParams(location.search);
  history.replaceState(null, "", location.pathname);
  return query;
}

/** Calls an operation and gives its answer, or undefined once a failure is shown. */
export async function call(method, place, body) {
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
    // What is gone stays so; the caller says what becomes of the form.
    form.dispatchEvent(new CustomEvent("refused", { detail: response.status }));
  } catch {
    status.textContent = failed[language];
  }
  return undefined;
}
