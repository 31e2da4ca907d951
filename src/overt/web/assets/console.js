// @ts-check
// What the console does beyond plain pages: on a phone, where tables stand as cards, each cell says what it is.
// Everything works without it.

for (const table of document.querySelectorAll("table.rows")) {
  const heads = [...table.querySelectorAll("thead th")].map((each) => each.textContent?.trim() ?? "");
  for (const row of table.querySelectorAll("tbody tr")) {
    [...row.children].forEach((cell, number) => {
      if (number && heads[number]) cell.setAttribute("data-head", heads[number]);
    });
  }
}
