/* Dragging a visit with a mouse or, after a long press, with a finger: where it hangs is asked of the server, so that
   conflicts are seen before it is dropped. */
"use strict";

window.planDrag = ({ board, movable, over, preview, drop }) => {
  const NEAR = 5, HOLD_MS = 350, ASK_MS = 120;
  let drag = null;

  const cancelHold = () => { if (drag && !drag.ghost) { clearTimeout(drag.hold); drag = null; } };

  board.addEventListener("pointerdown", (event) => {
    const bar = event.target.closest(".plan-bar");
    if (!bar || event.button !== 0 || !movable(bar)) return;
    drag = { bar, x: event.clientX, y: event.clientY, id: event.pointerId, touch: event.pointerType === "touch", grip: event.clientX - bar.getBoundingClientRect().left };
    if (drag.touch) drag.hold = setTimeout(() => begin(), HOLD_MS);
  });

  function begin() {
    const box = drag.bar.getBoundingClientRect();
    drag.ghost = drag.bar.cloneNode(true);
    drag.ghost.className += " plan-ghost";
    Object.assign(drag.ghost.style, { width: `${box.width}px`, height: `${box.height}px` });
    drag.tip = document.createElement("div");
    drag.tip.className = "plan-tip";
    drag.shadow = document.createElement("div");
    drag.shadow.className = "plan-shadow";
    drag.bar.classList.add("is-dragged");
    document.body.append(drag.ghost, drag.tip);
    follow(drag.x, drag.y);
  }

  function follow(x, y) {
    Object.assign(drag.ghost.style, { left: `${x - drag.grip}px`, top: `${y - 18}px` });
    const low = y + 150 > innerHeight;
    Object.assign(drag.tip.style, { left: `${Math.min(x + 14, innerWidth - 340)}px`, top: low ? "" : `${y + 26}px`, bottom: low ? `${innerHeight - y + 30}px` : "" });
    const spot = over(x - drag.grip, y, x);
    const key = spot && `${spot.member}@${spot.start}`;
    if (key === drag.key) return;
    drag.key = key;
    drag.spot = spot;
    for (const one of board.querySelectorAll(".is-target")) one.classList.remove("is-target");
    drag.shadow.remove();
    drag.tip.replaceChildren();
    clearTimeout(drag.asking);
    if (!spot) return;
    spot.element.classList.add("is-target");
    const mine = drag;
    drag.asking = setTimeout(async () => {
      const told = await preview(drag?.bar, spot, mine.shadow);
      if (drag === mine && mine.key === key && told) mine.tip.replaceChildren(told);
    }, ASK_MS);
  }

  function end() {
    if (!drag) return null;
    const done = drag;
    clearTimeout(done.hold);
    clearTimeout(done.asking);
    drag = null;
    if (!done.ghost) return null;
    done.ghost.remove();
    done.tip.remove();
    done.shadow.remove();
    done.bar.classList.remove("is-dragged");
    for (const one of board.querySelectorAll(".is-target")) one.classList.remove("is-target");
    return done;
  }

  addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > NEAR;
    if (!drag.ghost && far) { if (drag.touch) { cancelHold(); return; } begin(); }
    if (drag?.ghost) { event.preventDefault(); follow(event.clientX, event.clientY); }
  });
  addEventListener("pointerup", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    const done = end();
    if (!done) return;
    addEventListener("click", (click) => { click.stopPropagation(); click.preventDefault(); }, { capture: true, once: true });
    setTimeout(() => { if (done.spot) drop(done.bar, done.spot); }, 0);
  });
  addEventListener("pointercancel", end);
  addEventListener("keydown", (event) => { if (event.key === "Escape") end(); });
  board.addEventListener("touchmove", (event) => { if (drag?.ghost) event.preventDefault(); }, { passive: false });
  board.addEventListener("contextmenu", (event) => { if (drag?.touch) event.preventDefault(); });
  return { busy: () => Boolean(drag?.ghost) };
};
