// Copies a link and says so.
export function copying(root) {
  for (const block of root.querySelectorAll("[data-copy]")) {
    const button = block.querySelector("button");
    const input = block.querySelector("input");
    const status = block.querySelector("[role=status]");
    if (!button.hidden) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      input.select();
      try {
        await navigator.clipboard.writeText(input.value);
      } catch {
        document.execCommand("copy");
      }
      status.textContent = button.dataset.done;
    });
  }
}
