/** The open chat of a phone: header, messages, composer; what a person can do there. */

import { api } from "./api.js";
import { Composer } from "./composer.js";
import { avatar, colourOf, digest, fill, h, icon, iconButton, reconcile } from "./dom.js";
import { t, tn } from "./i18n.js";
import { openLink } from "./links.js";
import { topicIcon } from "./lists.js";
import { dayLine, messageNode, serviceText, short, summary } from "./message.js";
import { messageMenu } from "./message_menu.js";
import { alertBox, menu, prompt, toast } from "./sheets.js";
import { store } from "./store.js";
import { dayKey } from "./time.js";
import { openWebApp } from "./webapp.js";

const PRESS_TIMEOUT = 20_000;
const RUN_GAP = 600;

export class ChatView {
  constructor(phone) {
    this.phone = phone;
    this.key = null;
    this.thread = null;
    this.waiting = new Map();
    this.watchers = new Map();
    this.list = h("ol", { class: "messages", testid: "messages", "aria-live": "polite" });
    this.scroller = h("div", { class: "scroller", tabindex: 0, "aria-label": t("chat.messages"), onscroll: () => this.scrolled() }, this.list);
    this.toBottom = iconButton("down", t("chat.down"), { class: "to-bottom", onclick: () => this.stick(true) });
    this.toBottom.hidden = true;
    this.head = h("header", { class: "chat-head" });
    this.composer = new Composer(this);
    this.drop = h("div", { class: "drop-hint" }, icon("photo"), t("composer.drop"));
    this.el = h("section", { class: "chat-pane", testid: "chat-pane" }, this.head, h("div", { class: "chat-body" }, this.scroller, this.toBottom, this.drop), this.composer.el);
    this.composer.acceptDrops(this.el);
    this.list.addEventListener("click", (event) => this.clickedText(event));
    this.pinned = true;
  }

  get viewer() { return this.phone.userId; }
  get chat() { return this.key ? store.viewChat(this.key) : undefined; }
  get bot() { return this.chat?.type === "private" ? store.bot(this.chat.bot_id) : undefined; }
  get group() { return this.chat?.type !== "private"; }

  /** Messages of this chat (of this topic in a forum), albums folded into their first message. */
  messages() {
    if (!this.key) return [];
    const all = store.messages(this.key, this.viewer).list;
    return this.chat?.is_forum ? all.filter((m) => (m.message_thread_id ?? null) === this.thread) : all;
  }

  open(key, thread = null) {
    this.key = key;
    this.thread = thread;
    this.pinned = true;
    this.list.replaceChildren();
    this.waiting.clear();
    this.composer.reset();
    this.el.dataset.chat = key || "";
    this.el.dataset.thread = thread ?? "";
    this.render();
    if (!key) return;
    this.load();
    this.markRead();
  }

  async load() {
    const { key, viewer, thread } = this;
    try {
      if (!store.messages(key, viewer).loaded || !this.chat?.is_forum) await store.loadMessages(key, viewer);
      if (thread) await store.loadMessages(key, viewer, { thread });
    } catch (error) {
      toast(this.phone, error.message, "bad");
    }
  }

  close() {
    this.open(null);
  }

  render() {
    if (!this.key || !this.chat) {
      fill(this.head);
      reconcile(this.list, [], {});
      this.composer.render();
      return;
    }
    this.renderHead();
    this.renderMessages();
    this.composer.render();
  }

  renderHead() {
    const chat = this.chat;
    const topic = chat.topics?.find((one) => one.thread_id === this.thread);
    const title = chat.is_forum ? topic?.name || t("topic.general") : store.title(chat);
    const under = chat.is_forum ? store.title(chat) : this.group ? tn("members", chat.members.length) : chat.blocked ? t("chat.blocked") : t("chat.bot");
    const sig = digest([title, under, chat.blocked, this.action]);
    if (this.head.dataset.sig === sig) return;
    this.head.dataset.sig = sig;
    fill(this.head,
      iconButton("back", t("back"), { class: "back", testid: "back", onclick: () => this.phone.back() }),
      chat.is_forum ? topicIcon(topic) : avatar(title, this.group ? colourOf(chat.id) : colourOf(chat.bot_id)),
      h("div", { class: "chat-title" }, h("h2", { testid: "chat-title" }, title), h("small", { class: this.action ? "typing" : "" }, this.action || under)),
      iconButton("more", t("chat.menu"), { testid: "chat-menu", onclick: (event) => this.menu(event.currentTarget) }));
  }

