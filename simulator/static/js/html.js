/** Turns the server's message HTML into nodes: an allow-list of Telegram's tags, times and spoilers made live. */

import { h } from "./dom.js";
import { entityTime } from "./time.js";

const PLAIN = new Set(["B", "STRONG", "I", "EM", "U", "INS", "S", "STRIKE", "DEL", "CODE", "PRE", "BR"]);
const SAFE_LINK = /^(https?:|mailto:|tel:|tg:)/i;

function spoiler(node) {
  const open = (event) => {
    event.stopPropagation();
    event.currentTarget.classList.add("open");
  };
  return h("span", { class: "spoiler", role: "button", tabindex: 0, onclick: open }, convertAll(node));
}

function time(node) {
  const unix = Number(node.dataset.unix);
  const pattern = node.dataset.format || "";
  if (!unix) return convertAll(node);
  if (!pattern) return h("time", { class: "entity-time", title: entityTime(unix, "wDT") }, convertAll(node));
  const title = entityTime(unix, "wDt");
  return h("time", { class: "entity-time", data: { unix, format: pattern }, title }, entityTime(unix, pattern));
}

function quote(node) {
  const long = node.classList.contains("expandable");
  const toggle = long ? (event) => event.currentTarget.classList.toggle("open") : null;
  return h("blockquote", { class: long ? "expandable" : null, onclick: toggle }, convertAll(node));
}

function link(node) {
  if (node.dataset.command)
    return h(
      "button",
      { type: "button", class: "command-link", data: { command: node.dataset.command } },
      node.textContent,
    );
  const href = node.getAttribute("href") || "";
  if (!SAFE_LINK.test(href)) return convertAll(node);
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, convertAll(node));
}

function convert(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE) return null;
  const tag = node.tagName;
  if (PLAIN.has(tag))
    return h(tag.toLowerCase(), {}, tag === "CODE" || tag === "PRE" ? node.textContent : convertAll(node));
  if (node.classList.contains("tg-spoiler")) return spoiler(node);
  if (tag === "TIME") return time(node);
  if (tag === "BLOCKQUOTE") return quote(node);
  if (tag === "A") return link(node);
  return convertAll(node);
}

const convertAll = (node) => [...node.childNodes].map(convert);

export function messageNodes(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return convertAll(parsed.body)
    .flat(Infinity)
    .filter((part) => part !== null);
}

export function plainText(html) {
  return new DOMParser().parseFromString(html, "text/html").body.textContent;
}
