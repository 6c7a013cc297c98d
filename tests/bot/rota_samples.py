"""Facts of rotas, days off and swaps, for the screens of technicians and dispatchers."""

from collections.abc import Iterator
from typing import Any

Facts = dict[str, Any]

LONG = ["2026-11-23T05:00:00+00:00", "2026-11-23T17:00:00+00:00"]
NIGHT = ["2026-11-24T17:00:00+00:00", "2026-11-25T05:00:00+00:00"]
ABSENCE = {"id": 4, "state": "asked", "kind": "vacation", "who": "Пётр Ким", "first_day": "2026-12-01",
           "last_day": "2026-12-14", "note": "к родителям", "shifts": 7, "duties": 1,
           "jobs": [{"number": 1000 + n, "at": "2026-12-01T09:00:00+00:00"} for n in range(12)]}  # fmt: skip
SWAP = {"id": 6, "state": "offered", "giver": "Пётр Ким", "taker": "Рашид Алиев", "what": [LONG, NIGHT]}
SWAPS = ("offered", "agreed", "approved", "declined", "refused", "withdrawn", "expired", "gone")
ABSENCES = ("asked", "approved", "refused", "cancelled")


def rota_cases() -> Iterator[tuple[str, str, Facts]]:
    days = [
        {"day": "2026-11-21", "shifts": [], "absence": None, "jobs": 0},
        {"day": "2026-11-22", "shifts": [], "absence": "training", "jobs": 0},
        {"day": "2026-11-23", "shifts": [LONG], "absence": None, "jobs": 2},
        {"day": "2026-11-24", "shifts": [NIGHT], "absence": None, "jobs": 0},
    ]
    yield "technician.rota", "plain", {"days": days, "duties": [NIGHT], "waiting": 1}
    yield "technician.rota", "none", {"days": days[:1], "duties": [], "waiting": 0}
    yield "technician.rota.changed", "plain", {"first": "2026-11-23", "shifts": [LONG, NIGHT]}
    yield "technician.rota.changed", "none", {"first": "2026-11-23", "shifts": []}
    yield "technician.off", "kind", {"step": "kind"}
    chosen = {"kind": "vacation", "today": "2026-11-21", "shown": None}
    yield "technician.off", "first", chosen | {"step": "first"}
    yield "technician.off", "last", chosen | {"step": "last", "first": "2026-12-01", "shown": "2026-12-01"}
    for state in ABSENCES:
        yield "technician.absence", state, ABSENCE | {"state": state}
    yield "technician.absence", "news", ABSENCE | {"state": "approved", "news": True, "last_day": "2026-12-01"}
    shifts = [{"id": 7, "what": LONG}, {"id": 8, "what": NIGHT}]
    yield "technician.give", "shift", {"step": "shift", "shifts": shifts}
    yield "technician.give", "none", {"step": "shift", "shifts": []}
    one = {"id": 7, "what": LONG}
    yield "technician.give", "taker", one | {"step": "taker", "people": [{"id": 5, "name": "Рашид Алиев"}]}
    yield "technician.give", "nobody", one | {"step": "taker", "people": []}
    yield "technician.give", "back", one | {"step": "back", "taker_id": 5, "taker": "Рашид Алиев", "returns": shifts}
    yield "technician.sent", "plain", {}
    for state in SWAPS:
        for role in ("giver", "taker"):
            yield "technician.swap", f"{state}.{role}", SWAP | {"state": state, "role": role}
    yield "technician.swap", "news", SWAP | {"state": "agreed", "role": "giver", "news": True, "what": [LONG]}
    yield "technician.calendar", "none", {"since": None}
    yield "technician.calendar", "revoked", {"since": None, "revoked": True}
    yield "technician.calendar", "given", {"since": LONG[0]}
    yield "technician.calendar", "new", {"since": None, "url": "https://desk.example/calendar/secret.ics"}


def decision_cases() -> Iterator[tuple[str, str, Facts]]:
    for state in ABSENCES:
        yield "dispatcher.absence", state, ABSENCE | {"state": state}
    yield "dispatcher.absence", "free", ABSENCE | {"jobs": [], "shifts": 0, "duties": 0, "note": ""}
    for state in SWAPS:
        yield "dispatcher.swap", state, SWAP | {"state": state}
