/** The open chat of a phone: header, messages, composer; what a person can do there. */

import { api } from "./api.js";
import { Composer } from "./composer.js";
import { avatar, colourOf, fill, h, icon, iconButton, reconcile } from "./dom.js";
import { ChatHead } from "./head.js";
import { t } from "./i18n.js";
import { acceptDrops } from "./intake.js";
import { openLink } from "./links.js";
import { dayLine, messageNode, serviceText, short, summary } from "./message.js";
import { messageMenu } from "./message_menu.js";
import { Presses } from "./presses.js";
import { rowsOf } from "./rows.js";
import { prompt, toast } from "./sheets.js";
import { store } from "./store.js";
import { openWebApp } from "./webapp.js";

export class ChatView {
  constructor(phone) {
    this.phone = phone;
    this.key = null;
    this.thread = null;
    this.presses = new Presses(this);
    this.watchers = new Map();
    this.list = h("ol", { class: "messages", testid: "messages", "aria-live": "polite" });
    this.scroller = h(
      "div",
      { class: "scroller", tabindex: 0, "aria-label": t("chat.messages"), onscroll: () => this.scrolled() },
      this.list,
    );
    this.toBottom = iconButton("down", t("chat.down"), { class: "to-bottom", onclick: () => this.stick(true) });
    this.toBottom.hidden = true;
    this.head = new ChatHead(this);
    this.pin = h("div", { class: "pin-bar" });
    this.composer = new Composer(this);
    this.drop = h("div", { class: "drop-hint" }, icon("photo"), t("composer.drop"));
    this.el = h(
      "section",
      { class: "chat-pane", testid: "chat-pane" },
      this.head.el,
      this.pin,
      h("div", { class: "chat-body" }, this.scroller, this.toBottom, this.drop),
      this.composer.el,
    );
    acceptDrops(this, this.el);
    this.list.addEventListener("click", (event) => this.clickedText(event));
    this.pinned = true;
    this.top = 0;
    // A picture that comes later makes its message higher; a keyboard that comes makes the room lower.
    const settled = new ResizeObserver(() => this.pinned && this.stick(false));
    settled.observe(this.list);
    settled.observe(this.scroller);
  }

  get viewer() {
    return this.phone.userId;
  }
  get chat() {
    return this.key ? store.viewChat(this.key) : undefined;
  }
  get bot() {
    return this.chat?.type === "private" ? store.bot(this.chat.bot_id) : undefined;
  }
  get group() {
    return this.chat?.type !== "private";
  }

  /** Messages of this chat, or of this topic in a forum. */
  messages() {
    if (!this.key) return [];
    const all = store.messages(this.key, this.viewer).list;
    return this.chat?.is_forum ? all.filter((m) => (m.message_thread_id ?? null) === this.thread) : all;
  }

  open(key, thread = null) {
    if (key !== this.key) this.leave();
    this.key = key;
    this.thread = thread;
    this.pinned = true;
    this.list.replaceChildren();
    this.presses.clear();
    this.head.clear();
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
      this.head.clear();
      this.pin.hidden = true;
      reconcile(this.list, [], {});
      this.composer.render();
      return;
    }
    this.head.render();
    this.renderPin();
    this.renderMessages();
    this.composer.render();
  }

  /** The newest pinned message of this chat or topic, as far as it has been read. */
  renderPin() {
    const pinned = new Set(this.chat.pinned || []);
    const m = this.messages().findLast((one) => pinned.has(one.message_id));
    this.pin.hidden = !m;
    if (!m) return;
    const show = { type: "button", class: "pin-button", testid: "pinned", onclick: () => this.scrollTo(m.message_id) };
    fill(this.pin, h("button", show, icon("pin"), h("b", {}, t("chat.pinned")), h("span", {}, short(summary(m), 90))));
  }

  renderMessages() {
    const items = rowsOf(this.messages(), (id) => this.presses.of(id));
    const wasAtBottom = this.pinned;
    const changed = reconcile(this.list, items, {
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
    if (wasAtBottom && changed) this.stick(false);
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

  greeting() {
    const bot = this.bot;
    return h(
      "li",
      { class: "greeting", "data-key": "greeting" },
      avatar(store.title(this.chat), colourOf(this.group ? this.chat.id : bot?.id), "big"),
      h("b", {}, store.title(this.chat)),
      bot ? h("span", {}, `@${bot.username}`) : null,
      h("p", {}, bot?.description || t(bot ? "chat.greeting" : "chat.empty")),
    );
  }

  stick(smooth) {
    this.pinned = true;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    this.toBottom.hidden = true;
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    if (scrollHeight - scrollTop - clientHeight < 60) this.pinned = true;
    else if (scrollTop < this.top) this.pinned = false; // only a person scrolls up
    this.top = scrollTop;
    this.toBottom.hidden = this.pinned;
    const slot = this.key && store.messages(this.key, this.viewer);
    if (
      slot &&
      scrollTop < 80 &&
      slot.loaded &&
      !slot.complete.has(null) &&
      !slot.complete.has(this.thread) &&
      !slot.busy
    )
      this.older();
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

  /** What stood on the screen has been read, also when the news of its being unread is still on its way. */
  leave() {
    if (!this.chat || this.viewer == null || document.hidden || !this.phone.visible()) return;
    api.read(this.viewer, this.key).catch(() => {});
    if (this.chat.unread) this.chat.unread[this.viewer] = 0;
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

  react(m, emoji) {
    const mine = Object.entries(m.sim?.reactions || {}).some(
      ([e, users]) => e === emoji && users.includes(this.viewer),
    );
    return this.do({ do: "react", message_id: m.message_id, emoji: mine ? null : emoji });
  }

  move(m, lat, lon) {
    return this.do({ do: "move", message_id: m.message_id, lat, lon });
  }
  watch(id, listener) {
    this.watchers.set(id, listener);
    return () => this.watchers.delete(id);
  }

  menuFor(m, anchor) {
    messageMenu(this, m, anchor);
  }
  reply(m) {
    this.composer.setMode({
      reply: m,
      label: t("composer.reply"),
      text: short(summary(m) || serviceText(m) || "", 80),
    });
  }
  edit(m) {
    this.composer.setMode({ edit: m, label: t("composer.edit"), text: short(summary(m), 80) });
  }
  toast(text) {
    toast(this.phone, text);
  }
  openLink(url) {
    return openLink(this.phone, url, this.bot);
  }
  webApp(which, title) {
    return openWebApp(this, which, title);
  }
  showPhoto(url) {
    this.phone.showPhoto(url);
  }

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
