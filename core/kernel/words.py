"""Every word a person reads, by domain and language, from the catalogues in ``locales/``.

A catalogue is all files ``locales/<domain>/<language>/*.po`` merged; msgids are keys (``act.title``), every
language has them all. A key that stands twice, in one file or in two, stops the start. Texts hold named
``{parameters}``. A counted text has ``msgid_plural`` equal to its msgid and one msgstr for each of the
language's ``FORMS``, in that order; CLDR's rules choose, and ``{n}`` in it is the number as people write it.

An unknown key, an absent parameter, or a counted text asked for as a plain one is a mistake of ours. While
strict (``NARYAD_STRICT_WORDS=1`` or ``strict(True)``, as tests are) it raises ``WordsError``; otherwise it is
logged and answered as well as can be: in Russian, with the parameter's name in braces, at worst with the key.
"""

import datetime as dt
import logging
import os
import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileParser

from core.kernel import formats
from core.kernel.formats import DateStyle

ROOT = Path(__file__).resolve().parents[2] / "locales"
DEFAULT = "ru"
_SIGN = re.compile(r"(№|No\.) (?=\{)")
_MARKUP = re.compile("[&<>\"']")
FORMS: Mapping[str, tuple[str, ...]] = {"ru": ("one", "few", "many"), "en": ("one", "other")}
LOCALES: tuple[str, ...] = tuple(FORMS)

log = logging.getLogger(__name__)
_strict: bool | None = None


class WordsError(LookupError):
    """A text that is missing, doubled, broken or asked for in the wrong way."""


def strict(on: bool | None) -> None:
    """Raise (True) or log and make do (False) when a text is missing; None asks the environment again."""
    global _strict
    _strict = on


def pick_locale(code: str | None) -> str:
    """The language we speak to someone whose app says ``code`` ("en-GB", None): theirs if we know it."""
    language = (code or "").replace("_", "-").split("-")[0].lower()
    return language if language in FORMS else DEFAULT


def language_of(header: str) -> str:
    """The first language of `Accept-Language` that we speak, by its weight; ours when none is."""
    weighed = []
    for place, part in enumerate(header[:500].split(",")):
        code, _, weight = part.strip().partition(";q=")
        try:
            rank = float(weight) if weight else 1.0
        except ValueError:
            rank = 0.0
        weighed.append((-rank, place, code.split("-")[0].strip().lower()))
    return next((code for rank, _, code in sorted(weighed) if code in LOCALES and rank < 0), DEFAULT)


@dataclass(frozen=True, slots=True)
class Entry:
    """One text: a single form, or as many as the language counts with."""

    forms: tuple[str, ...]
    counted: bool
    fuzzy: bool
    source: str


class _Once(Catalog):
    """A catalogue that refuses the same key a second time."""

    def __setitem__(self, id: Any, message: Any) -> None:
        key = id[0] if isinstance(id, list | tuple) else id
        if key and self.get(key) is not None:
            raise WordsError(f"key {key!r} stands twice")
        super().__setitem__(id, message)


def read_po(path: Path, locale: str) -> dict[str, Entry]:
    """The entries of one file. WordsError when it cannot be read or a key stands twice in it."""
    catalog = _Once(locale=locale)
    try:
        with path.open("rb") as file:
            PoFileParser(catalog, ignore_obsolete=True, abort_invalid=True).parse(line.decode() for line in file)
    except Exception as error:
        raise WordsError(f"{path}: {error}") from error
    found: dict[str, Entry] = {}
    for message in catalog:
        if not message.id:
            continue
        counted = not isinstance(message.id, str)
        key = message.id if isinstance(message.id, str) else message.id[0]
        value = message.string
        forms = (value,) if isinstance(value, str) else tuple(value or ())
        found[key] = Entry(tuple(map(_together, forms)), counted, message.fuzzy, path.name)
    return found


def _together(text: str) -> str:
    """A number stays on the line of its sign."""
    return _SIGN.sub("\\1\u00a0", text)


@cache
def catalogue(domain: str, locale: str, root: Path = ROOT) -> Mapping[str, Entry]:
    """All entries of a domain in one language, merged from its files and kept."""
    files = sorted((root / domain / locale).glob("*.po"))
    if not files:
        raise WordsError(f"no catalogue {domain}/{locale} in {root}")
    merged: dict[str, Entry] = {}
    for path in files:
        for key, entry in read_po(path, locale).items():
            if key in merged:
                raise WordsError(f"{domain}/{locale}: {key!r} is in {merged[key].source} and in {path.name}")
            merged[key] = entry
    return merged


def domains(root: Path = ROOT) -> Iterator[str]:
    """Names of all domains that have catalogues."""
    return (folder.name for folder in sorted(root.iterdir()) if any(folder.glob("*/*.po")))


def load(root: Path = ROOT) -> None:
    """Read every catalogue now, so that a broken one stops the start and not somebody's message."""
    for domain in domains(root):
        for locale in LOCALES:
            catalogue(domain, locale, root)


