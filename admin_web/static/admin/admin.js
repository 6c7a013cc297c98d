/* The shell of every admin page: the session's token on each htmx request, short notes, live updates, the menu. */
"use strict";

const csrf = document.querySelector('meta[name="csrf"]')?.content || "";
const notes = document.getElementById("notes");
const noteTexts = JSON.parse(notes?.dataset.notes || "{}");

document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.request.headers["X-CSRF"] = csrf;
});

function note(text, kind = "info") {
  const toast = document.createElement("div");
  toast.className = `toast show align-items-center text-bg-${kind === "bad" ? "danger" : "dark"} border-0`;
  const body = document.createElement("div");
  body.className = "toast-body";
  body.textContent = text;
  toast.append(body);
  notes.append(toast);
  setTimeout(() => toast.remove(), kind === "bad" ? 8000 : 4000);
}
window.naryad = { note, csrf };

document.addEventListener("htmx:after:request", (event) => {
  const said = event.detail.ctx?.response?.headers?.get?.("X-Naryad-Note");
  if (said) note(decodeURIComponent(said), "bad");
});
document.addEventListener("htmx:error", () => note(noteTexts.offline || "offline", "bad"));

const kept = document.cookie.split("; ").find((part) => part.startsWith("naryad_note="));
if (kept) {
  const key = decodeURIComponent(kept.slice("naryad_note=".length));
  document.cookie = "naryad_note=; Max-Age=0; path=/admin";
  if (noteTexts[key]) note(noteTexts[key]);
}

for (const button of document.querySelectorAll("[data-toggle]")) {
  button.addEventListener("click", () => {
    const open = document.querySelector(button.dataset.toggle).classList.toggle("show");
    button.setAttribute("aria-expanded", String(open));
  });
}

/* On a narrow screen the tab of this page is scrolled into view. */
const tab = document.querySelector(".desk-tabs .active");
if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;

/* A press that loses something asks first. */
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm || event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

/* Live: parts of a page with data-on="orders" load themselves anew (hx-get, hx-trigger="live") when the desk says so;
   bursts are gathered. A broken stream is opened again by the browser, and then everything is looked at. */
if (document.body.hasAttribute("data-live")) {
  const wanted = new Map();
  let timer = null;
  const flush = () => {
    timer = null;
    for (const [topic, ids] of wanted) {
      for (const part of document.querySelectorAll(`[data-on~="${topic}"]`)) {
        const only = part.dataset.id;
        if (!only || ids.has(only) || ids.has("all")) part.dispatchEvent(new CustomEvent("live", { detail: { ids: [...ids] } }));
      }
    }
    wanted.clear();
  };
  const heard = (topic, id) => {
    if (!wanted.has(topic)) wanted.set(topic, new Set());
    wanted.get(topic).add(id);
    timer ??= setTimeout(flush, 250);
  };
  const topics = ["orders", "presence", "people", "plan", "todo", "assets"];
  const source = new EventSource("/admin/live");
  let opened = false;
  source.onopen = () => {
    if (opened) for (const topic of topics) heard(topic, "all");
    opened = true;
    document.body.classList.add("is-live");
  };
  source.onerror = () => document.body.classList.remove("is-live");
  for (const topic of topics) source.addEventListener(topic, (event) => heard(topic, event.data));
  addEventListener("pagehide", () => source.close());
}
