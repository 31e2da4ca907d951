// @ts-check
// A page about something under way: it asks how far that is and tells it in place, without taking the focus away. When
// it is over, the page is opened anew; whoever is writing something is offered that instead. Without scripts, the page
// renews itself.

const script = /** @type {HTMLScriptElement | null} */ (document.querySelector("script[data-every]"));
const every = 1000 * Number(script?.dataset.every ?? 1);

/** Something under way, and the words for it. @param {ParentNode} page */
const barsOf = (page) => [...page.querySelectorAll("main .progress")];

/** Whether somebody is writing, has chosen something or plays a film, which a new page would undo. */
function busy() {
  const main = document.querySelector("main");
  if (!main) return false;
  if ([...main.querySelectorAll("video, audio")].some((each) => !(/** @type {HTMLMediaElement} */ (each).paused))) return true;
  return [...main.querySelectorAll("input, textarea, select")].some((each) => {
    if (each === document.activeElement) return true;
    if (each instanceof HTMLSelectElement) return [...each.options].some((option) => option.selected !== option.defaultSelected && each.selectedIndex > 0);
    if (each instanceof HTMLTextAreaElement) return each.value !== each.defaultValue;
    const field = /** @type {HTMLInputElement} */ (each);
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    return field.type !== "hidden" && field.value !== field.defaultValue;
  });
}

/** Opens the page that followed, or offers it. @param {string} at */
function open(at) {
  if (!busy()) {
    location.replace(at);
    return;
  }
  const link = Object.assign(document.createElement("a"), { href: at, textContent: script?.dataset.renewed ?? "" });
  const told = Object.assign(document.createElement("p"), { className: "done" });
  told.setAttribute("role", "status");
  document.querySelector("main")?.prepend(told);
  told.append(link);
}

/** One look at how far it is; true when it is over. */
async function look() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.status === 429 || answer.status === 503) return false; // Busy: the same page stays true meanwhile.
  const said = answer.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  const [shown, now] = [barsOf(document), said ? barsOf(said) : []];
  if (!said?.querySelector("script[data-every]") || shown.length !== now.length) {
    open(answer.url || location.href);
    return true;
  }
  shown.forEach((bar, number) => {
    // Only what changed, so that it is read out once.
    if (bar.innerHTML !== now[number].innerHTML) bar.replaceChildren(...document.importNode(now[number], true).childNodes);
  });
  return false;
}

async function follow() {
  try {
    if (await look()) return;
  } catch {
    // The network may come back.
  }
  setTimeout(follow, document.hidden ? 5 * every : every);
}

if (script) setTimeout(follow, every);
