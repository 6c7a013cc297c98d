/* Forms: a refusal is shown beside its field and nothing typed is lost; a pin on a map; copying; the checklist editor. */
"use strict";

/* The form that was sent; what a part of it asks for by itself, such as a preview, is no sending. */
const source = (event) => {
  const element = event.detail.ctx?.sourceElement;
  return element?.matches?.("form.desk-form") ? element : null;
};

/* What is sent: the form, and what it takes along from others. */
function sent(form) {
  const along = form.getAttribute("hx-include");
  return [form, ...(along ? document.querySelectorAll(along) : [])];
}

function find(form, what) {
  for (const part of sent(form)) {
    const found = part.querySelector(what);
    if (found) return found;
  }
  return null;
}

function clear(form) {
  form.classList.remove("is-bad");
  for (const part of sent(form)) {
    for (const bad of part.querySelectorAll(".is-invalid")) bad.classList.remove("is-invalid");
    for (const said of part.querySelectorAll(".said-here")) said.remove();
  }
  const said = form.querySelector(":scope > .said");
  if (said) { said.textContent = ""; said.hidden = true; }
}

function complain(form, text, field) {
  clear(form);
  form.classList.add("is-bad");
  const box = field && find(form, `[data-field="${CSS.escape(field)}"]`);
  if (box) {
    box.classList.add("is-invalid");
    const said = document.createElement("div");
    said.className = "said-here";
    said.setAttribute("role", "alert");
    said.textContent = text;
    box.append(said);
    box.scrollIntoView({ block: "center", behavior: "smooth" });
    return;
  }
  const input = field ? find(form, `[name="${CSS.escape(field)}"]`) : null;
  input?.classList.add("is-invalid");
  input?.focus();
  const said = form.querySelector(":scope > .said");
  said.textContent = text;
  said.hidden = false;
}

document.addEventListener("htmx:before:request", (event) => {
  const form = source(event);
  if (!form) return;
  clear(form);
  for (const button of form.querySelectorAll("button:not([type])")) button.disabled = true;
});
document.addEventListener("htmx:after:request", (event) => {
  const form = source(event);
  const answer = event.detail.ctx?.response;
  if (!form || !answer || answer.status < 400) return;
  const text = answer.headers.get("X-Naryad-Note");
  if (text) complain(form, decodeURIComponent(text), decodeURIComponent(answer.headers.get("X-Naryad-Field") || ""));
  else complain(form, JSON.parse(document.getElementById("notes").dataset.notes)["forms.failed"]);
});
document.addEventListener("htmx:finally:request", (event) => {
  for (const button of source(event)?.querySelectorAll("button:not([type])") || []) button.disabled = false;
});

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    const area = document.querySelector(copy.dataset.copy);
    try { await navigator.clipboard.writeText(area.textContent.trim()); } catch {
      const range = document.createRange();
      range.selectNodeContents(area);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand("copy");
    }
    window.naryad?.note(copy.dataset.copied);
  }
  const all = event.target.closest("[data-tick-all]");
  if (all) for (const box of document.querySelectorAll(all.dataset.tickAll)) box.checked = true;
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-go]")) event.target.form.submit();
});

