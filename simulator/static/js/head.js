/** The header of an open chat: whose it is, what the bot is doing, the menu. */

import { askLink, askTopic } from "./asks.js";
import { avatar, colourOf, digest, fill, h, iconButton } from "./dom.js";
import { t, tn } from "./i18n.js";
import { topicIcon } from "./lists.js";
import { menu } from "./sheets.js";
import { store } from "./store.js";

const ACTION_LASTS = 4500;

export class ChatHead {
  constructor(view) {
    this.view = view;
    this.el = h("header", { class: "chat-head" });
  }

  clear() {
    this.action = null;
    delete this.el.dataset.sig;
    fill(this.el);
  }

  render() {
    const { chat, group, thread } = this.view;
    const topic = chat.topics?.find((one) => one.thread_id === thread);
    const title = chat.is_forum ? topic?.name || t("topic.general") : store.title(chat);
    const under = this.under(chat, group);
    const sig = digest([title, under, chat.blocked, this.action]);
    if (this.el.dataset.sig === sig) return;
    this.el.dataset.sig = sig;
    fill(
      this.el,
      iconButton("back", t("back"), { class: "back", testid: "back", onclick: () => this.view.phone.back() }),
      chat.is_forum ? topicIcon(topic) : avatar(title, colourOf(group ? chat.id : chat.bot_id), group ? "group" : ""),
      h(
        "div",
        { class: "chat-title" },
        h("h2", { testid: "chat-title" }, title),
        h("small", { class: this.action ? "typing" : "" }, this.action || under),
      ),
      iconButton("more", t("chat.menu"), { testid: "chat-menu", onclick: (event) => this.menu(event.currentTarget) }),
    );
  }

  under(chat, group) {
    if (chat.is_forum) return store.title(chat);
    if (group) return tn("members", chat.members.length);
    return t(chat.blocked ? "chat.blocked" : "chat.bot");
  }

  /** "typing…" and the like, for as long as Telegram shows it. */
  showAction(action) {
    this.action = t(`action.${action}`);
    this.render();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.action = null;
      if (this.view.key) this.render();
    }, ACTION_LASTS);
  }

  menu(anchor) {
    const items = this.view.group ? this.groupItems() : this.privateItems();
    menu(anchor, items, { label: t("chat.menu") });
  }

  privateItems() {
    const { view } = this;
    const { blocked } = view.chat;
    return [
      { icon: "undo", text: t("chat.restart"), testid: "chat-restart", onpick: () => view.do({ do: "start" }) },
      { icon: "qr", text: t("chat.payload"), testid: "chat-payload", onpick: () => askLink(view.phone, view.bot) },
      {
        icon: "block",
        danger: !blocked,
        text: t(blocked ? "chat.unblock" : "chat.block"),
        testid: "chat-block",
        onpick: () => view.do({ do: blocked ? "unblock" : "block" }),
      },
    ];
  }

  groupItems() {
    const { view } = this;
    const topic = view.chat.is_forum && {
      icon: "hash",
      text: t("topic.new"),
      testid: "topic-new",
      onpick: () => askTopic(view.phone, view.key),
    };
    const bots = store.state.bots.map((bot) => {
      const here = view.chat.members.includes(bot.id);
      return {
        icon: here ? "close" : "plus",
        text: t(here ? "chat.remove_bot" : "chat.add_bot", { name: bot.first_name }),
        testid: `chat-bot-${bot.id}`,
        onpick: () => view.do({ do: here ? "remove_bot" : "add_bot", bot_id: bot.id }),
      };
    });
    return [topic, ...bots];
  }
}
