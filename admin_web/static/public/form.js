/* The order form: what was typed is kept on this phone until the desk has it; the same sending twice is one order. */
"use strict";

(() => {
  const form = document.getElementById("order");
  if (!form) return;
  const words = JSON.parse(form.dataset.words);
  const draftName = `naryad-form-${form.dataset.payload}`;
  const fields = ["words", "address", "name", "phone", "email"];
  const status = form.querySelector(".status");
  const button = form.querySelector("button.wide");
  const done = document.querySelector(".done");
  const draft = { key: uuid(), ...kept.get(draftName) };
  let pin = draft.pin || null;
  let sending = false;

  const input = (name) => form.elements.namedItem(name);
  const remember = () => { for (const name of fields) if (input(name)) draft[name] = input(name).value; draft.pin = pin; kept.put(draftName, draft); };
  for (const name of fields) if (input(name) && draft[name]) input(name).value = draft[name];
  form.addEventListener("input", remember);

  const tray = new Tray({ list: form.querySelector(".thumbs"), input: form.querySelector("input[type=file]"), base: "/form/api/uploads", piece: Number(form.dataset.piece), most: Number(form.dataset.most), files: Number(form.dataset.files), words });

  function complain(field, said) {
    const box = form.querySelector(`[data-field="${field}"]`);
    if (!box) return tell(said, true);
    box.classList.add("bad");
    box.querySelector(".said").textContent = said;
    const first = box.querySelector("input, textarea");
    if (first) first.focus();
    return box.scrollIntoView({ block: "center" });
  }
  function tell(said, bad = false) { status.textContent = said; status.classList.toggle("bad", bad); }
  function calm() { for (const box of form.querySelectorAll(".bad")) { box.classList.remove("bad"); const said = box.querySelector(".said"); if (said) said.textContent = ""; } for (const said of form.querySelectorAll(".said")) said.textContent = ""; tell(""); }

  function missing() {
    for (const name of ["words", "name"]) {
      if (!input(name).value.trim() && !(name === "words" && tray.items.length)) return [name, words.required];
    }
    if (!input("phone").value.trim() && !input("email").value.trim()) return ["phone", words.required];
    return input("consent").checked ? null : ["consent", words.consent];
  }

  async function deliver() {
    await tray.ready();
    const body = { key: draft.key, payload: form.dataset.payload, uploads: tray.tokens(), consent: input("consent").checked, stamp: form.dataset.stamp };
    for (const name of [...fields, "website"]) if (input(name)) body[name] = input(name).value;
    if (pin) [body.lat, body.lon] = pin;
    for (let fresh = 0; ; fresh += 1) {
      try {
        return await insist("POST", "/form/api/order", JSON.stringify(body), () => tell(words.offline));
      } catch (error) {
        if (error.code !== "guests.old_form" || fresh) throw error;
        body.stamp = (await insist("GET", "/form/api/stamp")).stamp;
      }
    }
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    calm();
    const gap = missing();
    if (gap) { complain(...gap); return; }
    sending = true;
    button.disabled = true;
    remember();
    tell(tray.items.some((item) => !item.done) ? words.uploading : words.sending);
    try {
      const answer = await deliver();
      kept.drop(draftName);
      finish(answer);
    } catch (error) {
      tell("");
      complain(error.field || "", error.message);
    } finally {
      sending = false;
      button.disabled = false;
    }
  });

  function finish(answer) {
    const head = done.querySelector("h1");
    head.textContent = answer.number ? head.dataset.number.replace("{number}", answer.number) : head.dataset.request;
    done.querySelector("a").href = answer.follow;
    const copy = document.getElementById("copy");
    copy.onclick = async () => { try { await navigator.clipboard.writeText(new URL(answer.follow, location.href).href); copy.textContent = copy.dataset.done; } catch { copy.hidden = true; } };
    for (const other of document.querySelectorAll(".title, .either, .machine")) other.hidden = true;
    form.hidden = true;
    done.hidden = false;
    done.focus();
    scrollTo(0, 0);
  }

  const place = form.querySelector(".pin");
  if (place) {
    const unpin = document.getElementById("unpin");
    let map = null, mark = null;
    const put = (at, zoom) => {
      pin = [at.lat, at.lng];
      if (mark) mark.setLatLng(at);
      else { mark = L.marker(at, { draggable: true, icon: L.divIcon({ className: "", html: dot("pin-mark"), iconSize: [24, 24], iconAnchor: [12, 28] }) }).addTo(map); mark.on("dragend", () => put(mark.getLatLng())); }
      if (zoom) map.setView(at, zoom, { animate: false });
      unpin.hidden = false;
      remember();
    };
    const open = () => {
      if (!map) { map = ground(place.querySelector(".pin-map")); map.setView([55.75, 37.62], 10); map.on("click", (event) => put(event.latlng)); if (pin) put(L.latLng(pin), 15); }
      map.invalidateSize();
    };
    place.addEventListener("toggle", () => { if (place.open) open(); });
    if (pin) place.open = true;
    unpin.onclick = () => { pin = null; mark?.remove(); mark = null; unpin.hidden = true; remember(); };
    document.getElementById("here").onclick = () => navigator.geolocation?.getCurrentPosition(
      ({ coords }) => { open(); put(L.latLng(coords.latitude, coords.longitude), 16); tell(""); },
      () => tell(words.no_place, true), { enableHighAccuracy: true, timeout: 10000 });
  }
})();
