"""Named rule sets: which holds for a job, what one may say, where two of them meet. Pure.

`{"code": "vip", "name": {ru, en}, "when": {"customers": [3], "segments": ["vip"], "kinds": ["repair"],
"stages": ["new"], "priorities": ["urgent"]}, "mode": "offer", "width": 3, "offer_seconds": 300,
"weights": {"travel": 2.0}, "off": ["area"], "reminders": [[120, "chat"], [240, "sms"]],
"escalation": [[600, "group"], [900, "chat"]], "manager": "admin"}`

A condition that is empty or left out fits everybody. Of those that fit the most specific holds: a customer outweighs a
segment, that a kind of order, that a stage, that a priority, however many of the lesser ones are named; of equals the
one that was made first. `weights` name only what differs from the usual. `off` are hard rules that don't count.
`reminders` are told to whoever does not answer an offer, `escalation` to the group or to members of the role `manager`
while nobody has the job; null or left out is the usual ladder, an empty list none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.dispatch.rules import (
    DEFAULT_WEIGHTS,
    ESCALATE_BY,
    ESCALATE_SECONDS,
    MANAGER,
    MAX_WEIGHT,
    MAX_WIDTH,
    MODES,
    OFFER_SECONDS,
    REMIND_BY,
    REMIND_FROM,
    SWITCHES,
    Step,
    usual_escalation,
    usual_reminders,
    wrong_step,
)
from core.kernel.errors import Refusal
from core.kernel.words import LOCALES
from core.orders.rules import KINDS, LEVELS

USUAL = "usual"
MOST_RULESETS = 200
MOST_LISTED = 200
CONDITIONS = {
    "customers": "customer_id",
    "segments": "segment",
    "kinds": "kind",
    "stages": "stage",
    "priorities": "priority",
}
"""Lists of a rule set's `when`, the most specific first, and what of a job each is about."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A version of a rule set. `id` 0: nobody has written one yet, these are the company's usual rules. `first` is the
    id of its first version; the older of two equals holds."""

    code: str
    name: Mapping[str, str]
    mode: str
    width: int
    offer_seconds: int
    when: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    off: tuple[str, ...] = ()
    id: int = 0
    first: int = 0
    reminders: tuple[Step, ...] | None = None
    escalation: tuple[Step, ...] | None = None
    manager: str = MANAGER

    @property
    def reminding(self) -> tuple[Step, ...]:
        return usual_reminders(self.offer_seconds) if self.reminders is None else self.reminders

    @property
    def escalating(self) -> tuple[Step, ...]:
        return usual_escalation(self.mode) if self.escalation is None else self.escalation

    @property
    def offers(self) -> int:
        """How many offers stand at a time."""
        return 1 if self.mode == "auto" else self.width


def specificity(when: Mapping[str, Sequence[Any]]) -> tuple[bool, ...]:
    return tuple(bool(when.get(name)) for name in CONDITIONS)


def fits(when: Mapping[str, Sequence[Any]], facts: Mapping[str, Any]) -> bool:
    """`facts`: customer_id, segment, kind, stage, priority."""
    return all(not when.get(name) or facts[fact] in when[name] for name, fact in CONDITIONS.items())


def choose(rulesets: Iterable[Rules], facts: Mapping[str, Any]) -> Rules | None:
    """The one that holds for a job."""
    found = [one for one in rulesets if fits(one.when, facts)]
    return max(found, key=lambda one: (specificity(one.when), -one.first), default=None)


def meets(one: Mapping[str, Sequence[Any]], other: Mapping[str, Sequence[Any]]) -> bool:
    """Whether some job could fit both conditions."""
    return all(not one.get(name) or not other.get(name) or set(one[name]) & set(other[name]) for name in CONDITIONS)


def overlaps(rulesets: Sequence[Rules]) -> list[tuple[Rules, Rules, bool]]:
    """Pairs that fit the same jobs: who holds, who gives way, and whether they are equally specific (a tie). Whoever
    only gives way to a more specific one with every condition of its own is no surprise, and is left out."""
    found = []
    for at, one in enumerate(rulesets):
        for other in rulesets[at + 1 :]:
            if not meets(one.when, other.when):
                continue
            winner, loser = sorted((one, other), key=lambda r: (specificity(r.when), -r.first), reverse=True)
            named, less = specificity(winner.when), specificity(loser.when)
            if named == less or any(b and not a for a, b in zip(named, less, strict=True)):
                found.append((winner, loser, named == less))
    return found


def unreachable(rulesets: Sequence[Rules]) -> list[tuple[Rules, Rules]]:
    """Rule sets that never hold, with an older one that asks the same or less of a job and is as specific."""
    found = []
    for one in rulesets:
        for other in rulesets:
            same = specificity(one.when) == specificity(other.when) and other.first < one.first
            if same and all(set(one.when.get(name, ())) <= set(other.when.get(name, ())) for name in CONDITIONS):
                found.append((one, other))
                break
    return found


def check(one: Rules) -> None:
    """`dispatch.bad_ruleset` with the `field` that is wrong: name, when, mode, width, offer_seconds, off, reminders,
    escalation, manager, or `weight.<code>`."""
    low, high = OFFER_SECONDS
    wrong = (
        ("name", not all(0 < len(one.name.get(locale, "").strip()) <= 100 for locale in LOCALES)),
        ("when", not _is_when(one.when) or (one.code == USUAL and any(specificity(one.when)))),
        ("mode", one.mode not in MODES),
        ("width", not 1 <= one.width <= MAX_WIDTH),
        ("offer_seconds", not low <= one.offer_seconds <= high),
        ("off", not set(one.off) <= set(SWITCHES)),
        ("reminders", wrong_step(one.reminding, REMIND_BY, REMIND_FROM, one.offer_seconds - 1) is not None),
        ("escalation", wrong_step(one.escalating, ESCALATE_BY, *ESCALATE_SECONDS) is not None),
        ("manager", not 0 < len(one.manager) <= 32),
        *((f"weight.{code}", _bad_weight(code, rate)) for code, rate in one.weights.items()),
    )
    if found := next((name for name, bad in wrong if bad), None):
        raise Refusal("dispatch.bad_ruleset", field=found)


def _bad_weight(code: str, rate: float) -> bool:
    if code not in DEFAULT_WEIGHTS or not abs(rate) <= MAX_WEIGHT:
        return True
    return code == "max_open" and rate < 1


def _is_when(when: Mapping[str, Sequence[Any]]) -> bool:
    if set(when) - set(CONDITIONS) or any(len(listed) > MOST_LISTED for listed in when.values()):
        return False
    words = [text for name in ("segments", "stages") for text in when.get(name, ())]
    return (
        all(type(one) is int for one in when.get("customers", ()))
        and all(isinstance(text, str) and 0 < len(text) <= 32 for text in words)
        and set(when.get("kinds", ())) <= set(KINDS)
        and set(when.get("priorities", ())) <= set(LEVELS)
    )
