/** Times as the phones show them: the simulated clock, message times, Telegram's date-time entity. */

import { lang, t } from "./i18n.js";

let offset = 0;
let zone;

export function setOffset(seconds) {
  offset = Number(seconds) || 0;
}

/** The phones live where the company does, wherever the page is looked at; without a name, in the viewer's own zone. */
export function setZone(name) {
  if (zone === (name || undefined)) return;
  zone = name || undefined;
  made.clear();
  days.clear();
}

/** Simulated now, in Unix seconds. */
export function now() {
  return Date.now() / 1000 + offset;
}

const made = new Map();
function format(options) {
  const key = JSON.stringify(options);
  if (!made.has(key))
    made.set(key, new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { timeZone: zone, ...options }));
  return made.get(key);
}

const date = (unix) => new Date(unix * 1000);

export const clockTime = (unix) => format({ hour: "2-digit", minute: "2-digit" }).format(date(unix));
export const clockSeconds = (unix) =>
  format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(date(unix));
const days = new Map();

/** The day of a moment. Zones differ by whole quarters of an hour, so a quarter lies in one day. */
export function dayKey(unix) {
  const quarter = Math.floor(unix / 900);
  if (!days.has(quarter))
    days.set(quarter, format({ year: "numeric", month: "numeric", day: "numeric" }).format(date(quarter * 900)));
  return days.get(quarter);
}
export const weekday = (unix) => format({ weekday: "short" }).format(date(unix));
export const dayMonth = (unix) => format({ day: "numeric", month: "short" }).format(date(unix));

export function dayTitle(unix) {
  if (dayKey(unix) === dayKey(now())) return t("day.today");
  if (dayKey(unix) === dayKey(now() - 86400)) return t("day.yesterday");
  return format({ day: "numeric", month: "long" }).format(date(unix));
}

/** Time in a chat list: hours today, otherwise the day. */
export function listTime(unix) {
  if (dayKey(unix) === dayKey(now())) return clockTime(unix);
  return now() - unix < 6 * 86400 && unix < now() ? weekday(unix) : dayMonth(unix);
}

export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds || 0));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  return hours ? `${hours}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

const UNITS = [
  ["second", 1, 60],
  ["minute", 60, 60],
  ["hour", 3600, 24],
  ["day", 86400, Infinity],
];

export function relative(unix) {
  const delta = unix - now();
  const [unit, size] = UNITS.find(([, length, most]) => Math.round(Math.abs(delta) / length) < most);
  return new Intl.RelativeTimeFormat(lang, { numeric: "always" }).format(Math.round(delta / size), unit);
}

/** Telegram's formatting string: `r` alone, or any of w (weekday), d/D (date), t/T (time). Empty keeps the bot's own text. */
export function entityTime(unix, pattern) {
  if (pattern === "r") return relative(unix);
  const options = {};
  if (pattern.includes("w")) options.weekday = "long";
  if (pattern.includes("d")) Object.assign(options, { day: "2-digit", month: "2-digit", year: "2-digit" });
  if (pattern.includes("D")) Object.assign(options, { day: "numeric", month: "long", year: "numeric" });
  if (pattern.includes("t")) Object.assign(options, { hour: "2-digit", minute: "2-digit" });
  if (pattern.includes("T")) Object.assign(options, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return format(options).format(date(unix));
}

/** Redraws all running times of the page once a second. */
export function startTicking(onTick) {
  const tick = () => {
    for (const el of document.querySelectorAll("time[data-unix]")) {
      const text = entityTime(Number(el.dataset.unix), el.dataset.format);
      if (el.textContent !== text) el.textContent = text;
    }
    onTick();
  };
  setInterval(tick, 1000);
  tick();
}
