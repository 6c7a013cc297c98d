"""The form of a rule set, read; and what is different between two rule sets, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from admin_web.filters import named, signed
from admin_web.forms import Typed
from core.dispatch.rules import (
    DEFAULT_WEIGHTS,
    ESCALATE_BY,
    ESCALATE_SECONDS,
    MANAGER,
    MAX_WEIGHT,
    MAX_WIDTH,
    MODES,
    MOST_STEPS,
    OFFER_SECONDS,
    REMIND_BY,
    REMIND_FROM,
    SWITCHES,
    Step,
    wrong_step,
)
from core.dispatch.rulesets import MOST_LISTED, USUAL, Rules
from core.kernel.errors import Refusal
from core.kernel.words import Words
from core.orders.rules import KINDS, LEVELS


def rules_typed(values: Typed, code: str, *, tried: bool = False) -> Rules:
    """What the form says; the offer's time is typed in minutes. A rule set that is only tried needs no name."""
    low, high = OFFER_SECONDS
    minutes = values.decimal("offer_minutes", low / 60, high / 60)
    if minutes is None:
        raise Refusal("form.required", field="offer_minutes")
    when, seconds = _when(values), round(minutes * 60)
    return Rules(
        code,
        {"ru": "—", "en": "—"} if tried else values.both("name", 100),
        values.choice("mode", MODES),
        values.whole("width", 1, MAX_WIDTH),
        seconds,
        {} if code == USUAL else when,
        _weights(values),
        tuple(code for code in SWITCHES if code in values.all("off")),
        reminders=_steps(values, "remind", REMIND_BY, REMIND_FROM, seconds - 1),
        escalation=_steps(values, "escalate", ESCALATE_BY, *ESCALATE_SECONDS),
        manager=values.text("manager", 32) or MANAGER,
    )


def _when(values: Typed) -> dict[str, list[Any]]:
    customer_ids = values.rows("customer")
    if len(customer_ids) > MOST_LISTED:
        raise Refusal("dispatch.bad_ruleset", field="customer")
    segments = [part.strip()[:32] for part in values.text("segments", 400).split(",")]
    return {
        "customers": customer_ids,
        "segments": [segment for segment in segments if segment],
        "kinds": [kind for kind in KINDS if kind in values.all("kind")],
        "stages": [stage[:32] for stage in values.all("stage") if stage][:MOST_LISTED],
        "priorities": [level for level in LEVELS if level in values.all("priority")],
    }


def _steps(values: Typed, name: str, ways: tuple[str, ...], low: int, high: int) -> tuple[Step, ...] | None:
    """The rows in which something is to be done, typed in minutes; None where the form has no such rows."""
    if f"{name}.0.how" not in values:
        return None
    rows, steps = [], []
    for n in range(MOST_STEPS):
        if not values.text(f"{name}.{n}.how", 10) and not values.text(f"{name}.{n}.minutes", 30):
            continue
        minutes = values.decimal(f"{name}.{n}.minutes", low / 60, max(low, high) / 60)
        if minutes is None:
            raise Refusal("form.required", field=f"{name}.{n}.minutes")
        rows.append(n)
        steps.append((round(minutes * 60), values.choice(f"{name}.{n}.how", ways)))
    if (wrong := wrong_step(steps, ways, low, high)) is not None:
        raise Refusal("dispatch.bad_ladder", field=f"{name}.{rows[wrong]}.minutes")
    return tuple(steps)


def _weights(values: Typed) -> dict[str, float]:
    """An empty field is the usual weight."""
    found = {}
    for code, usual in DEFAULT_WEIGHTS.items():
        rate = values.decimal(f"weight.{code}", 1 if code == "max_open" else -MAX_WEIGHT, MAX_WEIGHT)
        found[code] = usual if rate is None else float(rate)
    return found


def differences(before: Rules, after: Rules, t: Words, managers: Mapping[str, dict[str, str]]) -> list[str]:
    """What is not the same, a line each."""
    pairs = [
        ("rulesets.diff.name", named(dict(before.name), t), named(dict(after.name), t)),
        ("rulesets.diff.mode", t.text(f"robot.mode.{before.mode}"), t.text(f"robot.mode.{after.mode}")),
        ("robot.width", t.number(before.width), t.number(after.width)),
        ("robot.minutes", t.number(before.offer_seconds / 60), t.number(after.offer_seconds / 60)),
        *_weights_apart(before, after, t),
        ("rulesets.off", _switched(before, t), _switched(after, t)),
        ("ladders.reminders", _ladder(before.reminding, "remind", t), _ladder(after.reminding, "remind", t)),
        ("ladders.escalation", _ladder(before.escalating, "escalate", t), _ladder(after.escalating, "escalate", t)),
        ("ladders.manager", *(named(managers.get(one.manager), t) or one.manager for one in (before, after))),
    ]
    found = [t.text("rulesets.diff", what=t.text(key), before=old, after=new) for key, old, new in pairs if old != new]
    was, becomes = ({name: sorted(held) for name, held in one.when.items() if held} for one in (before, after))
    if was != becomes:
        found.append(t.text("rulesets.diff.when"))
    return found


def _weights_apart(before: Rules, after: Rules, t: Words) -> list[tuple[str, str, str]]:
    """A weight that the desk doesn't know any more weighs nothing, and is not told."""
    was, becomes = ({**DEFAULT_WEIGHTS, **one.weights} for one in (before, after))
    codes = dict.fromkeys(code for one in (was, becomes) for code in one if t.has(f"robot.weight.{code}"))

    def told(rate: float) -> str:
        return signed(rate, t, plus=False)

    return [(f"robot.weight.{code}", told(was.get(code, 0.0)), told(becomes.get(code, 0.0))) for code in codes]


def _switched(one: Rules, t: Words) -> str:
    return ", ".join(t.text(f"rulesets.off.{code}") for code in one.off) or t.text("rulesets.diff.nothing")


def _ladder(steps: Sequence[Step], name: str, t: Words) -> str:
    told = [
        t.text("rulesets.diff.step", minutes=t.number(after / 60), how=t.text(f"ladders.{name}.{how}"))
        for after, how in steps
    ]
    return "; ".join(told) or t.text("rulesets.diff.nothing")
