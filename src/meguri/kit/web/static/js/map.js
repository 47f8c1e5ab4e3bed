// Draws points and arcs on a world map from the JSON of data-map:
// {"points": [{"lon", "lat", "label", "kind"}], "arcs": [{"points": [[lon, lat], ...], "label", "weight", "kind"}]}
// `kind` becomes a class (origin, transit, destination, uncertain ...), `weight` (0..1) the thickness.
// The figures stand in the table beside the map; the map itself is one picture for a screen reader.
import { geoNaturalEarth1, geoPath, geoGraticule10, geoCentroid } from "../vendor/d3-geo/d3-geo.min.js";
import feature from "../vendor/topojson-client/feature.js";
import mesh from "../vendor/topojson-client/mesh.js";

const WORLD = new URL("../vendor/world-atlas/countries-110m.json", import.meta.url);
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 800;
let world;

function element(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
}

function extent(data) {
  const places = [
    ...(data.points ?? []).map((point) => [point.lon, point.lat]),
    ...(data.arcs ?? []).flatMap((arc) => arc.points ?? []),
  ];
  return { type: "MultiPoint", coordinates: places };
}

async function drawOne(block) {
  const data = JSON.parse(block.dataset.map || "{}");
  const all = extent(data);
  const middle = all.coordinates.length ? geoCentroid(all)[0] : 140;
  const projection = geoNaturalEarth1().rotate([-middle, 0]);
  const ratio = block.clientWidth < 500 ? 0.8 : 0.55;
  const height = WIDTH * ratio;
  if (all.coordinates.length > 1) {
    projection.fitExtent([[90, 60], [WIDTH - 90, height - 60]], all);
    projection.scale(Math.min(projection.scale(), 1400));
    const centre = geoPath(projection).bounds(all);
    const shift = projection.translate();
    projection.translate([
      shift[0] + WIDTH / 2 - (centre[0][0] + centre[1][0]) / 2,
      shift[1] + height / 2 - (centre[0][1] + centre[1][1]) / 2,
    ]);
  } else projection.fitSize([WIDTH, height], { type: "Sphere" });
  projection.clipExtent([[-10, -10], [WIDTH + 10, height + 10]]);
  world ??= await (await fetch(WORLD)).json();
  const path = geoPath(projection);
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${height}`, "aria-hidden": "true", focusable: "false" });
  element("path", { class: "map-sea", d: path({ type: "Sphere" }) }, svg);
  element("path", { class: "map-grid", d: path(geoGraticule10()) ?? "" }, svg);
  element("path", { class: "map-land", d: path(feature(world, world.objects.land)) ?? "" }, svg);
  element("path", { class: "map-border", d: path(mesh(world, world.objects.countries, (a, b) => a !== b)) ?? "" }, svg);
  for (const arc of data.arcs ?? []) {
    const line = element("path", {
      class: `map-arc ${arc.kind ?? ""}`,
      d: path({ type: "LineString", coordinates: arc.points }) ?? "",
      "stroke-width": 2 + 8 * Math.min(1, Math.max(0, arc.weight ?? 0.1)),
    }, svg);
    if (arc.label) element("title", {}, line).textContent = arc.label;
  }
  const taken = [];
  for (const point of data.points ?? []) {
    const at = projection([point.lon, point.lat]);
    if (!at) continue;
    const group = element("g", { class: `map-point ${point.kind ?? ""}`, transform: `translate(${at[0]},${at[1]})` }, svg);
    element("circle", { r: 6 }, group);
    if (!point.label) continue;
    const right = at[0] < WIDTH * 0.7;
    let drop = 5;
    while (taken.some((other) => Math.abs(other[0] - at[0]) < 140 && Math.abs(other[1] - at[1] - drop) < 20)) drop += 20;
    taken.push([at[0], at[1] + drop]);
    element("text", { x: right ? 11 : -11, y: drop, "text-anchor": right ? "start" : "end" }, group).textContent = point.label;
  }
  block.replaceChildren(svg);
}

export function draw(root) {
  for (const block of root.querySelectorAll("[data-map]")) drawOne(block);
}
