"""A person with a bot in their hand: what they send goes to the real handlers on the real database, what comes back is
read from the outbox and drawn. The messenger itself is played by `tests/telegram`."""

import itertools
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bot.routes import SCREENS, Routes
from bot.shared.stale import ends
from bot.turn import Dialogue, Incoming, Press, Sender, Spot, Turn
from bot.view import Button, View
from core.company.queries import company
from core.kernel.actor import Actor
from core.kernel.errors import Refusal
from core.kernel.read import fetch, parsed
from core.kernel.work import work
from core.people.queries import actor_for

STRANGER = Actor("contact", 0)
numbers = itertools.count(100)


@dataclass(slots=True)
class Shown:
    """One notice as the person would see it."""

    screen: str
    card: str | None
    facts: dict[str, Any]
    view: View
    message_id: int | None = None

    def button(self, verb: str, extra: str | None = None) -> Button:
        for row in self.view.rows:
            for button in row:
                if button.verb == verb and extra in (None, button.extra):
                    return button
        raise AssertionError(f"{self.screen} has no button {verb} {extra or ''}")


@dataclass(slots=True)
class Phone:
    """`seen` is all that came since the last act; `refused` the code of the refusal, if any; `toasts` short answers.
    `chat` is the group it happens in (None: their own chat with the bot), `topic` the card key of its topic."""

    routes: Routes
    user_id: int
    name: str = "Ольга"
    language: str = "ru"
    dialogue: Dialogue = field(default_factory=Dialogue)
    seen: list[Shown] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)
    reactions: int = 0
    refused: str | None = None
    at: int = 0
    chat: int | None = None
    topic: str | None = None

    @property
    def last(self) -> Shown:
        return self.seen[-1]

    @property
    def screens(self) -> list[str]:
        return [shown.screen for shown in self.seen]

    def shown(self, screen: str) -> Shown:
        found = [each for each in self.seen if each.screen == screen]
        assert found, f"{screen} is not among {self.screens}, refused: {self.refused}"
        return found[-1]

    async def say(self, text: str = "", **what: Any) -> None:
        await self._turn(text=text, **what)

    async def send(
        self,
        *kinds: str,
        text: str = "",
        album: str | None = None,
        size: int = 1000,
        name: str = "",
        mime: str | None = None,
    ) -> None:
        """Files, each in a message of its own, as albums come."""
        for kind in kinds:
            file = Incoming(kind, f"file-{next(numbers)}", size, name, f"{kind}/x" if mime is None else mime)
            await self._turn(text=text, album=album, files=(file,))

    async def place(self, lat: float, lon: float, live: int | None = None) -> None:
        await self._turn(spot=Spot(lat, lon, live))

    async def stop_live(self, message_id: int) -> None:
        """A live location that was stopped comes as an edit without a period."""
        await self._turn(spot=Spot(55.75, 37.6), edited=True, message_id=message_id)

    async def edit(self, number: int, text: str, **what: Any) -> None:
        """Correct a message that was sent before."""
        await self._turn(text=text, edited=True, message_id=number, **what)

    async def command(self, name: str, args: str = "") -> None:
        await self._turn(text=f"/{name} {args}".strip(), command=name, args=args)

    async def press(self, verb: str, id: int = 0, extra: str = "", revision: int = 0) -> None:
        await self._turn(press=Press(verb, id, revision, extra, "q"))

    async def tap(self, verb: str, extra: str | None = None) -> None:
        """The button with that verb on the newest screen that has it."""
        for shown in reversed(self.seen):
            try:
                button = shown.button(verb, extra)
            except AssertionError:
                continue
            await self.press(verb, button.id, button.extra, button.revision)
            return
        raise AssertionError(f"nothing of {self.screens} has a button {verb} {extra or ''}")

    async def look(self) -> None:
        """See what came by itself."""
        await self._read()

    async def _turn(self, **what: Any) -> None:
        self.seen, self.toasts, self.refused = [], [], None
        stood = Dialogue(self.dialogue.step, orjson.loads(orjson.dumps(self.dialogue.data)))
        try:
            async with work(STRANGER) as w:
                turn = await self._blank(w, stood, what)
                await self._handler(turn)(turn)
            self.dialogue = stood
            self.toasts = [answer["key"] for answer in turn.answers if "key" in answer]
            self.reactions += sum("react" in answer for answer in turn.answers)
        except Refusal as refusal:
            self.refused = refusal.code
            if ends(refusal) and not {"press", "command", "edited"} & what.keys():
                self.dialogue.step = None
        await self._read()

    async def _blank(self, w: Any, stood: Dialogue, what: dict[str, Any]) -> Turn:
        actor = await actor_for(self.routes.bot, self.user_id)
        w.actor = actor or STRANGER
        sender = Sender(self.user_id, self.name, language=self.language)
        number, at = what.pop("message_id", None) or next(numbers), what.pop("at", w.now)
        chat, what = self.chat or self.user_id, {"topic": self.topic} | what
        turn = Turn(self.routes.bot, w, sender, actor, chat, self.chat is None, number, at, dialogue=stood, **what)  # type: ignore[arg-type]
        turn.locale = actor.locale if actor else stood.data.get("locale") or self.language
        turn.zone = (await company()).tz
        return turn

    def _handler(self, turn: Turn) -> Any:
        if turn.press:
            return self.routes.presses[turn.press.verb]
        if turn.edited:
            return self.routes.fallback
        return self.routes.of_message(turn)

    async def _read(self) -> None:
        rows = await fetch(
            "SELECT seq, screen, facts, locale, zone, card, message_id FROM outbox_notices"
            " WHERE bot = $1 AND chat_id = $2 AND seq > $3 AND op = 'show' ORDER BY seq",
            *(self.routes.bot, self.chat or self.user_id, self.at),
        )
        for row in rows:
            facts = parsed(row["facts"])
            view = SCREENS[row["screen"]](facts, row["locale"], ZoneInfo(row["zone"]))
            self.seen.append(Shown(row["screen"], row["card"], facts, view, row["message_id"]))
            self.at = row["seq"]
