// Lets heads stick where a table fits, and sorts tables by a head with data-sort="text", "number" or "date"; a cell may give data-value.
function key(row, column, kind) {
  const cell = row.cells[column];
  if (!cell) return kind === "number" ? NaN : "";
  const text = cell.dataset.value ?? cell.textContent.trim();
  if (kind !== "number") return cell.dataset.value ?? cell.querySelector("time")?.dateTime ?? text;
  return Number.parseFloat(text.replace(/[\s\u2009\u00a0,]/g, "").replace("\u2212", "-"));
}

function compare(a, b, kind) {
  if (kind === "number") {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a - b;
  }
  if (kind === "date") return a < b ? -1 : a > b ? 1 : 0;
  return a.localeCompare(b, document.documentElement.lang);
}

function fitting(block) {
  const watch = new ResizeObserver(() => {
    const table = block.querySelector("table");
    block.classList.toggle("fits", table !== null && table.scrollWidth <= block.clientWidth);
  });
  watch.observe(block);
}

export function sortable(root) {
  for (const block of root.querySelectorAll(".table-scroll")) fitting(block);
  for (const table of root.querySelectorAll("table[data-sortable]")) {
    const heads = table.querySelectorAll("thead th[data-sort]");
    for (const head of heads) {
      if (head.querySelector("button.sort")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const kind = head.dataset.sort;
        const column = head.cellIndex;
        for (const body of table.tBodies) {
          const rows = [...body.rows].filter((row) => !row.dataset.fixed);
          const fixed = [...body.rows].filter((row) => row.dataset.fixed);
          rows.sort((one, two) => compare(key(one, column, kind), key(two, column, kind), kind) * (down ? -1 : 1));
          body.append(...rows, ...fixed);
        }
      });
    }
  }
}
