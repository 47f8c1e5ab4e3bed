// What a mass means that is being typed, beside its field, in tonnes, kilograms and grams. A figure that two countries
// would read differently is shown with both readings. Without this file the same is said when the form is sent.
const TWO = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/;
const DECIMAL_COMMA = /^[+-]?(\d+,(\d{1,2}|\d{4,})|0,\d{3})$/;
const THOUSANDS = /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/;

function grams(text) {
  const found = Number(text);
  return text && Number.isFinite(found) && found >= 0 ? Math.round(found * 1000) : null;
}

function readings(text) {
  const written = text.replace(/\s/g, "");
  if (TWO.test(written)) {
    const point = written.replace(",", ".");
    return [grams(point), grams(point.replace(".", ""))];
  }
  if (DECIMAL_COMMA.test(written)) return [grams(written.replace(",", "."))];
  if (written.includes(",") && !THOUSANDS.test(written)) return [];
  return [grams(written.replaceAll(",", ""))];
}

function said(mass) {
  const parts = [[Math.floor(mass / 1e6), "t"], [Math.floor(mass / 1000) % 1000, "kg"], [mass % 1000, "g"]];
  return parts.filter(([count]) => count).map(([count, unit]) => `${count} ${unit}`).join(" ") || "0 kg";
}

for (const field of document.querySelectorAll("input[data-mass]")) {
  const told = document.createElement("output");
  told.htmlFor = field.id;
  told.className = "hint";
  field.after(told);
  const read = () => {
    let found = readings(field.value).filter((mass) => mass !== null);
    const most = Number(field.dataset.most || Infinity), least = Number(field.dataset.least || 0);
    const fitting = found.filter((mass) => mass >= least && mass <= most);
    if (found.length === 2 && fitting.length === 1) found = fitting;
    told.textContent = found.map(said).join(` ${field.dataset.mass} `) + (found.length === 2 ? " ?" : "");
  };
  field.addEventListener("input", read);
  read();
}