  menu(anchor) {
    const chat = this.chat;
    const restart = !this.group && { icon: "undo", text: t("chat.restart"), testid: "chat-restart", onpick: () => this.do({ do: "start" }) };
    const link = !this.group && { icon: "qr", text: t("chat.payload"), testid: "chat-payload", onpick: () => this.startWith() };
    const block = !this.group && { icon: "block", danger: !chat.blocked, text: t(chat.blocked ? "chat.unblock" : "chat.block"), testid: "chat-block", onpick: () => this.do({ do: chat.blocked ? "unblock" : "block" }) };
    const topic = chat.is_forum && { icon: "hash", text: t("topic.new"), testid: "topic-new", onpick: () => this.newTopic() };
    const bots = this.group ? store.state.bots.map((bot) => {
      const here = chat.members.includes(bot.id);
      return { icon: here ? "close" : "plus", text: t(here ? "chat.remove_bot" : "chat.add_bot", { name: bot.first_name }), onpick: () => this.do({ do: here ? "remove_bot" : "add_bot", bot_id: bot.id }) };
    }) : [];
    menu(anchor, [restart, link, topic, ...bots, block], { label: t("chat.menu") });
  }

  async startWith() {
    const text = await prompt(this.phone, { title: t("chat.payload"), label: t("link.hint"), placeholder: "https://t.me/…?start=…", submit: t("link.open"), testid: "link" });
    if (text) await openLink(this.phone, text, this.bot);
  }

  async newTopic() {
    const name = await prompt(this.phone, { title: t("topic.new"), label: t("topic.name"), testid: "topic" });
    if (name) await this.do({ do: "new_topic", name });
  }

  renderMessages() {
    const items = this.rows();
    const wasAtBottom = this.pinned;
    reconcile(this.list, items, {
      key: (item) => item.key,
      signature: (item) => item.sig,
      render: (item, old) => this.renderRow(item, old),
    });
    const slot = store.messages(this.key, this.viewer);
    this.list.classList.toggle("loading", !slot.loaded);
    this.list.classList.toggle("empty", slot.loaded && !items.length);
    if (slot.loaded && !items.length) this.list.append(this.greeting());
    for (const [id, watcher] of this.watchers) {
      const fresh = items.find((item) => item.m?.message_id === id)?.m;
      if (fresh) watcher(fresh);
    }
    if (wasAtBottom) this.stick(false);
  }

  /** A live location that only moved keeps its map: the marker slides instead of being drawn anew. */
  renderRow(item, old) {
    if (item.day) return dayLine(item.day);
    const shell = old && item.m.location && old.dataset.still === item.still ? old.querySelector(".place") : null;
    if (shell?.move) {
      shell.move(item.m);
      return old;
    }
    const node = messageNode(this, item.m, item.place);
    if (item.still) node.dataset.still = item.still;
    return node;
  }

  rows() {
    const folded = fold(this.messages());
    const rows = [];
    folded.forEach((m, i) => {
      const before = folded[i - 1];
      const after = folded[i + 1];
      if (!before || dayKey(before.date) !== dayKey(m.date)) rows.push({ key: `day-${dayKey(m.date)}`, sig: dayKey(m.date), day: m.date });
      const place = { first: !sameRun(before, m), last: !sameRun(m, after) };
      const waits = [...this.waiting.keys()].filter((k) => k.startsWith(`${m.message_id}/`));
      const still = m.location ? digest([{ ...m, location: 0, edit_date: 0 }, place]) : undefined;
      rows.push({ key: m.message_id, sig: digest([m, place, waits]), m, place, still });
    });
    return rows;
  }

  greeting() {
    const bot = this.bot;
    return h("li", { class: "greeting", "data-key": "greeting" },
      avatar(store.title(this.chat), colourOf(this.group ? this.chat.id : bot?.id), "big"),
      h("b", {}, store.title(this.chat)), bot ? h("span", {}, `@${bot.username}`) : null,
      h("p", {}, bot?.description || t(bot ? "chat.greeting" : "chat.empty")));
  }

  stick(smooth) {
    this.pinned = true;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    this.toBottom.hidden = true;
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.pinned = scrollHeight - scrollTop - clientHeight < 60;
    this.toBottom.hidden = this.pinned;
    const slot = this.key && store.messages(this.key, this.viewer);
    if (slot && scrollTop < 80 && slot.loaded && !slot.complete.has(null) && !slot.complete.has(this.thread) && !slot.busy) this.older();
  }

  async older() {
    const from = this.scroller.scrollHeight;
    const before = this.messages()[0]?.message_id;
    if (!before) return;
    await store.loadMessages(this.key, this.viewer, { before, thread: this.thread ?? undefined });
    this.scroller.scrollTop += this.scroller.scrollHeight - from;
  }

