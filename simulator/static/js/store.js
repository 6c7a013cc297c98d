/** What the page knows: people, bots, chats, messages per (chat, viewer), and how events change it. */

import { api } from "./api.js";
import { setOffset, setZone } from "./time.js";

export const EMPTY_FAULTS = {
  error: null,
  methods: [],
  probability: 1,
  bot_id: null,
  count: null,
  delay_ms: 0,
  duplicate: 0,
  reorder: false,
  limits: false,
};

const PAGE = 60;

/** A bot is offered first to the role that its username names. */
const ROLE_NAMES = {
  customer: /custom|client|klient|zayav/i,
  technician: /tech|master|engineer/i,
  dispatcher: /disp|desk/i,
};

export const chatKey = (chat) => (chat.type === "private" ? `${chat.bot_id}:${chat.user_id}` : String(chat.id));

export const fullName = (person) => [person?.first_name, person?.last_name].filter(Boolean).join(" ");

class Store extends EventTarget {
  state = {
    bots: [],
    people: [],
    chats: [],
    clock: { offset_s: 0 },
    faults: { ...EMPTY_FAULTS },
    story: {},
    links: {},
  };
  calls = [];
  online = false;
  #messages = new Map();
  #stateTimer = 0;

  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  on(type, listener) {
    this.addEventListener(type, (event) => listener(event.detail));
  }

  async load() {
    this.state = { ...this.state, ...(await api.state()) };
    setOffset(this.state.clock?.offset_s);
    setZone(this.state.clock?.zone);
    this.emit("state");
  }

