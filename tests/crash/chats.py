"""What people saw, against what the desk meant to tell them.

Every notice is rendered again and looked for among the calls that the simulator carried out. In each chat plain notices
must come in the order of their numbers; after a death the sender may begin again a few notices back, and what it then
says a second time is counted as doubled. A card's message must show its newest version.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import orjson

from bot.customer import app as _customer  # noqa: F401
from bot.dispatcher import app as _dispatcher  # noqa: F401
from bot.routes import SCREENS
from bot.technician import app as _technician  # noqa: F401
from bot.telegram import notes as _notes  # noqa: F401
from bot.telegram import render
from bot.telegram.markup import plain
from bot.view import View
from core.kernel.read import parsed
from tests.crash.ground import BOT, Ground

SENDS = (
    "sendMessage",
    "sendPhoto",
    "sendDocument",
    "sendVideo",
    "sendVoice",
    "sendMediaGroup",
    "sendLocation",
    "sendVenue",
    "sendContact",
)
EDITS = ("editMessageText", "editMessageCaption", "editMessageMedia")
UNCHANGED = "not modified"
_NOTICES = """
SELECT * FROM outbox_notices WHERE id > $1 AND op = 'show' ORDER BY bot, chat_id, seq
"""
_CARDS = """
SELECT DISTINCT ON (n.bot, n.chat_id, n.card) n.*, c.message_id AS shown, c.revision AS at
FROM outbox_cards c JOIN outbox_notices n USING (bot, chat_id, card)
WHERE c.message_id IS NOT NULL AND n.op = 'show' ORDER BY n.bot, n.chat_id, n.card, n.revision DESC, n.seq DESC
"""
_REDRAWN = """
SELECT n.* FROM outbox_notices n JOIN outbox_cards c USING (bot, chat_id, message_id)
WHERE n.state = 'sent' AND n.op = 'show' ORDER BY n.seq DESC
"""
Place = tuple[str, int]
T = TypeVar("T")


@dataclass
class Seen:
    """`doubled`: messages that came twice. `wrong`: what was out of order, missing or not meant."""

    sent: int = 0
    edited: int = 0
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)


def words_of(params: dict[str, Any]) -> str:
    """What a call says, whatever carries it."""
    if "text" in params:
        return str(params["text"])
    media = params.get("media")
    if isinstance(media, str):
        media = orjson.loads(media)
    if media:
        first = media[0] if isinstance(media, list) else media
        return f"[file] {first.get('caption', '')}"
    if any(name in params for name in ("photo", "document", "video", "voice", "audio")):
        return f"[file] {params.get('caption', '')}"
    if "phone_number" in params:
        return f"[contact] {params['phone_number']}"
    if "latitude" in params:
        return "[place]"
    return str(params.get("caption", ""))


def _view(notice: dict[str, Any]) -> tuple[View, render.Where]:
    view = SCREENS[notice["screen"]](parsed(notice["facts"]), notice["locale"], ZoneInfo(notice["zone"]))
    return view, render.Where(notice["bot"], notice["chat_id"] > 0, None, f"crash_{notice['bot']}_bot")


def meant(notice: dict[str, Any]) -> list[str]:
    """What a notice says, call by call."""
    parts = render.letter(*_view(notice)).parts
    return [_with_file(words_of(part.params), bool(part.media)) for part in parts]


def changes_text(notice: dict[str, Any]) -> bool:
    """Whether a text message can become what the notice says; what brings a keyboard of its own is sent anew."""
    return render.edit(*_view(notice), "text") is not None


def _with_file(words: str, media: bool) -> str:
    return f"[file] {words}" if media and not words.startswith("[file]") else words


class Witness:
    """Looks at the chats whenever nothing is under way, from where it looked last."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._upto = 0
        self._meant: dict[int, list[str]] = {}
        self._changes: dict[int, bool] = {}
        self.seen = Seen()

    async def look(self) -> list[str]:
        """What is wrong since the last look."""
        ground, calls = self._ground, self._ground.calls[:]
        ground.calls.clear()
        names = {number: name for name, number in BOT.items()}
        said: dict[Place, list[str]] = defaultdict(list)
        for call in calls:
            done = call.error is None or UNCHANGED in call.error
            if done and call.method in (*SENDS, *EDITS):
                said[names[call.bot.id], int(call.params["chat_id"])].append(words_of(call.params))
                self.seen.sent += call.method in SENDS
                self.seen.edited += call.method in EDITS
        notices = await ground.rows(_NOTICES, self._upto)
        wrong = list(self._in_order(said, notices))
        self._upto = max((one["id"] for one in notices), default=self._upto)
        return [*wrong, *await self._cards()]

    def _in_order(self, said: dict[Place, list[str]], notices: list[dict[str, Any]]) -> Iterator[str]:
        by_chat: dict[Place, list[dict[str, Any]]] = defaultdict(list)
        for notice in notices:
            by_chat[notice["bot"], notice["chat_id"]].append(notice)
        for place in by_chat.keys() | said.keys():
            plain_ones = [one for one in by_chat[place] if one["card"] is None and one["state"] == "sent"]
            others = [one for one in by_chat[place] if one["card"] is not None or one["state"] != "sent"]
            wanted = [words for one in plain_ones for words in meant(one)]
            yield from self._compare(place, said[place], wanted, {words for one in others for words in meant(one)})

    def _compare(self, place: Place, said: list[str], wanted: list[str], cards: set[str]) -> Iterator[str]:
        """Follow `wanted` through `said`; stepping back is a repetition."""
        at = furthest = 0
        for words in said:
            if at < len(wanted) and words == wanted[at]:
                at += 1
                self.seen.doubled += at <= furthest
                furthest = max(furthest, at)
            elif words in cards:
                continue
            elif words in wanted[:furthest]:
                at = furthest - wanted[:furthest][::-1].index(words)
                self.seen.doubled += 1
            else:
                ahead = words in wanted[furthest:]
                fault = "too early" if ahead else "nobody meant"
                yield f"{fault} in {place}: {words[:80]!r}, expected {wanted[at : at + 1]}"
                if ahead:
                    at = furthest = furthest + wanted[furthest:].index(words) + 1
        if furthest < len(wanted):
            yield f"{place}: {len(wanted) - furthest} were never seen, first {wanted[furthest][:80]!r}"

    async def _cards(self) -> list[str]:
        """Each card's message shows the newest of what was queued for it."""
        redrawn: dict[tuple[str, int, int], dict[str, Any]] = {}
        for row in await self._ground.rows(_REDRAWN):
            if self._known(self._changes, changes_text, row):
                redrawn.setdefault((row["bot"], row["chat_id"], row["message_id"]), row)
        wrong = []
        for row in await self._ground.rows(_CARDS):
            place = (row["bot"], row["chat_id"], row["shown"])
            newer = redrawn.get(place)
            expected = self._known(self._meant, meant, newer if newer and newer["seq"] > row["seq"] else row)
            text = self._shown(*place)
            if row["at"] != row["revision"]:
                wrong.append(f"card {row['card']} of {place} is at {row['at']}, newest is {row['revision']}")
            if text is not None and text not in [plain(words).strip() for words in expected]:
                wrong.append(f"card {row['card']} of {place} shows {text[:80]!r}, not {expected[-1][:80]!r}")
        return wrong

    def _known(self, known: dict[int, T], ask: Callable[[dict[str, Any]], T], notice: dict[str, Any]) -> T:
        """What was asked of a notice at an earlier look; a campaign has hundreds of thousands."""
        if notice["id"] not in known:
            known[notice["id"]] = ask(notice)
        return known[notice["id"]]

    def _shown(self, bot: str, chat_id: int, message_id: int) -> str | None:
        """The words of a text message as its reader sees them; None for what is no text, or is not there."""
        key = f"{BOT[bot]}:{chat_id}" if chat_id > 0 else str(chat_id)
        chat = self._ground.sim.world.chats.get(key)
        message = chat.messages.get(message_id) if chat else None
        if message is None or message.deleted:
            return None
        text = message.body.get("text")
        return None if text is None else str(text).strip()
