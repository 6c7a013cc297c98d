"""What is known of a job and of a technician, which rules reject and which weigh. `scoring.py` judges by them.

Each weighted term costs or saves minutes of travel. The sum is the score, the lower the better, and its terms are the
explanation. Minutes are kept to a quarter, so that they add up exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypedDict

REJECTIONS = (
    "inactive",
    "contractor",
    "by_phone",
    "declined",
    "no_answer",
    "taken_away",
    "stopped",
    "skill",
    "level",
    "certificate",
    "vehicle",
    "tool",
    "area",
    "absent",
    "off_shift",
    "full",
)
"""Hard rules in the order in which they are told; the first that says no is a candidate's reason."""

SWITCHES = ("vehicle", "tool", "area", "off_shift", "full", "contractor")
"""Hard rules that a rule set may switch off. With `contractor` off the robot asks people from outside too, whoever of
them takes jobs by the bot."""
OUTSIDE = frozenset({"contractor", "by_phone"})
"""Hard rules of the robot alone: a dispatcher who asks for contractors asks all of them."""

TERMS = (
    "travel",
    "priority",
    "busy",
    "load",
    "shift",
    "late",
    "slack",
    "responsible",
    "often",
    "asset",
    "return",
    "level",
    "rating",
    "parts",
    "cost",
    "fair",
)

DEFAULT_WEIGHTS: dict[str, float] = {
    "travel": 1.0,
    "priority": 1.0,
    "busy": 1.0,
    "load": 15.0,
    "shift": 0.5,
    "late": 1.0,
    "slack": 0.25,
    "responsible": -20.0,
    "often": -3.0,
    "asset": -10.0,
    "return": -25.0,
    "level": -4.0,
    "rating": -6.0,
    "parts": 30.0,
    "cost": 2.0,
    "fair": 4.0,
    "max_open": 8.0,
}
"""Minutes of travel for one of what a term measures; `max_open` is no term but the hard rule's number."""

MODES = ("auto", "offer", "hint", "manual")
MAX_WIDTH = 50
OFFER_SECONDS = (15, 86_400)
MAX_WEIGHT = 1000.0
URGENCY = {"low": 0.5, "normal": 1.0, "high": 1.5, "urgent": 2.0}
UNKNOWN_TRAVEL = 30.0
USUAL_RATING = 4.5
MOST_VISITS = 5
MOST_LATE = 240.0
MOST_WAIT = 120.0
RESERVE = 60.0
ON_DUTY_COVERS = timedelta(hours=12)
OVERTIME = timedelta(hours=4)

EARTH_KM = 6371.0088
DETOUR = 1.4
SPEED_KMH = 28.0
STOP_MINUTES = 3.0

Span = tuple[datetime, datetime]
Stop = tuple[float, float, float]
"""A visit still to be made that day: latitude, longitude, minutes on site."""
Step = tuple[int, str]
"""A step of a ladder: seconds since the offer was made, or since nobody has the job, and by what somebody is told."""

REMIND_BY = ("chat", "sms", "voice")
ESCALATE_BY = ("group", "chat", "sms", "voice")
"""The dispatchers' group once more, or the manager."""
MOST_STEPS = 6
REMIND_FROM = 10
ESCALATE_SECONDS = (60, 7 * 86_400)
REMINDED_OFFER = 120
"""A shorter offer is too short to be reminded of, unless the company says so."""
USUAL_ESCALATION: tuple[Step, ...] = ((900, "chat"),)
MANAGER = "admin"


@dataclass(frozen=True, slots=True)
class JobNeed:
    """What a job asks for. `wanted` is when to come: from (not before `now`) and by when, if that is known.

    `skills` are needed levels by code, `certificates` must be valid on `day` (in the company's zone). `areas` are the
    parts of the map it lies in; None when its place is unknown. `due_at` is the promised arrival. `before` is who was
    there when this is a return visit. `duration` is planned minutes on site.
    """

    job_id: int
    order_id: int
    now: datetime
    priority: str = "normal"
    lat: float | None = None
    lon: float | None = None
    areas: frozenset[int] | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    certificates: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    vehicles: frozenset[str] = frozenset()
    day: date | None = None
    wanted_from: datetime | None = None
    wanted_to: datetime | None = None
    due_at: datetime | None = None
    before: int | None = None
    duration: int = 60

    @property
    def begin(self) -> datetime:
        """When the work may begin."""
        return max(self.now, self.wanted_from or self.now)

    @property
    def visit_day(self) -> date:
        return self.day or self.begin.date()


