/** "Play the story": starts and stops it, says which step is being played, and turns the phones to where it happens. */

import { api } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { lang, t } from "./i18n.js";
import { store } from "./store.js";

const SPEEDS = [0.5, 1, 2];
const LINGER = 9000;

/** A step is told in one language, or in each: {ru, en}. */
const told = (step) => step?.[lang] ?? step;

export class Story {
  constructor(deck, report) {
    this.deck = deck;
    this.report = report;
    this.speed = 1;
    this.button = h("button", {
      type: "button",
      class: "button story-button",
      testid: "story-play",
      onclick: () => this.toggle(),
    });
    this.caption = h("span", { class: "story-text", testid: "story-step", role: "status", "aria-live": "polite" });
    this.number = h("span", { class: "story-number" });
    this.bar = h("i", { class: "story-progress" });
    this.speedButton = h("button", {
      type: "button",
      class: "chip",
      testid: "story-speed",
      title: t("story.speed"),
      onclick: () => this.nextSpeed(),
    });
    this.box = h(
      "div",
      { class: "story-box", testid: "story-caption" },
      this.bar,
      this.number,
      this.caption,
      this.speedButton,
      h(
        "button",
        {
          type: "button",
          class: "button",
          "aria-label": t("story.stop"),
          testid: "story-stop",
          onclick: () => this.send("stop"),
        },
        icon("stop"),
        h("span", {}, t("story.stop")),
      ),
    );
    this.box.hidden = true;
    store.on("state", () => {
      this.speed = store.state.story?.speed || this.speed;
      this.render();
    });
    store.on("story", (event) => this.step(event));
    store.on("arrived", (event) => this.follow(event));
  }

  get running() {
    return Boolean(store.state.story?.running);
  }

  toggle() {
    return this.send(this.running ? "stop" : "start");
  }

  nextSpeed() {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length];
    return this.send("speed");
  }

  async send(action) {
    try {
      const answer = await api.story(action, this.speed);
      store.state.story = { ...store.state.story, ...answer.story };
      if (action === "stop") store.state.story.step = null;
    } catch (error) {
      this.report(error.message);
    }
    this.render();
  }

  step(event) {
    clearTimeout(this.timer);
    if (event.error) this.report(event.error);
    if (!this.running)
      this.timer = setTimeout(() => {
        this.last = null;
        this.render();
      }, LINGER);
    const text = told(event.step);
    this.last = text ? { text, no: event.no, of: event.of } : this.last;
    this.render();
  }

  render() {
    const s = store.state.story || {};
    this.button.hidden = s.available === false;
    fill(
      this.button,
      icon(this.running ? "stop" : "play"),
      h("span", {}, t(this.running ? "story.stop" : "story.play")),
    );
    this.button.classList.toggle("on", this.running);
    const shown = this.running ? this.last || { text: told(s.step) || t("story.starting"), no: s.no, of: s.of } : this.last;
    this.box.hidden = !shown;
    this.box.classList.toggle("over", !this.running);
    if (shown) {
      fill(this.caption, shown.text);
      fill(
        this.number,
        shown.no ? (shown.of ? t("story.step", { no: shown.no, of: shown.of }) : String(shown.no)) : "",
      );
      this.bar.style.setProperty("--part", shown.of ? shown.no / shown.of : 0);
    }
    fill(this.speedButton, `×${this.speed}`);
  }

  /** While the story plays, the phone of whoever acts shows that person and chat. */
  follow({ chat, message }) {
    if (!this.running || !message) return;
    const author = store.person(message.from?.id);
    const owner = author || store.person(store.chat(chat)?.user_id);
    if (owner) this.deck.show(owner, String(chat), message.message_thread_id ?? null, Boolean(author));
  }
}