def parameters(text: str) -> frozenset[str]:
    """Names of the ``{parameters}`` of a text."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


class _Absent(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def _html(value: Any) -> Any:
    """Most values hold nothing to escape, and to look is quicker than to escape."""
    if type(value) is str:
        return escape(value, quote=True) if _MARKUP.search(value) else value
    if hasattr(value, "__html__"):
        return value.__html__()
    return escape(value, quote=True) if isinstance(value, str) else value


class Words:
    """The texts of one domain in one language, and how that language writes dates, numbers and the like."""

    def __init__(self, domain: str, locale: str, root: Path = ROOT) -> None:
        self.domain = domain
        self.locale = locale
        self._root = root
        self._entries = catalogue(domain, locale, root)

    def text(self, key: str, **params: Any) -> str:
        """The text of ``key`` with ``{name}`` replaced by ``params``; values are never interpreted."""
        return self._said(key, None, params)

    def count(self, key: str, n: int | float | Decimal, **params: Any) -> str:
        """The counted text of ``key`` in the form that ``n`` of something takes."""
        return self._said(key, n, {"n": self.number(n)} | params)

    def html(self, key: str, **params: Any) -> str:
        """As ``text``, for a text that holds HTML: strings are escaped unless they have ``__html__``."""
        return self._said(key, None, {name: _html(value) for name, value in params.items()})

    def has(self, key: str) -> bool:
        """Whether the domain has such a key (for keys made of configured codes)."""
        return key in self._entries

    def keys(self, prefix: str) -> list[str]:
        """The domain's plain keys that begin with `prefix`."""
        return [key for key, entry in self._entries.items() if key.startswith(prefix) and not entry.counted]

    def _form(self, key: str, n: int | float | Decimal | None) -> str:
        entry, locale = self._entries.get(key), self.locale
        if entry is None:
            self._wrong(f"no text {key!r}")
            entry, locale = catalogue(self.domain, DEFAULT, self._root).get(key), DEFAULT
            if entry is None:
                return key.replace("{", "{{").replace("}", "}}")
        if entry.counted != (n is not None):
            self._wrong(f"{key!r} is {'counted' if entry.counted else 'not counted'}")
        form = form_index(locale, n) if n is not None and entry.counted else 0
        return entry.forms[form] if form < len(entry.forms) else entry.forms[-1]

    def _said(self, key: str, n: int | float | Decimal | None, params: dict[str, Any]) -> str:
        entry = self._entries.get(key)
        text = entry.forms[0] if entry is not None and n is None and not entry.counted else self._form(key, n)
        try:
            return text.format_map(params)
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            self._wrong(f"{key!r} cannot be filled: {error!r}")
        try:
            return text.format_map(_Absent(params))
        except (IndexError, ValueError, AttributeError):
            return text

    def _wrong(self, what: str) -> None:
        if os.environ.get("NARYAD_STRICT_WORDS") == "1" if _strict is None else _strict:
            raise WordsError(f"{self.domain}/{self.locale}: {what}")
        log.error("words: %s/%s: %s", self.domain, self.locale, what)

    def number(self, value: int | float | Decimal) -> str:
        """«1 234,5», at most three digits after the comma."""
        return formats.number(value, self.locale)

    def date(self, value: dt.date | dt.datetime, zone: dt.tzinfo | None = None, style: DateStyle = "long") -> str:
        """«21 ноября 2026 г.» (long), «21.11.2026» (short), «21.11» (brief), «сб, 21 ноября» (day). A moment needs a
        zone."""
        return formats.date(value, self.locale, zone, style)

    def time(self, value: dt.datetime, zone: dt.tzinfo) -> str:
        """«14:32» of an aware moment, as clocks in ``zone`` show it."""
        return formats.time(value, self.locale, zone)

    def datetime(self, value: dt.datetime, zone: dt.tzinfo, style: DateStyle = "short") -> str:
        """«21.11.2026, 14:32»; styles as in ``date``."""
        return formats.datetime(value, self.locale, zone, style)

    def duration(self, value: dt.timedelta | float) -> str:
        """«2 ч 15 мин» of a timedelta or of seconds; two biggest units, under a minute «1 мин»."""
        return formats.duration(value, self.locale)

    def distance(self, metres: float) -> str:
        """«350 м», «1,2 км», «42 км»."""
        return formats.distance(metres, self.locale)

    def unit(self, value: str | None) -> str:
        """How this language writes a unit that people typed in any: «шт.» of «pc.». What we do not know, and what is
        this language's already, comes back as it was."""
        typed = (value or "").strip()
        key = _units().get(typed.rstrip("."))
        if key is None:
            return typed
        ours = words("units", self.locale).text(key)
        return typed if typed.rstrip(".") == ours.rstrip(".") else ours

    def phone(self, value: str) -> str:
        """«+7 916 123-45-67»; what is no telephone number comes back as it was."""
        return formats.phone(value)


@cache
def _units() -> Mapping[str, str]:
    """The keys of units, by how any language writes them, without the final dot."""
    listed = (catalogue("units", locale) for locale in LOCALES)
    return {entry.forms[0].rstrip("."): key for entries in listed for key, entry in entries.items()}


def form_index(locale: str, n: int | float | Decimal) -> int:
    """Which form of a counted text ``n`` takes. Fractions in Russian take «few»: 1,5 часа."""
    names = FORMS[locale]
    rule: Callable[[int | float | Decimal], str] = Locale.parse(locale).plural_form
    name = rule(n)
    return names.index(name) if name in names else names.index("few")


@cache
def words(domain: str, locale: str) -> Words:
    """The words of ``domain`` ("bot", "admin", "documents"…) in ``locale`` ("ru", "en")."""
    return Words(domain, locale)
