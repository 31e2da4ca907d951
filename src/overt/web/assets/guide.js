// @ts-check
// Says while a provider's name or code is typed whether it would do. Without it, the form says so when it is sent.

const field = document.querySelector("input[data-check]");
const said = document.querySelector("#s-producer");

if (field instanceof HTMLInputElement && said) {
  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    said.textContent = "";
    if (!field.value.trim()) return;
    waiting = setTimeout(async () => {
      const typed = field.value;
      const answer = await fetch(`${field.dataset.check}?producer=${encodeURIComponent(typed)}`);
      if (!answer.ok || field.value !== typed) return;
      const told = await answer.json();
      said.textContent = `${told.good ? "✓" : "✗"} ${told.said}`;
      field.setAttribute("aria-invalid", String(!told.good));
    }, 250);
  });
}
