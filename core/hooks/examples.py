"""What the events that bring facts may look like, for a mapping that is typed before anything happened."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.hooks.facts import READING

_ACT = {"act": {"number": "A-001042", "total": "4300.00", "url": "https://desk.example.com/proof/1hD-0aB"}}
_FINISHED = {
    "outcome": "done",
    "comment": "Заменил реле, всё холодит.",
    "lines": [{"name": "Реле пусковое", "quantity": "1", "unit": "шт."}],
    "readings": [{"code": "temp", "text": {"ru": "Температура", "en": "Temperature"}, "value": -18.5, "unit": "°C"}],
}
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "order.assigned": {"technician": {"id": 3, "name": "Пётр Ким"}},
    "order.eta_changed": {"eta_at": "2026-11-22T09:40:00+00:00"},
    "order.arrived": {"technician": {"id": 3, "name": "Пётр Ким"}},
    "order.finished": _FINISHED,
    "act.ready": _ACT,
    "act.signed": _ACT,
    "order.rated": {"rating": {"speed": 5, "accuracy": 4, "communication": 5}},
}


def example(kind: str, facts: Iterable[str]) -> Mapping[str, Any]:
    """Of an event, with an answer to every item of a checklist among the facts."""
    data = EXAMPLES[kind]
    codes = [fact.removeprefix(READING) for fact in facts if fact.startswith(READING)]
    more = [{"code": code, "text": {}, "value": 42, "unit": ""} for code in codes if code != "temp"]
    return {**data, "readings": [*data["readings"], *more]} if "readings" in data else data
