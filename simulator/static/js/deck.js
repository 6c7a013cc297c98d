/** The phones on the table: three roles by default, up to four; on a narrow screen one at a time, with tabs. */

import { avatar, colourOf, digest, fill, h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { Phone } from "./phone.js";
import { menu } from "./sheets.js";
import { fullName, store } from "./store.js";

const KEY = "naryad-simulator-phones";
const ROLES = ["customer", "technician", "dispatcher"];
const MOST = 4;

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) || {};
  } catch {
    return {};
  }
}

export class Deck {
  constructor() {
    this.saved = remembered();
    this.phones = [];
    this.shown = this.saved.shown || "customer";
    this.fresh = new Set();
    this.tabs = h("nav", { class: "tabs", role: "tablist", "aria-label": t("phones") });
    this.adder = h(
      "button",
      {
        type: "button",
        class: "add-phone",
        testid: "phone-add",
        title: t("phone.add"),
        "aria-label": t("phone.add"),
        onclick: () => this.askRole(),
      },
      icon("phone"),
      icon("plus"),
    );
    this.table = h("main", { class: "table", testid: "phones" });
    this.el = h("div", { class: "deck" }, this.tabs, this.table);
    for (const role of ROLES) this.add(role, role);
    for (const extra of this.saved.extra || []) this.add(extra.role, extra.id);
    store.on("state", () => this.settle());
    store.on("messages", ({ chat }) => this.changed(chat));
    store.on("chat", ({ chat }) => this.changed(chat));
    store.on("answer", (event) => this.answer(event));
    store.on("action", (event) => this.action(event));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.settle();
    });
  }

  add(role, id) {
    const nth = this.phones.filter((phone) => phone.role === role).length;
    const saved = { nth, ...(this.saved.phones?.[id] || {}) };
    const phone = new Phone(role, {
      id,
      saved,
      onChange: (state) => this.remember(id, state),
      onClose: ROLES.includes(id) ? null : (gone) => this.remove(gone),
    });
    this.phones.push(phone);
    const order = [...ROLES, "other"];
    this.phones.sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role));
    this.lay();
    return phone;
  }

  lay() {
    this.table.append(...this.phones.map((phone) => phone.el), this.adder);
    this.table.dataset.count = this.phones.length;
    this.adder.hidden = this.phones.length >= MOST;
    this.showTab(this.phones.some((phone) => phone.id === this.shown) ? this.shown : "customer");
  }

  remove(phone) {
    this.phones = this.phones.filter((one) => one !== phone);
    phone.el.remove();
    this.lay();
    this.save();
  }

  askRole() {
    menu(
      this.adder,
      ROLES.map((role) => ({
        icon: "phone",
        text: t(`role.${role}`),
        testid: `phone-add-${role}`,
        onpick: () => this.addAnother(role),
      })),
      { label: t("phone.add") },
    );
  }

  addAnother(role) {
    const number = 2 + this.phones.filter((phone) => phone.role === role && !ROLES.includes(phone.id)).length;
    const phone = this.add(role, `${role}-${number}`);
    phone.settle();
    this.save();
    phone.el.scrollIntoView({ inline: "nearest", behavior: "smooth" });
  }

  remember(id, state) {
    this.saved.phones = { ...this.saved.phones, [id]: state };
    this.save();
  }

  save() {
    this.saved.shown = this.shown;
    this.saved.extra = this.phones.filter((phone) => !ROLES.includes(phone.id)).map(({ id, role }) => ({ id, role }));
    localStorage.setItem(KEY, JSON.stringify(this.saved));
  }

  settle() {
    this.phones.forEach((phone) => phone.settle());
    this.renderTabs();
  }

  /** A burst of news is drawn once, with the next frame; a page that nobody looks at has no frames. */
  changed(chat) {
    if (!this.fresh.size) (document.hidden ? setTimeout : requestAnimationFrame)(() => this.draw());
    this.fresh.add(chat);
  }

  draw() {
    const keys = this.fresh;
    this.fresh = new Set();
    this.phones.forEach((phone) => phone.chatsChanged(keys));
    this.renderTabs();
  }

  showTab(id) {
    this.shown = id;
    for (const phone of this.phones) phone.el.classList.toggle("shown", phone.id === id);
    this.renderTabs();
  }

  renderTabs() {
    const sig = digest(
      this.phones.map((phone) => [phone.id, phone.id === this.shown, phone.unread(), store.person(phone.userId)]),
    );
    if (this.tabs.dataset.sig === sig) return;
    this.tabs.dataset.sig = sig;
    fill(
      this.tabs,
      this.phones.map((phone) => {
        const person = store.person(phone.userId);
        const on = phone.id === this.shown;
        const count = phone.unread();
        return h(
          "button",
          {
            type: "button",
            class: `tab role-${phone.role} ${on ? "on" : ""}`,
            role: "tab",
            "aria-selected": String(on),
            testid: `tab-${phone.id}`,
            onclick: () => {
              this.showTab(phone.id);
              this.save();
              phone.render();
            },
          },
          avatar(fullName(person), person?.colour || colourOf(person?.id), "tiny"),
          h("span", {}, t(`role.${phone.role}`)),
          count && !on ? h("span", { class: "badge" }, count) : null,
        );
      }),
    );
  }

  answer(event) {
    const user = event.user?.id ?? event.user ?? event.user_id;
    for (const phone of this.phones) if (phone.userId === user) phone.chat.presses.answered(event);
  }

  action(event) {
    for (const phone of this.phones)
      if (phone.chat.key === String(event.chat)) phone.chat.head.showAction(event.action);
  }

  /** Turns a phone to a person and chat; `force` also when that phone shows somebody else of the role. */
  show(person, key, thread, force) {
    const phone =
      this.phones.find((one) => one.userId === person.id) ||
      (force && this.phones.find((one) => one.role === person.role));
    if (!phone) return;
    if (phone.userId !== person.id) phone.switchTo(person.id);
    const forum = store.chat(key)?.is_forum;
    if (phone.chat.key !== key || (forum && phone.chat.thread !== thread)) {
      if (forum) phone.openTopic(key, thread);
      else phone.openChat(key);
    }
    if (force && this.shown !== phone.id) this.showTab(phone.id);
  }

  tick() {
    for (const phone of this.phones) phone.tick();
  }
}
