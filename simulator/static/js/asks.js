/** Two questions asked in more than one place: a link or QR code to open, the name of a new topic. */

import { api } from "./api.js";
import { t } from "./i18n.js";
import { openLink } from "./links.js";
import { prompt, toast } from "./sheets.js";

/** Asks for a link; bare text is a start payload for `bot`. */
export async function askLink(phone, bot) {
  const text = await prompt(phone, {
    title: t(bot ? "chat.payload" : "list.open_link"),
    label: t("link.hint"),
    placeholder: "https://t.me/…?start=…",
    submit: t("link.open"),
    testid: "link",
  });
  if (text) await openLink(phone, text, bot);
}

/** Asks for a name, opens the topic in the forum group and shows it. */
export async function askTopic(phone, group) {
  const name = await prompt(phone, { title: t("topic.new"), label: t("topic.name"), testid: "topic" });
  if (!name) return;
  try {
    const { thread_id: thread } = await api.act(phone.userId, group, null, { do: "new_topic", name });
    phone.openTopic(group, thread);
  } catch (error) {
    toast(phone, error.message, "bad");
  }
}
