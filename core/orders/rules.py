"""The life of a job and of an order, as data: states, verbs, guards and the configured stages.

Code branches on states only. A company names its own stages; each maps to a state and may name guards that must be
content before a job enters it. Rooms above register guards:

    @guard("finish")
    async def photos(check: Check) -> list[dict[str, Any]]:
        return [] if … else [{"code": "photo_after"}]

What they return is what is still missing, and the person is told all of it at once.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from core.kernel.errors import Refusal

STATES = ("new", "offered", "assigned", "travelling", "on_site", "paused", "done", "closed", "cancelled")
RUNNING = ("travelling", "on_site")
OVER = ("done", "closed", "cancelled")
OPEN = tuple(state for state in STATES if state not in OVER)
PRECEDENCE = ("on_site", "travelling", "paused", "assigned", "offered", "new", "done", "closed", "cancelled")

LEVELS = ("low", "normal", "high", "urgent")
KINDS = ("repair", "maintenance", "install", "inspection", "other")
OUTCOMES = ("done", "partly", "no_access", "part_needed")
PHASES = ("request", "before", "after", "proof", "chat", "act")
STEP_BACK_WITHIN = timedelta(minutes=10)
SUMMARY_LENGTH = 200
TITLE_LENGTH = 200
MAX_REASON = 300
MAX_ADDRESS = 300
MOST_JOBS = 20
"""Open jobs of one order: more is a slip of somebody's hand."""
MOST_FEE = Decimal(99_999_999)


def draft_key(chat_id: int, number: int) -> str:
    """The key of the order that a customer's draft becomes: one draft makes one order."""
    return f"customer:{chat_id}:{number}"


def order_state(states: Iterable[str]) -> str:
    """The order's state: that of its liveliest job; over only when all jobs are. Without jobs it is new."""
    return min(states, key=PRECEDENCE.index, default="new")


@dataclass(frozen=True, slots=True)
class Transition:
    """One verb of a job. `target` is None where the way on depends on the way so far (`resume_state`, `back_state`).

    `who`: `assignee` (with `orders.work`), `dispatcher` (`orders.dispatch`), `desk` (other rooms and reactions).
    `stamp` is the column that gets the present, `clears` those that become null. `public`: the customer reads it.
    """

    sources: tuple[str, ...]
    target: str | None
    who: tuple[str, ...]
    stamp: str | None = None
    clears: tuple[str, ...] = ()
    public: bool = False


_STEPS = ("assignee", "dispatcher")
_VISIT = ("accepted_at", "travelling_at", "arrived_at", "eta_at")

TRANSITIONS: dict[str, Transition] = {
    "offer": Transition(("new",), "offered", ("desk",)),
    "retract": Transition(("offered",), "new", ("desk",)),
    "accept": Transition(("offered",), "assigned", ("assignee",), "accepted_at", public=True),
    "assign": Transition(("new", "offered"), "assigned", ("dispatcher",), "accepted_at", public=True),
    "unassign": Transition(("assigned", "paused"), "new", ("dispatcher",), clears=("assignee_id", "fee", *_VISIT)),
    "travel": Transition(("assigned", "paused"), "travelling", _STEPS, "travelling_at", ("arrived_at",), True),
    "arrive": Transition(("assigned", "travelling"), "on_site", _STEPS, "arrived_at", public=True),
    "pause": Transition(("travelling", "on_site"), "paused", _STEPS, clears=("eta_at",), public=True),
    "resume": Transition(("paused",), None, _STEPS, public=True),
    "finish": Transition(("on_site",), "done", _STEPS, "done_at", public=True),
    "step_back": Transition(("travelling", "on_site", "done"), None, _STEPS),
    "close": Transition(("done",), "closed", ("desk", "dispatcher"), public=True),
    "cancel": Transition(OPEN, "cancelled", ("desk", "dispatcher"), clears=("eta_at",)),
    "restore": Transition(("cancelled",), None, ("desk",)),
}

ENTRY_KINDS = (
    *(f"job.{verb}" for verb in TRANSITIONS),
    "job.created",
    "job.left",
    "job.stage",
    "job.comment",
    "job.fee",
    "order.created",
    "order.changed",
    "order.priority",
    "order.moved",
    "order.cancelled",
    "order.reopened",
    "order.merged",
    "order.absorbed",
    "order.unmerged",
    "order.gave_back",
    "order.closed",
    "order.needs_help",
    "order.attached",
    "order.located",
    "order.not_located",
    "order.passed",
)


