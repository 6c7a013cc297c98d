"""What the demo's people read, and which of it the company typed itself: that stays as it was typed."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from naryad.demo import company as demo
from naryad.demo.today import LIVE
from tests.story.hand import Hand
from tests.story.town import CHIEF, CUSTOMER, DISPATCHER, ELENA, TECHNICIAN, Json, Town

CYRILLIC = re.compile(r"[А-Яа-яЁё]+…?")
OWN_NAME = "Русский"
"""A language is called by its own name."""


async def choose_english(town: Town) -> list[Hand]:
    """The customer, everybody of the staff and the group choose it by the bots' own buttons. Returns them, from now on;
    what the customer types is in the language of her telephone."""
    elena = next(one for one in (await town.get("/sim/state"))["people"] if one["id"] == ELENA)
    known = {name: elena[name] for name in ("id", "first_name", "last_name", "phone", "role") if elena.get(name)}
    await town.post("/sim/people", **known, language_code="en")
    hands = [await Hand.of(town, CUSTOMER, ELENA)]
    bots = [(TECHNICIAN if one.role == "technician" else DISPATCHER, one.user_id) for one in demo.PEOPLE]
    hands += [await Hand.of(town, bot, user) for bot, user in bots]
    group = Hand(town, DISPATCHER, CHIEF)
    group.chat = str(await town.group())
    group.since = max(message["message_id"] for message in await group.seen())
    hands.append(group)
    for hand in hands:
        await hand.say("/language")
        await hand.press("settings.language", "en")
    await town.quiet()
    for hand in hands:
        hand.since = max(message["message_id"] for message in await hand.seen())
    return hands


def not_english(messages: list[Json]) -> list[str]:
    """What bots said with Russian words that nobody of the company typed."""
    return [text for one in messages if not one["sim"]["out"] for text in _texts(one) if _russian(text)]


def _texts(message: Json) -> Iterator[str]:
    yield message.get("text") or message.get("caption") or ""
    yield (message.get("document") or {}).get("file_name") or ""
    yield (message.get("forum_topic_created") or {}).get("name") or ""
    markup = message.get("reply_markup") or {}
    for row in markup.get("inline_keyboard", markup.get("keyboard", ())):
        yield from (button["text"] for button in row)


def _russian(text: str) -> list[str]:
    return [word for word in CYRILLIC.findall(text) if not _typed(word)]


def _typed(word: str) -> bool:
    return word in TYPED or (word.endswith("…") and any(one.startswith(word[:-1]) for one in TYPED))


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from CYRILLIC.findall(value)
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _words(one)


TYPED = {
    *_words([demo.COMPANY, demo.GROUP, demo.STORE_PLACE, "Москва", "А", OWN_NAME]),
    *_words([(name, username) for _, username, name in demo.BOTS.values()]),
    *_words([name for _, _, name, _, _ in demo.PRICES]),
    *_words([[asdict(one) for one in listed] for listed in (demo.PEOPLE, demo.CUSTOMERS)]),
    *_words([(kind.title, kind.models) for kind in demo.ASSET_KINDS.values()]),
    *_words([one.words for one in LIVE]),
}
