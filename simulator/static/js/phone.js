/** One phone: whose it is, what is open on it, and everything drawn inside its frame. */

import { ChatView } from "./chat.js";
import { avatar, colourOf, fill, h, icon, iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { ListView } from "./lists.js";
import { newPerson } from "./people.js";
import { menu, sheet } from "./sheets.js";
import { chatKey, fullName, store } from "./store.js";
import { clockTime, now } from "./time.js";

const WIDE = 540;

const newestTopic = (chat) => Math.max(...chat.topics.map((topic) => topic.thread_id), 0) || null;

export class Phone {
  /** saved: {userId, chat, thread} of the last visit; onChange stores it; onClose only for phones that can be taken away. */
  constructor(role, { id, saved = {}, onChange, onClose }) {
    this.role = role;
    this.id = id;
    this.onChange = onChange;
    this.userId = null;
    this.seenMarks = new Map();
    this.layer = h("div", { class: "phone-layer" });
    this.status = h("p", { class: "unseen", role: "status", testid: "status" });
    this.list = new ListView(this);
    this.chat = new ChatView(this);
    this.clock = h("span", { class: "status-time" });
    this.switcher = h("button", {
      type: "button",
      class: "person-switch",
      testid: "person-switch",
      "aria-haspopup": "menu",
      onclick: () => this.choosePerson(),
    });
    this.nobody = h(
      "div",
      { class: "nobody" },
      icon("users"),
      h("p", {}, t("phone.nobody")),
      h(
        "button",
        { type: "button", class: "button strong", testid: "person-first", onclick: () => newPerson(this) },
        t("person.new"),
      ),
    );
    this.screen = h(
      "div",
      { class: "screen" },
      h(
        "div",
        { class: "status-bar", "aria-hidden": "true" },
        this.clock,
        h("span", { class: "island" }),
        h("span", { class: "status-icons" }, h("i", { class: "signal" }), h("i", { class: "battery" })),
      ),
      h("div", { class: "panes" }, this.list.el, this.chat.el, this.nobody),
      this.layer,
      this.status,
    );
    this.el = h(
      "section",
      {
        class: `phone role-${role}`,
        testid: `phone-${id}`,
        data: { role },
        "aria-label": t("phone.label", { role: t(`role.${role}`) }),
      },
      h(
        "div",
        { class: "phone-top" },
        h("span", { class: "role-dot" }),
        h("span", { class: "role-name" }, t(`role.${role}`)),
        this.switcher,
        onClose
          ? iconButton("close", t("phone.remove"), {
              class: "small",
              testid: "phone-remove",
              onclick: () => onClose(this),
            })
          : null,
      ),
      h("div", { class: "frame" }, this.screen),
    );
    this.saved = saved;
    new ResizeObserver(([{ contentRect }]) => {
      this.width = contentRect.width;
      this.layout();
    }).observe(this.screen);
  }

  people() {
    return store.state.people.filter((p) => p.role === this.role);
  }

  /** Chooses the first person and chat once the state is known; later only repairs what has gone. */
  settle() {
    const person =
      store.person(this.userId) ||
      store.person(this.saved.userId) ||
      this.people()[this.saved.nth || 0] ||
      this.people()[0];
    if (person?.id !== this.userId) {
      this.setPerson(person?.id ?? null);
      if (person && this.saved.userId === person.id && this.saved.chat && store.viewChat(this.saved.chat))
        this.restore();
      else if (person) this.openFirst();
    }
    this.render();
  }

  restore() {
    const chat = store.viewChat(this.saved.chat);
    if (chat.is_forum) this.list.show(this.saved.chat);
    this.chat.open(this.saved.chat, this.saved.thread ?? null);
    this.layout();
  }

  /** A newcomer should see something to press: the dispatch group for a dispatcher, the newest chat for others. */
  openFirst() {
    const chats = store.chatsOf(this.userId);
    const group = chats.find((c) => c.type !== "private");
    const own = chats.find((c) => c.type === "private");
    if (this.role === "dispatcher" && group) this.openChat(String(group.id));
    else if (own) this.openChat(chatKey(own));
    else this.showChats();
  }

  setPerson(id) {
    this.chat.close();
    this.userId = id;
    this.el.dataset.user = id ?? "";
    this.layer.replaceChildren();
    this.seenMarks.clear();
    this.list.show(null);
    this.layout();
  }

  switchTo(id) {
    if (id === this.userId) return;
    this.setPerson(id);
    this.openFirst();
    this.render();
    this.remember();
  }

  choosePerson() {
    const mine = this.people();
    const others = store.state.people.filter((p) => p.role !== this.role);
    const item = (p) => ({
      node: avatar(fullName(p), p.colour || colourOf(p.id), "small"),
      text: fullName(p),
      note: p.phone || (p.username ? `@${p.username}` : ""),
      checked: p.id === this.userId,
      testid: `person-${p.id}`,
      data: { user: p.id },
      onpick: () => this.switchTo(p.id),
    });
    menu(
      this.switcher,
      [
        ...mine.map(item),
        { icon: "plus", text: t("person.new"), testid: "person-new", onpick: () => newPerson(this) },
        others.length ? { heading: t("person.others") } : null,
        ...others.map(item),
      ],
      { label: t("person.switch"), testid: "people" },
    );
  }

  openChat(key) {
    const chat = store.viewChat(key);
    if (!chat) return;
    if (chat.is_forum) {
      this.list.show(key);
      if (this.wide()) this.chat.open(key, this.chat.key === key ? this.chat.thread : newestTopic(chat));
      else this.chat.close();
    } else this.chat.open(key);
    this.afterMove();
  }

  openTopic(key, thread) {
    if (this.list.forum !== key) this.list.show(key);
    this.chat.open(key, thread);
    this.afterMove();
  }

  back() {
    this.chat.close();
    this.afterMove();
  }

  showChats() {
    this.list.show(null);
    if (!this.wide()) this.chat.close();
    this.afterMove();
  }

  afterMove() {
    this.layout();
    this.markSeen();
    this.list.render();
    this.remember();
  }

  remember() {
    this.onChange?.({ userId: this.userId, chat: this.chat.key, thread: this.chat.thread });
  }

  wide() {
    return (this.width ?? this.screen.clientWidth) >= WIDE;
  }
  visible() {
    return this.el.offsetParent !== null;
  }

  layout() {
    this.screen.classList.toggle("wide", this.wide());
    this.screen.classList.toggle("has-chat", Boolean(this.chat.key));
    this.nobody.hidden = this.userId !== null;
  }

  /** Forum topics are marked as seen here, per phone, by the last message that was on the screen. */
  markSeen() {
    const last = this.chat.messages().at(-1);
    const place = `${this.chat.key}/${this.chat.thread}`;
    if (!last || this.seenMarks.get(place) === last.message_id || document.hidden || !this.visible()) return;
    this.seenMarks.set(place, last.message_id);
  }

  /** What was there when the group was first opened here is not news. */
  startSeeing(key) {
    if (this.seenMarks.has(key)) return;
    this.seenMarks.set(key, store.messages(key, this.userId).list.at(-1)?.message_id || 0);
    this.list.render();
  }

  seen(key, thread) {
    return Math.max(this.seenMarks.get(`${key}/${thread}`) || 0, this.seenMarks.get(key) ?? Infinity);
  }

  unread() {
    return store.state.chats.reduce((sum, c) => sum + (c.unread?.[this.userId] || 0), 0);
  }

  render() {
    const me = store.person(this.userId);
    const sig = JSON.stringify([me?.id, me?.first_name, me?.last_name]);
    if (this.switcher.dataset.sig !== sig) {
      this.switcher.dataset.sig = sig;
      this.switcher.setAttribute("aria-label", `${t("person.switch")}: ${fullName(me)}`);
      fill(
        this.switcher,
        me ? avatar(fullName(me), me.colour || colourOf(me.id), "tiny") : null,
        h("b", {}, fullName(me) || "—"),
        icon("chevron"),
      );
    }
    this.layout();
    if (this.userId === null) return;
    this.chat.render();
    this.chat.markRead();
    this.markSeen();
    this.list.render();
  }

  /** Draws what changed in these chats, if this phone shows any of them; all talks were cleared when one is null. */
  chatsChanged(keys) {
    if (keys.has(null)) this.chat.close();
    if (this.userId === null) return;
    if (keys.has(this.chat.key)) {
      this.chat.render();
      this.chat.markRead();
      this.markSeen();
    }
    this.list.render();
    this.layout();
  }

  tick() {
    const text = clockTime(now());
    if (this.clock.textContent !== text) this.clock.textContent = text;
  }

  showPhoto(url) {
    sheet(this, {
      title: t("kind.photo"),
      testid: "photo-viewer",
      tall: true,
      body: h(
        "a",
        { class: "photo-large", href: url, target: "_blank", rel: "noopener" },
        h("img", { src: url, alt: t("kind.photo") }),
      ),
    });
  }
}
