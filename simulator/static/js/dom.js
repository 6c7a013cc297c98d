/** Small helpers that build DOM nodes. Text always goes in as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

function setProp(el, key, value) {
  if (value === undefined || value === null || value === false) return;
  if (key === "class") el.className = value;
  else if (key === "testid") el.dataset.testid = value;
  else if (key === "data")
    for (const [k, v] of Object.entries(value)) {
      if (v !== undefined && v !== null) el.dataset[k] = v;
    }
  else if (key === "vars") for (const [k, v] of Object.entries(value)) el.style.setProperty(k, v);
  else if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
  else if (key in el && typeof value !== "string") el[key] = value;
  else el.setAttribute(key, value === true ? "" : value);
}

/** h("button", {class, testid, data: {}, vars: {"--x": 1}, onclick}, ...children) */
export function h(tag, props, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(props || {})) setProp(el, key, value);
  add(el, children);
  return el;
}

export function add(el, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    el.append(child instanceof Node ? child : String(child));
  }
  return el;
}

export function fill(el, ...children) {
  el.replaceChildren();
  return add(el, children);
}

export function icon(name, cls = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${cls}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** A round button whose only content is an icon; the label is its accessible name and tooltip. */
export function iconButton(name, label, props = {}) {
  return h(
    "button",
    { type: "button", title: label, "aria-label": label, ...props, class: `icon-button ${props.class || ""}` },
    icon(name),
  );
}

/** Keeps `box`'s children equal to `items`, reusing a node while its signature stays the same; tells whether it changed. */
export function reconcile(box, items, { key, signature, render }) {
  const old = new Map();
  let changed = false;
  for (const node of [...box.children]) old.set(node.dataset.key, node);
  let cursor = box.firstElementChild;
  for (const item of items) {
    const k = String(key(item));
    const sig = signature(item);
    let node = old.get(k);
    old.delete(k);
    if (!node || node.dataset.sig !== sig) {
      changed = true;
      const fresh = render(item, node);
      fresh.dataset.key = k;
      fresh.dataset.sig = sig;
      if (node) {
        if (cursor === node) cursor = fresh;
        if (fresh !== node) node.replaceWith(fresh);
      }
      node = fresh;
    }
    if (node === cursor) cursor = cursor.nextElementSibling;
    else {
      changed = true;
      box.insertBefore(node, cursor);
    }
  }
  for (const node of old.values()) node.remove();
  return changed || old.size > 0;
}

/** A short stable text of any JSON value, to notice that something changed. */
export function digest(value) {
  const text = JSON.stringify(value);
  let hash = 5381;
  for (let i = 0; i < text.length; i += 1) hash = ((hash * 33) ^ text.charCodeAt(i)) >>> 0;
  return `${text.length}.${hash}`;
}

export function initials(title) {
  const words = String(title || "").match(/[\p{L}\p{N}]+/gu) || ["?"];
  return words
    .slice(0, 2)
    .map((word) => [...word][0])
    .join("")
    .toUpperCase();
}

const PALETTE = ["#e8635a", "#e78c3b", "#8f6bd8", "#46a846", "#2f9fc4", "#4a7fe0", "#d9558f", "#3f8f86"];

export function colourOf(id) {
  return PALETTE[Math.abs(Number(id) || 0) % PALETTE.length];
}

export function avatar(title, colour, cls = "") {
  return h("span", { class: `avatar ${cls}`, vars: { "--c": colour }, "aria-hidden": "true" }, initials(title));
}
