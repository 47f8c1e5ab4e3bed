// Colours economies by class from the JSON that data-world names:
// {"cells": [{"number", "lat", "lon", "name", "words", "level", "assumed"}]}; `level` is 0 (least) to 5 (most).
// Darker is more; hatched is a placeholder. The figures stand in the table beside the map.
import { geoNaturalEarth1, geoPath, geoGraticule10 } from "../vendor/d3-geo/d3-geo.min.js";
import feature from "../vendor/topojson-client/feature.js";
import mesh from "../vendor/topojson-client/mesh.js";

const WORLD = new URL("../vendor/world-atlas/countries-110m.json", import.meta.url);
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 900;
const HEIGHT = 440;
let drawn = 0;

function element(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
}

function titled(shape, cell) {
  element("title", {}, shape).textContent = `${cell.name}: ${cell.words}`;
}

async function drawOne(block) {
  const data = JSON.parse(document.getElementById(block.dataset.world).textContent);
  const world = await (await fetch(WORLD)).json();
  const projection = geoNaturalEarth1().rotate([-150, 0]).fitExtent([[4, 4], [WIDTH - 4, HEIGHT - 4]], { type: "Sphere" });
  const path = geoPath(projection);
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true", focusable: "false" });
  const hatch = `world-hatch-${(drawn += 1)}`;
  const pattern = element("pattern", { id: hatch, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, element("defs", {}, svg));
  element("line", { class: "world-hatch", x1: 0, y1: 0, x2: 0, y2: 6 }, pattern);
  element("path", { class: "map-sea", d: path({ type: "Sphere" }) }, svg);
  element("path", { class: "map-grid", d: path(geoGraticule10()) ?? "" }, svg);
  const cells = new Map(data.cells.map((cell) => [cell.number, cell]));
  for (const shape of feature(world, world.objects.countries).features) {
    const cell = cells.get(shape.id);
    const d = path(shape) ?? "";
    if (!cell) {
      element("path", { class: "map-land", d }, svg);
      continue;
    }
    titled(element("path", { class: `world-cell level-${cell.level}`, d }, svg), cell);
    if (cell.assumed) titled(element("path", { fill: `url(#${hatch})`, d }, svg), cell);
  }
  element("path", { class: "map-border", d: path(mesh(world, world.objects.countries, (a, b) => a !== b)) ?? "" }, svg);
  for (const cell of data.cells) {
    if (cell.lat === null || cell.lon === null) continue;
    const at = projection([cell.lon, cell.lat]);
    titled(element("circle", { class: `world-dot level-${cell.level}`, cx: at[0], cy: at[1], r: 5 }, svg), cell);
  }
  block.replaceChildren(svg);
}

export function draw(root) {
  for (const block of root.querySelectorAll("[data-world]")) drawOne(block);
}
