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

const PHONE = window.matchMedia("(max-width: 40rem)");
const ROLES = [["thead, tbody, tfoot", "rowgroup"], ["tr", "row"], ["td", "cell"], ["tbody th, tfoot th", "rowheader"], ["thead th", "columnheader"]];
const COLUMNS_OF_CARDS = 9;

// A table whose rows can be cards: one row of heads, no cell over several columns, and no more columns than a card has lines.
// Cards are laid out as blocks, which takes the table's meaning from readers of the screen: the roles give it back.
function labelled(table) {
  if (table.dataset.labelled) return table.dataset.labelled === "yes";
  const heads = table.tHead?.rows.length === 1 ? [...table.tHead.rows[0].cells] : [];
  const good = heads.length > 1 && heads.length <= COLUMNS_OF_CARDS && !table.querySelector("[colspan], [rowspan]");
  table.dataset.labelled = good ? "yes" : "no";
  if (!good) return false;
  const words = heads.map((head) => head.querySelector(".visually-hidden") ? "" : head.textContent.trim());
  for (const row of table.querySelectorAll("tbody tr, tfoot tr")) {
    for (const cell of row.cells) if (cell.tagName === "TD" && words[cell.cellIndex]) cell.dataset.label = words[cell.cellIndex];
  }
  table.setAttribute("role", "table");
  for (const [which, role] of ROLES) for (const part of table.querySelectorAll(which)) part.setAttribute("role", role);
  return true;
}

function fitting(block) {
  const table = block.querySelector("table");
  if (!table) return;
  let width = 0;
  const watch = new ResizeObserver(() => {
    if (block.clientWidth === width) return;
    width = block.clientWidth;
    table.classList.remove("cards");
    const fits = table.scrollWidth <= width;
    const cards = !fits && PHONE.matches && labelled(table);
    table.classList.toggle("cards", cards);
    block.classList.toggle("fits", fits || cards);
    const more = block.parentElement?.querySelector(":scope > .table-more");
    if (more) more.hidden = fits || cards;
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
