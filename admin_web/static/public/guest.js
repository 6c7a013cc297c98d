/* What the pages without a login share: posts that are sent again until they arrive, files in pieces, a map's ground. */
"use strict";

const RETRY_MS = 4000;
const SIDE = 2000;

const uuid = () => (crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join(""));
const pause = (ms) => new Promise((go) => { const t = setTimeout(go, ms); addEventListener("online", () => { clearTimeout(t); go(); }, { once: true }); });

class Refused extends Error {
  constructor(status, body) {
    super(body.message || String(status));
    this.status = status;
    this.code = body.code || "";
    this.field = body.field || "";
  }
}

async function once(method, url, body, type) {
  const options = { method, signal: AbortSignal.timeout(30000), headers: { Accept: "application/json" } };
  if (body !== undefined) { options.body = body; options.headers["Content-Type"] = type || "application/json"; }
  const response = await fetch(url, options);
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status < 500) throw new Refused(response.status, answer);
  throw new Error(String(response.status));
}

/* Until the desk has it; what it refuses is final. `told` hears that there is no signal. */
async function insist(method, url, body, told, type) {
  for (;;) {
    try {
      return await once(method, url, body, type);
    } catch (error) {
      if (error instanceof Refused) throw error;
      if (told) told();
      await pause(RETRY_MS);
    }
  }
}

const kept = {
  get: (name) => { try { return JSON.parse(localStorage.getItem(name)) || null; } catch { return null; } },
  put: (name, value) => { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* private mode */ } },
  drop: (name) => { try { localStorage.removeItem(name); } catch { /* private mode */ } },
};

/* A camera's photo is made smaller before it goes over a bad line; what can't be drawn goes as it is. */
async function smaller(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < 600 * 1024) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return made && made.size < file.size ? new File([made], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

/* A tray of files: each goes up in pieces at once; `ready()` waits for all, `tokens()` names those that arrived. */
class Tray {
  constructor({ list, input, base, piece, most, files, words, changed }) {
    Object.assign(this, { list, base, piece, most, files, words, changed });
    this.items = [];
    input.addEventListener("change", () => { for (const file of input.files) this.add(file); input.value = ""; });
  }

  add(file) {
    const item = { file, token: null, done: false, failed: false, gone: false };
    const row = document.createElement("li");
    const away = document.createElement("button");
    away.type = "button";
    away.textContent = "×";
    away.setAttribute("aria-label", this.words.remove);
    away.onclick = () => { item.gone = true; this.items = this.items.filter((one) => one !== item); row.remove(); this.changed?.(); };
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.value = 0;
    const name = document.createElement("span");
    name.textContent = file.name;
    row.append(name, bar, away);
    if (file.type.startsWith("image/")) { const image = document.createElement("img"); image.alt = ""; image.src = URL.createObjectURL(file); image.onerror = () => image.remove(); name.after(image); }
    this.list.append(row);
    if (this.items.length >= this.files) return this.fail(item, row, name, this.words.many);
    this.items.push(item);
    item.sent = this.send(item, row, bar).catch((error) => this.fail(item, row, name, error.message));
    return undefined;
  }

  fail(item, row, name, said) {
    item.failed = true;
    this.items = this.items.filter((one) => one !== item);
    row.className = "failed";
    name.textContent = `${item.file.name}: ${said}`;
  }

  async send(item, row, bar) {
    const file = await smaller(item.file);
    if (this.most && file.size > this.most) throw new Refused(413, { message: this.words.large });
    const began = await insist("POST", this.base, JSON.stringify({ name: file.name, size: file.size }));
    let have = 0;
    for (;;) {
      if (item.gone) return;
      const part = file.slice(have, have + this.piece);
      const answer = await insist("PUT", `${this.base}/${began.token}?at=${have}`, part, null, "application/octet-stream");
      have = answer.have;
      bar.value = (100 * have) / file.size;
      if (answer.done) break;
    }
    item.token = began.token;
    item.done = true;
    row.className = "whole";
    this.changed?.();
  }

  async ready() { await Promise.all(this.items.map((item) => item.sent)); }
  tokens() { return this.items.filter((item) => item.done).map((item) => item.token); }
  clear() { this.items = []; this.list.replaceChildren(); }
}

function ground(box) {
  const map = L.map(box, { attributionControl: false });
  const Grid = L.GridLayer.extend({
    createTile(at) {
      const tile = document.createElement("div");
      tile.className = "map-grid";
      const corner = map.unproject(at.scaleBy(this.getTileSize()), at.z);
      tile.textContent = `${corner.lat.toFixed(3)}, ${corner.lng.toFixed(3)}`;
      return tile;
    },
  });
  (box.dataset.tiles ? L.tileLayer(box.dataset.tiles, { maxZoom: 19 }) : new Grid()).addTo(map);
  return map;
}

const dot = (className, sign) => {
  const face = document.createElement("div");
  face.className = className;
  face.textContent = sign || "";
  return face;
};
