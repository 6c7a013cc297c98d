/* A floor plan: a pin and its line in the list are chosen together; what stands there is put where it belongs by
   dragging it, or by choosing it and then the place, with a finger, a mouse or the arrow keys. */
"use strict";

(() => {
  const plan = document.getElementById("plan");
  if (!plan) return;
  const form = document.getElementById("pin-form");
  const arm = document.getElementById("floor-arm");
  const sheet = () => plan.querySelector(".floor-sheet");
  let chosen = plan.dataset.chosen || "";

  /* Choosing */
  function choose(key, scroll) {
    chosen = key;
    for (const one of plan.querySelectorAll(".is-chosen")) one.classList.remove("is-chosen");
    if (!key) return;
    const pin = document.getElementById(`pin-${key}`), row = document.getElementById(`spot-${key}`);
    pin?.classList.add("is-chosen");
    row?.classList.add("is-chosen");
    if (scroll) row?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }
  document.addEventListener("htmx:after:swap", () => { choose(chosen, false); aim(); });

  let zoom = 1;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-zoom]");
    if (!button) return;
    const box = plan.querySelector(".floor-scroll"), before = { w: box.scrollWidth, x: box.scrollLeft + box.clientWidth / 2, y: box.scrollTop + box.clientHeight / 2 };
    zoom = Math.min(3, Math.max(1, zoom + Number(button.dataset.zoom)));
    plan.classList.toggle("zoom-2", zoom === 2);
    plan.classList.toggle("zoom-3", zoom === 3);
    const grown = box.scrollWidth / before.w;
    box.scrollTo(before.x * grown - box.clientWidth / 2, before.y * grown - box.clientHeight / 2);
  });

  /* Where a point of the window is on the picture; null beside it. */
  function spot(x, y) {
    const box = sheet().getBoundingClientRect(), seen = plan.querySelector(".floor-scroll").getBoundingClientRect();
    const at = { x: (x - box.left) / box.width, y: (y - box.top) / box.height };
    const inside = x >= seen.left && x <= seen.right && y >= seen.top && y <= seen.bottom;
    return inside && at.x >= 0 && at.x <= 1 && at.y >= 0 && at.y <= 1 ? at : null;
  }
  function put(what, at) {
    chosen = what;
    form.elements.what.value = what;
    form.elements.x.value = at.x.toFixed(4);
    form.elements.y.value = at.y.toFixed(4);
    form.requestSubmit();
  }

  /* Chosen first, then the place */
  let armed = null;
  function aim() {
    const cross = plan.querySelector(".floor-aim > svg");
    if (!armed || !cross) return;
    cross.setAttribute("x", `${armed.x * 100}%`);
    cross.setAttribute("y", `${armed.y * 100}%`);
  }
  function disarm() {
    armed = null;
    plan.classList.remove("is-arming");
    if (arm) arm.hidden = true;
  }
  function begin(what, name) {
    const pin = document.getElementById(`pin-${what}`);
    armed = { what, x: pin ? parseFloat(pin.getAttribute("x")) / 100 : 0.5, y: pin ? parseFloat(pin.getAttribute("y")) / 100 : 0.5 };
    plan.classList.add("is-arming");
    arm.firstElementChild.textContent = arm.dataset.text.replace("{name}", name);
    arm.hidden = false;
    aim();
    const box = plan.querySelector(".floor-scroll");
    box.scrollIntoView({ block: "nearest", behavior: "smooth" });
    box.focus({ preventScroll: true });
  }
  arm?.querySelector("button").addEventListener("click", disarm);
  addEventListener("keydown", (event) => {
    if (!armed) return;
    if (event.key === "Escape") { disarm(); return; }
    const step = event.shiftKey ? 0.05 : 0.01;
    const [dx, dy] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key] || [0, 0];
    const onSheet = event.target.closest?.(".floor-scroll");
    if (onSheet && (dx || dy)) {
      event.preventDefault();
      const within = (part) => Math.min(1, Math.max(0, part));
      armed = { ...armed, x: within(armed.x + dx), y: within(armed.y + dy) };
      aim();
    }
    if (onSheet && event.key === "Enter") {
      event.preventDefault();
      const done = armed;
      disarm();
      put(done.what, done);
    }
  });

  plan.addEventListener("click", (event) => {
    if (armed && event.target.closest(".floor-sheet")) {
      const at = spot(event.clientX, event.clientY), { what } = armed;
      event.preventDefault();
      if (at) { disarm(); put(what, at); }
      return;
    }
    const button = event.target.closest("[data-arm]");
    if (button) { begin(button.dataset.arm, button.dataset.name); return; }
    const pin = event.target.closest(".floor-pin");
    if (pin) { event.preventDefault(); choose(pin.id.slice(4), true); return; }
    const row = event.target.closest(".spot");
    if (row && !event.target.closest("a, button")) choose(row.id.slice(5), false);
  });

  /* Dragging: at once with a mouse, after a long press with a finger */
  const NEAR = 5, HOLD_MS = 350;
  let drag = null;
  function lift() {
    drag.ghost = document.createElement("div");
    drag.ghost.className = "floor-ghost";
    drag.ghost.textContent = drag.from.dataset.name;
    document.body.append(drag.ghost);
    drag.from.classList.add("is-dragged");
    follow(drag.x, drag.y);
  }
  function follow(x, y) {
    drag.at = { x: x + drag.dx, y: y + drag.dy };
    Object.assign(drag.ghost.style, { left: `${drag.at.x}px`, top: `${drag.at.y}px` });
  }
  function end() {
    const done = drag;
    drag = null;
    clearTimeout(done?.hold);
    done?.ghost?.remove();
    done?.from.classList.remove("is-dragged");
    return done?.ghost ? done : null;
  }
  if (form) {
    plan.addEventListener("pointerdown", (event) => {
      const from = event.target.closest("[data-what]");
      if (!from || armed || event.button !== 0 || event.target.closest("button, .spot a")) return;
      const tip = from.matches(".floor-pin") ? from.querySelector(".floor-ring").getBoundingClientRect() : null;
      drag = { from, id: event.pointerId, x: event.clientX, y: event.clientY, touch: event.pointerType === "touch", dx: 0, dy: 0 };
      if (tip) Object.assign(drag, { dx: tip.left + tip.width / 2 - event.clientX, dy: tip.top + tip.height / 2 - event.clientY });
      if (drag.touch) drag.hold = setTimeout(lift, HOLD_MS);
    });
    addEventListener("pointermove", (event) => {
      if (!drag || event.pointerId !== drag.id) return;
      if (!drag.ghost && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > NEAR) {
        if (drag.touch) { end(); return; }
        lift();
      }
      if (drag?.ghost) { event.preventDefault(); follow(event.clientX, event.clientY); }
    });
    addEventListener("pointerup", (event) => {
      if (!drag || event.pointerId !== drag.id) return;
      const done = end();
      if (!done) return;
      addEventListener("click", (click) => { click.stopPropagation(); click.preventDefault(); }, { capture: true, once: true });
      const at = spot(done.at.x, done.at.y);
      setTimeout(() => { if (at) put(done.from.dataset.what, at); }, 0);
    });
    addEventListener("pointercancel", end);
    addEventListener("keydown", (event) => { if (event.key === "Escape") end(); });
    plan.addEventListener("dragstart", (event) => event.preventDefault());
    plan.addEventListener("touchmove", (event) => { if (drag?.ghost) event.preventDefault(); }, { passive: false });
    plan.addEventListener("contextmenu", (event) => { if (drag?.touch) event.preventDefault(); });
  }

  if (chosen) document.getElementById(`pin-${chosen}`)?.querySelector(".floor-drop").scrollIntoView({ block: "center", inline: "center" });
})();
