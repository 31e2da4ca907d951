// @ts-check
// The page of one review item: counts the lease down and lengthens it while somebody works here, shows covered pictures
// for as long as they are held, and knows a few single keys. Without it everything works by mouse and by pages.

const page = /** @type {HTMLElement} */ (document.querySelector("[data-review]"));
const form = /** @type {HTMLFormElement} */ (document.querySelector("[data-answer]"));
const materials = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-material]")]);

// The lease

const RENEW_BELOW = 5 * 60; // Seconds left.
const IDLE = 10 * 60; // Seconds without a key or a pointer: nobody is working here.
const left = /** @type {HTMLElement} */ (document.querySelector("[data-left]"));
const ending = /** @type {HTMLElement} */ (document.querySelector("[data-ending]"));
const lost = /** @type {HTMLElement} */ (document.querySelector("[data-lost]"));
let until = Date.parse(page.dataset.until ?? "");
let active = Date.now();
let asking = false;

for (const sign of ["pointerdown", "pointermove", "keydown", "scroll"]) {
  document.addEventListener(sign, () => { active = Date.now(); }, { passive: true });
}

async function renew() {
  asking = true;
  try {
    const answer = await fetch(`/v1/reviews/${page.dataset.review}/renew`, { method: "POST" });
    if (answer.ok) until = Date.parse((await answer.json()).lease);
    else if (answer.status === 409) gone();
  } catch {
    // The network is away: the countdown goes on, and the next round tries again.
  } finally {
    asking = false;
  }
}

function gone() {
  clearInterval(clock);
  lost.hidden = false;
  left.textContent = "";
  ending.hidden = true;
}

function tick() {
  const seconds = Math.floor((until - Date.now()) / 1000);
  if (seconds <= 0) return gone();
  const playing = [...document.querySelectorAll("video, audio")].some((each) => !(/** @type {HTMLMediaElement} */ (each)).paused);
  const working = document.visibilityState === "visible" && (playing || Date.now() - active < IDLE * 1000);
  if (seconds < RENEW_BELOW && working && !asking) renew();
  ending.hidden = seconds >= 120;
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  left.textContent = (left.dataset.label ?? "%").replace("%", time);
}

const clock = setInterval(tick, 1000);
tick();

// What is covered is shown while it is held, and covered again when the page is left

for (const each of materials) {
  const veil = each.querySelector(".veil");
  if (!veil || veil.querySelector("video")) continue;
  veil.addEventListener("pointerdown", () => { each.dataset.held = ""; });
  for (const end of ["pointerup", "pointerleave", "pointercancel"]) veil.addEventListener(end, () => cover(each));
}

/** @param {HTMLElement} each */
function cover(each) { delete each.dataset.held; }

function coverAll() {
  for (const each of materials) {
    cover(each);
    const box = /** @type {HTMLInputElement | null} */ (each.querySelector(".reveal"));
    if (box) box.checked = false;
    each.querySelector("video")?.pause();
  }
}
for (const [target, sign] of /** @type {[EventTarget, string][]} */ ([[window, "blur"], [window, "pagehide"], [document, "visibilitychange"]])) {
  target.addEventListener(sign, coverAll);
}

// Keys: never while somebody types, never with a modifier, and not at all where they were switched off (WCAG 2.1.4)

let current = -1;

/** @param {number} step */
function move(step) {
  if (!materials.length) return;
  current = Math.min(Math.max(current + step, 0), materials.length - 1);
  materials[current].focus();
}

/** @param {string} verdict */
function choose(verdict) {
  const radio = /** @type {HTMLInputElement | null} */ (form.querySelector(`[name=verdict][value=${verdict}]`));
  if (!radio) return;
  radio.checked = true;
  /** @type {HTMLElement} */ (form.elements.namedItem("words")).focus();
}

/** @type {Record<string, () => void>} */
const keys = {
  j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
  p: () => choose("pass"), r: () => choose("refuse"), e: () => choose("escalate"),
  "?": () => { const help = /** @type {HTMLDetailsElement} */ (document.querySelector("[data-help]")); help.open = !help.open; if (help.open) help.scrollIntoView(); },
};

/** @param {EventTarget | null} target */
function typing(target) {
  return target instanceof Element && target.closest("input:not(.reveal), textarea, select, [contenteditable], video, audio") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.contains(document.activeElement)) return form.requestSubmit();
  if (page.dataset.keys !== "on" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === " " && document.activeElement === materials[current]) {
    event.preventDefault();
    materials[current].dataset.held = "";
  } else if (keys[event.key] && !(event.key.startsWith("Arrow") && event.target instanceof Element && event.target.closest(".said"))) {
    event.preventDefault();
    keys[event.key]();
  }
});
document.addEventListener("keyup", (event) => {
  if (event.key === " " && materials[current]) cover(materials[current]);
});
