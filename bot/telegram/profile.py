"""How a bot presents itself: its commands in each language and what it says before the first message."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.telegram.api import Api, Server, TelegramError, Unknown, pause
from core.kernel.words import DEFAULT

log = logging.getLogger(__name__)
Commands = Mapping[str, Sequence[tuple[str, str]]]
Spoken = tuple[Commands, Mapping[str, Any]]
"""Commands and profile, by language."""


async def present(
    name: str, token: str, base: str, stop: asyncio.Event, known: Callable[[str], None], spoken: Spoken | None = None
) -> None:
    """Tell `known` the user name of the bot `name`; with `spoken`, tell Telegram its commands and descriptions, each
    only if they differ from what is there (Telegram limits changes). `base` is the Bot API's address. Asks until it
    succeeds or `stop`."""
    learnt = False
    async with Server(base, 2) as server:
        api = Api(token, server)
        while not stop.is_set():
            try:
                if not learnt:
                    known(str((await api.call("getMe"))["username"]))
                    learnt = True
                if spoken is not None:
                    await _speak(api, *spoken)
                return
            except (TelegramError, Unknown) as error:
                log.warning("profile of the %s bot: %s", name, error)
                await pause(stop, 30)


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