  /** Many events may ask for the state at once; it is read once. */
  reloadSoon() {
    if (this.#stateTimer) return;
    this.#stateTimer = setTimeout(() => {
      this.#stateTimer = 0;
      this.load().catch(() => {});
    }, 120);
  }

  person = (id) => this.state.people.find((p) => p.id === Number(id));
  bot = (id) => this.state.bots.find((b) => b.id === Number(id));
  chat = (key) => this.state.chats.find((c) => chatKey(c) === String(key));

  /** Chats of a person, newest first; bots not yet started come last as empty chats, the likeliest for the role first. */
  chatsOf(userId) {
    const mine = this.state.chats.filter((c) =>
      c.type === "private" ? c.user_id === userId : (c.members || []).includes(userId),
    );
    const known = new Set(mine.filter((c) => c.type === "private").map((c) => c.bot_id));
    const fresh = this.state.bots
      .filter((b) => !known.has(b.id))
      .sort((a, b) => this.#suits(b, userId) - this.#suits(a, userId))
      .map((b) => this.freshChat(b.id, userId));
    const when = (c) => Number(new Date(typeof c.last?.date === "number" ? c.last.date * 1000 : c.last?.date || 0));
    return [...mine.sort((a, b) => when(b) - when(a)), ...fresh];
  }

  #suits(bot, userId) {
    return ROLE_NAMES[this.person(userId)?.role]?.test(bot.username) ? 1 : 0;
  }

  freshChat(botId, userId) {
    return {
      id: userId,
      type: "private",
      bot_id: botId,
      user_id: userId,
      title: this.bot(botId)?.first_name,
      members: [userId],
      topics: [],
      unread: {},
      last: null,
      keyboard: {},
    };
  }

  /** The chat as a phone needs it, also before its first message. */
  viewChat(key) {
    const found = this.chat(key);
    if (found || !String(key).includes(":")) return found;
    const [botId, userId] = String(key).split(":").map(Number);
    return this.bot(botId) && this.person(userId) ? this.freshChat(botId, userId) : undefined;
  }

  title(chat) {
    return chat.type === "private" ? this.bot(chat.bot_id)?.first_name || chat.title : chat.title;
  }

  #slot(chat, viewer) {
    const id = `${chat}|${viewer}`;
    if (!this.#messages.has(id)) this.#messages.set(id, { list: [], loaded: false, complete: new Set(), busy: null });
    return this.#messages.get(id);
  }

  messages(chat, viewer) {
    return this.#slot(chat, viewer);
  }

  /** Reads the newest messages, or those `before` one; `thread` narrows to a topic. `slot.complete` names what has no older ones. */
  async loadMessages(chat, viewer, { before, thread } = {}) {
    const slot = this.#slot(chat, viewer);
    if (slot.busy) await slot.busy.catch(() => {});
    slot.busy = (async () => {
      try {
        const { messages } = await api.messages(chat, viewer, { before, thread, limit: PAGE });
        if (messages.length < PAGE) slot.complete.add(thread ?? null);
        this.#merge(slot, messages, !before && !thread);
        slot.loaded = true;
      } finally {
        slot.busy = null;
      }
      this.emit("messages", { chat: String(chat) });
    })();
    return slot.busy;
  }

  #merge(slot, messages, replaceRecent) {
    const byId = new Map();
    const oldest = messages.length ? messages[0].message_id : -Infinity;
    for (const m of slot.list) if (!replaceRecent || m.message_id < oldest) byId.set(m.message_id, m);
    for (const m of messages) if (!m.sim?.deleted) byId.set(m.message_id, m);
    slot.list = [...byId.values()].sort((a, b) => a.message_id - b.message_id);
  }

  /** After a lost connection everything shown may be stale. */
  async refresh() {
    await this.load();
    for (const [id, slot] of this.#messages) if (slot.loaded) this.loadMessages(...id.split("|")).catch(() => {});
  }

  clearMessages() {
    this.#messages.clear();
    this.emit("messages", { chat: null });
  }

  apply(event) {
    const handler = this[`on_${event.type}`];
    if (handler) handler.call(this, event);
  }

  #eachSlot(chat, change) {
    for (const [id, slot] of this.#messages) {
      const [key, viewer] = id.split("|");
      if (key === String(chat) && slot.loaded) change(slot, Number(viewer), id);
    }
    this.emit("messages", { chat: String(chat) });
  }

  #visible(message, viewer) {
    const only = message.sim?.only_for;
    return !only || only === viewer;
  }

  /** A chat that this page does not know yet is read with all else. */
  #news(key, news) {
    const chat = this.chat(key);
    if (!chat || !news) {
      this.reloadSoon();
      return;
    }
    Object.assign(chat, news);
    this.emit("chat", { chat: String(key) });
  }

  on_message(event) {
    const { chat, message, news } = event;
    this.#eachSlot(chat, (slot, viewer, id) => {
      if (!message) this.loadMessages(...id.split("|")).catch(() => {});
      else if (this.#visible(message, viewer))
        this.#merge(slot, [{ ...message, sim: { ...message.sim, out: message.from?.id === viewer } }], false);
    });
    this.#news(chat, news);
    if (event.type === "message") this.emit("arrived", event);
  }

  on_edit(event) {
    this.on_message(event);
  }

  on_delete({ chat, message_id: gone, news }) {
    this.#eachSlot(chat, (slot) => {
      slot.list = slot.list.filter((m) => m.message_id !== gone);
    });
    this.#news(chat, news);
  }

  on_answer(event) {
    this.emit("answer", event);
  }

  on_action(event) {
    this.emit("action", event);
  }

  on_chat({ chat, data }) {
    this.#news(chat, data);
  }

  on_state(event) {
    if (event.reset) {
      this.clearMessages();
      this.calls = [];
    }
    this.reloadSoon();
  }

  on_call(event) {
    this.calls.push(event.call || event);
    if (this.calls.length > 500) this.calls.splice(0, this.calls.length - 500);
    this.emit("call", event.call || event);
  }

  on_clock(event) {
    const offset = event.offset_s ?? event.clock?.offset_s;
    this.state.clock = { ...this.state.clock, offset_s: offset };
    setOffset(offset);
    this.emit("clock");
  }

  on_faults(event) {
    const { type, faults, ...rest } = event;
    this.state.faults = { ...EMPTY_FAULTS, ...(faults || rest) };
    this.emit("faults");
  }

  on_story(event) {
    this.state.story = { ...this.state.story, ...event, running: event.running ?? true };
    this.emit("story", event);
  }
}

export const store = new Store();
