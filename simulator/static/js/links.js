/** Links inside the phones: those to t.me open the bot's chat here, with their start payload; others open a tab. */

import { api } from "./api.js";
import { t } from "./i18n.js";
import { toast } from "./sheets.js";
import { store } from "./store.js";

/** {bot, payload, group} of a t.me or tg: link, or null. */
export function parseLink(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  const tg = url.protocol === "tg:";
  if (!tg && !/^(www\.)?(t\.me|telegram\.me)$/.test(url.hostname)) return null;
  const name = tg ? url.searchParams.get("domain") : url.pathname.split("/")[1];
  return {
    name: (name || "").toLowerCase(),
    payload: url.searchParams.get("start"),
    group: url.searchParams.get("startgroup"),
  };
}

/** Opens a link on this phone. Bare text is a start payload for `bot`. */
export async function openLink(phone, text, bot) {
  const link = parseLink(text.trim());
  if (!link && /^(https?|mailto|tel):/i.test(text)) {
    window.open(text, "_blank", "noopener");
    return;
  }
  const target = link ? store.state.bots.find((b) => b.username.toLowerCase() === link.name) : bot;
  if (!target) {
    toast(phone, t("link.unknown"), "bad");
    return;
  }
  const payload = link ? link.payload : text.trim();
  const key = `${target.id}:${phone.userId}`;
  phone.openChat(key);
  if (!payload) return;
  try {
    await api.act(phone.userId, key, null, { do: "start", payload });
  } catch (error) {
    toast(phone, error.message, "bad");
  }
}
