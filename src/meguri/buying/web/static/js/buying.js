// Big keys for a figure. Without this file the field is written like any other.
for (const keys of document.querySelectorAll("[data-keys-for]")) {
  const field = document.getElementById(keys.dataset.keysFor);
  if (!field) continue;
  keys.hidden = false;
  keys.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (!key) return;
    field.value = key === "back" ? field.value.slice(0, -1) : field.value + key;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
