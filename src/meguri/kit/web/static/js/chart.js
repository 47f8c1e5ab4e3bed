// Draws the chart whose JSON stands in the <script type="application/json"> that data-chart names (docs/pages.md).
// kind "fan": years with a line and bands; "lines": several lines; "stack": stacked bars by year; "bars": lying bars
// with whiskers. What is assumed or projected is dashed or hatched and named so in the legend; series differ by dash,
// mark or pattern as well as by colour. The figures stand in the table beside it: a screen reader hears one summary.
import "../vendor/echarts/echarts.common.min.js";

const COLOURS = ["#008299", "#0031d8", "#a85a00", "#5109ad", "#1d6c35", "#ba000a", "#626264", "#8b004b", "#00697a", "#7a4f00"];
const DASHES = ["solid", [8, 4], [2, 3], [10, 3, 2, 3], [14, 4], [4, 4]];
const MARKS = ["circle", "rect", "triangle", "diamond", "roundRect", "arrow"];
const HATCH = { symbol: "rect", symbolSize: 1, color: "rgba(26,26,26,0.38)", dashArrayX: [1, 0], dashArrayY: [2, 6], rotation: -Math.PI / 4 };
const PATTERNS = [
  { symbol: "none" },
  { symbol: "circle", symbolSize: 0.7, dashArrayX: [[8, 8], [0, 8, 8, 0]], dashArrayY: [6, 0] },
  { symbol: "rect", symbolSize: 1, dashArrayX: [1, 0], dashArrayY: [2, 7], rotation: 0 },
  { symbol: "rect", symbolSize: 1, dashArrayX: [1, 0], dashArrayY: [2, 7], rotation: Math.PI / 2 },
  { symbol: "triangle", symbolSize: 0.7, dashArrayX: [[9, 9], [0, 9, 9, 0]], dashArrayY: [7, 2] },
  { symbol: "rect", symbolSize: 0.5, dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0] },
].map((pattern) => ({ color: "rgba(255,255,255,0.5)", ...pattern }));

const MINUS = "\u2212";
const THIN = "\u2009";

export function figure(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Number(size.toPrecision(3)))));
  if (digits > 8) return value.toPrecision(3).replace("-", MINUS);
  const [whole, rest] = Number(size.toPrecision(3)).toFixed(digits).split(".");
  return (value < 0 ? MINUS : "") + whole.replace(/\B(?=(\d{3})+$)/g, THIN) + (rest ? `.${rest}` : "");
}

function tick(value) {
  if (Math.abs(value) >= 1e-4 || value === 0) {
    const [whole, rest] = String(Number(Math.abs(value).toPrecision(6))).split(".");
    return (value < 0 ? MINUS : "") + whole.replace(/\B(?=(\d{3})+$)/g, THIN) + (rest ? `.${rest}` : "");
  }
  return value.toExponential(0);
}

function theme(block) {
  const style = getComputedStyle(block);
  const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return { font: style.fontFamily, ink: style.color, quiet: variable("--ink-quiet") || "#4d4d4d", line: variable("--line") || "#ccc" };
}

// A year belongs to the dashed part where it, or for the joint its neighbour, is assumed.
function parted(values, assumed, want) {
  return values.map((value, n) => {
    const here = Boolean(assumed[n]) === want;
    const joint = want && !assumed[n] && Boolean(assumed[n + 1] || assumed[n - 1]);
    return here || joint ? value : null;
  });
}

function band(name, low, high, colour, opacity, hatched, stack) {
  const spread = low.map((value, n) => (value === null || high[n] === null ? null : high[n] - value));
  const common = { type: "line", stack, symbol: "none", silent: true, stackStrategy: "all", z: 1 };
  return [
    { ...common, name: `${stack}-base`, data: low, lineStyle: { opacity: 0 }, tooltip: { show: false } },
    { ...common, name, data: spread, lineStyle: { opacity: 0 }, color: colour, itemStyle: { color: colour, opacity, decal: hatched ? HATCH : undefined }, areaStyle: { color: colour, opacity }, tooltip: { show: false } },
  ];
}

