// @ts-check
// What the verify page does beyond its forms: files are dropped or pasted, and an upload shows how far it is.
// Without this script the same forms work.

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form.drop"));
const chooser = /** @type {HTMLInputElement | null} */ (document.querySelector("#f-file"));
const sending = /** @type {HTMLElement | null} */ (document.querySelector(".sending"));

/** Shows a sentence where the upload is told, and how far it is if that is known.
 * @param {string} text
 * @param {number | null} [share] */
function tell(text, share) {
  if (!sending) return;
  sending.hidden = false;
  const words = sending.querySelector("span");
  const bar = sending.querySelector("progress");
  if (words) words.textContent = text;
  if (!bar) return;
  bar.hidden = share === undefined;
  if (share === null || share === undefined) bar.removeAttribute("value");
  else bar.value = share * 100;
}

/** Sends a form's fields, and goes where the answer leads.
 * @param {HTMLFormElement} from
 * @param {FormData} fields */
function send(from, fields) {
  const words = form?.dataset ?? {};
  const request = new XMLHttpRequest(); // It tells how much was sent, which fetch() does not.
  request.open("POST", from.action + location.search);
  request.responseType = "document";
  request.upload.onprogress = (event) => tell(words.sending ?? "", event.lengthComputable ? event.loaded / event.total : null);
  request.onerror = () => tell(words.broken ?? "");
  request.onload = () => {
    if (request.status < 400) {
      location.assign(request.responseURL);
      return;
    }
    const main = request.response?.querySelector("[role=alert], main");
    tell(main?.textContent?.replace(/\s+/g, " ").trim() || words.broken || "");
  };
  tell(words.sending ?? "", 0);
  request.send(fields);
}

/** @param {File} file */
function sendFile(file) {
  if (!form) return;
  if (file.size > Number(form.dataset.most)) {
    tell(form.dataset.large ?? "");
    return;
  }
  const fields = new FormData();
  fields.append("file", file, file.name);
  send(form, fields);
}

/** @param {string} text */
function sendText(text) {
  if (!form) return;
  const fields = new FormData();
  fields.append(/^https?:\/\/\S+$/.test(text.trim()) && document.querySelector("#f-link") ? "link" : "text", text);
  send(form, fields);
}

/** @param {DataTransfer | null} given
 * @returns {boolean} whether there was something to send */
function take(given) {
  const file = given?.files[0];
  const text = given?.getData("text/plain") ?? "";
  if (file) sendFile(file);
  else if (text.trim()) sendText(text);
  return Boolean(file || text.trim());
}

if (form && chooser) {
  for (const each of document.querySelectorAll(".needs-scripts")) /** @type {HTMLElement} */ (each).hidden = false;
  form.addEventListener("submit", (event) => {
    const file = chooser.files?.[0];
    if (!file) return; // The page says what is missing.
    event.preventDefault();
    sendFile(file);
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  document.addEventListener("dragleave", () => form.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    take(event.dataTransfer);
  });
  document.addEventListener("paste", (event) => {
    const into = event.target instanceof Element ? event.target : null;
    if (into?.closest("textarea, input:not([type=file])")) return; // It is meant for the field.
    if (take(event.clipboardData)) event.preventDefault();
  });
}
