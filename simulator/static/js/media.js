/** Pictures, albums, films, voices, files, contacts and places inside a bubble. */

import { avatar, colourOf, h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { makeMap, pin } from "./map.js";
import { openMap } from "./place.js";
import { store } from "./store.js";
import { clockTime, duration, now } from "./time.js";

const sizeText = (bytes) =>
  bytes > 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.max(1, Math.round((bytes || 0) / 1024))} KB`;

/** The nodes that stand above the words of message `m`. An album passes its parts in `m.album`. */
export function mediaNodes(ctx, m, out) {
  if (m.album) return [album(ctx, m.album)];
  if (m.photo || m.video || m.animation) return [h("div", { class: "pictures one" }, picture(ctx, m))];
  if (m.voice || m.audio) return [voice(m, m.voice || m.audio)];
  if (m.document) return [file(m)];
  if (m.venue)
    return [
      place(ctx, { ...m, location: m.venue.location }, out),
      h("div", { class: "venue inline-media" }, h("b", {}, m.venue.title), h("span", {}, m.venue.address)),
    ];
  if (m.location) return [place(ctx, m, out), ...liveLine(ctx, m, out)];
  if (m.contact) return [contact(m.contact)];
  if (m.sticker)
    return [
      h(
        "div",
        { class: "sticker" },
        m.sim?.file_url
          ? h("img", { src: m.sim.file_url, alt: m.sticker.emoji || t("kind.sticker") })
          : m.sticker.emoji,
      ),
    ];
  return [];
}

function ratio(part) {
  const w = part?.width || 4;
  const height = part?.height || 3;
  return Math.min(1.9, Math.max(0.62, w / height));
}

function picture(ctx, m) {
  const url = m.sim?.file_url;
  if (m.photo) {
    const big = m.photo[m.photo.length - 1];
    return h(
      "button",
      {
        type: "button",
        class: `picture ${m.has_media_spoiler ? "hidden-picture" : ""}`,
        vars: { "--ratio": ratio(big) },
        "aria-label": t("photo.open"),
        testid: "photo",
        onclick: () => ctx.showPhoto(url),
      },
      h("img", { src: m.sim?.thumb_url || url, alt: m.caption || t("kind.photo"), loading: "lazy" }),
    );
  }
  const film = m.video || m.animation;
  const loop = Boolean(m.animation);
  return h(
    "div",
    { class: "picture", vars: { "--ratio": ratio(film) } },
    h("video", {
      src: url,
      controls: !loop,
      loop,
      autoplay: loop,
      muted: loop,
      playsInline: true,
      preload: "metadata",
      poster: m.sim?.thumb_url,
      testid: "video",
    }),
  );
}

function album(ctx, parts) {
  const visual = parts.filter((m) => m.photo || m.video);
  if (!visual.length) return h("div", { class: "files" }, parts.map(file));
  return h(
    "div",
    { class: `pictures many n${Math.min(visual.length, 6)}`, testid: "album" },
    visual.map((m) => picture(ctx, m)),
  );
}

function file(m) {
  const doc = m.document || m.audio || {};
  const kind = (doc.file_name || "").split(".").pop().slice(0, 4).toUpperCase();
  return h(
    "a",
    { class: "file inline-media", href: m.sim?.file_url, target: "_blank", rel: "noopener", testid: "document" },
    h(
      "span",
      { class: `file-icon ${kind === "PDF" ? "pdf" : ""}` },
      m.sim?.thumb_url ? h("img", { src: m.sim.thumb_url, alt: "" }) : kind || icon("file"),
    ),
    h(
      "span",
      { class: "file-text" },
      h("b", {}, doc.file_name || t("kind.document")),
      h("small", {}, sizeText(doc.file_size)),
    ),
  );
}

function bars(seed) {
  let state = [...String(seed)].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) >>> 0, 7);
  return Array.from({ length: 32 }, (_, i) => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return 0.2 + 0.8 * Math.abs(Math.sin(i / 3.1)) * ((state >>> 8) / 16777216);
  });
}

function voice(m, sound) {
  const audio = h("audio", { src: m.sim?.file_url, preload: "none" });
  const left = h("small", {}, duration(sound.duration));
  const wave = h(
    "span",
    { class: "wave" },
    bars(sound.file_unique_id || m.message_id).map((v) => h("i", { vars: { "--h": v.toFixed(2) } })),
  );
  const button = h(
    "button",
    {
      type: "button",
      class: "round",
      "aria-label": t("voice.play"),
      onclick: () => (audio.paused ? audio.play().catch(() => {}) : audio.pause()),
    },
    icon("play"),
  );
  const show = (name) => button.replaceChildren(icon(name));
  audio.addEventListener("play", () => show("pause"));
  audio.addEventListener("pause", () => show("play"));
  audio.addEventListener("timeupdate", () => {
    const part = audio.currentTime / (Number.isFinite(audio.duration) ? audio.duration : sound.duration || 1);
    [...wave.children].forEach((bar, i) => bar.classList.toggle("played", i / 32 < part));
    left.textContent = duration(audio.currentTime);
  });
  return h(
    "div",
    { class: "voice inline-media", testid: "voice" },
    button,
    h("span", { class: "voice-text" }, sound.title ? h("b", {}, sound.title) : wave, left),
    audio,
  );
}

function contact(c) {
  const name = [c.first_name, c.last_name].filter(Boolean).join(" ");
  return h(
    "div",
    { class: "contact inline-media", testid: "contact" },
    avatar(name, colourOf(c.user_id || 3)),
    h("span", {}, h("b", {}, name), h("small", {}, c.phone_number)),
  );
}

export const isLive = (m) => Boolean(m.sim?.live?.active);

/** The map of a place. A live place of one's own has a marker to drag; each drop is a move. */
function place(ctx, m, out) {
  const live = isLive(m);
  let at = m.location;
  const box = h("div", { class: "map-box", testid: "map", data: { live: live ? "1" : "0" } });
  const tell = () => Object.assign(box.dataset, { lat: at.latitude, lon: at.longitude });
  tell();
  const open = h(
    "button",
    {
      type: "button",
      class: "map-open",
      "aria-label": t("map.open"),
      testid: "map-open",
      onclick: () => openMap(ctx, m, out),
    },
    icon("pin"),
  );
  const shell = h("div", { class: `place ${live ? "live" : ""}` }, box, open);
  const watcher = new IntersectionObserver((seen) => {
    if (!seen.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    draw(ctx, m, box, { lat: at.latitude, lon: at.longitude, live, out });
  });
  watcher.observe(box);
  shell.move = (fresh) => {
    at = fresh.location;
    tell();
    box.moveTo?.(at);
  };
  return shell;
}

function draw(ctx, m, box, { lat, lon, live, out }) {
  const map = makeMap(box, { lat, lon, zoom: 14, still: true });
  if (!map) {
    box.append(h("span", { class: "coords" }, `${lat.toFixed(5)}, ${lon.toFixed(5)}`));
    return;
  }
  const colour = store.person(m.from?.id)?.colour;
  const marker = window.L.marker([lat, lon], {
    icon: pin(m.sim?.live ? (live ? "live" : "past") : "", colour),
    draggable: live && out,
    keyboard: false,
    title: t("map.marker"),
  }).addTo(map);
  marker.on("dragend", () => {
    const at = marker.getLatLng();
    ctx.move(m, at.lat, at.lng);
  });
  box.moveTo = (to) => {
    marker.setLatLng([to.latitude, to.longitude]);
    map.panTo([to.latitude, to.longitude], { animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
  };
}

function liveLine(ctx, m, out) {
  const live = m.sim?.live;
  if (!live) return [];
  const until = new Date(live.until).getTime() / 1000;
  const text = live.active && until > now() ? t("live.until", { time: clockTime(until) }) : t("live.over");
  return [
    h(
      "div",
      { class: `live-line inline-media ${live.active ? "" : "over"}` },
      h("span", {}, h("b", {}, t("live.title")), h("small", {}, text)),
      live.active && out
        ? h(
            "button",
            {
              type: "button",
              class: "link-button",
              testid: "live-stop",
              onclick: () => ctx.do({ do: "stop_live", message_id: m.message_id }),
            },
            t("live.stop"),
          )
        : null,
    ),
  ];
}
