// Places explanations beside what they explain, and shows terms on hover and focus as well as on tap.
const GAP = 6;

function place(button, pop) {
  const at = button.getBoundingClientRect();
  const size = pop.getBoundingClientRect();
  const room = document.documentElement.clientWidth;
  const left = Math.max(8, Math.min(at.left, room - size.width - 8));
  const below = at.bottom + GAP;
  const top = below + size.height > window.innerHeight && at.top > size.height + GAP ? at.top - size.height - GAP : below;
  pop.style.left = `${left}px`;
  pop.style.top = `${Math.max(8, top)}px`;
}

export function explain(root) {
  for (const button of root.querySelectorAll("button[popovertarget]")) {
    const pop = document.getElementById(button.getAttribute("popovertarget"));
    if (!pop || pop.dataset.ready) continue;
    pop.dataset.ready = "1";
    pop.addEventListener("toggle", (event) => {
      if (event.newState === "open") place(button, pop);
    });
    window.addEventListener("scroll", () => {
      if (pop.matches(":popover-open")) place(button, pop);
    }, { passive: true });
    if (!("hover" in button.dataset)) continue;
    let leaving = 0;
    const show = () => {
      clearTimeout(leaving);
      if (!pop.matches(":popover-open")) pop.showPopover();
    };
    const hide = () => {
      leaving = setTimeout(() => {
        if (pop.matches(":popover-open")) pop.hidePopover();
      }, 200);
    };
    for (const part of [button, pop]) {
      part.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show());
      part.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && hide());
    }
    button.addEventListener("focus", () => button.matches(":focus-visible") && show());
    button.addEventListener("blur", hide);
  }
}
