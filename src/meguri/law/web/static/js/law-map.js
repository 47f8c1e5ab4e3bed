// Colours the world by verdict from the JSON that data-law-map names (see /api/law/matrix).
// Each economy also carries the verdict's letter; hatching says that its national law is not on file.
import { geoNaturalEarth1, geoPath, geoGraticule10, geoCentroid, geoArea } from "../vendor/d3-geo/d3-geo.min.js";
import feature from "../vendor/topojson-client/feature.js";
import mesh from "../vendor/topojson-client/mesh.js";

const WORLD = new URL("../vendor/world-atlas/countries-110m.json", import.meta.url);
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 900;
const HEIGHT = 460;
const LARGE = 0.004;

function element(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
}

function largest(shape) {
  if (shape.geometry.type !== "MultiPolygon") return shape;
  const parts = shape.geometry.coordinates.map((coordinates) => ({ type: "Polygon", coordinates }));
  return parts.reduce((one, two) => (geoArea(two) > geoArea(one) ? two : one));
}

function hatch(svg) {
  const pattern = element("pattern", { id: "law-hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, element("defs", {}, svg));
  element("line", { class: "law-hatch", x1: 0, y1: 0, x2: 0, y2: 6 }, pattern);
}

function titled(shape, cell) {
  element("title", {}, shape).textContent = `${cell.name}: ${cell.words}`;
}

async function drawOne(block) {
  const [world, data] = await Promise.all([WORLD, block.dataset.lawMap].map(async (url) => (await fetch(url)).json()));
  const projection = geoNaturalEarth1().rotate([-150, 0]).fitExtent([[4, 4], [WIDTH - 4, HEIGHT - 4]], { type: "Sphere" });
  const path = geoPath(projection);
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true", focusable: "false" });
  hatch(svg);
  element("path", { class: "map-sea", d: path({ type: "Sphere" }) }, svg);
  element("path", { class: "map-grid", d: path(geoGraticule10()) ?? "" }, svg);
  const cells = new Map(data.cells.map((cell) => [cell.number, cell]));
  const narrow = block.clientWidth < 500;
  const letters = [];
  for (const shape of feature(world, world.objects.countries).features) {
    const cell = cells.get(shape.id);
    const d = path(shape) ?? "";
    if (shape.id === data.centre.number) {
      element("path", { class: "law-centre", d }, svg);
      continue;
    }
    if (!cell) {
      element("path", { class: "map-land", d }, svg);
      continue;
    }
    titled(element("path", { class: `law-cell v-${cell.verdict}`, d }, svg), cell);
    if (!cell.covered) titled(element("path", { fill: "url(#law-hatch)", d }, svg), cell);
    const body = largest(shape);
    if (geoArea(body) > (narrow ? 8 * LARGE : LARGE)) letters.push([projection(geoCentroid(body)), cell.letter]);
  }
  element("path", { class: "map-border", d: path(mesh(world, world.objects.countries, (a, b) => a !== b)) ?? "" }, svg);
  for (const cell of data.cells) {
    if (cell.lat === null || cell.lon === null) continue;
    const at = projection([cell.lon, cell.lat]);
    const dot = element("circle", { class: `law-dot v-${cell.verdict}`, cx: at[0], cy: at[1], r: 3.5 }, svg);
    titled(dot, cell);
  }
  if (data.centre.lat !== null) {
    const at = projection([data.centre.lon, data.centre.lat]);
    element("circle", { class: "law-centre", cx: at[0], cy: at[1], r: 6 }, svg);
  }
  for (const [at, letter] of letters) element("text", { class: narrow ? "law-letter narrow" : "law-letter", x: at[0], y: at[1] + 4 }, svg).textContent = letter;
  block.replaceChildren(svg);
}

for (const block of document.querySelectorAll("[data-law-map]")) drawOne(block);
