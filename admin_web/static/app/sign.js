/* The signature page: proves who is looking, shows the act, keeps the stroke on this phone until the desk has it. */
"use strict";

const { bot, document: documentId, texts: rawTexts } = document.body.dataset;
const texts = JSON.parse(rawTexts);
const $ = (id) => document.getElementById(id);
const RETRY_MS = 4000;
let words = texts.ru;
let locale = "ru";
let token = null;
let pad = null;
let sending = false;

function initData() {
  const hash = new URLSearchParams(location.hash.slice(1));
  return hash.get("tgWebAppData") || "";
}

/* Only Telegram and whoever the desk allows may frame this page (frame-ancestors), so any frame around it may hear. */
window.tapps?.bridge.setTargetOrigin("*");

function toApp(event, data) {
  try {
    window.tapps.bridge.postEvent(event, data);
  } catch {
    /* Opened outside Telegram: there is no app to tell. */
  }
}

function speak(code) {
  locale = texts[code] ? code : "ru";
  words = texts[locale];
  document.documentElement.lang = locale;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = words[node.dataset.text];
}

function state(mark, kind, said, hint, button, action) {
  document.querySelector(".sheet").hidden = true;
  $("state").hidden = false;
  $("mark").textContent = mark;
  $("mark").className = `mark ${kind}`;
  $("said").textContent = said;
  $("hint").textContent = hint || "";
  $("again").hidden = !button;
  $("again").textContent = button || "";
  $("again").onclick = action || null;
}

function status(text, bad = false) {
  $("status").textContent = text;
  $("status").classList.toggle("bad", bad);
}

/* The draft lives in IndexedDB: the page may be closed or the phone switched off before the signal is back. */
function store(mode) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("naryad-sign", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("drafts");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => resolve(opening.result.transaction("drafts", mode).objectStore("drafts"));
  });
}
const finished = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
const draftKey = `${bot}/${documentId}`;
const readDraft = async () => finished((await store("readonly")).get(draftKey)).catch(() => null);
const keepDraft = async (draft) => finished((await store("readwrite")).put(draft, draftKey)).catch(() => null);
const dropDraft = async () => finished((await store("readwrite")).delete(draftKey)).catch(() => null);

class Answer extends Error {
  constructor(status, body) {
    super(body.message || String(status));
    this.status = status;
    this.code = body.code;
  }
}

async function call(path, body) {
  const headers = { "X-Naryad-Locale": locale };
  if (token) headers.Authorization = `Bearer ${token}`;
  const options = body === undefined ? { headers } : { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`/app/${bot}/${path}`, { ...options, signal: AbortSignal.timeout(20000) });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Answer(response.status, answer);
  return answer;
}

const money = (text) =>
  new Intl.NumberFormat(locale === "ru" ? "ru-RU" : "en-GB", { style: "currency", currency: "RUB" }).format(Number(text));
const amount = (text) => new Intl.NumberFormat(locale === "ru" ? "ru-RU" : "en-GB", { maximumFractionDigits: 3 }).format(Number(text));

function draw(act, draft) {
  $("title").textContent = words.title.replace("{number}", act.number);
  $("about").textContent = [act.customer, act.site].filter(Boolean).join(" · ");
  $("total").textContent = money(act.total);
  $("lines").replaceChildren(
    ...act.lines.map((line) => {
      const row = document.createElement("div");
      const name = document.createElement("span");
      const sum = document.createElement("span");
      name.textContent = line.name;
      sum.textContent = `${amount(line.quantity)} ${line.unit} × ${money(line.price)}`;
      row.append(name, sum);
      return row;
    }),
  );
  $("lines").hidden = act.lines.length === 0;
  $("name").value = draft?.name ?? act.signer.name;
  $("post").value = draft?.post ?? act.signer.post;
  $("state").hidden = true;
  document.querySelector(".sheet").hidden = false;
  openPad(draft);
}

function openPad(draft) {
  const canvas = $("pad");
  pad = new SignaturePad(canvas, { penColor: "#172048", minWidth: 1.2, maxWidth: 3.4 });
  const fit = () => {
    const kept = pad.toData();
    const ratio = Math.max(window.devicePixelRatio || 1, 2);
    canvas.width = canvas.offsetWidth * ratio;
    canvas.height = canvas.offsetHeight * ratio;
    canvas.getContext("2d").scale(ratio, ratio);
    pad.clear();
    pad.fromData(kept);
  };
  fit();
  addEventListener("resize", fit);
  if (draft?.strokes?.length) pad.fromData(draft.strokes);
  const inked = () => canvas.parentElement.classList.toggle("inked", !pad.isEmpty());
  inked();
  pad.addEventListener("beginStroke", () => {
    inked();
    status("");
  });
  pad.addEventListener("endStroke", () => {
    inked();
    remember();
  });
  $("clear").onclick = () => {
    pad.clear();
    inked();
    remember();
  };
}

async function remember(extra = {}) {
  const before = (await readDraft()) || {};
  await keepDraft({ ...before, name: $("name").value, post: $("post").value, strokes: pad.toData(), ...extra });
}

async function send() {
  if (sending) return;
  if (pad.isEmpty()) return status(words.empty, true);
  if (!$("name").value.trim()) {
    $("name").focus();
    return status(words.name_needed, true);
  }
  const key = (await readDraft())?.key || crypto.randomUUID();
  await remember({ key, image: pad.toDataURL("image/png"), waiting: true });
  deliver();
}

/* Until the desk has it: on a timer, and at once when the signal comes back. */
async function deliver() {
  if (sending) return;
  const draft = await readDraft();
  if (!draft?.waiting) return;
  sending = true;
  $("send").disabled = true;
  status(words.sending);
  try {
    await call(`api/sign/${documentId}`, { name: draft.name, post: draft.post, image: draft.image, key: draft.key });
    await dropDraft();
    toApp("web_app_trigger_haptic_feedback", { type: "notification", notification_type: "success" });
    state("✓", "good", words.done, words.done_hint, words.close, () => toApp("web_app_close"));
  } catch (error) {
    if (error instanceof Answer && error.status === 401) {
      await open().catch(() => null);
      setTimeout(deliver, RETRY_MS);
    } else if (error instanceof Answer && error.status < 500) {
      await keepDraft({ ...draft, waiting: false });
      $("send").disabled = false;
      status(error.message, true);
    } else {
      status(words.offline);
      setTimeout(deliver, RETRY_MS);
    }
  } finally {
    sending = false;
  }
}

async function open() {
  const session = await call("session", { init_data: initData() });
  token = session.token;
  speak(session.locale);
}

async function start() {
  speak(navigator.language.startsWith("ru") ? "ru" : "en");
  toApp("web_app_ready");
  toApp("web_app_expand");
  if (!initData()) return state("!", "bad", words.not_telegram, "");
  state("…", "", words.loading, "");
  try {
    await open();
    const act = await call(`api/sign/${documentId}`);
    if (act.state === "signed") return state("✓", "good", words.signed.replace("{who}", act.signed_by), words.done_hint, words.close, () => toApp("web_app_close"));
    if (act.state === "replaced") return state("!", "bad", words.replaced, "", words.close, () => toApp("web_app_close"));
    if (act.state !== "ready") return state("…", "", words.printing, "", words.retry, start);
    draw(act, await readDraft());
    deliver();
  } catch (error) {
    const said = error instanceof Answer ? error.message : words.offline;
    state("!", "bad", said, "", words.retry, start);
  }
}

$("send").onclick = send;
addEventListener("online", deliver);
start();
