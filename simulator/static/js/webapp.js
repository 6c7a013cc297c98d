/** A Mini App in a sheet over the phone: the frame, and the part of Telegram that the app talks to by postMessage. */

import { api } from "./api.js";
import { h, iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { openLink } from "./links.js";
import { ask, prompt, toast } from "./sheets.js";

const THEME = {
  bg_color: "#ffffff",
  text_color: "#17212b",
  hint_color: "#7d8b99",
  link_color: "#2f6fed",
  button_color: "#2f6fed",
  button_text_color: "#ffffff",
  secondary_bg_color: "#f0f3f7",
  header_bg_color: "#ffffff",
  bottom_bar_bg_color: "#ffffff",
  accent_text_color: "#2f6fed",
  section_bg_color: "#ffffff",
  section_header_text_color: "#2f6fed",
  section_separator_color: "#e3e8ee",
  subtitle_text_color: "#7d8b99",
  destructive_text_color: "#d9363e",
};
const NO_INSETS = { top: 0, bottom: 0, left: 0, right: 0 };

/** Opens the Mini App behind a button: which = {message_id,row,col} | {row,col,keyboard} | {menu}. */
export async function openWebApp(view, which, title) {
  const answer = await view.do({ do: "web_app", ...which });
  if (answer?.url) new WebApp(view, answer, title, Boolean(which.keyboard));
}

class WebApp {
  constructor(view, answer, title, fromKeyboard) {
    this.view = view;
    this.phone = view.phone;
    this.viewer = view.viewer;
    this.chat = view.key;
    this.title = title;
    this.fromKeyboard = fromKeyboard;
    this.origin = new URL(answer.url).origin;
    this.confirmClose = false;
    this.buttons = {
      main: this.bottomButton("main_button_pressed", "strong"),
      secondary: this.bottomButton("secondary_button_pressed", ""),
    };
    this.back = iconButton("back", t("back"), {
      onclick: () => this.tell("back_button_pressed"),
      testid: "web-app-back",
    });
    this.back.hidden = true;
    this.frame = h("iframe", {
      class: "web-app-frame",
      src: answer.url,
      title: t("webapp.frame", { title }),
      testid: "web-app",
      allow: "geolocation; camera; clipboard-write",
    });
    this.el = h(
      "div",
      { class: "sheet-back" },
      h(
        "section",
        { class: "sheet web-app", role: "dialog", "aria-label": title, testid: "web-app-sheet" },
        h(
          "header",
          { class: "sheet-head" },
          this.back,
          h("h3", {}, title, h("small", {}, t("webapp.note"))),
          iconButton("close", t("close"), { onclick: () => this.close(), testid: "web-app-close" }),
        ),
        this.frame,
        h("footer", { class: "web-app-foot" }, this.buttons.secondary, this.buttons.main),
      ),
    );
    this.listener = (event) => this.heard(event);
    window.addEventListener("message", this.listener);
    this.phone.layer.append(this.el);
  }

  bottomButton(event, cls) {
    const button = h("button", {
      type: "button",
      class: `button wide ${cls}`,
      testid: event,
      onclick: () => this.tell(event),
    });
    button.hidden = true;
    return button;
  }

  tell(eventType, eventData = {}) {
    this.frame.contentWindow?.postMessage(JSON.stringify({ eventType, eventData }), this.origin);
  }

  heard(event) {
    if (event.source !== this.frame.contentWindow || event.origin !== this.origin) return;
    let message;
    try {
      message = typeof event.data === "string" ? JSON.parse(event.data) : event.data;
    } catch {
      return;
    }
    const handler = this[message?.eventType];
    if (Object.hasOwn(WebApp.prototype, message?.eventType) && /^(web_app|iframe)_/.test(message.eventType))
      handler.call(this, message.eventData || {});
  }

  gone() {
    window.removeEventListener("message", this.listener);
    this.el.remove();
  }

  async close() {
    if (this.confirmClose) {
      const yes = await ask(this.phone, {
        text: t("webapp.unsaved"),
        buttons: [
          { id: "no", text: t("cancel") },
          { id: "yes", text: t("close"), kind: "danger" },
        ],
      });
      if (yes !== "yes") return;
    }
    this.gone();
  }

  act(what) {
    return api.act(this.viewer, this.chat, null, what);
  }

  iframe_ready() {
    this.web_app_request_viewport();
  }
  iframe_will_reload() {}
  web_app_ready() {
    this.el.classList.add("ready");
  }
  web_app_expand() {
    this.web_app_request_viewport();
  }
  web_app_close() {
    this.gone();
  }
  web_app_request_theme() {
    this.tell("theme_changed", { theme_params: THEME });
  }
  web_app_request_safe_area() {
    this.tell("safe_area_changed", NO_INSETS);
  }
  web_app_request_content_safe_area() {
    this.tell("content_safe_area_changed", NO_INSETS);
  }

  web_app_request_viewport() {
    const { width, height } = this.frame.getBoundingClientRect();
    this.tell("viewport_changed", { width, height, is_expanded: true, is_state_stable: true });
  }

  web_app_setup_closing_behavior(data) {
    this.confirmClose = Boolean(data.need_confirmation);
  }
  web_app_setup_back_button(data) {
    this.back.hidden = !data.is_visible;
  }
  web_app_setup_main_button(data) {
    this.dress(this.buttons.main, data);
  }
  web_app_setup_secondary_button(data) {
    this.dress(this.buttons.secondary, data);
  }

  dress(button, data) {
    if ("is_visible" in data) button.hidden = !data.is_visible;
    if ("is_active" in data) button.disabled = !data.is_active;
    if ("text" in data) button.textContent = data.text;
    if (data.color) button.style.background = data.color;
    if (data.text_color) button.style.color = data.text_color;
    button.classList.toggle("waiting", Boolean(data.is_progress_visible));
  }

  web_app_open_link(data) {
    if (data.url) openLink(this.phone, data.url);
  }

  web_app_open_tg_link(data) {
    this.gone();
    openLink(this.phone, `https://t.me${data.path_full || ""}`);
  }

  async web_app_open_popup(data) {
    const given = data.buttons?.length ? data.buttons : [{ id: "", type: "ok" }];
    const words = { ok: t("ok"), close: t("close"), cancel: t("cancel") };
    const id = await ask(this.phone, {
      title: data.title,
      text: data.message || "",
      buttons: given.map((b) => ({
        id: b.id ?? "",
        text: b.text || words[b.type] || t("ok"),
        kind: b.type === "destructive" ? "danger" : "strong",
      })),
    });
    this.tell("popup_closed", id === null ? {} : { button_id: id });
  }

  async web_app_data_send(data) {
    if (!this.fromKeyboard) return;
    try {
      await this.act({ do: "web_app_data", data: data.data, button_text: this.title });
      this.gone();
    } catch (error) {
      toast(this.phone, error.message, "bad");
    }
  }

  async web_app_request_phone() {
    const yes = await ask(this.phone, {
      title: t("contact.share"),
      text: t("webapp.phone"),
      buttons: [
        { id: "no", text: t("cancel") },
        { id: "yes", text: t("contact.send"), kind: "strong" },
      ],
    });
    if (yes === "yes") await this.act({ do: "contact", own: true }).catch(() => {});
    this.tell("phone_requested", { status: yes === "yes" ? "sent" : "cancelled" });
  }

  web_app_request_write_access() {
    this.tell("write_access_requested", { status: "allowed" });
  }

  async web_app_open_scan_qr_popup(data) {
    const text = await prompt(this.phone, {
      title: t("webapp.qr"),
      label: data.text || t("webapp.qr_hint"),
      testid: "qr",
    });
    if (text) this.tell("qr_text_received", { data: text });
    this.tell("scan_qr_popup_closed");
  }

  web_app_close_scan_qr_popup() {}

  async web_app_read_text_from_clipboard(data) {
    const text = await navigator.clipboard.readText().catch(() => null);
    this.tell("clipboard_text_received", { req_id: data.req_id, data: text });
  }

  web_app_invoke_custom_method(data) {
    this.tell("custom_method_invoked", { req_id: data.req_id, error: "UNSUPPORTED" });
  }
  web_app_check_location() {
    this.tell("location_checked", { available: false });
  }
  web_app_request_location() {
    this.tell("location_requested", { available: false });
  }
}
