"""What is promised to whom, as data: a list of policies, of which the first that fits an order holds. Pure.

`{"code": "vip", "name": {ru, en}, "when": {"contracts": [3], "segments": ["vip"], "kinds": ["repair"],
"priorities": ["urgent"]}, "minutes": {"response": 15, "arrival": 120, "resolution": 480}, "calendar": "office",
"warn": [50, 80], "pauses": [{"stage": "paused", "reasons": ["Жду деталь"]}],
"norms": [{"stage": "offered", "minutes": 10}, {"stage": "paused", "minutes": 60, "pauses": true}]}`

A condition that is empty or left out fits everybody. `calendar` is a calendar's code; empty: around the clock. `warn`:
at which per cent of the time dispatchers are warned. `pauses`: at which stages the clocks stand still; without reasons
at any. `norms`: how long a job may stand at a stage; with `pauses` the reasons that stop the other clocks stop this one
too. Where no policy fits, the company's minutes hold, around the clock; a contract's own minutes stand over both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.company.rules import MAX_SLA_MINUTES
from core.kernel.errors import Refusal
from core.kernel.words import LOCALES
from core.orders.rules import KINDS as ORDER_KINDS
from core.orders.rules import LEVELS, Stage
from core.sla.rules import KINDS

USUAL_WARN = (80,)
MOST_POLICIES, MOST_WARNINGS, MOST_REASONS = 50, 5, 20
CONDITIONS = {"contracts": "contract_id", "segments": "segment", "kinds": "kind", "priorities": "priority"}
"""Lists of a policy's `when`, and what of an order each is about."""
NO_NORM = ("closed", "cancelled")
"""A job never leaves these, so its stay there has no norm."""

Policy = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class At:
    """Where a job stands: its stage, the stage's name, and why it was paused last."""

    stage: str
    name: str
    reason: str


def choose(policies: Sequence[Policy], facts: Mapping[str, Any]) -> Policy | None:
    """The first policy whose every condition holds; `facts`: contract_id, segment, kind, priority."""
    return next((one for one in policies if _fits(one.get("when", {}), facts)), None)


def _fits(when: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    return all(not when.get(name) or facts[fact] in when[name] for name, fact in CONDITIONS.items())


def pause_of(pauses: Sequence[Mapping[str, Any]], jobs: Sequence[At]) -> At | None:
    """Why the clocks stand still, when they do: every job that is not over stands at a stage that stops them."""
    stopping = [job for job in jobs if any(_stops(pause, job) for pause in pauses)]
    return stopping[0] if stopping and len(stopping) == len(jobs) else None


def _stops(pause: Mapping[str, Any], job: At) -> bool:
    if pause["stage"] != job.stage:
        return False
    reasons = {text.casefold() for text in pause.get("reasons", ())}
    return not reasons or job.reason.casefold() in reasons


def check(policies: Any, calendars: Sequence[str], stages: Sequence[Stage]) -> None:
    """Refuse what is no list of policies: `sla.bad_policy` with the policy's `policy` code and the `field`.
    `calendars` are the codes that there are, `stages` the lifecycle."""
    if not isinstance(policies, list) or len(policies) > MOST_POLICIES:
        raise Refusal("sla.bad_policy", policy="", field="policies")
    seen: set[str] = set()
    for one in policies:
        code = one.get("code") if isinstance(one, dict) else None
        if not isinstance(code, str) or not 0 < len(code) <= 32 or code in seen:
            raise Refusal("sla.bad_policy", policy=str(code), field="code")
        seen.add(code)
        if wrong := _wrong_field(one, calendars, stages):
            raise Refusal("sla.bad_policy", policy=code, field=wrong)


def _wrong_field(one: Policy, calendars: Sequence[str], stages: Sequence[Stage]) -> str | None:
    codes = [stage["code"] for stage in stages]
    left = [stage["code"] for stage in stages if stage["state"] not in NO_NORM]
    pauses, fine = one.get("pauses", []), _is_pauses(one.get("pauses", []), codes)
    stops = [pause["stage"] for pause in pauses if pause.get("reasons")] if fine else []
    good = {
        "name": _is_name(one.get("name")),
        "when": _is_when(one.get("when", {})),
        "minutes": _is_minutes(one.get("minutes")),
        "calendar": one.get("calendar", "") in ("", *calendars),
        "warn": _is_warn(one.get("warn", list(USUAL_WARN))),
        "pauses": fine,
        "norms": _is_norms(one.get("norms", []), left, stops),
    }
    return next((name for name, whole in good.items() if not whole), None)


def _is_name(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(locale), str) and 0 < len(value[locale].strip()) <= 100 for locale in LOCALES
    )


def _is_when(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) - set(CONDITIONS):
        return False
    lists = all(isinstance(listed, list) for listed in value.values())
    return lists and (
        all(type(one) is int for one in value.get("contracts", ()))
        and all(isinstance(one, str) and one for one in value.get("segments", ()))
        and set(value.get("kinds", ())) <= set(ORDER_KINDS)
        and set(value.get("priorities", ())) <= set(LEVELS)
    )


def _is_minutes(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) != set(KINDS):
        return False
    if not all(type(n) is int and 1 <= n <= MAX_SLA_MINUTES for n in value.values()):
        return False
    return bool(value["response"] <= value["arrival"] <= value["resolution"])


def _is_warn(value: Any) -> bool:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_WARNINGS:
        return False
    return all(type(n) is int and 1 <= n <= 99 for n in value) and sorted(set(value)) == value


def _is_pauses(value: Any, stages: Sequence[str]) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and one.get("stage") in stages
        and isinstance(reasons := one.get("reasons", []), list)
        and len(reasons) <= MOST_REASONS
        and all(isinstance(text, str) and 0 < len(text) <= 300 for text in reasons)
        for one in value
    )


def _is_norms(value: Any, stages: Sequence[str], stops: Sequence[str]) -> bool:
    """`stops`: where some reasons stop the clocks. Where any does, a norm that stands with them would never run."""
    if not isinstance(value, list) or not all(isinstance(one, dict) and one.get("stage") in stages for one in value):
        return False
    return len({one["stage"] for one in value}) == len(value) and all(
        type(one.get("minutes")) is int
        and 1 <= one["minutes"] <= MAX_SLA_MINUTES
        and type(one.get("pauses", False)) is bool
        and (not one.get("pauses") or one["stage"] in stops)
        for one in value
    )