function fan(data) {
  const series = [];
  const legend = [];
  const hatched = [];
  data.series.forEach((one, n) => {
    const colour = COLOURS[n % COLOURS.length];
    const assumed = one.assumed ?? one.values.map(() => false);
    const several = data.series.length > 1;
    const say = (word) => (several ? `${one.name}: ${word}` : word);
    for (const [label, low, high, opacity] of [[data.words.outer, one.p5, one.p95, 0.16], [data.words.inner, one.p25, one.p75, 0.3]]) {
      if (!low || !high || (several && label === data.words.inner)) continue;
      if (assumed.some((flag) => !flag)) {
        series.push(...band(say(label), parted(low, assumed, false), parted(high, assumed, false), colour, opacity, false, `${n}-${label}`));
        legend.push({ name: say(label), icon: "roundRect" });
      }
      if (assumed.some(Boolean)) {
        // One hatched mark stands for all that is assumed, unless nothing else shows what the bands are.
        const all = assumed.every(Boolean);
        const first = label === data.words.outer;
        const name = several || (!all && !first) ? `${n}-${label}-assumed` : all ? `${label}, ${data.words.assumed}` : data.words.assumed;
        series.push(...band(name, parted(low, assumed, true), parted(high, assumed, true), colour, opacity, true, `${n}-${label}-a`));
        if (!several && (all || first)) hatched.push({ name, icon: "roundRect" });
      }
    }
    const common = { type: "line", color: colour, symbol: several ? MARKS[n % MARKS.length] : "none", symbolSize: 7, showAllSymbol: false, showSymbol: false, z: 3, connectNulls: false };
    const dash = several ? DASHES[n % DASHES.length] : "solid";
    if (assumed.some((flag) => !flag)) {
      series.push({ ...common, name: one.name, data: parted(one.values, assumed, false), lineStyle: { width: 2.5, type: dash } });
      legend.push({ name: one.name });
    }
    if (assumed.some(Boolean)) {
      const name = `${one.name}, ${data.words.assumed}`;
      series.push({ ...common, name, data: parted(one.values, assumed, true), lineStyle: { width: 2.5, type: several ? [3 + 2 * n, 3] : [6, 4] } });
      if (several || !hatched.length || !assumed.some((flag) => !flag)) legend.push({ name });
    }
  });
  for (const one of data.points ?? []) {
    series.push({ type: "scatter", name: one.name, data: one.values, symbol: "diamond", symbolSize: 9, color: "#1a1a1a", z: 4 });
    legend.push({ name: one.name });
  }
  return { series, legend: [...legend, ...hatched] };
}

function stack(data) {
  const legend = data.series.map((one) => ({ name: one.name, icon: "roundRect" }));
  const flags = data.assumed ?? [];
  const series = data.series.map((one, n) => {
    const decal = PATTERNS[n % PATTERNS.length];
    return {
      type: "bar", name: one.name, stack: "all", barCategoryGap: "22%", color: COLOURS[n % COLOURS.length],
      itemStyle: { decal: { ...decal } },
      data: one.values.map((value, year) => flags[year]
        ? { value, itemStyle: { opacity: 0.55, borderColor: "#1a1a1a", borderWidth: 1, borderType: "dashed", decal: { ...decal } } }
        : value),
    };
  });
  if (flags.some(Boolean)) {
    series.push({ type: "bar", name: data.words.assumed, stack: "all", data: [], itemStyle: { color: "#fff", borderColor: "#1a1a1a", borderWidth: 1, borderType: "dashed" } });
    legend.push({ name: data.words.assumed, icon: "roundRect" });
  }
  return { series, legend };
}

function bars(data) {
  const one = data.series[0];
  const flags = one.assumed ?? [];
  const whiskers = (one.p5 ?? []).flatMap((low, n) => (low === null || one.p95[n] === null ? [] : [[
    { coord: [low, n], symbol: "rect", symbolSize: [2, 12], symbolRotate: 0 },
    { coord: [one.p95[n], n], symbol: "rect", symbolSize: [2, 12], symbolRotate: 0 },
  ]]));
  const known = { type: "bar", name: one.name, color: COLOURS[0], barMaxWidth: 22, stack: "all", data: one.values.map((value, n) => (flags[n] ? null : value)) };
  const assumed = { ...known, name: `${one.name}, ${data.words.assumed}`, itemStyle: { opacity: 0.55, decal: HATCH }, data: one.values.map((value, n) => (flags[n] ? value : null)) };
  const series = [known];
  const legend = flags.every(Boolean) && flags.length ? [] : [{ name: one.name, icon: "roundRect" }];
  if (flags.some(Boolean)) {
    series.push(assumed);
    legend.push({ name: assumed.name, icon: "roundRect" });
  }
  if (whiskers.length) {
    const holder = { ...known, name: data.words.whisker, color: "#1a1a1a", data: [], markLine: { silent: true, animation: false, lineStyle: { color: "#1a1a1a", width: 1.5, type: "solid" }, itemStyle: { color: "#1a1a1a" }, label: { show: false }, data: whiskers } };
    series.push(holder);
    legend.push({ name: holder.name, icon: "path://M0 4h20v2h-20zM0 0h2v10h-2zM18 0h2v10h-2z" });
  }
  return { series, legend };
}

