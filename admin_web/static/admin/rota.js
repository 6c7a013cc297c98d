/* The rota's grid: choose cells by click, drag, tap or keys; say what they shall be below; take it back. */
"use strict";

const rotaBox = document.getElementById("rota");
const rotaPanel = document.getElementById("rota-panel");
const rotaUndo = document.getElementById("rota-undo");
if (rotaBox && rotaPanel) {
  const taken = [];
  let anchor = null;
  let dragging = false;
  let undoing = false;

  const cells = () => [...rotaBox.querySelectorAll("[data-cell]")];
  const chosen = () => cells().filter((cell) => cell.getAttribute("aria-selected") === "true");
  const at = (cell) => [cell.parentElement.rowIndex, cell.cellIndex];
  const cellAt = (row, column) => rotaBox.querySelector("table")?.rows[row]?.cells[column];
  const mark = (cell, on) => cell.setAttribute("aria-selected", String(on));

  const show = () => {
    const found = chosen();
    rotaPanel.hidden = !found.length;
    rotaPanel.elements.cells.value = found.map((cell) => cell.dataset.cell).join(",");
    const text = document.getElementById("rota-chosen");
    text.textContent = found.length === 1 ? found[0].getAttribute("aria-label").trim() : `${text.dataset.text} ${found.length}`;
    if (rotaUndo) rotaUndo.hidden = !taken.length || found.length > 0;
  };
  const clear = () => { for (const cell of chosen()) mark(cell, false); };
  const block = (from, to) => {
    const [a, b] = [at(from), at(to)];
    const [top, bottom] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])];
    const [left, right] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])];
    for (const cell of cells()) {
      const [row, column] = at(cell);
      mark(cell, row >= top && row <= bottom && column >= left && column <= right);
    }
  };
  const focus = (cell) => {
    for (const one of rotaBox.querySelectorAll('[data-cell][tabindex="0"]')) one.tabIndex = -1;
    cell.tabIndex = 0;
    cell.focus({ preventScroll: false });
  };

  rotaBox.addEventListener("pointerdown", (event) => {
    const cell = event.target.closest("[data-cell]");
    if (!cell || event.button) return;
    if (event.pointerType === "touch") return;
    event.preventDefault();
    if (event.shiftKey && anchor) block(anchor, cell);
    else if (event.ctrlKey || event.metaKey) { mark(cell, cell.getAttribute("aria-selected") !== "true"); anchor = cell; }
    else {
      const alone = chosen().length === 1 && cell.getAttribute("aria-selected") === "true";
      clear();
      if (!alone) { mark(cell, true); dragging = true; }
      anchor = cell;
    }
    focus(cell);
    show();
  });
  rotaBox.addEventListener("pointerover", (event) => {
    const cell = dragging && event.target.closest("[data-cell]");
    if (cell && anchor) { block(anchor, cell); show(); }
  });
  addEventListener("pointerup", () => { dragging = false; });
  /* A finger scrolls; a tap chooses, and further taps choose more. */
  rotaBox.addEventListener("click", (event) => {
    const cell = event.target.closest("[data-cell]");
    if (!cell || event.pointerType !== "touch") return;
    mark(cell, cell.getAttribute("aria-selected") !== "true");
    anchor = cell;
    show();
  });

  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  rotaBox.addEventListener("keydown", (event) => {
    const cell = event.target.closest("[data-cell]");
    if (!cell) return;
    if (steps[event.key]) {
      const [row, column] = at(cell);
      const next = cellAt(row + steps[event.key][0], column + steps[event.key][1]);
      if (!next?.dataset.cell) return;
      event.preventDefault();
      if (event.shiftKey) block(anchor ?? cell, next);
      else anchor = next;
      focus(next);
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (event.key === " ") mark(cell, cell.getAttribute("aria-selected") !== "true");
      else mark(cell, true);
      anchor = cell;
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      mark(cell, true);
      show();
      rotaPanel.querySelector('[value="off"]').click();
      return;
    } else return;
    show();
    if (event.key === "Enter") rotaPanel.querySelector(".rota-buttons button").focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { clear(); show(); }
    const typing = event.target.matches?.("input, textarea, select");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !typing && taken.length) {
      event.preventDefault();
      rotaUndo.querySelector("button").click();
    }
  });
  document.getElementById("rota-close").addEventListener("click", () => { clear(); show(); });

  rotaUndo.addEventListener("submit", () => {
    undoing = true;
    rotaUndo.elements.before.value = taken.at(-1) ?? "";
  }, true);
  let kept = null;
  document.addEventListener("htmx:before:request", () => {
    kept = { scroll: document.getElementById("rota-scroll")?.scrollLeft ?? 0, focus: document.activeElement?.dataset?.cell ?? anchor?.dataset.cell };
  });
  document.addEventListener("htmx:after:request", (event) => {
    if ((event.detail.ctx?.response?.status ?? 500) >= 400) undoing = false;
  });
  document.addEventListener("htmx:after:swap", () => {
    const before = document.getElementById("rota-before")?.dataset.before;
    if (undoing) taken.pop();
    else if (before) taken.push(before);
    undoing = false;
    const scroll = document.getElementById("rota-scroll");
    if (scroll && kept) scroll.scrollLeft = kept.scroll;
    const again = kept?.focus && rotaBox.querySelector(`[data-cell="${CSS.escape(kept.focus)}"]`);
    anchor = again || null;
    if (again) focus(again);
    const first = !again && rotaBox.querySelector("[data-cell]");
    if (first) first.tabIndex = 0;
    show();
    if (rotaUndo.elements.before) rotaUndo.elements.before.value = taken.at(-1) ?? "";
  });
  const first = rotaBox.querySelector("[data-cell]");
  if (first) first.tabIndex = 0;
  const today = rotaBox.querySelector("thead .today");
  const scroll = document.getElementById("rota-scroll");
  if (today && scroll) scroll.scrollLeft = Math.max(0, today.offsetLeft - scroll.clientWidth / 3);
}

/* The template editor: ready cycles fill the lines. */
for (const button of document.querySelectorAll("[data-cycle]")) {
  button.addEventListener("click", () => {
    const area = document.querySelector('textarea[name="cycle"]');
    area.value = button.dataset.cycle.replaceAll("|", "\n");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
