/** The log of Bot API calls: newest at the bottom, errors red, filtered by bot, by text, or errors only. */

import { api } from "./api.js";
import { colourOf, fill, h } from "./dom.js";
import { t, tn } from "./i18n.js";
import { store } from "./store.js";
import { clockSeconds, now } from "./time.js";

const SHOWN = 200;
const QUIET = new Set(["getUpdates"]);

export class Calls {
  constructor() {
    this.filter = { bot: "", errors: false, quiet: false, text: "" };
    this.list = h("ol", { class: "call-list", testid: "calls", tabindex: 0, "aria-label": t("calls.title") });
    this.bots = h("select", {
      class: "field",
      "aria-label": t("calls.bot"),
      testid: "calls-bot",
      onchange: (event) => this.set({ bot: event.target.value }),
    });
    this.search = h("input", {
      class: "field",
      type: "search",
      placeholder: t("calls.search"),
      "aria-label": t("calls.search"),
      testid: "calls-search",
      oninput: (event) => this.set({ text: event.target.value.toLowerCase() }),
    });
    const box = (name) =>
      h(
        "label",
        { class: "check" },
        h("input", {
          type: "checkbox",
          testid: `calls-${name}`,
          onchange: (event) => this.set({ [name]: event.target.checked }),
        }),
        t(`calls.${name}`),
      );
    this.count = h("small", { class: "hint" });
    this.el = h(
      "div",
      { class: "calls" },
      h("div", { class: "calls-filter" }, this.bots, this.search, box("errors"), box("quiet"), this.count),
      this.list,
    );
    store.on("call", () => this.soon());
    store.on("state", () => this.renderBots());
  }

  async load() {
    const answer = await api.calls(SHOWN).catch(() => null);
    if (answer) store.calls = answer.calls || [];
    this.render();
  }

  set(change) {
    Object.assign(this.filter, change);
    this.render();
  }

  soon() {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.render();
    }, 150);
  }

  renderBots() {
    const sig = store.state.bots.map((b) => b.id).join();
    if (sig === this.bots.dataset.sig) return;
    this.bots.dataset.sig = sig;
    fill(
      this.bots,
      h("option", { value: "" }, t("calls.all_bots")),
      store.state.bots.map((b) => h("option", { value: String(b.id) }, b.first_name)),
    );
    this.bots.value = this.filter.bot;
  }

  botOf(call) {
    return store.state.bots.find((b) => b.id === (call.bot_id ?? call.bot) || b.username === call.bot);
  }

  wanted(call) {
    const f = this.filter;
    if (f.bot && String(this.botOf(call)?.id) !== f.bot) return false;
    if (f.errors && call.ok) return false;
    if (!f.quiet && QUIET.has(call.method) && call.ok) return false;
    return !f.text || JSON.stringify([call.method, call.params, call.error]).toLowerCase().includes(f.text);
  }

  render() {
    if (!this.el.isConnected) return;
    const all = store.calls.filter((call) => this.wanted(call));
    const bottom = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 40;
    this.count.textContent = tn("calls.count", all.length);
    fill(
      this.list,
      all.length
        ? all.slice(-SHOWN).map((call) => this.row(call))
        : h("li", { class: "hint empty-note" }, t("calls.empty")),
    );
    if (bottom) this.list.scrollTop = this.list.scrollHeight;
  }

  row(call) {
    const bot = this.botOf(call);
    const params = typeof call.params === "string" ? call.params : JSON.stringify(call.params ?? {});
    const at = typeof call.at === "number" ? call.at : call.date || now();
    const details = call.ok ? params : `${call.error || ""}`;
    const open = (event) => event.currentTarget.classList.toggle("open");
    return h(
      "li",
      {
        class: `call ${call.ok ? "" : "bad"}`,
        testid: "call",
        data: { method: call.method, ok: String(Boolean(call.ok)) },
        onclick: open,
      },
      h("time", {}, clockSeconds(at)),
      h("span", { class: "call-bot", vars: { "--c": colourOf(bot?.id) }, title: bot?.first_name || "" }),
      h("b", {}, call.method),
      h("span", { class: "call-ms" }, `${Math.round(call.ms ?? 0)} ms`),
      h("code", {}, details, call.ok ? null : h("span", { class: "call-params" }, params)),
    );
  }
}
