/** Inline keyboards under a message and reply keyboards under the input. */

import { h, icon } from "./dom.js";
import { t } from "./i18n.js";

const STYLES = new Set(["primary", "success", "danger", "link"]);

function inlineKind(b) {
  if (b.url) return "url";
  if (b.web_app) return "web_app";
  if (b.copy_text) return "copy";
  if (b.callback_data !== undefined && b.callback_data !== null) return "callback";
  return "other";
}

const CORNER = { url: "link", web_app: "app", copy: "copy" };

export function inlineKeyboard(ctx, m) {
  const rows = m.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  return h(
    "div",
    { class: "inline-keyboard", testid: "inline-keyboard" },
    rows.map((row, r) =>
      h(
        "div",
        { class: "inline-row" },
        row.map((b, c) => inlineButton(ctx, m, b, r, c)),
      ),
    ),
  );
}

function inlineButton(ctx, m, b, row, col) {
  const kind = inlineKind(b);
  const waiting = ctx.presses.has(m.message_id, row, col);
  return h(
    "button",
    {
      type: "button",
      testid: "inline-button",
      data: { kind, row, col },
      class: `inline-button ${STYLES.has(b.style) ? b.style : ""} ${waiting ? "waiting" : ""}`,
      disabled: Boolean(b.disabled),
      "aria-busy": waiting ? "true" : null,
      onclick: () => pressInline(ctx, m, b, kind, row, col),
    },
    h("span", {}, b.text),
    CORNER[kind] ? icon(CORNER[kind], "corner") : null,
  );
}

function pressInline(ctx, m, b, kind, row, col) {
  if (kind === "callback") return ctx.presses.press(m, row, col, b.callback_data);
  if (kind === "copy") return ctx.copy(b.copy_text.text);
  if (kind === "web_app") return ctx.webApp({ message_id: m.message_id, row, col }, b.text);
  if (kind === "url") return ctx.openLink(b.url);
  return ctx.toast(t("button.unsupported"));
}

/** The reply keyboard: ctx.replyButton decides what each button does. */
export function replyKeyboard(ctx, markup) {
  return h(
    "div",
    { class: "reply-keyboard", testid: "reply-keyboard" },
    markup.keyboard.map((row, r) =>
      h(
        "div",
        { class: "reply-row" },
        row.map((raw, c) => {
          const b = typeof raw === "string" ? { text: raw } : raw;
          const mark = b.request_contact ? "user" : b.request_location ? "pin" : b.web_app ? "app" : null;
          return h(
            "button",
            {
              type: "button",
              class: `reply-button ${STYLES.has(b.style) ? b.style : ""}`,
              testid: "reply-button",
              onclick: () => ctx.replyButton(b, r, c),
            },
            mark ? icon(mark) : null,
            h("span", {}, b.text),
          );
        }),
      ),
    ),
  );
}
