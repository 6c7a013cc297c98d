/** What one can do with a message: react, reply, copy, edit. */

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { summary } from "./message.js";
import { menu } from "./sheets.js";
import { plainText } from "./html.js";

const REACTIONS = ["👍", "❤", "🔥", "👏", "👌", "🤔", "👎"];

export function messageMenu(view, m, anchor) {
  const own = m.from?.id === view.viewer;
  const words = m.sim?.html ? plainText(m.sim.html) : m.text || m.caption || "";
  let close = null;
  const faces = h(
    "div",
    { class: "menu-reactions" },
    REACTIONS.map((emoji) =>
      h(
        "button",
        {
          type: "button",
          "aria-label": t("react.with", { emoji }),
          testid: "react",
          data: { emoji },
          onclick: () => {
            close();
            view.react(m, emoji);
          },
        },
        emoji,
      ),
    ),
  );
  close = menu(
    anchor,
    [
      { icon: "reply", text: t("message.reply"), testid: "message-reply", onpick: () => view.reply(m) },
      words && { icon: "copy", text: t("message.copy"), testid: "message-copy", onpick: () => view.copy(words) },
      own &&
        (m.text || m.caption) && {
          icon: "edit",
          text: t("message.edit"),
          testid: "message-edit",
          onpick: () => view.edit(m),
        },
      own && {
        icon: "close",
        danger: true,
        text: t("message.delete"),
        testid: "message-delete",
        onpick: () => view.do({ do: "delete", message_id: m.message_id }),
      },
      m.reply_to_message &&
        !m.reply_to_message.forum_topic_created && {
          icon: "back",
          text: t("message.to_quote"),
          onpick: () => view.scrollTo(m.reply_to_message.message_id),
        },
    ],
    { label: t("message.menu_of", { text: summary(m).slice(0, 40) }), head: faces, testid: "message-actions" },
  );
}
