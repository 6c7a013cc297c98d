/** The foot of a chat: text, commands, attachments, reply keyboard, or the START button of a new chat. */

import { attachMenu } from "./attach.js";
import { commandsOf, menuApp } from "./commands.js";
import { fill, h, icon, iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { takeChosen, takePasted } from "./intake.js";
import { replyKeyboard } from "./keyboards.js";
import { pickPlace } from "./place.js";
import { sharePeople, shareChat } from "./share.js";
import { ask, toast } from "./sheets.js";
import { store } from "./store.js";

export class Composer {
  constructor(view) {
    this.view = view;
    this.mode = null;
    this.keyboardOpen = true;
    this.keyboardSig = "";
    this.input = h("textarea", {
      class: "composer-input",
      rows: 1,
      placeholder: t("composer.placeholder"),
      "aria-label": t("composer.placeholder"),
      testid: "composer",
      oninput: () => this.typed(),
      onkeydown: (event) => this.key(event),
      onpaste: (event) => takePasted(this.view, event),
    });
    this.sendButton = iconButton("send", t("composer.send"), {
      class: "send",
      testid: "send",
      onclick: () => this.submit(),
    });
    this.menuButton = h("button", {
      type: "button",
      class: "menu-button",
      testid: "menu-button",
      onclick: () => this.pressMenu(),
    });
    this.attachButton = iconButton("attach", t("composer.attach"), {
      testid: "attach",
      "aria-haspopup": "menu",
      onclick: () => attachMenu(this.view, this.attachButton, this.fileInput),
    });
    this.keyboardButton = iconButton("keyboard", t("composer.keyboard"), {
      testid: "keyboard-toggle",
      onclick: () => this.toggleKeyboard(),
    });
    this.fileInput = h("input", {
      type: "file",
      multiple: true,
      class: "hidden-input",
      tabindex: -1,
      "aria-hidden": "true",
      testid: "file-input",
      onchange: () => takeChosen(this.view, this.fileInput),
    });
    this.bar = h("div", { class: "mode-bar" });
    this.hints = h("div", {
      class: "commands",
      role: "listbox",
      "aria-label": t("commands.title"),
      testid: "commands",
    });
    this.keyboard = h("div", { class: "keyboard-slot" });
    this.row = h(
      "div",
      { class: "composer-row" },
      this.menuButton,
      this.attachButton,
      this.fileInput,
      this.input,
      this.keyboardButton,
      this.sendButton,
    );
    this.start = h("button", {
      type: "button",
      class: "start-button",
      testid: "start",
      onclick: () => this.view.do({ do: this.view.chat?.blocked ? "unblock" : "start" }),
    });
    this.el = h("footer", { class: "composer" }, this.hints, this.bar, this.row, this.start, this.keyboard);
    this.hints.hidden = true;
  }

  reset() {
    this.mode = null;
    this.input.value = "";
    this.keyboardOpen = true;
    this.hints.hidden = true;
    this.grow();
    this.renderMode();
  }

  render() {
    const chat = this.view.chat;
    this.el.hidden = !chat;
    if (!chat) return;
    const fresh =
      chat.type === "private" &&
      !store.messages(this.view.key, this.view.viewer).list.length &&
      store.messages(this.view.key, this.view.viewer).loaded;
    const topic = chat.topics?.find((one) => one.thread_id === this.view.thread);
    const closed = Boolean(topic?.closed);
    this.row.hidden = fresh || chat.blocked || closed;
    this.start.hidden = !this.row.hidden;
    this.start.disabled = closed;
    this.start.textContent = t(closed ? "topic.closed" : chat.blocked ? "chat.unblock" : "composer.start");
    this.renderMenuButton();
    this.renderKeyboard();
  }

  renderMenuButton() {
    const button = menuApp(this.view.bot, store.person(this.view.viewer));
    const shown = Boolean(button) || Boolean(this.commandList().length);
    this.menuButton.hidden = !shown;
    const label = button?.text || t("commands.title");
    if (this.menuButton.title === label) return;
    this.menuButton.title = label;
    this.menuButton.setAttribute("aria-label", label);
    this.menuButton.classList.toggle("app", Boolean(button));
    fill(this.menuButton, icon(button ? "app" : "menu"), button ? h("span", {}, button.text) : null);
  }

  commandList() {
    const chat = this.view.chat;
    if (!chat) return [];
    const person = store.person(this.view.viewer);
    return store.state.bots
      .filter((b) => chat.members.includes(b.id) || b.id === chat.bot_id)
      .flatMap((b) => commandsOf(b, chat, person));
  }

  pressMenu() {
    const button = menuApp(this.view.bot, store.person(this.view.viewer));
    if (button) this.view.webApp({ menu: true }, button.text);
    else this.showCommands(this.hints.hidden ? "" : null);
  }

  showCommands(filter) {
    const list = filter === null ? [] : this.commandList().filter((c) => c.command.startsWith(filter));
    this.hints.hidden = !list.length;
    fill(
      this.hints,
      list.map((c) =>
        h(
          "button",
          {
            type: "button",
            role: "option",
            class: "command",
            testid: `command-${c.command}`,
            onclick: () => this.sendText(`/${c.command}`),
          },
          h("b", {}, `/${c.command}`),
          h("span", {}, c.description),
        ),
      ),
    );
  }

  markup() {
    const markup = this.view.chat?.keyboard?.[this.view.viewer];
    return markup?.keyboard?.length ? markup : null;
  }

  renderKeyboard() {
    const markup = this.markup();
    const sig = JSON.stringify(markup);
    if (sig !== this.keyboardSig) {
      this.keyboardSig = sig;
      this.keyboardOpen = true;
      fill(
        this.keyboard,
        markup ? replyKeyboard({ replyButton: (b, r, c) => this.replyButton(b, r, c) }, markup) : null,
      );
    }
    this.keyboardButton.hidden = !markup;
    this.keyboardButton.classList.toggle("on", this.keyboardOpen);
    this.keyboard.hidden = !markup || !this.keyboardOpen || this.row.hidden;
    this.input.placeholder =
      this.view.chat?.keyboard?.[this.view.viewer]?.input_field_placeholder || t("composer.placeholder");
  }

  toggleKeyboard() {
    this.keyboardOpen = !this.keyboardOpen;
    this.renderKeyboard();
  }

  async replyButton(b, row, col) {
    const view = this.view;
    if (b.request_contact) {
      const yes = await ask(view.phone, {
        title: t("contact.share"),
        text: t("contact.share_text", { phone: store.person(view.viewer)?.phone || "—" }),
        testid: "contact-dialog",
        buttons: [
          { id: "no", text: t("cancel") },
          { id: "yes", text: t("contact.send"), kind: "strong" },
        ],
      });
      if (yes === "yes") await view.do({ do: "contact", own: true });
    } else if (b.request_location) pickPlace(view, (place) => view.do({ do: "location", ...place }), { live: false });
    else if (b.web_app) view.webApp({ row, col, keyboard: true }, b.text);
    else if (b.request_users) sharePeople(view, b);
    else if (b.request_chat) shareChat(view, b);
    else if (b.request_poll) toast(view.phone, t("button.unsupported"));
    else await view.do({ do: "text", text: b.text });
    if (this.markup()?.one_time_keyboard) this.toggleKeyboard();
  }

  setMode(mode) {
    this.mode = mode;
    if (mode?.edit) this.input.value = mode.edit.text || mode.edit.caption || "";
    this.renderMode();
    this.grow();
    this.input.focus();
  }

  renderMode() {
    this.bar.hidden = !this.mode;
    fill(
      this.bar,
      this.mode
        ? [
            icon(this.mode.edit ? "edit" : "reply"),
            h("span", {}, h("b", {}, this.mode.label), this.mode.text),
            iconButton("close", t("cancel"), {
              onclick: () => {
                if (this.mode.edit) this.input.value = "";
                this.setMode(null);
              },
            }),
          ]
        : null,
    );
  }

  typed() {
    this.grow();
    const text = this.input.value;
    this.showCommands(/^\/\w*$/.test(text) ? text.slice(1) : null);
  }

  grow() {
    this.input.style.height = "auto";
    if (this.input.scrollHeight) this.input.style.height = `${Math.min(this.input.scrollHeight + 2, 130)}px`;
    this.sendButton.classList.toggle("ready", Boolean(this.input.value.trim()));
  }

  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape" && this.mode) this.setMode(null);
    else if (event.key === "ArrowUp" && !this.input.value) this.editLast();
  }

  editLast() {
    const own = this.view
      .messages()
      .filter((m) => m.from?.id === this.view.viewer && m.text)
      .pop();
    if (own) this.view.edit(own);
  }

  async submit() {
    const text = this.input.value.trim();
    if (!text) return this.input.focus();
    const mode = this.mode;
    this.input.value = "";
    this.mode = null;
    this.renderMode();
    this.typed();
    const what = mode?.edit
      ? { do: "edit", message_id: mode.edit.message_id, text }
      : { do: "text", text, reply_to: mode?.reply?.message_id };
    const done = await this.view.do(what);
    if (!done && !this.input.value) {
      this.input.value = text;
      this.typed();
    }
    return this.view.stick(true);
  }

  sendText(text) {
    this.input.value = "";
    this.typed();
    return this.view.do({ do: "text", text });
  }

  /** What the reply mode adds to an action that is not plain text. */
  takeReply() {
    const id = this.mode?.reply?.message_id;
    if (id) this.setMode(null);
    return id ? { reply_to: id } : {};
  }
}
