"""Hours of a day as people type them: «9:00–13:00, 14:00–18:00», with any dash."""

import re

from core.kernel.errors import Refusal

DASH = re.compile("[-‒—−]")
HOURS = re.compile(r"([01]?[0-9]|2[0-3]):[0-5][0-9]–(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)", re.ASCII)


def hours_of(text: str, field: str) -> list[list[str]]:
    """Pairs of clocks. `form.clock` with `field`."""
    parts = [part for part in DASH.sub("–", "".join(text.split())).split(",") if part]
    if not all(HOURS.fullmatch(part) for part in parts):
        raise Refusal("form.clock", field=field)
    return [[clock.zfill(5) for clock in part.split("–")] for part in parts]


def hours_text(hours: list[list[str]]) -> str:
    return ", ".join(f"{start}–{end}" for start, end in hours)
