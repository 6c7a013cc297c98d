"""Who fits a job, and how well. Pure, and quick enough for thousands of candidates.

First the hard rules reject; then each weighted term costs or saves minutes of travel. The sum is the score, the lower
the better, and its terms are the explanation. Minutes are kept to a quarter, so that they add up exactly.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import asin, cos, radians, sin, sqrt
from typing import Any, TypedDict

from core.kernel.errors import Refusal

REJECTIONS = ("inactive", "declined", "no_answer", "taken_away", "skill", "area", "off_shift", "full")

DEFAULT_WEIGHTS: dict[str, float] = {
    "travel": 1.0,
    "busy": 1.0,
    "load": 15.0,
    "responsible": -20.0,
    "often": -3.0,
    "asset": -10.0,
    "return": -25.0,
    "level": -4.0,
    "rating": -6.0,
    "late": 1.0,
    "shift": 0.5,
    "max_open": 8.0,
}
MODES = ("auto", "offer", "hint", "manual")
MAX_WIDTH = 50
OFFER_SECONDS = (15, 86_400)
MAX_WEIGHT = 1000.0
URGENCY = {"low": 0.5, "normal": 1.0, "high": 1.5, "urgent": 2.0}
UNKNOWN_TRAVEL = 30.0
USUAL_LEVEL = 3
USUAL_RATING = 4.5
MOST_VISITS = 5
MOST_LATE = 240.0
MOST_WAIT = 120.0
ON_DUTY_COVERS = timedelta(hours=12)

EARTH_KM = 6371.0088
DETOUR = 1.4
SPEED_KMH = 28.0
STOP_MINUTES = 3.0

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class JobNeed:
    """What a job asks for. `wanted` is when to come: from (not before `now`) and by when, if that is known.

    `areas` are the parts of the map it lies in; None when its place is unknown. `due_at` is the promised arrival.
    `before` is who was there when this is a return visit.
    """

    job_id: int
    order_id: int
    now: datetime
    priority: str = "normal"
    lat: float | None = None
    lon: float | None = None
    areas: frozenset[int] | None = None
    skills: frozenset[str] = frozenset()
    wanted_from: datetime | None = None
    wanted_to: datetime | None = None
    due_at: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A technician. `lat`/`lon`: seen last, or home. `busy` is minutes until the running job is over. `open_jobs`
    counts what they have to do. `refused`: declined, no_answer or taken_away, if they had to do with this
    job before."""

    member_id: int
    name: str
    active: bool = True
    on_duty: bool = False
    shifts: tuple[Span, ...] = ()
    skills: Mapping[str, int] = field(default_factory=dict)
    areas: frozenset[int] = frozenset()
    lat: float | None = None
    lon: float | None = None
    open_jobs: int = 0
    busy: float = 0.0
    responsible: bool = False
    visits: int = 0
    knows_asset: bool = False
    rating: float | None = None
    refused: str | None = None


class Term(TypedDict):
    """One line of the explanation: `value` is what was measured, `minutes` what it costs (or saves, if negative)."""

    code: str
    value: Any
    minutes: float


@dataclass(frozen=True, slots=True)
class Scored:
    """`score` is the exact sum of the terms' minutes. `rejected` is the first hard rule that said no; then there are
    no terms."""

    member_id: int
    name: str
    score: float
    terms: tuple[Term, ...]
    rejected: str | None = None


def check_ruleset(mode: str, width: int, offer_seconds: int, weights: Mapping[str, float]) -> None:
    """`dispatch.bad_ruleset` with the `field` that is wrong: mode, width, offer_seconds, or a weight's code."""
    low, high = OFFER_SECONDS
    wrong = (
        ("mode", mode not in MODES),
        ("width", not 1 <= width <= MAX_WIDTH),
        ("offer_seconds", not low <= offer_seconds <= high),
        *((code, code not in DEFAULT_WEIGHTS or not abs(rate) <= MAX_WEIGHT) for code, rate in weights.items()),
        ("max_open", not weights.get("max_open", 1) >= 1),
    )
    if field := next((name for name, bad in wrong if bad), None):
        raise Refusal("dispatch.bad_ruleset", field=field)


def score(job: JobNeed, candidate: Candidate, weights: Mapping[str, float] | None = None) -> Scored:
    """Judge one candidate; `weights` replace the defaults by code."""
    rates = {**DEFAULT_WEIGHTS, **weights} if weights else DEFAULT_WEIGHTS
    if rejected := reject(job, candidate, rates):
        return Scored(candidate.member_id, candidate.name, 0.0, (), rejected)
    terms = tuple(_terms(job, candidate, rates))
    return Scored(candidate.member_id, candidate.name, sum(term["minutes"] for term in terms), terms)


