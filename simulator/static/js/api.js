/** Talks to the simulator's page API. Every refusal becomes an Error with the server's own words. */

import { t } from "./i18n.js";

/** The catalogue's words for a code, else the server's own. */
function refusal({ code, error }) {
  const words = code ? t(`refused.${code}`) : "";
  return words && words !== `refused.${code}` ? words : error;
}

async function answer(reply) {
  let body = {};
  try {
    body = await reply.json();
  } catch {
    body = {};
  }
  if (!reply.ok || body.ok === false) throw new Error(refusal(body) || `HTTP ${reply.status}`);
  return body;
}

const post = async (path, body) =>
  answer(
    await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
  );

const get = async (path) => answer(await fetch(path));

export const api = {
  state: () => get("/sim/state"),
  calls: (limit = 200) => get(`/sim/calls?limit=${limit}`),
  faults: (faults) => post("/sim/faults", faults),
  clock: (body) => post("/sim/clock", body),
  story: (action, speed) => post("/sim/story", { action, speed }),
  read: (as, chat) => post("/sim/read", { as, chat }),
  reset: () => post("/sim/reset", {}),
  addPerson: (person) => post("/sim/people", person),

  messages(chat, as, { before, thread, limit }) {
    const query = new URLSearchParams({ as, limit });
    if (before) query.set("before", before);
    if (thread) query.set("thread", thread);
    return get(`/sim/chats/${encodeURIComponent(chat)}/messages?${query}`);
  },

  /** Something a person does; `files` makes it a multipart request. */
  async act(as, chat, thread, what, files = []) {
    const payload = { as, chat, thread: thread ?? null, ...what };
    if (!files.length) return post("/sim/act", payload);
    const form = new FormData();
    form.append("payload", JSON.stringify(payload));
    for (const file of files) form.append("file", file, file.name);
    return answer(await fetch("/sim/act", { method: "POST", body: form }));
  },

  /** One stream of events; the browser reconnects by itself, `onOpen` runs after each (re)connection. */
  events(onEvent, onOpen, onLost) {
    const source = new EventSource("/sim/events");
    source.onmessage = (message) => onEvent(JSON.parse(message.data));
    source.onopen = onOpen;
    source.onerror = onLost;
    return source;
  },
};
