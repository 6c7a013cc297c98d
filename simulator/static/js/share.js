/** Answers to the reply-keyboard buttons that ask for people or for a chat. */

import { avatar, colourOf, h } from "./dom.js";
import { t } from "./i18n.js";
import { sheet } from "./sheets.js";
import { fullName, store } from "./store.js";

function choose(view, title, rows) {
  const opened = sheet(view.phone, {
    title,
    testid: "share-sheet",
    tall: true,
    body: rows.map(({ id, name, note, what }) =>
      h(
        "button",
        {
          type: "button",
          class: "list-row with-face",
          testid: `share-${id}`,
          onclick: () => {
            opened.close();
            view.do(what);
          },
        },
        avatar(name, colourOf(id), "small"),
        h("span", {}, h("b", {}, name), note ? h("small", {}, note) : null),
      ),
    ),
  });
}

export function sharePeople(view, button) {
  const people = store.state.people.filter((p) => p.id !== view.viewer);
  choose(
    view,
    button.text,
    people.map((p) => ({
      id: p.id,
      name: fullName(p),
      note: t(`role.${p.role}`),
      what: { do: "share_users", request_id: button.request_users.request_id, user_ids: [p.id] },
    })),
  );
}

export function shareChat(view, button) {
  const groups = store.state.chats.filter((c) => c.type !== "private" && c.members.includes(view.viewer));
  choose(
    view,
    button.text,
    groups.map((c) => ({
      id: c.id,
      name: c.title,
      what: { do: "share_chat", request_id: button.request_chat.request_id, chat_id: c.id },
    })),
  );
}