def rank(job: JobNeed, candidates: Iterable[Candidate], weights: Mapping[str, float] | None = None) -> list[Scored]:
    """Everybody judged: those who fit, best first, then the rejected."""
    judged = [score(job, candidate, weights) for candidate in candidates]
    return sorted(judged, key=lambda one: (one.rejected is not None, one.score, one.member_id))


def reasons(ranked: Iterable[Scored]) -> tuple[tuple[str, int], ...]:
    """How many were rejected by which rule, the commonest first."""
    return tuple(Counter(one.rejected for one in ranked if one.rejected).most_common())


def reject(job: JobNeed, candidate: Candidate, rates: Mapping[str, float] = DEFAULT_WEIGHTS) -> str | None:
    """The first hard rule that says no."""
    if not candidate.active:
        return "inactive"
    if candidate.refused:
        return candidate.refused
    if not all(skill in candidate.skills for skill in job.skills):
        return "skill"
    if candidate.areas and job.areas is not None and not candidate.areas & job.areas:
        return "area"
    if not works_then(job, candidate):
        return "off_shift"
    if candidate.open_jobs >= rates["max_open"]:
        return "full"
    return None


def works_then(job: JobNeed, candidate: Candidate) -> bool:
    """On duty now for what begins within half a day, or a planned shift overlaps the wanted time."""
    begin = _begin(job)
    if candidate.on_duty and begin - job.now <= ON_DUTY_COVERS:
        return True
    end = max(begin, job.wanted_to or begin)
    return any(start <= end and finish > begin for start, finish in candidate.shifts)


def _begin(job: JobNeed) -> datetime:
    """When the work may begin."""
    return max(job.now, job.wanted_from or job.now)


def _terms(job: JobNeed, candidate: Candidate, rates: Mapping[str, float]) -> Iterable[Term]:
    travel = travel_minutes(candidate.lat, candidate.lon, job.lat, job.lon)
    wait = _wait(job, candidate)
    busy = max(candidate.busy - (_begin(job) - job.now).total_seconds() / 60, 0.0)
    way = UNKNOWN_TRAVEL if travel is None else travel
    yield _term("travel", None if travel is None else round(travel, 1), way * rates["travel"])
    if busy:
        yield _term("busy", round(busy, 1), busy * rates["busy"])
    if candidate.open_jobs:
        yield _term("load", candidate.open_jobs, candidate.open_jobs * rates["load"])
    if wait:
        yield _term("shift", round(wait, 1), min(wait, MOST_WAIT) * rates["shift"])
    if candidate.responsible:
        yield _term("responsible", True, rates["responsible"])
    if candidate.visits:
        yield _term("often", candidate.visits, min(candidate.visits, MOST_VISITS) * rates["often"])
    if candidate.knows_asset:
        yield _term("asset", True, rates["asset"])
    if job.before == candidate.member_id:
        yield _term("return", True, rates["return"])
    level = min((candidate.skills[skill] for skill in job.skills), default=USUAL_LEVEL)
    if level != USUAL_LEVEL:
        yield _term("level", level, (level - USUAL_LEVEL) * rates["level"])
    if candidate.rating is not None:
        yield _term("rating", round(candidate.rating, 1), (candidate.rating - USUAL_RATING) * rates["rating"])
    if late := _late(job, way + busy + wait):
        yield _term("late", round(late, 1), min(late, MOST_LATE) * URGENCY[job.priority] * rates["late"])


def _term(code: str, value: Any, minutes: float) -> Term:
    return {"code": code, "value": value, "minutes": round(minutes * 4) / 4}


def _wait(job: JobNeed, candidate: Candidate) -> float:
    """Minutes until somebody who is not on duty comes to work, counted from when the job may begin."""
    if candidate.on_duty:
        return 0.0
    begin = _begin(job)
    ahead = [max((start - begin).total_seconds() / 60, 0.0) for start, finish in candidate.shifts if finish > begin]
    return min(ahead, default=0.0)


def _late(job: JobNeed, minutes: float) -> float:
    """By how many minutes the promise would be missed."""
    if job.due_at is None:
        return 0.0
    arrival = max(job.now + timedelta(minutes=minutes), _begin(job))
    return max((arrival - job.due_at).total_seconds() / 60, 0.0)


def travel_minutes(lat: float | None, lon: float | None, to_lat: float | None, to_lon: float | None) -> float | None:
    """By car through a city: great circle × detour at 28 km/h, three minutes to park. None if a place is unknown."""
    if lat is None or lon is None or to_lat is None or to_lon is None:
        return None
    a, b, step = radians(lat), radians(to_lat), radians(to_lon - lon)
    chord = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(step / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, chord))) * DETOUR / SPEED_KMH * 60 + STOP_MINUTES


def pay(hourly_rate: Decimal, minutes: int) -> Decimal | None:
    """What the planned time on site earns, in roubles and kopecks; None where the company has set no rate."""
    earned = hourly_rate * minutes / 60
    return earned.quantize(Decimal("0.01"), ROUND_HALF_UP) if earned > 0 else None
