/** One message as a bubble: sender, quote, media, words, time and ticks, reactions, buttons. */

import { add, avatar, colourOf, h, icon, iconButton } from "./dom.js";
import { messageNodes, plainText } from "./html.js";
import { t, tn } from "./i18n.js";
import { inlineKeyboard } from "./keyboards.js";
import { mediaNodes } from "./media.js";
import { fullName, store } from "./store.js";
import { clockTime, dayTitle } from "./time.js";

const nameOf = (user) => (user ? fullName(user) || user.title : "");
const colour = (user) => store.person(user?.id)?.colour || colourOf(user?.id);

/** A line about the message for quotes, lists and service lines. */
export function summary(m) {
  if (!m) return "";
  const words = m.text ?? m.caption ?? (m.sim?.html ? plainText(m.sim.html) : "");
  const kind = [
    "photo",
    "video",
    "voice",
    "audio",
    "animation",
    "document",
    "location",
    "venue",
    "contact",
    "sticker",
  ].find((k) => m[k]);
  const title = { document: m.document?.file_name, venue: m.venue?.title, contact: m.contact?.first_name }[kind];
  const label = kind ? title || t(`kind.${kind}`) : "";
  return [label, words].filter(Boolean).join(", ") || serviceText(m) || "";
}

/** The words of a service message, or null for an ordinary one. */
export function serviceText(m) {
  const who = nameOf(m.from);
  if (m.forum_topic_created) return t("service.topic_created", { name: m.forum_topic_created.name });
  if (m.forum_topic_edited) return t("service.topic_edited", { name: m.forum_topic_edited.name || "" });
  if (m.forum_topic_closed) return t("service.topic_closed");
  if (m.forum_topic_reopened) return t("service.topic_reopened");
  if (m.new_chat_members) return t("service.joined", { who: m.new_chat_members.map(nameOf).join(", ") });
  if (m.left_chat_member) return t("service.left", { who: nameOf(m.left_chat_member) });
  if (m.pinned_message) return t("service.pinned", { who, text: short(summary(m.pinned_message), 40) });
  if (m.migrate_to_chat_id || m.migrate_from_chat_id) return t("service.migrated");
  if (m.web_app_data) return t("service.web_app_data", { name: m.web_app_data.button_text });
  if (m.group_chat_created || m.supergroup_chat_created) return t("service.group_created");
  if (m.new_chat_title) return t("service.title", { name: m.new_chat_title });
  if (m.users_shared) return t("service.users_shared");
  if (m.chat_shared) return t("service.chat_shared");
  if (m.write_access_allowed) return t("service.write_access");
  return null;
}

export const short = (text, n) => (text.length > n ? `${text.slice(0, n - 1)}…` : text);

export function dayLine(unix) {
  return h("li", { class: "day-line" }, h("span", { class: "pill" }, dayTitle(unix)));
}

/** ctx: {chatKey, viewer, group, do(action), reply(m), menu(m, anchor), scrollTo(id), phone, rerender()}; place: {first, last} in a run of one sender. */
export function messageNode(ctx, m, place) {
  const service = serviceText(m);
  const attrs = { testid: `message-${m.message_id}`, data: { id: m.message_id, from: m.from?.id } };
  if (service) return h("li", { ...attrs, class: "message service" }, h("span", { class: "pill" }, service));
  const out = m.sim?.out ?? m.from?.id === ctx.viewer;
  const showFace = ctx.group && !out;
  const cls = [
    "message",
    out ? "out" : "in",
    place.first && "first",
    place.last && "last",
    m.sim?.only_for && "only-you",
    m.reply_markup?.inline_keyboard?.length && "with-keyboard",
    (m.location || m.venue) && "with-place",
  ];
  return h(
    "li",
    {
      ...attrs,
      class: cls.filter(Boolean).join(" "),
      ondblclick: (event) => event.target.closest(".words") && ctx.react(m, "👍"),
    },
    showFace
      ? place.last
        ? avatar(nameOf(m.from), colour(m.from), "small")
        : h("span", { class: "avatar small empty" })
      : null,
    h(
      "div",
      { class: "stack" },
      bubble(ctx, m, out, showFace && place.first),
      inlineKeyboard(ctx, m),
      reactions(ctx, m),
    ),
    iconButton("more", t("message.menu"), {
      class: "message-more",
      testid: "message-menu",
      onclick: (event) => ctx.menuFor(m, event.currentTarget),
    }),
  );
}

function bubble(ctx, m, out, withName) {
  const media = mediaNodes(ctx, m, out);
  const words = wordNodes(m);
  const inline = media.some((node) => node.classList.contains("inline-media"));
  const bare = media.length && !words.length && !media[0].classList.contains("inline-media");
  const marks = { "has-media": media.length, bare, inline, wordless: !words.length };
  const el = h("div", {
    class: ["bubble", ...Object.keys(marks).filter((name) => marks[name])].join(" "),
    oncontextmenu: (event) => {
      event.preventDefault();
      ctx.menuFor(m, { x: event.clientX, y: event.clientY });
    },
  });
  add(el, [
    withName
      ? h(
          "div",
          { class: "sender", vars: { "--c": colour(m.from) } },
          nameOf(m.from),
          m.from?.is_bot ? h("small", {}, t("bot")) : null,
        )
      : null,
    m.sim?.only_for ? h("div", { class: "only-you-note" }, icon("lock"), t("message.only_you")) : null,
    forwarded(m),
    quoted(ctx, m),
    media,
    words.length ? h("div", { class: "words" }, words, stamp(m, out)) : stamp(m, out),
  ]);
  return el;
}

function wordNodes(m) {
  const html = m.sim?.html;
  if (html) return messageNodes(html);
  const text = m.text ?? m.caption;
  return text ? [text] : [];
}

function forwarded(m) {
  const origin = m.forward_origin;
  if (!origin) return null;
  const name =
    nameOf(origin.sender_user) || origin.sender_user_name || origin.sender_chat?.title || origin.chat?.title || "";
  return h("div", { class: "forwarded" }, t("message.forwarded", { name }));
}

function quoted(ctx, m) {
  const r = m.reply_to_message;
  if (!r || r.forum_topic_created) return null;
  return h(
    "button",
    { type: "button", class: "quote", vars: { "--c": colour(r.from) }, onclick: () => ctx.scrollTo(r.message_id) },
    h("b", {}, nameOf(r.from)),
    h("span", {}, short(m.quote?.text || summary(r), 90)),
  );
}

function stamp(m, out) {
  const edited = m.sim?.edited && !m.location;
  return h(
    "span",
    { class: "stamp" },
    edited ? h("i", {}, t("message.edited")) : null,
    clockTime(m.date),
    out ? icon("checks") : null,
  );
}

function reactions(ctx, m) {
  const given = Object.entries(m.sim?.reactions || {}).filter(([, users]) => users.length);
  if (!given.length) return null;
  return h(
    "div",
    { class: "reactions" },
    given.map(([emoji, users]) => {
      const mine = users.includes(ctx.viewer);
      const who = users
        .map((id) => fullName(store.person(id)) || store.bot(id)?.first_name)
        .filter(Boolean)
        .join(", ");
      return h(
        "button",
        {
          type: "button",
          class: `reaction ${mine ? "mine" : ""}`,
          testid: "reaction",
          data: { emoji },
          title: who,
          "aria-label": `${emoji} ${tn("reactions", users.length)}`,
          onclick: () => ctx.react(m, mine ? null : emoji),
        },
        emoji,
        h("b", {}, users.length),
      );
    }),
  );
}
