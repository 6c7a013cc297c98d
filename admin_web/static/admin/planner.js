/* The planner: rows of technicians, the reserve, what stands against a move before it is made, routes on the map.
   All times are seconds from the company's midnight. */
"use strict";

(() => {
  const board = document.getElementById("plan");
  if (!board) return;
  const say = JSON.parse(board.dataset.words);
  const dialog = document.getElementById("plan-dialog");
  const fields = dialog.querySelector("form").elements;
  const STEP = 300, HOUR = 3600;
  const COLOURS = ["#206bc4", "#d6336c", "#2fb344", "#ae3ec9", "#f76707", "#0ca678", "#4263eb", "#74b816", "#d63939", "#17a2b8"];
  let data = null, chosen = null, asked = 0, drag = { busy: () => false };

  const hour = () => parseFloat(getComputedStyle(board).getPropertyValue("--hour"));
  const left = (seconds) => `${((seconds - data.range[0]) / HOUR) * hour()}px`;
  const wide = (seconds) => `${Math.max(6, (seconds / HOUR) * hour())}px`;
  const clock = (seconds) => `${String(Math.floor(seconds / HOUR) % 24).padStart(2, "0")}:${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}`;
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const numbered = (number) => filled(say.number, { number });

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  const icon = (name, label) => { const made = element("i", `ti ti-${name}`); made.title = label; made.setAttribute("role", "img"); made.setAttribute("aria-label", label); return made; };

  function bar(visit) {
    const made = element("button", `plan-bar stage-${visit.stage}${visit.late ? " is-late" : ""}${visit.wrong.length ? " is-wrong" : ""}`);
    made.type = "button";
    made.dataset.job = visit.job;
    made.append(`${numbered(visit.order)} `);
    if (visit.pinned) made.append(icon("pin-filled", say.pinned), " ");
    if (visit.agreed) made.append(icon("circle-check", say.agreed), " ");
    if (visit.priority === "urgent" || visit.priority === "high") made.append(icon("flame", say.urgent), " ");
    made.append(visit.site || visit.title);
    const when = visit.start === undefined ? filled(say.minutes, { m: visit.duration / 60 }) : `${clock(visit.start)}–${clock(visit.end)}`;
    const narrow = visit.start !== undefined && visit.end - visit.start < 1.5 * HOUR;
    made.append(element("small", "", `${narrow ? clock(visit.start) : when} ${visit.title}`));
    made.title = [`${numbered(visit.order)}, ${when}`, visit.title, visit.site, ...visit.wrong].filter(Boolean).join("\n");
    return made;
  }

  function named(text) {
    const made = element("strong");
    made.title = text;
    made.append(element("span", "", text));
    return made;
  }

  function who(person) {
    const cell = element("div", `plan-who${person.on ? " is-on" : ""}`);
    const name = named(person.name);
    const load = element("div", `plan-load${person.load > 100 ? " is-full" : ""}`);
    if (person.load === null) load.textContent = say.no_shift;
    else {
      const meter = element("progress");
      meter.max = 100; meter.value = Math.min(100, person.load); meter.setAttribute("aria-label", say.load);
      load.append(meter, filled(say.percent, { n: person.load }));
    }
    cell.append(name, load);
    return cell;
  }

  function placed(made, start, length) {
    made.style.left = left(start);
    made.style.width = wide(length);
    return made;
  }

  function way(before, seconds) {
    const made = placed(element("div", "plan-way"), before - seconds, seconds);
    made.title = filled(say.way, { m: Math.round(seconds / 60) });
    return made;
  }

  function fetching(stop) {
    const made = placed(element("div", `plan-fetch${stop.wrong.length ? " is-wrong" : ""}`), stop.start, Math.max(300, stop.end - stop.start));
    const told = [`${filled(say.fetch, { store: stop.store })}, ${clock(stop.start)}–${clock(stop.end)}`, ...stop.items, ...stop.wrong];
    made.title = told.join("\n");
    made.setAttribute("role", "img");
    made.setAttribute("aria-label", told.join(", "));
    made.append(element("i", "ti ti-package"));
    return made;
  }

  function row(person) {
    const line = element("div", "plan-row"), track = element("div", "plan-track");
    track.dataset.member = person.id;
    track.style.width = wide(data.range[1] - data.range[0]);
    if (person.shift) track.append(placed(element("div", "plan-shift"), person.shift[0], person.shift[1] - person.shift[0]));
    if (person.rest) { const rest = placed(element("div", "plan-rest"), ...person.rest); rest.title = say.rest; track.append(rest); }
    for (const visit of person.visits) {
      if (visit.pickup?.travel) track.append(way(visit.pickup.start, visit.pickup.travel));
      if (visit.pickup) track.append(fetching(visit.pickup));
      if (visit.travel) track.append(way(visit.start, visit.travel));
      track.append(placed(bar(visit), visit.start, visit.end - visit.start));
    }
    if (data.now !== null) { const now = element("div", "plan-now"); now.style.left = left(data.now); track.append(now); }
    line.append(who(person), track);
    return line;
  }

  function hours() {
    const line = element("div", "plan-row plan-hours"), track = element("div", "plan-track");
    track.style.width = wide(data.range[1] - data.range[0]);
    for (let at = data.range[0]; at < data.range[1]; at += HOUR) { const mark = element("span", "", clock(at)); mark.style.left = left(at); track.append(mark); }
    line.append(element("div", "plan-who", ""), track);
    return line;
  }

  function reserve() {
    const line = element("div", "plan-row"), cell = element("div", "plan-who"), box = element("div", "plan-reserve");
    cell.append(named(say.reserve), element("div", "plan-load", filled(say.waiting, { n: data.reserve.length })));
    for (const job of data.reserve) box.append(bar(job));
    if (!data.reserve.length) box.append(element("p", "", say.reserve_empty));
    line.append(cell, box);
    return line;
  }

  function told(summary) {
    const made = element("div");
    made.append(element("div", "", summary.lines.join(" · ")));
    const list = element("ul");
    for (const one of summary.conflicts) list.append(element("li", "is-bad", one.text));
    for (const one of summary.moved) list.append(element("li", "", one));
    if (!summary.conflicts.length) made.append(element("div", "is-good", say.no_conflicts));
    made.append(list);
    return made;
  }

  function offer(change) {
    const box = element("div", "plan-offer"), text = element("div"), buttons = element("div", "btn-list");
    text.append(element("strong", "", `${change.title}: ${change.status}`));
    if (change.state === "solving") {
      const meter = element("progress"); meter.max = 100; meter.value = change.progress; text.append(meter);
      buttons.append(button(say.stop, "btn", () => send(`/admin/planner/changes/${change.id}/drop`)));
    } else {
      text.append(change.stale ? element("p", "is-bad", say.stale) : told(change));
      if (!change.stale) buttons.append(button(say.accept, "btn btn-primary", () => send(`/admin/planner/changes/${change.id}/accept`)));
      else if (change.cause === "day") buttons.append(button(say.again, "btn btn-primary", async () => { await send(`/admin/planner/changes/${change.id}/drop`); solve(); }));
      buttons.append(button(say.drop, "btn", () => send(`/admin/planner/changes/${change.id}/drop`)));
    }
    if (!data.may) buttons.replaceChildren();
    box.append(text, buttons);
    return box;
  }

  function button(text, className, act) {
    const made = element("button", className, text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  function draw() {
    const at = [board.scrollLeft, board.scrollTop], first = !board.querySelector(".plan-row");
    board.style.setProperty("--wide", wide(data.range[1] - data.range[0]));
    board.replaceChildren(hours(), reserve(), ...data.people.map(row));
    if (!data.people.length) board.append(element("p", "plan-empty", say.nobody));
    else if (!data.people.some((one) => one.shift)) board.append(element("p", "plan-empty", say.no_shifts));
    if (first && data.now !== null) board.scrollLeft = Math.max(0, ((data.now - data.range[0]) / HOUR - 2) * hour());
    else [board.scrollLeft, board.scrollTop] = at;
    document.getElementById("plan-offers").replaceChildren(...data.changes.filter((one) => one.state === "solving" || one.state === "ready").map(offer));
    const undo = document.getElementById("plan-undo"), last = data.changes.find((one) => one.undo);
    if (undo) {
      undo.hidden = !last;
      undo.onclick = last ? () => send(`/admin/planner/changes/${last.id}/undo`, {}, say.undone) : null;
      if (last) undo.querySelector("span").textContent = `${say.undo}: ${last.title}`;
    }
    document.getElementById("plan-history").replaceChildren(...(data.changes.length ? data.changes.map(past) : [element("li", "", say.history_empty)]));
    routes();
  }

  function past(change) {
    const made = element("li", "", `${change.title}: ${change.status}`);
    made.append(element("small", "", [change.at, change.who, change.lines.join(" · ")].filter(Boolean).join(", ")));
    return made;
  }

  const ways = window.L ? L.layerGroup() : null;
  function routes() {
    const map = document.getElementById("map")?.map;
    if (!map || !ways) return;
    ways.addTo(map).clearLayers();
    for (const store of data.stores) L.marker(store.place, { icon: L.divIcon({ className: "plan-store", html: '<i class="ti ti-building-warehouse"></i>', iconSize: [26, 26] }), alt: store.name }).bindTooltip(store.name).addTo(ways);
    data.people.forEach((person, n) => {
      const points = [person.start, ...person.visits.filter((one) => one.stage !== "done").flatMap((one) => [one.pickup?.place, one.place])].filter(Boolean);
      if (points.length > 1) L.polyline(points, { color: COLOURS[n % COLOURS.length], weight: 3, opacity: .75 }).bindTooltip(person.name, { sticky: true }).addTo(ways);
    });
  }

  function known(job) {
    return data.reserve.find((one) => one.job === job) || data.people.flatMap((one) => one.visits).find((one) => one.job === job);
  }

  /* The dialog: also the way for keyboards and phones. */
  function open(job, member, start) {
    chosen = known(job);
    if (!chosen) return;
    dialog.querySelector("h2").textContent = `${numbered(chosen.order)} ${chosen.title}`;
    const fetched = chosen.pickup && `${filled(say.fetch, { store: chosen.pickup.store })}: ${chosen.pickup.items.join("; ")}`;
    const facts = [chosen.site, fetched, chosen.window && filled(say.window, { from: clock(chosen.window[0]), to: clock(chosen.window[1]) }),
      chosen.told !== null && filled(say.told, { at: clock(chosen.told) }), ...chosen.wrong];
    dialog.querySelector(".plan-dialog-facts").textContent = facts.filter(Boolean).join("\n");
    dialog.querySelector("footer a").href = `/admin/orders/${chosen.order}`;
    const may = data.may && !data.past && chosen.movable;
    if (fields.member) {
      dialog.querySelector(".plan-dialog-fields").hidden = !may;
      fields.do.hidden = !may;
      fields.pin.hidden = !may || chosen.start === undefined;
      fields.pin.textContent = chosen.pinned ? say.unpin : say.pin;
      const options = data.people.map((one) => new Option(one.load === null ? `${one.name} — ${say.no_shift}` : `${one.name} — ${filled(say.percent, { n: one.load })}`, one.id));
      fields.member.replaceChildren(new Option(say.reserve, ""), ...options);
      fields.member.value = member ?? chosen.member ?? "";
      fields.start.value = start === undefined || start === null ? (member === undefined && chosen.pinned ? clock(chosen.start) : "") : clock(start);
    }
    dialog.querySelector(".plan-preview").replaceChildren();
    if (!dialog.open) dialog.showModal();
    if (may && (member !== undefined || !chosen.member)) look();
  }

  const query = (job, member, start) => new URLSearchParams({ day: data.day, job, member: member ?? "", start: start ?? "" });

  async function look() {
    const mine = ++asked, box = dialog.querySelector(".plan-preview");
    fields.start.disabled = !fields.member.value;
    fields.do.disabled = true;
    if (!fields.member.value && !chosen.member) { box.replaceChildren(element("div", "", say.choose)); return; }
    const answer = await fetch(`/admin/planner/preview.json?${query(chosen.job, fields.member.value, fields.member.value ? fields.start.value : "")}`, { headers: { "HX-Request": "true" } });
    if (mine !== asked) return;
    if (!answer.ok) { box.replaceChildren(element("div", "is-bad", await answer.text())); return; }
    const seen = await answer.json();
    chosen.seen = seen;
    box.replaceChildren(told(seen));
    fields.do.disabled = false;
    fields.do.textContent = seen.sure ? say.anyway : say.do;
    fields.do.classList.toggle("btn-danger", seen.sure);
    fields.do.classList.toggle("btn-primary", !seen.sure);
  }

  async function send(path, values = {}, done = "") {
    const answer = await fetch(path, { method: "POST", headers: { "HX-Request": "true", "X-CSRF": naryad.csrf }, body: new URLSearchParams(values) }).catch(() => null);
    if (answer?.ok) { if (done) naryad.note(done); } else naryad.note(answer ? await answer.text() : say.offline, "bad");
    await load();
    return Boolean(answer?.ok);
  }

  const solve = () => send("/admin/planner/solve", { day: data.day });

  async function load() {
    if (drag.busy()) return;
    const answer = await fetch(`/admin/planner/day.json?day=${board.dataset.day}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || drag.busy()) return;
    data = await answer.json();
    draw();
  }

  drag = planDrag({
    board,
    movable: (one) => { const visit = known(Number(one.dataset.job)); return data.may && !data.past && visit?.movable; },
    over(x, y, pointer) {
      const spot = document.elementsFromPoint(pointer, y).map((one) => one.closest(".plan-track[data-member], .plan-reserve")).find(Boolean);
      if (!spot || !board.contains(spot)) return null;
      if (spot.classList.contains("plan-reserve")) return { element: spot, member: "", start: null };
      const seconds = data.range[0] + ((x - spot.getBoundingClientRect().left) / hour()) * HOUR;
      return { element: spot, member: Number(spot.dataset.member), start: Math.min(86100, Math.max(0, Math.round(seconds / STEP) * STEP)) };
    },
    async preview(one, spot, shadow) {
      const job = Number(one.dataset.job);
      const answer = await fetch(`/admin/planner/preview.json?${query(job, spot.member, spot.start)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
      if (!answer) return null;
      if (!answer.ok) return element("div", "is-bad", await answer.text());
      const seen = await answer.json(), stop = Object.values(seen.visits).flat().find((visit) => visit.job === job);
      if (stop && spot.element.isConnected && spot.member !== "") {
        shadow.className = `plan-shadow${seen.conflicts.length ? " is-bad" : ""}`;
        spot.element.append(placed(shadow, stop.start, stop.end - stop.start));
      }
      return told(seen);
    },
    drop: (one, spot) => open(Number(one.dataset.job), spot.member, spot.start),
  });

  board.addEventListener("click", (event) => { const one = event.target.closest(".plan-bar"); if (one) open(Number(one.dataset.job)); });
  if (fields.member) {
    fields.member.addEventListener("change", look);
    fields.start.addEventListener("change", look);
    fields.do.addEventListener("click", async () => {
      const { seen } = chosen;
      const values = { day: data.day, revision: seen.revision, job: chosen.job, member: fields.member.value, start: fields.member.value ? fields.start.value : "", sure: seen.sure ? 1 : 0 };
      dialog.close();
      await send("/admin/planner/move", values, say.done);
    });
    fields.pin.addEventListener("click", async () => {
      dialog.close();
      await send("/admin/planner/pin", { day: data.day, revision: data.revision, job: chosen.job, pinned: chosen.pinned ? 0 : 1 }, chosen.pinned ? say.unpinned : say.held);
    });
  }
  document.getElementById("plan-solve")?.addEventListener("click", solve);
  let waiting = null;
  board.addEventListener("live", () => { waiting ??= setTimeout(() => { waiting = null; load(); }, 700); });
  setInterval(load, 60000);
  load();
})();
