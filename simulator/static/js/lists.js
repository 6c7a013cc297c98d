/** The left part of a phone: its chats, or the topics of a forum group. */

import { askLink, askTopic } from "./asks.js";
import { avatar, colourOf, digest, h, icon, iconButton, reconcile } from "./dom.js";
import { t, tn } from "./i18n.js";
import { serviceText, short, summary } from "./message.js";
import { chatKey, fullName, store } from "./store.js";
import { listTime } from "./time.js";

const TOPIC_COLOURS = {
  7322096: "#6fb9f0",
  16766590: "#ffd67e",
  13338331: "#cb86db",
  9367192: "#8eee98",
  16749490: "#ff93b2",
  16478047: "#fb6f5f",
};
const unix = (date) => (typeof date === "number" ? date : new Date(date).getTime() / 1000);

function badge(count) {
  return count ? h("span", { class: "badge", "aria-label": tn("unread", count) }, count > 99 ? "99+" : count) : null;
}

function row({ key, testid, data, face, title, mark, time, text, count, open, active, note, low }) {
  const node = h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: `chat-row ${low ? "topic" : ""} ${active ? "active" : ""}`,
        testid,
        data,
        onclick: open,
        "aria-current": active ? "true" : null,
      },
      face,
      h(
        "span",
        { class: "chat-row-text" },
        h("span", { class: "line" }, h("b", {}, title), mark, low ? null : h("time", {}, time)),
        h(
          "span",
          { class: "line" },
          h("span", { class: `preview-text ${note ? "note" : ""}` }, text),
          low ? h("time", {}, time) : null,
          badge(count),
        ),
      ),
    ),
  );
  node.dataset.rowKey = key;
  return node;
}

/** A topic's coloured mark with its first letter; without a topic, the General one's. */
export function topicIcon(topic) {
  if (!topic?.thread_id) return h("span", { class: "topic-icon general" }, icon("hash"));
  const letter = (topic.name.match(/\p{L}/u) || ["#"])[0].toUpperCase();
  return h(
    "span",
    { class: "topic-icon", vars: { "--c": TOPIC_COLOURS[topic.icon_color] || colourOf(topic.thread_id) } },
    letter,
  );
}

export class ListView {
  constructor(phone) {
    this.phone = phone;
    this.forum = null;
    this.head = h("header", { class: "chat-head list-head" });
    this.list = h("ol", { class: "chat-list" });
    this.el = h(
      "section",
      { class: "list-pane", testid: "list-pane" },
      this.head,
      h("div", { class: "scroller list-scroller" }, this.list),
    );
  }

  /** Shows the topics of a forum group, or the chats when `key` is null. */
  show(key) {
    this.forum = key;
    this.head.dataset.sig = "";
    if (key)
      store
        .loadMessages(key, this.phone.userId)
        .then(() => this.phone.startSeeing(key))
        .catch(() => {});
    this.render();
  }

  render() {
    if (this.forum && !store.chat(this.forum)?.is_forum) this.forum = null;
    if (this.forum) this.renderTopics(store.chat(this.forum));
    else this.renderChats();
  }

  setHead(sig, ...children) {
    const full = digest(sig);
    if (this.head.dataset.sig === full) return;
    this.head.dataset.sig = full;
    this.head.replaceChildren(...children.filter(Boolean));
  }

  renderChats() {
    const me = store.person(this.phone.userId);
    this.setHead(
      ["chats", this.phone.userId, me?.first_name],
      avatar(fullName(me), me?.colour || colourOf(me?.id)),
      h("div", { class: "chat-title" }, h("h2", {}, t("list.chats")), h("small", {}, fullName(me))),
      iconButton("qr", t("list.open_link"), { testid: "open-link", onclick: () => askLink(this.phone) }),
    );
    const chats = store.chatsOf(this.phone.userId);
    reconcile(this.list, chats, {
      key: chatKey,
      signature: (c) =>
        digest([
          c.last,
          c.unread?.[this.phone.userId],
          store.title(c),
          this.isOpen(chatKey(c)),
          c.is_forum,
          c.blocked,
          c.last && listTime(unix(c.last.date)),
        ]),
      render: (c) => this.chatRow(c),
    });
  }

