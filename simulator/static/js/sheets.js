/** Things that cover a phone for a moment: toast, alert, sheet with content, menu at a place. */

import { h, icon, iconButton } from "./dom.js";
import { t } from "./i18n.js";

/** Says something for a few seconds; the place's live region keeps the last words for those who listen. */
export function toast(phone, text, kind = "") {
  const el = h("div", { class: `toast ${kind}`, "aria-hidden": "true", testid: "toast" }, text);
  if (phone.status) phone.status.textContent = text;
  phone.layer.append(el);
  setTimeout(() => el.classList.add("gone"), 3200);
  setTimeout(() => el.remove(), 3600);
}

/** Opens a sheet from the bottom of the phone. Escape and a press outside close it. */
export function sheet(phone, { title, body, footer, testid, tall = false, onClose }) {
  const previous = document.activeElement;
  const close = () => {
    if (!box.isConnected) return;
    box.remove();
    onClose?.();
    if (previous?.isConnected) previous.focus({ preventScroll: true });
  };
  const panel = h(
    "section",
    { class: `sheet ${tall ? "tall" : ""}`, role: "dialog", "aria-label": title, testid },
    h(
      "header",
      { class: "sheet-head" },
      h("h3", {}, title),
      iconButton("close", t("close"), { onclick: close, testid: "sheet-close" }),
    ),
    h("div", { class: "sheet-body" }, body),
    footer ? h("footer", { class: "sheet-foot" }, footer) : null,
  );
  const box = h(
    "div",
    {
      class: "sheet-back",
      onclick: (event) => {
        if (event.target === box) close();
      },
    },
    panel,
  );
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  });
  phone.layer.append(box);
  (panel.querySelector("[autofocus], .sheet-body button, .sheet-body input, .sheet-foot button") || panel).focus?.({
    preventScroll: true,
  });
  return { close, panel };
}

/** A centred question or message. Resolves to the pressed button's id, or null. */
export function ask(phone, { title, text, buttons, testid = "dialog" }) {
  return new Promise((resolve) => {
    const done = (id) => {
      box.remove();
      resolve(id);
    };
    const box = h(
      "div",
      { class: "sheet-back centre" },
      h(
        "section",
        { class: "dialog", role: "alertdialog", "aria-label": title || text, testid },
        title ? h("h3", {}, title) : null,
        h("p", {}, text),
        h(
          "div",
          { class: "dialog-buttons" },
          buttons.map((b, i) =>
            h(
              "button",
              {
                type: "button",
                class: `dialog-button ${b.kind || ""}`,
                testid: `dialog-${b.id || i}`,
                onclick: () => done(b.id ?? String(i)),
              },
              b.text,
            ),
          ),
        ),
      ),
    );
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") done(null);
    });
    phone.layer.append(box);
    box.querySelector("button:last-of-type")?.focus();
  });
}

export const alertBox = (phone, text) =>
  ask(phone, { text, testid: "alert", buttons: [{ id: "ok", text: t("ok"), kind: "strong" }] });

/** A menu at a point of the page; items: {icon, text, testid, onpick, danger}. */
export function menu(anchor, items, { label, head, testid = "menu" } = {}) {
  document.querySelector(".menu-back")?.remove();
  const close = () => back.remove();
  const list = h(
    "div",
    { class: "menu", role: "menu", "aria-label": label, testid },
    head,
    items.filter(Boolean).map((item) =>
      item.heading
        ? h("div", { class: "menu-heading" }, item.heading)
        : h(
            "button",
            {
              type: "button",
              role: item.checked === undefined ? "menuitem" : "menuitemradio",
              "aria-checked": item.checked === undefined ? null : String(item.checked),
              class: `menu-item ${item.danger ? "danger" : ""}`,
              testid: item.testid,
              data: item.data,
              onclick: () => {
                close();
                item.onpick();
              },
            },
            item.node || (item.icon ? icon(item.icon) : null),
            h("span", { class: "menu-text" }, item.text, item.note ? h("small", {}, item.note) : null),
            item.checked ? icon("check", "tick") : null,
          ),
    ),
  );
  const back = h(
    "div",
    {
      class: "menu-back",
      onpointerdown: (event) => {
        if (event.target === back) close();
      },
    },
    list,
  );
  back.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...list.querySelectorAll("button")];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
  });
  document.body.append(back);
  place(list, anchor);
  list.querySelector("button")?.focus({ preventScroll: true });
  return close;
}

function place(list, anchor) {
  const at =
    anchor instanceof Element
      ? anchor.getBoundingClientRect()
      : { left: anchor.x, right: anchor.x, top: anchor.y, bottom: anchor.y };
  const { offsetWidth: width, offsetHeight: height } = list;
  const left = Math.min(Math.max(8, at.left), innerWidth - width - 8);
  const below = at.bottom + 6;
  const top = below + height <= innerHeight - 8 ? below : Math.max(8, at.top - height - 6);
  list.style.left = `${left}px`;
  list.style.top = `${top}px`;
}

/** A one-line question; resolves to the text or null. */
export function prompt(phone, { title, label, value = "", placeholder = "", submit, testid = "prompt" }) {
  return new Promise((resolve) => {
    const input = h("input", {
      class: "field",
      autofocus: true,
      placeholder,
      "aria-label": label,
      testid: `${testid}-input`,
    });
    input.value = value;
    let result = null;
    const send = () => {
      result = input.value.trim() || null;
      opened.close();
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") send();
    });
    const opened = sheet(phone, {
      title,
      testid,
      body: [h("p", { class: "hint" }, label), input],
      footer: h(
        "button",
        { type: "button", class: "button strong", onclick: send, testid: `${testid}-ok` },
        submit || t("ok"),
      ),
      onClose: () => resolve(result),
    });
  });
}
