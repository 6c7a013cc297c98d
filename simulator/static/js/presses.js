/** Inline buttons that were pressed and wait for the bot's answer. */

import { openLink } from "./links.js";
import { alertBox, toast } from "./sheets.js";

const TIMEOUT = 20_000;
const REMEMBERED = 50;

export class Presses {
  constructor(view) {
    this.view = view;
    this.waiting = new Map();
    this.answeredEarly = [];
  }

  clear() {
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
  }

  /** The places "message/row/column" of this message's buttons that wait. */
  of(id) {
    return [...this.waiting.keys()].filter((place) => place.startsWith(`${id}/`));
  }

  has(id, row, col) {
    return this.waiting.has(`${id}/${row}/${col}`);
  }

  rest(place) {
    clearTimeout(this.waiting.get(place)?.timer);
    if (this.waiting.delete(place)) this.view.renderMessages();
  }

  async press(m, row, col, data) {
    const place = `${m.message_id}/${row}/${col}`;
    if (this.waiting.has(place)) return;
    this.waiting.set(place, { query: null, timer: setTimeout(() => this.rest(place), TIMEOUT) });
    this.view.renderMessages();
    const answer = await this.view.do({ do: "press", message_id: m.message_id, row, col, data });
    const query = answer?.callback_query_id;
    const entry = this.waiting.get(place);
    if (entry) entry.query = query;
    if (!query || this.answeredEarly.includes(query)) this.rest(place);
  }

  /** The bot answered a press of this person: the button rests, its words appear. */
  answered(event) {
    const { phone, bot } = this.view;
    this.answeredEarly = [...this.answeredEarly.slice(-REMEMBERED), event.callback_query_id];
    for (const [place, entry] of this.waiting) if (entry.query === event.callback_query_id) this.rest(place);
    if (event.url) openLink(phone, event.url, bot);
    if (!event.text) return;
    if (event.alert) alertBox(phone, event.text);
    else toast(phone, event.text);
  }
}
