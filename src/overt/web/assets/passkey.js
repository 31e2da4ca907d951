// @ts-check
// Passkeys: asks our server what to ask the browser, and hands the browser's answer back. Pages without scripts have
// another way beside it.
//
//   <form data-passkey="get" data-options="…" action="…">          signs in when it is sent
//   <… data-passkey="create" data-options="…" data-answer="…">     makes a passkey when its button is pressed
//
// Fields of the same form go along. What went wrong is told in the element with role="alert".

/** @param {string} text */
const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));

/** @param {ArrayBuffer} buffer */
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** Our own words for what the server said, in the page's language. */
class Told extends Error {}

/** @param {string} address @param {object} body */
async function ask(address, body) {
  const answer = await fetch(address, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (answer.ok) return said;
  const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  throw new Told([said.message?.[language], said.hint?.[language]].filter(Boolean).join(" · "));
}

/** @param {any} options */
async function create(options) {
  const made = /** @type {any} */ (await navigator.credentials.create({ publicKey: {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: options.excludeCredentials?.map((each) => ({ ...each, id: bytes(each.id) })),
  } }));
  return {
    id: made.id, rawId: text(made.rawId), type: made.type,
    response: {
      clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject),
    },
  };
}

/** @param {any} options */
async function get(options) {
  const found = /** @type {any} */ (await navigator.credentials.get({ publicKey: {
    ...options, challenge: bytes(options.challenge),
  } }));
  return {
    id: found.id, rawId: text(found.rawId), type: found.type,
    response: {
      clientDataJSON: text(found.response.clientDataJSON),
      authenticatorData: text(found.response.authenticatorData),
      signature: text(found.response.signature),
      userHandle: found.response.userHandle ? text(found.response.userHandle) : "",
    },
  };
}

/** @param {HTMLElement} place @param {() => Promise<object>} fields @param {string} answer */
async function run(place, fields, answer) {
  const alert = /** @type {HTMLElement} */ (place.querySelector("[role=alert]"));
  const button = /** @type {HTMLButtonElement} */ (place.querySelector("button"));
  alert.hidden = true;
  button.disabled = true;
  try {
    const typed = await fields();
    const options = await ask(place.dataset.options ?? "", typed);
    const credential = place.dataset.passkey === "create" ? await create(options) : await get(options);
    location.assign((await ask(answer, { ...typed, credential })).at);
  } catch (error) {
    alert.textContent = error instanceof Told && error.message ? error.message : place.dataset.failed ?? "";
    alert.hidden = false;
    button.disabled = false;
    button.focus();
  }
}

/** The fields of a form that are not secret. @param {HTMLFormElement} form */
const typed = (form) => Object.fromEntries(
  [...new FormData(form)].filter(([name]) => ["name", "login", "next"].includes(name)));

if (window.PublicKeyCredential && window.isSecureContext && !/^[\d.]+$|:/.test(location.hostname)) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-passkey]"))) {
    place.hidden = false;
    place.querySelector("[data-without]")?.remove();
    place.querySelector("[data-with]")?.removeAttribute("hidden");
    if (place instanceof HTMLFormElement) {
      place.addEventListener("submit", (event) => {
        event.preventDefault();
        void run(place, async () => typed(place), place.action);
      });
      continue;
    }
    const form = /** @type {HTMLFormElement} */ (place.closest("form"));
    const button = /** @type {HTMLButtonElement} */ (place.querySelector("button"));
    button.hidden = false;
    button.addEventListener("click", () => {
      const missing = [...form.elements].find((each) =>
        each instanceof HTMLInputElement && ["name", "login"].includes(each.name) && !each.reportValidity());
      if (!missing) void run(place, async () => typed(form), place.dataset.answer ?? "");
    });
  }
}
