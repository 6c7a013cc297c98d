"""How a bot presents itself: its commands in each language and what it says before the first message."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from bot.telegram.api import Api, TelegramError, Unknown, pause, session
from bot.telegram.service import BotService
from core.kernel.words import DEFAULT

log = logging.getLogger(__name__)
Commands = Mapping[str, Sequence[tuple[str, str]]]


async def present(
    bot: BotService, commands: Commands, profile: Mapping[str, Any], stop: asyncio.Event, *, speak: bool = True
) -> str:
    """Learn the bot's user name; with `speak`, tell Telegram its commands and descriptions, each only if they differ
    from what is there (Telegram limits changes). Asks until it succeeds or `stop`; returns the name ("" then)."""
    async with session(2) as http:
        api = Api(bot.token, http, bot.settings.api, bot.settings.timeout_s)
        while not stop.is_set():
            try:
                name = str((await api.call("getMe"))["username"])
                if speak:
                    await _speak(api, commands, profile)
                return name
            except (TelegramError, Unknown) as error:
                log.warning("profile of the %s bot: %s", bot.name, error)
                await pause(stop, 30)
    return ""


async def _speak(api: Api, commands: Commands, profile: Mapping[str, Any]) -> None:
    for locale, listed in commands.items():
        language = {} if locale == DEFAULT else {"language_code": locale}
        wanted = [{"command": name, "description": text} for name, text in listed]
        if await api.call("getMyCommands", language) != wanted:
            await api.call("setMyCommands", {**language, "commands": wanted})
        told = profile[locale]
        for method, field, text in (
            ("MyDescription", "description", told.description),
            ("MyShortDescription", "short_description", told.about),
        ):
            if (await api.call(f"get{method}", language)).get(field) != text:
                await api.call(f"set{method}", {**language, field: text})
