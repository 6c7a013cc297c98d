"""What a screen is written with: one language, one zone, and safe ways to show what people typed."""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from html import escape
from typing import Any

from bot.turn import moment
from bot.view import Button, Style
from core.kernel.money import Money, show
from core.kernel.words import DEFAULT, Words, words

SHORT, LONG, MESSAGE = 80, 700, 4096
_CONTROL = "\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069"
_HEBREW_AND_LIKE = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff"
_CONTROLS = re.compile(f"[{_CONTROL}]")
_RIGHT_TO_LEFT = re.compile(f"[{_HEBREW_AND_LIKE}]")
_GAPS = re.compile("\n{3,}")
_ODD = re.compile(f"[{_CONTROL}{_HEBREW_AND_LIKE}]|\n\n\n")
FIRST_STRONG, POP = "\u2068", "\u2069"


class Html(str):
    """Text that is HTML already and goes into another text as it is."""

    __slots__ = ()

    def __html__(self) -> "Html":
        return self


@dataclass(frozen=True, slots=True)
class Voice:
    """`v(key)` is HTML with its parameters escaped, `v.plain(key)` is for button labels, which know no HTML."""

    words: Words
    zone: tzinfo

    def __call__(self, key: str, **params: Any) -> Html:
        return Html(self.words.html(key, **params))

    def plain(self, key: str, **params: Any) -> str:
        return self.words.text(key, **params)

    def count(self, key: str, n: int) -> str:
        return self.words.count(key, n)

    def count_html(self, key: str, n: int) -> Html:
        return Html(self.words.count(key, n))

    def button(self, key: str, verb: str, id: int = 0, revision: int = 0, extra: str = "", *,
               style: Style | None = None, **params: Any) -> Button:  # fmt: skip
        """A button whose label stands in the catalogue."""
        return Button(self.plain(key, **params), verb, id, revision, extra, style=style)

    def day(self, at: datetime) -> str:
        """«сб, 21 ноября»."""
        return self.words.date(at, self.zone, "day")

    def clock(self, at: datetime) -> str:
        """«14:32»."""
        return self.words.time(at, self.zone)

    def stamp(self, at: datetime) -> str:
        """«сб, 21 ноября, 14:32»."""
        return self.words.datetime(at, self.zone, "day")

    def window(self, start: datetime | None, end: datetime | None) -> str:
        """«сб, 21 ноября, 12:00–15:00»; a whole day is the day alone; nothing wished is «как можно скорее»."""
        if start is None or end is None:
            return (
                self.plain("shared.window.soon")
                if start is None
                else self.plain("shared.window.from", at=self.stamp(start))
            )
        local, until = start.astimezone(self.zone), end.astimezone(self.zone)
        if local.date() != until.date():
            return self.plain("shared.window.days", start=self.stamp(start), end=self.stamp(end))
        if local.hour <= 8 and until.hour >= 21:
            return self.day(start)
        return self.plain("shared.window.hours", day=self.day(start), start=self.clock(start), end=self.clock(end))

    def relative(self, at: datetime, instead: str = "") -> Html:
        """A time that the reader's own app keeps counting: «через 4 минуты». Apps that can't show the clock, or what
        is given `instead`, as beside a clock that stands there already."""
        return Html(f'<tg-time unix="{int(at.timestamp())}" format="r">{escape(instead or self.clock(at))}</tg-time>')

    def left(self, at: datetime) -> Html:
        """As `relative`, beside a time that is told already: «скоро» in apps that can't count."""
        return self.relative(at, self.plain("shared.soon"))

    def money(self, amount: Decimal | float | str) -> str:
        return show(Money(Decimal(str(amount))), self.words.locale)

    def amount(self, quantity: Decimal | float | str, unit: str = "") -> str:
        """«2 шт.», «0,65 кг»."""
        return f"{self.words.number(Decimal(str(quantity)))}\u00a0{self.words.unit(unit)}".rstrip("\u00a0")

    def named(self, names: dict[str, str] | str | None) -> str:
        """A name that the company configured, in this language or else in Russian."""
        if isinstance(names, dict):
            return names.get(self.words.locale) or names.get(DEFAULT) or next(iter(names.values()), "")
        return names or ""


def voice(locale: str, zone: tzinfo) -> Voice:
    return Voice(words("bot", locale), zone)


def clean(text: str, limit: int = LONG) -> str:
    """What a person typed, fit to be shown: without control and direction marks, cut at `limit`, and set apart from
    the text around it when it reads from right to left. `MESSAGE` is for what people write to each other: all of it.
    """
    tidy, odd = text.strip(), _ODD.search(text)
    if odd:
        tidy = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\t", " ")).strip()
        tidy = _GAPS.sub("\n\n", tidy)
    if len(tidy) > limit:
        tidy = tidy[: limit - 1].rstrip() + "…"
    return f"{FIRST_STRONG}{tidy}{POP}" if odd and _RIGHT_TO_LEFT.search(tidy) else tidy


def line(text: str, limit: int = SHORT) -> str:
    """As `clean`, in one line: names, addresses, labels of buttons."""
    return clean(" ".join(text.split()), limit)


def paragraphs(*parts: str | None) -> Html:
    """Parts that are there, an empty line between them."""
    return Html("\n\n".join(part for part in parts if part))


def lines(*parts: str | None) -> Html:
    return Html("\n".join(part for part in parts if part))


def time_of(facts: dict[str, Any], name: str) -> datetime | None:
    return moment(facts.get(name))