// A round end of the axis that leaves room for the whiskers.
function reach(data) {
  const most = Math.max(0, ...data.series.flatMap((one) => [...one.values, ...(one.p95 ?? [])]).filter(Number.isFinite));
  if (!most) return undefined;
  const step = 10 ** Math.floor(Math.log10(most)) / 2;
  return Math.ceil(most / step) * step;
}

function tooltipOf(data) {
  const rows = (n) => data.series
    .filter((one) => one.values[n] !== null && one.values[n] !== undefined)
    .map((one) => {
      const mark = one.assumed?.[n] || data.assumed?.[n] ? ` (${data.words.assumed})` : "";
      const range = one.p5 && one.p5[n] !== null ? `  [${figure(one.p5[n])} – ${figure(one.p95[n])}]` : "";
      return `${data.series.length > 1 ? `${one.name}  ` : ""}${figure(one.values[n])} ${data.unit}${range}${mark}`;
    });
  const points = (n) => (data.points ?? [])
    .filter((one) => one.values[n] !== null && one.values[n] !== undefined)
    .map((one) => `${one.name}  ${figure(one.values[n])} ${data.unit}`);
  return (items) => {
    const n = items[0].dataIndex;
    return [String(data.x[n]), ...rows(n), ...points(n)].join("\n");
  };
}

function option(data, block) {
  const look = theme(block);
  const narrow = block.clientWidth < 520;
  const lying = data.kind === "bars";
  const made = { fan, lines: fan, stack, bars }[data.kind](data);
  const text = { fontFamily: look.font, color: look.ink, fontSize: narrow ? 12 : 14 };
  const quiet = { ...text, color: look.quiet };
  const category = {
    type: "category", data: data.x.map(String), axisTick: { alignWithLabel: true, interval: data.x.length > 15 ? (n, year) => Number(year) % 5 === 0 : "auto" }, axisLine: { lineStyle: { color: look.quiet } },
    axisLabel: lying ? { ...text, width: narrow ? 104 : 200, overflow: "truncate", interval: 0 } : { ...text, hideOverlap: true, interval: data.x.length > 15 ? (n, year) => Number(year) % (narrow ? 10 : 5) === 0 : "auto" },
    boundaryGap: data.kind === "stack" || lying, inverse: lying,
  };
  const value = {
    type: "value", name: data.unit, nameLocation: lying ? "middle" : "end", nameGap: lying ? 28 : 12, nameTextStyle: { ...quiet, align: lying ? "center" : "left" },
    axisLabel: { ...quiet, formatter: tick, hideOverlap: true }, splitNumber: narrow ? 3 : 5, splitLine: { lineStyle: { color: look.line } }, min: 0, max: lying ? reach(data) : undefined,
  };
  const rows = Math.ceil(made.legend.reduce((sum, one) => sum + 64 + [...one.name].reduce((wide, letter) => wide + (letter > "\u2e80" ? text.fontSize : text.fontSize * 0.56), 0), 0) / Math.max(200, block.clientWidth - 60));
  const top = 8 + rows * 26;
  return {
    height: lying ? top + 66 + data.x.length * (narrow ? 28 : 32) : null,
    chart: {
      animation: false,
      textStyle: text,
      color: COLOURS,
      aria: { enabled: true, label: { description: data.label } },
      legend: { type: "plain", top: 0, left: 0, data: made.legend, textStyle: text, itemWidth: 30, itemHeight: 12, itemGap: 14, selectedMode: false, lineStyle: { width: 2.5 } },
      grid: { top: top + (lying ? 4 : 26), left: 4, right: lying ? 24 : 28, bottom: lying ? 30 : 4, containLabel: true },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: lying || data.kind === "stack" ? "shadow" : "line" },
        backgroundColor: "#fff", borderColor: look.quiet, borderWidth: 1, textStyle: { ...text, fontSize: 13 }, formatter: tooltipOf(data),
      },
      xAxis: lying ? value : category,
      yAxis: lying ? category : value,
      series: made.series,
    },
  };
}

function drawOne(block) {
  const holder = document.getElementById(block.dataset.chart);
  if (!holder) return;
  const data = JSON.parse(holder.textContent);
  data.words = { outer: "5–95 %", inner: "25–75 %", assumed: "assumed", whisker: "5–95 %", ...data.words };
  let chart = null;
  let width = 0;
  const show = () => {
    if (block.clientWidth === width || !block.clientWidth) return;
    width = block.clientWidth;
    const made = option(data, block);
    if (made.height) block.style.height = `${made.height}px`;
    chart ??= globalThis.echarts.init(block, null, { renderer: "svg" });
    chart.resize();
    chart.setOption(made.chart, true);
    block.dataset.drawn = "yes";
  };
  new ResizeObserver(show).observe(block);
  show();
}

export function draw(root) {
  for (const block of root.querySelectorAll("[data-chart]")) if (!block.dataset.drawn) drawOne(block);
}