@dataclass(frozen=True, slots=True)
class Way:
    """Where somebody is, and the visits that they still have that day."""

    lat: float | None
    lon: float | None
    route: Sequence[Stop] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A technician. `lat`/`lon`: where the running job is, else seen last, else home. `busy` is minutes until the
    running job is over; `route` are the visits after it in the order of the day's plan. `open_jobs` counts what they
    have to do, `today` is minutes of work given for today. `lacks` is the share of needed parts that is not in the
    van. `certificates` by code: valid through that day (None: for ever). `kit` are tools and vehicles. `stopped`: on
    the stop-list of the customer or site. `refused`: declined, no_answer or taken_away, if they had to do with this
    job before. `went_home`: when the last shift ended. A `contractor` comes from outside, by no rota of ours; `by_bot`:
    the bot can ask them."""

    member_id: int
    name: str
    active: bool = True
    on_duty: bool = False
    shifts: Sequence[Span] = ()
    away: Sequence[Span] = ()
    skills: Mapping[str, int] = field(default_factory=dict)
    certificates: Mapping[str, date | None] = field(default_factory=dict)
    kit: frozenset[str] = frozenset()
    areas: frozenset[int] = frozenset()
    stopped: bool = False
    lat: float | None = None
    lon: float | None = None
    route: Sequence[Stop] = ()
    open_jobs: int = 0
    busy: float = 0.0
    today: float = 0.0
    responsible: bool = False
    visits: int = 0
    knows_asset: bool = False
    rating: float | None = None
    lacks: float = 0.0
    hourly_rate: float = 0.0
    refused: str | None = None
    went_home: datetime | None = None
    contractor: bool = False
    by_bot: bool = True


class Term(TypedDict):
    """One line of the explanation: `value` is what was measured, `minutes` what it costs (or saves, if negative)."""

    code: str
    value: Any
    minutes: float


@dataclass(frozen=True, slots=True)
class Scored:
    """`score` is the exact sum of the terms' minutes. `rejected` is the first hard rule that said no, `detail` the
    code of what is missing; then there are no terms."""

    member_id: int
    name: str
    score: float
    terms: tuple[Term, ...]
    rejected: str | None = None
    detail: str = ""


def pay(hourly_rate: Decimal, minutes: int) -> Decimal | None:
    """What the planned time on site earns, in roubles and kopecks; None where the company has set no rate."""
    earned = hourly_rate * minutes / 60
    return earned.quantize(Decimal("0.01"), ROUND_HALF_UP) if earned > 0 else None


def usual_reminders(offer_seconds: int) -> tuple[Step, ...]:
    """One word in the chat when half of the time is over."""
    return ((offer_seconds // 2, "chat"),) if offer_seconds >= REMINDED_OFFER else ()


def usual_escalation(mode: str) -> tuple[Step, ...]:
    """Where dispatchers choose by themselves nobody is told above them, unless the company says so."""
    return () if mode in ("hint", "manual") else USUAL_ESCALATION


def wrong_step(steps: Sequence[Step], ways: Sequence[str], low: int, high: int) -> int | None:
    """Which step can't be: it comes by no known way, outside of `low` to `high` seconds, not after the one before it,
    or is one too many."""
    before = low - 1
    for n, (after, how) in enumerate(steps):
        if n >= MOST_STEPS or how not in ways or not before < after <= high:
            return n
        before = after
    return None


def steps_due(steps: Sequence[Step], told: int, elapsed: float) -> tuple[list[Step], Step | None]:
    """Steps whose time has come and that were not done (`told`: the seconds of the last one that was), and the next."""
    left = [step for step in steps if step[0] > told]
    due = [step for step in left if step[0] <= elapsed]
    return due, next(iter(left[len(due) :]), None)


def out_of_reach(how: str, *, chat: bool, phone: bool, vendor: bool) -> str | None:
    """Why somebody can't be told that way: no_chat with the bot, no_vendor of SMS or calls, no_phone."""
    if how == "chat":
        return None if chat else "no_chat"
    return "no_vendor" if not vendor else None if phone else "no_phone"
