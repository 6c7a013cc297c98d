/** Sheets with a map: choose a place to send, look at a place, move a live one by hand or let it drive. */

import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { lastPlace, makeMap, pin, steps } from "./map.js";
import { sheet } from "./sheets.js";
import { store } from "./store.js";

const LIVE = [
  [900, "live.15m"],
  [3600, "live.1h"],
  [28800, "live.8h"],
];
const coords = (at) => `${at.lat.toFixed(5)}, ${at.lng.toFixed(5)}`;

/** What was typed: a number with a point or a comma, NaN for anything else. */
const number = (field) => (field.value.trim() ? Number(field.value.replace(",", ".")) : Number.NaN);

/**
 * Lets the person pick a place; `send({lat, lon, live_period?})` sends it. The fields are what is sent: they follow the
 * map while the person moves it, and the map follows them while the person types.
 */
export function pickPlace(ctx, send, { live = true } = {}) {
  const start = lastPlace(ctx.messages());
  const box = h("div", { class: "map-big", testid: "place-map" });
  const where = h("p", { class: "hint", testid: "place-coords" });
  const lat = h("input", {
    class: "field narrow",
    inputMode: "decimal",
    "aria-label": t("place.lat"),
    testid: "place-lat",
  });
  const lon = h("input", {
    class: "field narrow",
    inputMode: "decimal",
    "aria-label": t("place.lon"),
    testid: "place-lon",
  });
  /** The place in the fields, or null when they name none. */
  const chosen = () => {
    const at = { lat: number(lat), lon: number(lon) };
    return Math.abs(at.lat) <= 90 && Math.abs(at.lon) <= 180 ? at : null;
  };
  const give = (extra) => {
    const at = chosen();
    if (!at) {
      where.textContent = t("place.bad");
      return;
    }
    opened.close();
    send({ ...at, ...extra });
  };
  const opened = sheet(ctx.phone, {
    title: t("place.title"),
    testid: "place-sheet",
    tall: true,
    body: [
      h("div", { class: "map-pick" }, box, h("span", { class: "map-cross" }, icon("pin"))),
      where,
      h("div", { class: "row" }, lat, lon),
    ],
    footer: [
      h(
        "button",
        { type: "button", class: "button strong wide", testid: "place-send", onclick: () => give({}) },
        icon("pin"),
        t("place.send"),
      ),
      live
        ? h(
            "div",
            { class: "row live-row", role: "group", "aria-label": t("live.share") },
            h("span", { class: "hint" }, t("live.share")),
            LIVE.map(([period, key]) =>
              h(
                "button",
                {
                  type: "button",
                  class: "button",
                  testid: `live-${period}`,
                  onclick: () => give({ live_period: period }),
                },
                icon("live"),
                t(key),
              ),
            ),
          )
        : null,
    ],
  });
  lat.value = start.lat.toFixed(5);
  lon.value = start.lon.toFixed(5);
  where.textContent = t("place.hint");
  const map = makeMap(box, { lat: start.lat, lon: start.lon, zoom: 13 });
  if (map) followEachOther(map, box, lat, lon, chosen);
}

function followEachOther(map, box, lat, lon, chosen) {
  let byHand = false;
  const moving = () => {
    byHand = true;
  };
  map.on("dragstart", moving);
  for (const touch of ["wheel", "keydown", "dblclick", "touchmove"]) box.addEventListener(touch, moving, true);
  map.on("move", () => {
    if (!byHand) return;
    const at = map.getCenter();
    lat.value = at.lat.toFixed(5);
    lon.value = at.lng.toFixed(5);
  });
  for (const field of [lat, lon]) {
    field.addEventListener("input", () => {
      byHand = false;
    });
    field.addEventListener("change", () => {
      const at = chosen();
      if (at) map.setView([at.lat, at.lon], map.getZoom());
    });
  }
}

/** Shows a place large. The owner of a live one drags the marker, or clicks a destination and is driven there. */
export function openMap(ctx, message, mine) {
  let m = message;
  let drive = 0;
  const at = () => [m.location.latitude, m.location.longitude];
  const box = h("div", { class: "map-big", testid: "map-big" });
  const line = h("p", { class: "hint" });
  const movable = mine && m.sim?.live?.active;
  const stop = ctx.watch(m.message_id, (fresh) => {
    m = fresh;
    marker?.setLatLng(at());
    tell();
  });
  const opened = sheet(ctx.phone, {
    title: t(m.sim?.live ? "live.title" : "kind.location"),
    testid: "map-sheet",
    tall: true,
    body: [box, line],
    onClose: () => {
      stop();
      clearInterval(drive);
    },
  });
  const map = makeMap(box, { lat: at()[0], lon: at()[1], zoom: 14 });
  const marker =
    map &&
    window.L.marker(at(), {
      icon: pin(m.sim?.live ? "live" : "", store.person(m.from?.id)?.colour),
      draggable: movable,
    }).addTo(map);
  const tell = () => {
    line.textContent = movable ? t("map.drive_hint") : map ? coords(window.L.latLng(at())) : at().join(", ");
  };
  tell();
  if (!movable || !map) return opened;
  marker.on("dragend", () => ctx.move(m, marker.getLatLng().lat, marker.getLatLng().lng));
  map.on("click", (event) => {
    clearInterval(drive);
    const way = steps(at(), [event.latlng.lat, event.latlng.lng]);
    const path = window.L.polyline([at(), event.latlng], { color: "#2f6fed", dashArray: "6 8", weight: 3 }).addTo(map);
    drive = setInterval(() => {
      const next = way.shift();
      if (!next) {
        clearInterval(drive);
        path.remove();
        return;
      }
      ctx.move(m, next[0], next[1]);
    }, 900);
  });
  return opened;
}