def check_fee(fee: Decimal) -> Decimal:
    """Roubles and whole kopecks, not below zero and not beyond MOST_FEE; `orders.bad_fee` otherwise."""
    if not fee.is_finite() or not 0 <= fee <= MOST_FEE or fee != fee.quantize(Decimal("0.01")):
        raise Refusal("orders.bad_fee")
    return fee


def resume_state(arrived: bool, travelled: bool) -> str:
    """Where a paused job goes on."""
    return "on_site" if arrived else "travelling" if travelled else "assigned"


def back_state(state: str, travelled: bool) -> str:
    """The step before `state`. KeyError where there is none."""
    if state == "on_site":
        return "travelling" if travelled else "assigned"
    return {"travelling": "assigned", "done": "on_site"}[state]


BACK_CLEARS = {
    "travelling": ("travelling_at", "eta_at"),
    "on_site": ("arrived_at",),
    "done": ("done_at", "outcome"),
}
LAST_STEP = {"travelling": "travelling_at", "on_site": "arrived_at", "done": "done_at"}

Stage = dict[str, Any]

DEFAULT_LIFECYCLE: list[Stage] = [
    {"code": "new", "state": "new", "name": {"ru": "Новый", "en": "New"}},
    {"code": "offered", "state": "offered", "name": {"ru": "Предложен", "en": "Offered"}},
    {"code": "assigned", "state": "assigned", "name": {"ru": "Назначен", "en": "Assigned"}},
    {"code": "travelling", "state": "travelling", "name": {"ru": "В пути", "en": "On the way"}},
    {"code": "on_site", "state": "on_site", "name": {"ru": "На объекте", "en": "On site"}},
    {"code": "paused", "state": "paused", "name": {"ru": "Приостановлен", "en": "Paused"}},
    {"code": "done", "state": "done", "name": {"ru": "Выполнен", "en": "Done"}, "guards": ["finish"]},
    {"code": "closed", "state": "closed", "name": {"ru": "Закрыт", "en": "Closed"}, "guards": ["close"]},
    {"code": "cancelled", "state": "cancelled", "name": {"ru": "Отменён", "en": "Cancelled"}},
]


def validate_stages(stages: list[Stage]) -> None:
    """Refusal("orders.bad_lifecycle", reason=…, stage=…) unless each state has a stage and each stage is whole."""
    seen: set[str] = set()
    for stage in stages:
        code = str(stage.get("code", ""))
        if not code or len(code) > 32 or code in seen:
            raise Refusal("orders.bad_lifecycle", reason="code", stage=code)
        seen.add(code)
        if stage.get("state") not in STATES:
            raise Refusal("orders.bad_lifecycle", reason="state", stage=code)
        if not all(str(stage.get("name", {}).get(locale, "")).strip() for locale in ("ru", "en")):
            raise Refusal("orders.bad_lifecycle", reason="name", stage=code)
        if any(name not in GUARDS for name in stage.get("guards", ())):
            raise Refusal("orders.bad_lifecycle", reason="guard", stage=code)
    if missing := [state for state in STATES if state not in {stage["state"] for stage in stages}]:
        raise Refusal("orders.bad_lifecycle", reason="missing", stage=missing[0])


def first_stage(stages: list[Stage], state: str) -> Stage:
    """The stage that a job enters when it comes to `state`."""
    return next(stage for stage in stages if stage["state"] == state)


def stage_of(stages: list[Stage], code: str) -> Stage | None:
    return next((stage for stage in stages if stage["code"] == code), None)


@dataclass(frozen=True, slots=True)
class Check:
    """What a guard is asked about. `outcome` is set when the verb is finish, or the job has finished before."""

    verb: str
    order_id: int
    job_id: int
    member_id: int | None
    outcome: str | None


Missing = dict[str, Any]
Guard = Callable[[Check], Awaitable[list[Missing]]]
GUARDS: dict[str, list[Guard]] = {"finish": [], "close": []}


def guard(name: str) -> Callable[[Guard], Guard]:
    """Register a guard under a name that lifecycles may mention. Several may share a name; all are asked."""

    def register(function: Guard) -> Guard:
        GUARDS.setdefault(name, []).append(function)
        return function

    return register


def summary_of(words: str) -> str:
    """The first line that says something, cut at a word to SUMMARY_LENGTH characters."""
    line = next((line.strip() for line in words.splitlines() if line.strip()), "")
    if len(line) <= SUMMARY_LENGTH:
        return line
    return line[: SUMMARY_LENGTH - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"
