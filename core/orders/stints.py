"""How long a job stood at each stage, and when its people were on site, read off its timeline. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
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


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody's time on site; `left_at` None: still there. `pause` is how long the work stood still in between,
    `pauses` from when to when, `paused_at` since when it stands still now."""

    member_id: int | None
    arrived_at: datetime
    left_at: datetime | None = None
    pause: timedelta = timedelta()
    paused_at: datetime | None = None
    pauses: tuple[tuple[datetime, datetime], ...] = field(default=(), compare=False)

    def minutes(self, now: datetime) -> tuple[datetime, datetime, int]:
        """Came, left (or until now, or until the work stood still) and the pause in minutes: as a paper says it, so
        that what is printed adds up."""
        came, left = _minute(self.arrived_at), _minute(self.left_at or self.paused_at or now)
        return came, left, min(round(self.pause.total_seconds() / 60), max(int((left - came).total_seconds()) // 60, 0))

    def worked(self, now: datetime) -> list[tuple[datetime, datetime]]:
        """The stretches between the pauses, of the stay as `minutes` tells it."""
        at, left, _ = self.minutes(now)
        found = []
        for began, ended in self.pauses:
            if min(began, left) > at:
                found.append((at, min(began, left)))
            at = max(at, ended)
        return [*found, (at, left)] if left > at else found


def stays(trail: Iterable[Mapping[str, Any]]) -> list[Stay]:
    """Of the same trail, with `member_id`, whose job it was. Whoever pauses and sets out again has left when the pause
    began; an arrival that was taken back was none."""
    found: list[Stay] = []
    state = "new"
    for step in (one for one in trail if one["verb"] != "stage"):
        verb, at, before, state = step["verb"], _moment(step["at"]), state, step["state"]
        if verb == "arrive":
            found.append(Stay(step.get("member_id"), at))
        elif verb == "step_back" and before == "done":
            found[-1:] = [replace(stay, left_at=None) for stay in found[-1:]]
        elif verb == "step_back" and before == "on_site":
            found[-1:] = []
        elif found and found[-1].left_at is None:
            stay, paused = found[-1], found[-1].paused_at
            if verb == "pause":
                found[-1] = replace(stay, paused_at=at)
            elif before == "paused" and state == "on_site" and paused:
                found[-1] = replace(
                    stay, pause=stay.pause + (at - paused), pauses=(*stay.pauses, (paused, at)), paused_at=None
                )
            elif state != "on_site":
                found[-1] = replace(stay, left_at=paused or at, paused_at=None)
    return found


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _moment(value: str | datetime) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