  isOpen(key, thread = null) {
    return this.phone.chat.key === key && (this.phone.chat.thread ?? null) === thread;
  }

  chatRow(c) {
    const key = chatKey(c);
    const group = c.type !== "private";
    return row({
      key,
      testid: `chat-${key}`,
      data: { chat: key },
      title: store.title(c),
      count: c.unread?.[this.phone.userId],
      face: avatar(store.title(c), group ? colourOf(c.id) : colourOf(c.bot_id), group ? "group" : ""),
      mark: group ? icon(c.is_forum ? "hash" : "users", "mark") : h("span", { class: "bot-mark" }, t("bot")),
      time: c.last ? listTime(unix(c.last.date)) : "",
      note: !c.last,
      text: c.blocked
        ? t("chat.blocked")
        : c.last
          ? short(c.last.text || "", 80)
          : t(group ? "list.no_messages" : "list.press_start"),
      active: this.isOpen(key) && !c.is_forum,
      open: () => this.phone.openChat(key),
    });
  }

  renderTopics(chat) {
    this.setHead(
      ["topics", chat.title, chat.members.length],
      iconButton("back", t("back"), {
        class: "back always",
        testid: "back-to-chats",
        onclick: () => this.phone.showChats(),
      }),
      avatar(chat.title, colourOf(chat.id), "group"),
      h("div", { class: "chat-title" }, h("h2", {}, chat.title), h("small", {}, tn("members", chat.members.length))),
      iconButton("plus", t("topic.new"), { testid: "topic-new-list", onclick: () => askTopic(this.phone, this.forum) }),
    );
    const last = this.lastByTopic();
    const topics = [{ thread_id: null, name: t("topic.general"), general: true }, ...chat.topics];
    const when = (topic) => last.get(topic.thread_id)?.date || 0;
    topics.sort((a, b) => (b.general ? 1 : 0) - (a.general ? 1 : 0) || when(b) - when(a));
    reconcile(this.list, topics, {
      key: (topic) => `topic-${topic.thread_id}`,
      signature: (topic) =>
        digest([
          topic,
          last.get(topic.thread_id)?.message_id,
          last.get(topic.thread_id)?.edit_date,
          this.fresh(topic, last),
          this.isOpen(this.forum, topic.thread_id),
        ]),
      render: (topic) => this.topicRow(topic, last.get(topic.thread_id), this.fresh(topic, last)),
    });
  }

  lastByTopic() {
    const last = new Map();
    for (const m of store.messages(this.forum, this.phone.userId).list) last.set(m.message_thread_id ?? null, m);
    return last;
  }

  /** Whether a topic has something the person has not looked at; Telegram counts, here a dot is enough. */
  fresh(topic, last) {
    const m = last.get(topic.thread_id);
    return Boolean(
      m && m.from?.id !== this.phone.userId && m.message_id > this.phone.seen(this.forum, topic.thread_id),
    );
  }

  topicRow(topic, m, fresh) {
    const text = m ? `${m.from ? `${m.from.first_name}: ` : ""}${short(serviceText(m) || summary(m), 70)}` : "";
    return row({
      key: topic.thread_id,
      testid: `topic-${topic.thread_id ?? "general"}`,
      data: { thread: topic.thread_id ?? "general", fresh: fresh ? "1" : "0" },
      face: topicIcon(topic),
      title: topic.name,
      low: true,
      mark: topic.closed ? icon("lock", "mark") : null,
      time: m ? listTime(m.date) : "",
      text,
      count: fresh ? "•" : 0,
      active: this.isOpen(this.forum, topic.thread_id),
      open: () => this.phone.openTopic(this.forum, topic.thread_id),
    });
  }
}
