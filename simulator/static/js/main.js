/** Puts the page together: top bar, phones, drawer, story, and the stream of events behind them. */

import { api } from "./api.js";
import { Calls } from "./calls.js";
import { Clock } from "./clock.js";
import { Deck } from "./deck.js";
import { add, fill, h, icon, iconButton } from "./dom.js";
import { activeFaults, Faults } from "./faults.js";
import { lang, languages, loadWords, switchLanguage, t } from "./i18n.js";
import { ask, toast } from "./sheets.js";
import { store } from "./store.js";
import { Story } from "./story.js";
import { startTicking } from "./time.js";

const ROOMY = "(min-width: 1180px)";

class Page {
  constructor(root) {
    this.root = root;
    this.layer = h("div", { class: "page-layer" });
    this.status = h("p", { class: "unseen", role: "status", testid: "page-status" });
    const report = (text) => toast(this, text, "bad");
    this.deck = new Deck();
    this.calls = new Calls();
    this.faults = new Faults(report);
    this.clock = new Clock(report);
    this.story = new Story(this.deck, report);
    this.clockHome = h("div", { class: "clock-home" });
    this.lost = h("div", { class: "lost", role: "alert", testid: "offline" }, t("offline"));
    this.lost.hidden = true;
    this.badge = h("span", { class: "badge danger" });
    this.drawer = this.makeDrawer();
    fill(
      root,
      this.banner(),
      this.topbar(),
      h("div", { class: "stage" }, this.deck.el, this.drawer),
      this.story.box,
      this.lost,
      this.layer,
      this.status,
    );
    const room = matchMedia(ROOMY);
    const settleClock = () => (room.matches ? this.clockSlot : this.clockHome).append(this.clock.el);
    room.addEventListener("change", settleClock);
    settleClock();
    store.on("faults", () => this.marks());
    store.on("state", () => this.marks());
  }

  banner() {
    return h(
      "div",
      { class: "banner", role: "note", testid: "banner" },
      icon("info"),
      h("b", {}, t("banner.title")),
      h("span", {}, t("banner.text")),
    );
  }

  topbar() {
    this.clockSlot = h("div", { class: "clock-slot" });
    this.links = h("span", { class: "links" });
    this.logButton = iconButton("list", t("calls.title"), {
      testid: "open-log",
      "aria-pressed": "false",
      onclick: () => this.toggle("calls"),
    });
    this.faultButton = iconButton("bolt", t("faults.title"), {
      testid: "open-faults",
      "aria-pressed": "false",
      onclick: () => this.toggle("faults"),
    });
    this.faultButton.append(this.badge);
    return h(
      "header",
      { class: "topbar" },
      h(
        "a",
        { class: "brand", href: "/", "aria-label": "Naryad" },
        h("img", { src: "/static/logo.svg", alt: "", width: 32, height: 32 }),
        h("span", {}, h("b", {}, "Naryad"), h("small", {}, t("brand.sub"))),
      ),
      this.story.button,
      h("span", { class: "spring" }),
      this.clockSlot,
      h("span", { class: "tools" }, this.faultButton, this.logButton),
      this.links,
      h(
        "div",
        { class: "languages", role: "group", "aria-label": t("language") },
        languages().map((code) =>
          h(
            "button",
            {
              type: "button",
              class: `chip ${code === lang ? "on" : ""}`,
              "aria-pressed": String(code === lang),
              testid: `lang-${code}`,
              onclick: () => switchLanguage(code),
            },
            code.toUpperCase(),
          ),
        ),
      ),
    );
  }

  makeDrawer() {
    this.tabs = Object.fromEntries(
      ["calls", "faults"].map((name) => [
        name,
        h(
          "button",
          {
            type: "button",
            class: "drawer-tab",
            role: "tab",
            testid: `drawer-${name}`,
            onclick: () => this.open(name),
          },
          t(`${name}.title`),
        ),
      ]),
    );
    this.pages = { calls: this.calls.el, faults: this.faults.el };
    this.drawerBody = h("div", { class: "drawer-body" });
    const reset = h(
      "button",
      { type: "button", class: "link-button", testid: "reset", onclick: () => this.reset() },
      icon("broom"),
      t("reset"),
    );
    const drawer = h(
      "aside",
      { class: "drawer", testid: "drawer", "aria-label": t("drawer") },
      h(
        "div",
        { class: "drawer-head" },
        h("div", { role: "tablist", class: "drawer-tabs" }, Object.values(this.tabs)),
        iconButton("close", t("close"), { testid: "drawer-close", onclick: () => this.open(null) }),
      ),
      this.clockHome,
      this.drawerBody,
      h("div", { class: "drawer-foot" }, reset),
    );
    drawer.hidden = true;
    return drawer;
  }

  toggle(name) {
    this.open(this.current === name ? null : name);
  }

  open(name) {
    this.current = name;
    this.drawer.hidden = !name;
    this.root.classList.toggle("with-drawer", Boolean(name));
    this.logButton.setAttribute("aria-pressed", String(name === "calls"));
    this.faultButton.setAttribute("aria-pressed", String(name === "faults"));
    for (const [key, tab] of Object.entries(this.tabs)) {
      tab.classList.toggle("on", key === name);
      tab.setAttribute("aria-selected", String(key === name));
    }
    if (!name) return;
    fill(this.drawerBody, this.pages[name]);
    if (name === "calls") this.calls.load();
    else this.faults.render();
  }

  async reset() {
    const yes = await ask(this, {
      title: t("reset"),
      text: t("reset.text"),
      testid: "reset-dialog",
      buttons: [
        { id: "no", text: t("cancel") },
        { id: "yes", text: t("reset.yes"), kind: "danger" },
      ],
    });
    if (yes !== "yes") return;
    try {
      await api.reset();
      store.clearMessages();
      await store.load();
    } catch (error) {
      toast(this, error.message, "bad");
    }
  }

  marks() {
    const on = activeFaults(store.state.faults);
    this.badge.hidden = !on;
    this.badge.textContent = on;
    const { admin, docs } = store.state.links || {};
    const link = (href, name, text) =>
      href
        ? h("a", { class: "button", href, target: "_blank", rel: "noopener", testid: name }, text, icon("link"))
        : null;
    fill(this.links);
    add(this.links, [link(admin, "link-admin", t("link.admin")), link(docs, "link-docs", t("link.docs"))]);
  }

  listen() {
    api.events(
      (event) => store.apply(event),
      () => {
        this.lost.hidden = true;
        store.refresh().catch(() => {});
      },
      () => {
        this.lost.hidden = false;
      },
    );
  }
}

const root = document.getElementById("app");
await loadWords();
document.title = t("title");
const page = new Page(root);
page.listen();
await store.load();
startTicking(() => {
  page.clock.tick();
  page.deck.tick();
});
root.setAttribute("aria-busy", "false");
