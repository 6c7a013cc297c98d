/** The simulated clock: its time, steps forward, back to real time. */

import { api } from "./api.js";
import { fill, h, icon, iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { store } from "./store.js";
import { clockSeconds, dayTitle, duration, now, setOffset } from "./time.js";

const STEPS = [
  [300, "clock.5m", "clock-plus-5m"],
  [3600, "clock.1h", "clock-plus-1h"],
  [86400, "clock.1d", "clock-plus-1d"],
];

export class Clock {
  constructor(report) {
    this.report = report;
    this.time = h("b", { testid: "clock-now" });
    this.day = h("small", {});
    this.reset = iconButton("undo", t("clock.real"), {
      class: "small",
      testid: "clock-real",
      onclick: () => this.send({ offset_s: 0 }),
    });
    this.el = h(
      "div",
      { class: "clock", role: "group", "aria-label": t("clock.title") },
      icon("clock"),
      h("span", { class: "clock-face" }, this.time, this.day),
      STEPS.map(([seconds, key, testid]) =>
        h(
          "button",
          {
            type: "button",
            class: "chip",
            testid,
            title: t("clock.forward"),
            onclick: () => this.send({ advance_s: seconds }),
          },
          t(key),
        ),
      ),
      this.reset,
    );
    store.on("clock", () => this.tick());
    store.on("state", () => this.tick());
  }

  async send(body) {
    try {
      const answer = await api.clock(body);
      const offset = answer.offset_s ?? answer.clock?.offset_s;
      if (offset !== undefined) {
        store.state.clock.offset_s = offset;
        setOffset(offset);
      }
      this.tick();
    } catch (error) {
      this.report(error.message);
    }
  }

  tick() {
    const offset = store.state.clock?.offset_s || 0;
    const moved = Math.abs(offset) > 1;
    fill(this.time, clockSeconds(now()));
    fill(
      this.day,
      moved
        ? `+${offset >= 86400 ? `${Math.floor(offset / 86400)} ${t("clock.d")} ` : ""}${duration(offset % 86400)}`
        : dayTitle(now()),
    );
    this.el.classList.toggle("moved", moved);
    this.reset.hidden = !moved;
  }
}
