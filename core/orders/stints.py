"""How long a job stood at each stage, read off its timeline. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.orders.rules import OVER


@dataclass(frozen=True, slots=True)
class Stint:
    """All the time at one stage, in the order in which stages were first entered. `name` is that of a stage the company
    made within the state. `running`: the job stands there now."""

    state: str
    name: dict[str, str] | None
    time: timedelta
    running: bool = False

    @property
    def seconds(self) -> float:
        return self.time.total_seconds()


def stints(trail: Iterable[Mapping[str, Any]], created_at: datetime, now: datetime) -> list[Stint]:
    """`trail` is what moved the job, the oldest first: {verb, state, at}, and {verb stage, stage, at} within a state.

    What was done or given up takes no more time. A mistaken step never was: its time is that of the stage it came back
    to."""
    spent: dict[tuple[str, str], timedelta] = {}
    names: dict[tuple[str, str], dict[str, str] | None] = {}
    here, since = ("new", ""), created_at
    names[here] = None
    for step in trail:
        at = _moment(step["at"])
        there = _stage(here, step)
        counted = there if step["verb"] == "step_back" else here
        spent[counted] = spent.get(counted, timedelta()) + max(at - since, timedelta())
        names.setdefault(there, step.get("stage"))
        here, since = there, at
    if here[0] not in OVER:
        spent[here] = spent.get(here, timedelta()) + max(now - since, timedelta())
    return [
        Stint(stage[0], names[stage], time, stage == here)
        for stage, time in spent.items()
        if stage[0] not in OVER and (time or stage == here)
    ]


def _stage(here: tuple[str, str], step: Mapping[str, Any]) -> tuple[str, str]:
    if step["verb"] == "stage":
        return here[0], str(sorted((step.get("stage") or {}).items()))
    return step["state"], ""


def _moment(value: str | datetime) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
