/** Which of a bot's command lists and menu buttons a person sees in a chat: Telegram's order of scopes. */

function scopes(chat, userId) {
  if (chat.type === "private") return [`chat:${chat.user_id}`, "all_private_chats", "default"];
  return [
    `chat_member:${chat.id}:${userId}`,
    `chat_administrators:${chat.id}`,
    `chat:${chat.id}`,
    "all_chat_administrators",
    "all_group_chats",
    "default",
  ];
}

/** The commands of `bot`; a list in the person's language wins over the common one of the same scope. */
export function commandsOf(bot, chat, person) {
  const lists = bot.scoped_commands || {};
  for (const scope of scopes(chat, person?.id)) {
    const found = lists[`${scope}|${person?.language_code || ""}`] || lists[`${scope}|`];
    if (found?.length) return found;
  }
  return [];
}

/** The Mini App on the bot's menu button, if it has set one for this person or for all: {text, web_app}. */
export function menuApp(bot, person) {
  const button = bot?.menu_buttons?.[String(person?.id)] || bot?.menu_buttons?.[""];
  return button?.type === "web_app" ? button : null;
}
