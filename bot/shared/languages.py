"""Languages under their own names."""

from bot.view import Button

NAMES = {"ru": "Русский", "en": "English"}


def language_row(verb: str, chosen: str | None = None) -> tuple[Button, ...]:
    """A button a language; the extra is its code."""
    return tuple(Button(f"● {name}" if code == chosen else name, verb, extra=code) for code, name in NAMES.items())
