/* An order's private page: parts of it are asked for anew when something happens; what is written goes out until the
   desk has it. */
"use strict";

(() => {
  const root = document.getElementById("follow");
  if (!root) return;
  const words = JSON.parse(root.dataset.words);
  const base = location.pathname.replace(/\/$/, "");
  const stale = root.querySelector(".stale");

  /* Live */
  let asking = false, again = false;
  async function refresh() {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const response = await fetch(base, { signal: AbortSignal.timeout(15000) });
      if (response.status === 404 || response.status === 410) { location.reload(); return; }
      if (!response.ok) throw new Error(String(response.status));
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      if (Boolean(fresh.getElementById("say")) !== Boolean(document.getElementById("say"))) { location.reload(); return; }
      for (const part of root.querySelectorAll("[data-part]")) {
        const other = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
        if (other && other.innerHTML !== part.innerHTML) { part.replaceChildren(...other.childNodes); if (part.dataset.part === "chat") bottom(); }
        if (other?.dataset.travelling) part.dataset.travelling = other.dataset.travelling;
      }
      stale.hidden = true;
      follow();
    } catch {
      stale.hidden = false;
    } finally {
      asking = false;
      if (again) { again = false; setTimeout(refresh, 300); }
    }
  }
  const stream = new EventSource(`${base}/live`);
  stream.onmessage = refresh;
  stream.onopen = () => { if (!stale.hidden) refresh(); };
  setInterval(refresh, 60000);
  addEventListener("online", refresh);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });

  /* The way */
  const way = document.getElementById("way");
  let map = null, car = null, there = null;
  async function follow() {
    const going = root.querySelector("[data-travelling]")?.dataset.travelling === "yes";
    if (!way || !going) { if (way) way.hidden = true; return; }
    const seen = await fetch(`${base}/where`).then((answer) => (answer.ok ? answer.json() : {})).catch(() => ({}));
    if (!seen.here) { way.hidden = true; return; }
    way.hidden = false;
    if (!map) {
      map = ground(way);
      car = L.marker(seen.here, { icon: L.divIcon({ className: "moves", html: dot("car", "🚗"), iconSize: [34, 34], iconAnchor: [17, 17] }) }).addTo(map);
      if (seen.there) there = L.marker(seen.there, { icon: L.divIcon({ className: "", html: dot("there"), iconSize: [24, 24], iconAnchor: [12, 28] }) }).addTo(map);
      map.fitBounds(L.latLngBounds([seen.here, seen.there || seen.here]).pad(.3), { maxZoom: 15, animate: false });
    }
    car.setLatLng(seen.here);
    map.invalidateSize();
  }
  setInterval(follow, 15000);
  follow();

  const status = (box, said, bad = false) => { const line = box.querySelector(".status"); line.textContent = said; line.classList.toggle("bad", bad); };
  const bottom = () => { const talk = root.querySelector("[data-part=chat] .talk"); if (talk) talk.scrollTop = talk.scrollHeight; };
  bottom();

  /* Talk */
  const say = document.getElementById("say");
  if (say) {
    const draftName = `naryad-say-${base.slice(-12)}`;
    const area = say.elements.namedItem("text");
    const queueList = root.querySelector(".talk.waiting");
    const state = { text: "", queue: [], ...kept.get(draftName) };
    const keep = () => kept.put(draftName, state);
    const tray = new Tray({ list: say.querySelector(".thumbs"), input: say.querySelector("input[type=file]"), base: `${base}/uploads`, piece: Number(root.dataset.piece), files: Number(root.dataset.files), words });
    let busy = false;
    area.value = state.text;
    const grow = () => { area.style.height = "auto"; area.style.height = `${area.scrollHeight + 3}px`; };
    area.addEventListener("input", () => { state.text = area.value; keep(); grow(); });
    area.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.shiftKey && matchMedia("(pointer: fine)").matches) { event.preventDefault(); say.requestSubmit(); } });
    const show = () => queueList.replaceChildren(...state.queue.map((one) => { const row = document.createElement("li"); row.className = "mine"; const text = document.createElement("p"); text.textContent = one.text || "📎"; row.append(text); return row; }));
    async function deliver() {
      if (busy) return;
      busy = true;
      while (state.queue.length) {
        const one = state.queue[0];
        try {
          await insist("POST", `${base}/say`, JSON.stringify(one), () => status(say, words.offline));
          status(say, "");
        } catch (error) {
          status(say, error.message, true);
          if (!area.value) { area.value = one.text; state.text = one.text; }
        }
        state.queue.shift();
        keep();
        await refresh();
        show();
      }
      busy = false;
    }
    say.addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = area.value.trim();
      if (tray.items.some((item) => !item.done)) status(say, words.uploading);
      await tray.ready();
      const uploads = tray.tokens();
      if (!text && !uploads.length) return;
      state.queue.push({ key: uuid(), text, uploads });
      area.value = state.text = "";
      keep();
      grow();
      tray.clear();
      status(say, "");
      show();
      deliver();
    });
    show();
    deliver();
  }

  /* Questions: each in its own dialogue */
  let paper = 0, pad = null;
  const canvas = document.querySelector("#pad canvas");
  function openPad() {
    pad ??= new SignaturePad(canvas, { penColor: "#172048", minWidth: 1.2, maxWidth: 3.4 });
    const ratio = Math.max(devicePixelRatio || 1, 2);
    canvas.width = canvas.offsetWidth * ratio;
    canvas.height = canvas.offsetHeight * ratio;
    canvas.getContext("2d").scale(ratio, ratio);
    pad.clear();
    const inked = () => canvas.parentElement.classList.toggle("inked", !pad.isEmpty());
    inked();
    pad.addEventListener("beginStroke", inked);
    document.getElementById("clear").onclick = () => { pad.clear(); inked(); };
  }

  root.addEventListener("click", async (event) => {
    const press = event.target.closest("button");
    if (!press) return;
    if (press.dataset.open) {
      const box = document.getElementById(press.dataset.open);
      if (press.dataset.document) paper = Number(press.dataset.document);
      box.dataset.key = uuid();
      status(box, "");
      box.showModal();
      if (press.dataset.open === "pad") openPad();
    } else if ("close" in press.dataset) {
      press.closest("dialog").close();
    } else if (press.closest(".stars")) {
      const mark = press.closest("fieldset");
      for (const star of mark.querySelectorAll("button")) star.classList.toggle("on", Number(star.value) <= Number(press.value));
      await insist("POST", `${base}/rate`, JSON.stringify({ [mark.dataset.mark]: Number(press.value) })).catch(() => null);
      refresh();
    }
  });

  function asked(form, verb, box) {
    const data = new FormData(form);
    const body = { key: box.dataset.key, document: paper };
    if (verb === "move") return { ...body, day: data.get("day"), hours: data.get("hours") };
    if (verb === "rate") return { comment: data.get("comment") };
    if (verb === "sign") {
      if (!data.get("name").trim()) throw new Error(words.name_needed);
      if (pad.isEmpty()) throw new Error(words.empty);
      return { ...body, name: data.get("name"), image: pad.toDataURL("image/png") };
    }
    const reason = (data.get("own") || "").trim() || data.get("reason") || "";
    if (!reason) throw new Error(words.reason);
    return { ...body, reason };
  }

  for (const form of root.querySelectorAll("dialog form")) {
    const box = form.closest("dialog"), verb = form.dataset.post, button = form.querySelector("button[value=do]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const body = asked(form, verb, box);
        button.disabled = true;
        status(box, words.sending);
        await insist("POST", `${base}/${verb}`, JSON.stringify(body), () => status(box, words.offline));
        box.close();
        refresh();
      } catch (error) {
        status(box, error.message, true);
      } finally {
        button.disabled = false;
      }
    });
  }
})();
