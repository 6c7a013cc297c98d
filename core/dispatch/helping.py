"""What would help where nobody fits: whom one rule alone keeps away, and when somebody comes to work. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.dispatch.rules import OVERTIME, Candidate, JobNeed
from core.dispatch.scoring import Judged, detail

GIVEABLE = ("overtime", "area", "full", "declined", "no_answer", "taken_away", "vehicle", "tool", "level")
"""Helps by which a dispatcher may give the job to the named person all the same."""


def helps(judged: Judged) -> list[dict[str, Any]]:
    """`{how, detail, id, name, n}` each once, the best person first: `later` (with `at`, when they come to work),
    `overtime` (they have just gone home), or the one hard rule that stands against them; `n` people in all. The last
    is always `contractor`: the best from outside, or nobody known (no `id`, `n` 0)."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    soonest: tuple[datetime, Candidate] | None = None
    for code, one in judged.almost():
        if code in ("inactive", "stopped"):
            continue
        if code in ("off_shift", "absent"):
            begins = _next(judged.job, one)
            if begins and (soonest is None or begins < soonest[0]):
                soonest = begins, one
            if code == "absent" or not _just_left(judged.job, one):
                continue
            code = "overtime"
        what = detail(judged.job, one, code)
        line = found.setdefault(
            (code, what), {"how": code, "detail": what, "id": one.member_id, "name": one.name, "n": 0}
        )
        line["n"] += 1
    lines = list(found.values())
    if soonest:
        at, one = soonest
        lines.insert(
            0, {"how": "later", "at": at.isoformat(), "id": one.member_id, "name": one.name, "detail": "", "n": 1}
        )
    outside = found.get(("contractor", ""), {"how": "contractor", "detail": "", "n": 0})
    return [*(line for line in lines if line is not outside), outside]


def _next(job: JobNeed, one: Candidate) -> datetime | None:
    """When they can come at the earliest: a shift after the wanted time that no absence covers."""
    starts = sorted(start for start, _ in one.shifts if start > job.begin)
    return next((start for start in starts if not _inside(start, one.away)), None)


def _inside(at: datetime, spans: Sequence[tuple[datetime, datetime]]) -> bool:
    return any(start <= at < end for start, end in spans)


def _just_left(job: JobNeed, one: Candidate) -> bool:
    """Their shift ended a short while before the work may begin."""
    return one.went_home is not None and one.went_home <= job.begin <= one.went_home + OVERTIME
