"""A view as plain text, to be read and compared; and what Telegram would say of it."""

import os
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.routes import SCREENS
from bot.view import Button, View
from core.kernel.words import LOCALES
from simulator.markup import parse, units

SNAPSHOTS = Path(__file__).parent / "snapshots"
WRITE = os.environ.get("NARYAD_WRITE_SNAPSHOTS") == "1"
ZONE = ZoneInfo("Europe/Moscow")
TEXT, CAPTION, LABEL = 4096, 1024, 64
MESSAGES = frozenset({"customer.message", "technician.message", "dispatcher.message"})
"""People's words to each other, which go on in further messages; everything else is told in one."""
Case = tuple[str, str, dict[str, Any]]


def drawn(view: View) -> str:
    """Text, then each row of buttons in a line, then whatever else there is."""
    parts = [view.text, *(" ".join(map(_button, row)) for row in view.rows)]
    parts += [f"<{media.kind} {media.file_id}>" for media in view.media]
    if view.topic:
        parts.append(f"<topic {view.topic}{', closed' if view.closed else ''}>")
    if view.place:
        parts.append(f"<place {view.place}>")
    if view.person:
        parts.append(f"<person {view.person.name}, {view.person.phone}>")
    if view.keyboard is not None:
        parts += [f"⌨ {' '.join(map(_button, row))}" for row in view.keyboard] or ["⌨ none"]
    return "\n".join(part for part in parts if part)


def _button(button: Button) -> str:
    data = button.data if button.verb else None
    where = data or button.url or (button.app and f"app {button.app}") or (button.copy and f"copy {button.copy}")
    where = where or (button.ask and f"ask {button.ask}")
    marks = f" !{button.style}" if button.style else ""
    return f"[{button.label}{marks}" + (f" → {where}]" if where else "]")


def snapshot(bot: str, cases: list[Case]) -> dict[str, str]:
    """File name to its text: one file a screen and language, its cases one below another."""
    files = {}
    for locale in LOCALES:
        for name, group in groupby(sorted(cases, key=lambda case: case[0]), key=lambda case: case[0]):
            told = [f"=== {case}\n{drawn(SCREENS[name](facts, locale, ZONE))}\n" for _, case, facts in group]
            files[f"{bot}/{name.removeprefix(bot + '.')}.{locale}.txt"] = "\n".join(told)
    return files


def compare(bot: str, cases: list[Case]) -> list[str]:
    """Names of screens that differ from what is kept. With NARYAD_WRITE_SNAPSHOTS=1 they are kept anew instead."""
    made = snapshot(bot, cases)
    folder = SNAPSHOTS / bot
    kept = {f"{bot}/{path.name}": path.read_text() for path in folder.glob("*.txt")}
    if WRITE:
        folder.mkdir(parents=True, exist_ok=True)
        for name in kept.keys() - made.keys():
            (SNAPSHOTS / name).unlink()
        for name, text in made.items():
            (SNAPSHOTS / name).write_text(text)
        return []
    return sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))


def faults(name: str, view: View) -> list[str]:
    """What Telegram would refuse, people could not read, or would never see."""
    found = []
    text, _ = parse(view.text, "HTML")
    limit = CAPTION if view.media else TEXT
    if units(text) > limit and name not in MESSAGES:
        found.append(f"text of {units(text)} units")
    if view.rows and view.keyboard is not None:
        found.append("a message carries buttons or a keyboard, not both")
    if not text.strip() and not (view.media or view.place or view.person or view.topic):
        found.append("nothing to show")
    for button in (button for row in (*view.rows, *(view.keyboard or ())) for button in row):
        if not button.label.strip() or len(button.label) > 2 * LABEL:
            found.append(f"label {button.label!r}")
        if button.verb is not None:
            assert button.data
        if button.copy is not None and not 1 <= len(button.copy) <= 256:
            found.append("copied text")
    if view.keyboard is None and sum(len(row) for row in view.rows) > 100:
        found.append("too many buttons")
    if any(len(row) > 8 for row in view.rows):
        found.append("too many buttons in a row")
    return found


WILD = "<b>&amp;</i> \u202e" + "שלום " + "😀" * 3 + "\n\n\n\x00" + "очень длинно " * 400
TYPED = frozenset(
    [
        "summary",
        "words",
        "name",
        "address",
        "hint",
        "place",
        "text",
        "comment",
        "reason",
        "model",
        "who",
        "cancel_reason",
        "company",
        "legal_name",
        "search",
        "title",
        "signed_by",
        "post",
        "site",
        "customer",
    ]
)


def wild(value: Any, key: str = "") -> Any:
    """The same facts with everything that people type made as nasty as they can."""
    if isinstance(value, dict):
        if set(value) == {"ru", "en"}:
            return value
        return {name: wild(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [wild(each, key) for each in value]
    return WILD if isinstance(value, str) and key in TYPED else value
