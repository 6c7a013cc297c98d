"""What somebody who wants to get done would do next, told from what stands on the telephone alone.

The card of a job says where it stands and which button is big; what was asked last stands under it. Whoever has just
pressed waits for what becomes of it, and asks the card again when nothing did.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

CARD = "+"
PATIENCE_S = 2.5
LONGEST = 2
TRIES = 2
STANDS = ("job.finish", "job.arrive", "job.resume", "job.go")
"""The button of a card by which one sees where its job stands; the job that is nearest to its end first."""
WORKS = ("job.", "check.", "line.")
LEADS = ("job.photo", "job.check", "job.lines", "job.comment")
MARKS = ("rate.speed", "rate.accuracy", "rate.communication")
MINE = ("consent.yes", "sign.ok", *MARKS, "rate.done")


@dataclass(frozen=True, slots=True)
class Button:
    message_id: int
    data: str
    verb: str
    id: str
    extra: str
    big: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A message with buttons."""

    id: int
    text: str
    buttons: tuple[Button, ...]

    def first(self, verb: str, extra: str | None = None) -> Button | None:
        return next((one for one in self.buttons if one.verb == verb and extra in (None, one.extra)), None)


@dataclass(frozen=True, slots=True)
class Step:
    """`what`: press (with its button), photo, number, words, or wait."""

    what: str
    button: Button | None = None


WAIT = Step("wait")


def shown(history: list[dict[str, Any]]) -> Iterator[Shown]:
    """Messages with buttons, newest first."""
    for message in reversed(history):
        rows = (message.get("reply_markup") or {}).get("inline_keyboard", ())
        found = tuple(
            Button(message["message_id"], data, *_parts(data), big="style" in button)
            for row in rows
            for button in row
            if (data := button.get("callback_data"))
        )
        if found:
            yield Shown(message["message_id"], str(message.get("text") or message.get("caption") or ""), found)


def _parts(data: str) -> tuple[str, str, str]:
    verb, id, _, extra = (*data.split(":", 3), "", "", "")[:4]
    return verb, id, extra


@dataclass
class Sense:
    """One person's. Remembers what was pressed when, and how often a question was answered."""

    clock: Callable[[], float] = time.monotonic
    _pressed: dict[tuple[int, str], tuple[int, float]] = field(default_factory=dict)
    _answered: Counter[tuple[int, str]] = field(default_factory=Counter)

    def technician(self, history: list[dict[str, Any]]) -> Step | None:
        """None: nothing awaits them."""
        screens = list(shown(history))
        cards = [one for one in screens if any(button.extra == CARD for button in one.buttons)]
        for verb in STANDS:
            for card in cards:
                if (button := card.first(verb, CARD)) is not None:
                    return self._at_work(screens, card, button) if verb == "job.finish" else self._press(button)
        return self._of(screens, ("offer.accept",))

    def customer(self, history: list[dict[str, Any]]) -> Step | None:
        return self._of(list(shown(history)), MINE)

    def _of(self, screens: list[Shown], verbs: tuple[str, ...]) -> Step | None:
        found = (button for screen in screens for verb in verbs if (button := screen.first(verb)))
        return next((step for button in found if (step := self._press(button)) is not WAIT), None)

    def _press(self, button: Button) -> Step:
        """Once, and again when nothing has come of it: later each time, for the button may stay where it is."""
        now, (times, last) = self.clock(), self._pressed.get((button.message_id, button.data), (0, float("-inf")))
        if now - last < PATIENCE_S * min(times, LONGEST) ** 2:
            return WAIT
        self._pressed[button.message_id, button.data] = times + 1, now
        return Step("press", button)

    def _at_work(self, screens: list[Shown], card: Shown, finish: Button) -> Step:
        """Answer what was asked last about this job, else what the card wants first."""
        asked = next(
            (
                one
                for one in screens
                if one is not card
                and any(button.id == finish.id and button.verb.startswith(WORKS) for button in one.buttons)
            ),
            None,
        )
        if asked is not None and (step := self._answer(asked)) is not None:
            key = (asked.id, asked.text)
            if self._answered[key] < TRIES:
                self._answered[key] += step is not WAIT
                return step
        return self._press(next((one for one in card.buttons if one.big), finish))

    def _answer(self, asked: Shown) -> Step | None:
        """What the question wants; None when it is no question, or is answered."""
        for verb, extra in (("check.set", None), ("check.keep", None), ("job.finish", "done"), ("again.when", "soon")):
            if found := asked.first(verb, extra):
                return self._press(found)
        if asked.first("line.set"):
            return None
        if asked.first("job.check", "list"):
            return Step("photo" if "фото" in asked.text.lower() or "photo" in asked.text.lower() else "number")
        big = next((one for one in asked.buttons if one.big), None)
        if asked.first("line.list"):
            chosen = big if asked.first("job.open") else asked.first("line.open")
            return self._press(chosen) if chosen is not None and chosen.verb.startswith("line.") else None
        if big is not None and big.verb in LEADS:
            return self._press(big)
        if asked.first("job.photo") and asked.first("job.open") and big is None:
            return Step("photo")
        return None
