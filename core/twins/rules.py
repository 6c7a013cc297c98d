"""Whether two open orders of one customer tell of the same trouble: points for each sign, out of a hundred or so.

The signs add up to LIKELY only together: the same place alone is two troubles in one shop, the same words alone two
shops with one trouble. What speaks against it (another machine, another kind of work) takes points away; another site
or more than NEAR between them ends the matter.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

NEAR = timedelta(days=3)
LIKELY = 70
MOST_ASKED = 3
"""Others that people are asked about at a time, of one order."""

SAME_SITE, SAME_ADDRESS, SAME_CUSTOMER = 40, 35, 15
SAME_ASSET, OTHER_ASSET, OTHER_KIND = 30, -40, -25
SOON = ((timedelta(hours=2), 20), (timedelta(hours=24), 10), (NEAR, 5))
"""Points by the time between the two."""
SAME_WORDS = 45
"""For words of which all that matters is shared; less in proportion."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is compared of an order. `site_id` None and `address` empty: the place is not known."""

    site_id: int | None
    address: str
    assets: frozenset[int]
    kind: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sign:
    """One reason for or against: site, address, customer, asset, other_asset, other_kind, time or words."""

    code: str
    points: int
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Likeness:
    score: int
    signs: tuple[Sign, ...]

    @property
    def is_likely(self) -> bool:
        return self.score >= LIKELY


UNLIKE = Likeness(0, ())


def likeness(one: Told, other: Told) -> Likeness:
    """How alike two orders of the same customer are; the order of the two does not matter."""
    apart = abs(one.at - other.at)
    if apart > NEAR or (one.site_id and other.site_id and one.site_id != other.site_id):
        return UNLIKE
    signs = (_place(one, other), *_machines(one, other), *_kinds(one, other), _time(apart), *_words(one, other))
    return Likeness(max(0, sum(sign.points for sign in signs)), signs)


def _place(one: Told, other: Told) -> Sign:
    if one.site_id and one.site_id == other.site_id:
        return Sign("site", SAME_SITE)
    if (plain := _plain(one.address)) and plain == _plain(other.address):
        return Sign("address", SAME_ADDRESS)
    return Sign("customer", SAME_CUSTOMER)


def _machines(one: Told, other: Told) -> Iterator[Sign]:
    if one.assets & other.assets:
        yield Sign("asset", SAME_ASSET)
    elif one.assets and other.assets:
        yield Sign("other_asset", OTHER_ASSET)


def _kinds(one: Told, other: Told) -> Iterator[Sign]:
    if one.kind != other.kind and "other" not in (one.kind, other.kind):
        yield Sign("other_kind", OTHER_KIND)


def _time(apart: timedelta) -> Sign:
    return Sign("time", next(points for limit, points in SOON if apart <= limit))


def _words(one: Told, other: Told) -> Iterator[Sign]:
    """The share of the shorter text's words that stand in the other too: a letter says more than a call's note. One
    word alone counts as half a text, so that «не работает» and «не работает лифт» are not all alike."""
    mine, theirs = stems(one.words), stems(other.words)
    shared = mine.keys() & theirs.keys()
    if shared:
        share = len(shared) / max(2, min(len(mine), len(theirs)))
        yield Sign("words", round(SAME_WORDS * share), tuple(mine[stem] for stem in mine if stem in shared))


_WORD = re.compile(r"[^\W_]+")
_EMPTY = """
    а без бы был была было были в вас вам ваш во вот все вы где да для до его ее если есть еще же за и из или им их
    к как когда кто ли мне мы на надо нам нас наш не нет ни но ну нужно о об он она они от очень по под пожалуйста
    после при с сегодня вчера утра снова опять здравствуйте добрый день прошу просим просьба срочно приезжайте
    приехать у уже что чтобы это этот наша наше работает работают проблема
    a an and are as at be been but by can could do does for from had has have he hello help i if in is it its me my need
    no not of on or our please problem s she so some t than that the their them there they this to today too up urgent
    us very was we were what when which who will with work working works would yesterday you your
"""
_ENDINGS = """
    ировать ируется иями ями ами ого его ому ему ыми ими ешь ишь ете ите ают яют ует уют ает яет ила ыла али или ило
    ыло ала ать ить еть ять ались илась алась ется ются ится ятся ться тся лся лась лось лись ся сь ий ый ой ая яя
    ое ее ие ые ей ем им ом ым ах ях ов ев ам ям ую юю ет ит ют ут ят ат ал ил ел ыл а я о е и
    ы у ю ь й
    ings ing ied ies edly ed es ly s e
"""
_SILENT = frozenset(_EMPTY.split())
_BY_LENGTH = tuple(sorted(_ENDINGS.split(), key=len, reverse=True))
_STEM = 4
"""Letters that stay at least; with six the rest of a long word is left aside as well."""
_LONG = 6


def stems(words: str) -> dict[str, str]:
    """The words that say something, each by its stem: lower case, ё as е, endings cut, codes such as E4 kept whole."""
    found: dict[str, str] = {}
    for word in _WORD.findall(words.lower().replace("ё", "е")):
        if word not in _SILENT and len(word) > 1:
            found.setdefault(stem(word), word)
    return found


def stem(word: str) -> str:
    """Crude and the same for both languages: one ending off, while four letters stay, then six letters at most."""
    if any(char.isdigit() for char in word):
        return word
    for ending in _BY_LENGTH:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            word = word[: -len(ending)]
            break
    return word[:_LONG]


def _plain(address: str) -> str:
    """An address to compare: its words and numbers, without «г.», «ул.», «д.»."""
    parts = _WORD.findall(address.lower().replace("ё", "е"))
    return " ".join(part for part in parts if part not in ("г", "город", "ул", "улица", "д", "дом", "st", "street"))


WAITING = ("new", "offered", "assigned")


def keep_of(older: int, older_state: str, newer: int, newer_state: str) -> tuple[int, int]:
    """Which goes on and which goes into it: the older goes on, unless only the newer is being worked on already."""
    if older_state in WAITING and newer_state not in WAITING:
        return newer, older
    return older, newer
