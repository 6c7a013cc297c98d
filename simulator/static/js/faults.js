/** The switches for trouble between bots and Telegram: what fails, how late, how often, which updates repeat. */

import { api } from "./api.js";
import { fill, h } from "./dom.js";
import { t } from "./i18n.js";
import { store } from "./store.js";

const ERRORS = [
  [429, "429"],
  [403, "403"],
  [500, "5xx"],
  [502, "502"],
  ["timeout", "timeout"],
  ["half", "half"],
  ["drop", "drop"],
];

export function activeFaults(f) {
  return [f.error !== null && f.error !== undefined, f.delay_ms > 0, f.duplicate > 0, f.reorder, f.limits].filter(
    Boolean,
  ).length;
}

export class Faults {
  constructor(report) {
    this.report = report;
    this.el = h("div", { class: "faults", testid: "faults" });
    store.on("faults", () => this.render());
    store.on("state", () => this.render());
  }

  async set(change) {
    try {
      await api.faults(change);
      Object.assign(store.state.faults, change);
      store.emit("faults");
    } catch (error) {
      this.report(error.message);
      this.render(true);
    }
  }

  render(force = false) {
    const f = store.state.faults;
    const sig = JSON.stringify([f, store.state.bots.map((b) => b.id)]);
    if (
      !force &&
      (sig === this.sig ||
        (this.el.contains(document.activeElement) && document.activeElement.matches("input[type=text]")))
    )
      return;
    this.sig = sig;
    const focused = document.activeElement?.dataset?.testid;
    fill(
      this.el,
      h("p", { class: "hint" }, t("faults.hint")),
      h("h4", {}, t("faults.error")),
      h(
        "div",
        { class: "chips", role: "group", "aria-label": t("faults.error") },
        ERRORS.map(([value, name]) => this.errorChip(f, value, name)),
      ),
      this.scope(f),
      h("h4", {}, t("faults.delivery")),
      this.slider("delay_ms", f.delay_ms, { max: 5000, step: 100, text: t("faults.ms", { n: f.delay_ms }) }),
      this.slider("duplicate", f.duplicate, { max: 5, step: 1, text: `+${f.duplicate}` }),
      this.toggle("reorder", f.reorder),
      this.toggle("limits", f.limits),
      h(
        "button",
        {
          type: "button",
          class: "button wide",
          testid: "faults-off",
          disabled: !activeFaults(f),
          onclick: () =>
            this.set({
              error: null,
              methods: [],
              probability: 1,
              bot_id: null,
              count: null,
              delay_ms: 0,
              duplicate: 0,
              reorder: false,
              limits: false,
            }),
        },
        t("faults.off"),
      ),
    );
    if (focused) this.el.querySelector(`[data-testid="${focused}"]`)?.focus();
  }

  errorChip(f, value, name) {
    const on = f.error === value;
    return h(
      "button",
      {
        type: "button",
        class: `chip danger ${on ? "on" : ""}`,
        "aria-pressed": String(on),
        title: t(`faults.error.${name}`),
        testid: `fault-${name}`,
        onclick: () => this.set({ error: on ? null : value, count: on ? null : f.count }),
      },
      t(`faults.label.${name}`),
    );
  }

  /** Where and how often the chosen error strikes; only shown while one is chosen. */
  scope(f) {
    if (f.error === null || f.error === undefined) return null;
    const bot = h(
      "select",
      {
        class: "field",
        "aria-label": t("faults.bot"),
        testid: "fault-bot",
        onchange: (event) => this.set({ bot_id: event.target.value ? Number(event.target.value) : null }),
      },
      h("option", { value: "" }, t("faults.all_bots")),
      store.state.bots.map((b) => h("option", { value: String(b.id), selected: b.id === f.bot_id }, b.first_name)),
    );
    const methods = h("input", {
      type: "text",
      class: "field",
      value: f.methods.join(", "),
      placeholder: "sendMessage, editMessageText",
      "aria-label": t("faults.methods"),
      testid: "fault-methods",
      onchange: (event) => this.set({ methods: event.target.value.split(/[\s,]+/).filter(Boolean) }),
    });
    const counts = [null, 1, 3, 10].map((n) =>
      h(
        "button",
        {
          type: "button",
          class: `chip ${f.count === n ? "on" : ""}`,
          "aria-pressed": String(f.count === n),
          testid: `fault-count-${n ?? "all"}`,
          onclick: () => this.set({ count: n }),
        },
        n === null ? t("faults.always") : `×${n}`,
      ),
    );
    return h(
      "div",
      { class: "fault-scope" },
      h("p", { class: "fault-what" }, t(`faults.error.${ERRORS.find(([v]) => v === f.error)?.[1]}`)),
      this.line("bot", bot),
      this.line("methods", methods),
      this.line("count", h("div", { class: "chips" }, counts)),
      this.slider("probability", f.probability, { max: 1, step: 0.05, text: `${Math.round(f.probability * 100)} %` }),
    );
  }

  line(name, control) {
    return h("div", { class: "form-line" }, h("span", {}, t(`faults.${name}`)), control);
  }

  slider(name, value, { max, step, text }) {
    const shown = h("output", {}, text);
    const input = h("input", {
      type: "range",
      min: 0,
      max,
      step,
      "aria-label": t(`faults.${name}`),
      testid: `fault-${name.replace("_ms", "")}`,
      onchange: (event) => this.set({ [name]: Number(event.target.value) }),
    });
    input.value = value;
    return h("label", { class: "form-line" }, h("span", {}, t(`faults.${name}`), shown), input);
  }

  toggle(name, on) {
    return h(
      "label",
      { class: "switch" },
      h("input", {
        type: "checkbox",
        role: "switch",
        checked: on,
        testid: `fault-${name}`,
        onchange: (event) => this.set({ [name]: event.target.checked }),
      }),
      h("i", {}),
      h("span", {}, t(`faults.${name}`), h("small", {}, t(`faults.${name}_note`))),
    );
  }
}
