// What every page does beyond HTML; without it every page still works.
import { explain } from "./popover.js";
import { sortable } from "./table.js";
import { copying } from "./copy.js";

function enliven(root) {
  explain(root);
  sortable(root);
  copying(root);
  const first = root.querySelector("[data-focus]");
  if (first) first.focus();
  if (root.querySelector("[data-map]")) import("./map.js").then((map) => map.draw(root));
  if (root.querySelector("[data-world]")) import("./world.js").then((world) => world.draw(root));
  if (root.querySelector("[data-chart]")) import("./chart.js").then((chart) => chart.draw(root));
}

enliven(document);
document.body.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) enliven(event.target);
});