/* A pin: pressing the map or dragging the pin fills the fields; typing in the fields moves the pin. */
const Grid = window.L && L.GridLayer.extend({
  createTile(at) {
    const tile = document.createElement("div");
    tile.className = "pin-grid";
    const corner = this._map.unproject([at.x * 256, at.y * 256], at.z);
    tile.textContent = `${corner.lat.toFixed(3)}, ${corner.lng.toFixed(3)}`;
    return tile;
  },
});
function pin(box) {
  const form = box.closest("form");
  const [lat, lon] = ["lat", "lon"].map((name) => form.querySelector(`[name="${name}"]`));
  const radius = box.dataset.radius && form.querySelector(`[name="${box.dataset.radius}"]`);
  const read = (field) => (field?.value.trim() ? Number(field.value.replace(",", ".")) : NaN);
  const known = () => Number.isFinite(read(lat)) && Number.isFinite(read(lon));
  const map = L.map(box.querySelector(".pin-map"), { attributionControl: false });
  map.setView(known() ? [read(lat), read(lon)] : [box.dataset.lat, box.dataset.lon], known() ? 13 : 10);
  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles, { maxZoom: 19 }).addTo(map);
  else new Grid().addTo(map);
  const icon = L.divIcon({ className: "", html: '<div class="pin-mark"></div>', iconSize: [22, 22], iconAnchor: [11, 25] });
  let mark = null;
  let circle = null;
  const show = () => {
    if (!known()) { mark?.remove(); circle?.remove(); mark = circle = null; return; }
    const at = [read(lat), read(lon)];
    if (!mark) {
      mark = L.marker(at, { icon, draggable: true, keyboard: true }).addTo(map);
      mark.on("drag", () => put(mark.getLatLng()));
    }
    mark.setLatLng(at);
    if (!radius) return;
    circle ??= L.circle(at, { radius: 1, weight: 2 }).addTo(map);
    circle.setLatLng(at).setRadius(Math.max(read(radius) || 0, 0.05) * 1000);
  };
  const find = box.querySelector("[data-find]");
  find?.addEventListener("click", async () => {
    const said = find.parentElement.querySelector("output");
    find.disabled = true;
    try {
      const answer = await fetch(`/admin/places?${new URLSearchParams({ address: form.elements[find.dataset.find].value })}`);
      const place = await answer.json();
      said.textContent = place.said;
      if (!answer.ok) return;
      put({ lat: place.lat, lng: place.lon });
      map.setView([place.lat, place.lon], 16);
    } catch { said.textContent = JSON.parse(document.getElementById("notes").dataset.notes)["forms.failed"]; }
    finally { find.disabled = false; }
  });
  const put = (at) => { lat.value = at.lat.toFixed(5); lon.value = at.lng.toFixed(5); show(); };
  map.on("click", (event) => put(event.latlng));
  for (const input of [lat, lon, radius]) input?.addEventListener("input", () => {
    show();
    if (input !== radius && known()) map.panTo([read(lat), read(lon)]);
  });
  show();
  if (circle) map.fitBounds(circle.getBounds().pad(0.1));
}
if (window.L) for (const box of document.querySelectorAll("[data-pin]")) pin(box);

/* The checklist editor: items and choices are made from templates; names carry their number, order is the page's. */
const items = document.getElementById("items");
if (items) {
  let next = Number(items.dataset.next);
  const fill = (id, number, letter) => {
    const holder = document.createElement("template");
    holder.innerHTML = document.getElementById(id).innerHTML.replaceAll("__n__", number).replaceAll("__c__", letter);
    return holder.content.firstElementChild;
  };
  const renumber = () => items.querySelectorAll(".item-number").forEach((place, n) => { place.textContent = `${n + 1}.`; });
  const add = () => { items.append(fill("new-item", next, 0)); next += 1; renumber(); };
  document.getElementById("add-item").addEventListener("click", () => { add(); items.lastElementChild.querySelector("input[type=text]").focus(); });
  items.addEventListener("click", (event) => {
    const item = event.target.closest(".item");
    const press = event.target.closest("[data-do]")?.dataset.do;
    if (press === "remove") item.remove();
    if (press === "up") item.previousElementSibling?.before(item);
    if (press === "down") item.nextElementSibling?.after(item);
    if (press === "unchoose") event.target.closest(".choice-row").remove();
    if (press === "choose") {
      const list = item.querySelector(".choices");
      list.append(fill("new-choice", item.dataset.n, Date.now() % 1e9));
    }
    renumber();
  });
  items.addEventListener("change", (event) => {
    if (event.target.matches("[data-kind]")) event.target.closest(".item").dataset.type = event.target.value;
  });
  if (!items.children.length) add();
  renumber();
}