  scrollTo(id) {
    const node = this.list.querySelector(`[data-id="${id}"]`);
    if (!node) return;
    node.scrollIntoView({ block: "center", behavior: "smooth" });
    node.classList.add("flash");
    setTimeout(() => node.classList.remove("flash"), 1400);
  }

  markRead() {
    const unread = this.chat?.unread?.[this.viewer];
    if (!unread || document.hidden || !this.phone.visible()) return;
    api.read(this.viewer, this.key).catch(() => {});
    this.chat.unread[this.viewer] = 0;
  }

  /** Does something as the person of this phone; a refusal is shown as a toast. Returns the answer or null. */
  async do(what, files = []) {
    try {
      const thread = this.chat?.is_forum ? this.thread : null;
      return await api.act(this.viewer, this.key, thread, what, files);
    } catch (error) {
      toast(this.phone, error.message, "bad");
      return null;
    }
  }

  isWaiting(id, row, col) { return this.waiting.has(`${id}/${row}/${col}`); }

  async press(m, row, col, data) {
    const place = `${m.message_id}/${row}/${col}`;
    if (this.waiting.has(place)) return;
    const stop = () => { if (this.waiting.delete(place)) this.renderMessages(); };
    this.waiting.set(place, { query: null, timer: setTimeout(stop, PRESS_TIMEOUT) });
    this.renderMessages();
    const answer = await this.do({ do: "press", message_id: m.message_id, row, col, data });
    const entry = this.waiting.get(place);
    if (!answer) stop();
    else if (entry) entry.query = answer.callback_query_id;
    if (this.early?.has(answer?.callback_query_id)) stop();
  }

  /** The bot answered a press of this person: the button rests, its words appear. */
  answered(event) {
    this.early = (this.early || new Set()).add(event.callback_query_id);
    for (const [place, entry] of this.waiting) {
      if (event.callback_query_id && entry.query !== event.callback_query_id) continue;
      clearTimeout(entry.timer);
      this.waiting.delete(place);
    }
    if (this.key) this.renderMessages();
    if (event.url) openLink(this.phone, event.url, this.bot);
    if (!event.text) return;
    if (event.alert || event.show_alert) alertBox(this.phone, event.text);
    else toast(this.phone, event.text);
  }

  showAction(action) {
    this.action = t(`action.${action}`);
    this.renderHead();
    clearTimeout(this.actionTimer);
    this.actionTimer = setTimeout(() => {
      this.action = null;
      if (this.key) this.renderHead();
    }, 4500);
  }

  react(m, emoji) {
    const mine = Object.entries(m.sim?.reactions || {}).some(([e, users]) => e === emoji && users.includes(this.viewer));
    return this.do({ do: "react", message_id: m.message_id, emoji: mine ? null : emoji });
  }

  move(m, lat, lon) { return this.do({ do: "move", message_id: m.message_id, lat, lon }); }
  watch(id, listener) {
    this.watchers.set(id, listener);
    return () => this.watchers.delete(id);
  }

  menuFor(m, anchor) { messageMenu(this, m, anchor); }
  reply(m) { this.composer.setMode({ reply: m, label: t("composer.reply"), text: short(summary(m) || serviceText(m) || "", 80) }); }
  edit(m) { this.composer.setMode({ edit: m, label: t("composer.edit"), text: short(summary(m), 80) }); }
  toast(text) { toast(this.phone, text); }
  openLink(url) { return openLink(this.phone, url, this.bot); }
  webApp(which, title) { return openWebApp(this, which, title); }
  showPhoto(url) { this.phone.showPhoto(url); }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.toast(t("copied", { text: short(text, 40) }));
    } catch {
      await prompt(this.phone, { title: t("copy.title"), label: t("copy.hint"), value: text });
    }
  }

  clickedText(event) {
    const command = event.target.closest("[data-command]");
    if (command) this.do({ do: "text", text: command.dataset.command });
    const link = event.target.closest("a[href^='https://t.me/'], a[href^='tg:']");
    if (!link) return;
    event.preventDefault();
    this.openLink(link.href);
  }
}

/** Parts of an album become one message whose `album` lists them. */
function fold(messages) {
  const out = [];
  for (const m of messages) {
    const last = out[out.length - 1];
    if (m.media_group_id && last?.media_group_id === m.media_group_id) {
      const album = [...(last.album || [last]), m];
      const words = last.sim?.html ? last.sim : m.sim;
      out[out.length - 1] = { ...last, album, sim: { ...last.sim, html: words?.html }, caption: last.caption || m.caption };
    } else out.push(m);
  }
  return out;
}

function sameRun(a, b) {
  return Boolean(a && b && a.from?.id === b.from?.id && b.date - a.date < RUN_GAP && !serviceText(a) && !serviceText(b) && dayKey(a.date) === dayKey(b.date));
}


