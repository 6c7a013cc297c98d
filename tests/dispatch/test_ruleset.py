"""What a rule set may say, which holds for a job, and where two of them meet."""

from dataclasses import replace
from typing import Any

import pytest

from core.dispatch.rules import DEFAULT_WEIGHTS, MODES
from core.dispatch.rulesets import Rules, check, choose, overlaps, unreachable
from core.kernel.errors import Refusal

USUAL = Rules("usual", {"ru": "Обычные", "en": "Usual"}, "auto", 1, 300)


@pytest.mark.parametrize("mode", MODES)
def test_the_usual_weights_fit_every_mode(mode: str) -> None:
    check(replace(USUAL, mode=mode, width=3, weights=DEFAULT_WEIGHTS))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"mode": "magic"}, "mode"),
        ({"width": 0}, "width"),
        ({"width": 51}, "width"),
        ({"offer_seconds": 14}, "offer_seconds"),
        ({"offer_seconds": 86_401}, "offer_seconds"),
        ({"weights": {"luck": 1.0}}, "weight.luck"),
        ({"weights": {"travel": float("nan")}}, "weight.travel"),
        ({"weights": {"travel": 1000.5}}, "weight.travel"),
        ({"weights": {"max_open": 0.0}}, "weight.max_open"),
        ({"off": ("skill",)}, "off"),
        ({"reminders": ((9, "chat"),)}, "reminders"),
        ({"reminders": ((300, "chat"),)}, "reminders"),
        ({"reminders": ((60, "group"),)}, "reminders"),
        ({"reminders": ((60, "chat"), (60, "sms"))}, "reminders"),
        ({"reminders": tuple((n, "chat") for n in range(10, 17))}, "reminders"),
        ({"escalation": ((59, "group"),)}, "escalation"),
        ({"escalation": ((604_801, "group"),)}, "escalation"),
        ({"escalation": ((120, "chat"), (60, "sms"))}, "escalation"),
        ({"escalation": ((60, "pigeon"),)}, "escalation"),
        ({"manager": ""}, "manager"),
        ({"name": {"ru": "", "en": "x"}}, "name"),
        ({"when": {"kinds": ["repair"]}}, "when"),
        ({"code": "own", "when": {"kinds": ["magic"]}}, "when"),
        ({"code": "own", "when": {"priorities": ["magic"]}}, "when"),
        ({"code": "own", "when": {"customers": ["1"]}}, "when"),
        ({"code": "own", "when": {"segments": [""]}}, "when"),
        ({"code": "own", "when": {"moons": [1]}}, "when"),
    ],
)
def test_the_wrong_field_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        check(replace(USUAL, **changes))
    assert (refused.value.code, refused.value.data["field"]) == ("dispatch.bad_ruleset", field)


@pytest.mark.parametrize(
    ("changes", "reminding", "escalating"),
    [
        ({}, ((150, "chat"),), ((900, "chat"),)),
        ({"offer_seconds": 119}, (), ((900, "chat"),)),
        ({"reminders": (), "escalation": ()}, (), ()),
        ({"mode": "hint"}, ((150, "chat"),), ()),
        ({"mode": "manual", "escalation": ((60, "group"),)}, ((150, "chat"),), ((60, "group"),)),
        ({"reminders": ((10, "voice"), (299, "sms"))}, ((10, "voice"), (299, "sms")), ((900, "chat"),)),
    ],
)
def test_the_usual_ladders_hold_where_nothing_is_said(changes: dict[str, Any], reminding: Any, escalating: Any) -> None:
    rules = replace(USUAL, **changes)
    check(rules)
    assert (rules.reminding, rules.escalating) == (reminding, escalating)


def made(first: int, **when: Any) -> Rules:
    return replace(USUAL, code=f"set{first}", first=first, when=when)


JOB = {"customer_id": 3, "segment": "vip", "kind": "repair", "stage": "new", "priority": "urgent"}
CUSTOMER, SEGMENT = made(5, customers=[3]), made(2, segments=["vip"])
KIND, STAGE, PRIORITY = made(3, kinds=["repair"]), made(6, stages=["new"]), made(4, priorities=["urgent"])


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([USUAL], "usual"),
        ([USUAL, made(1, customers=[4])], "usual"),
        ([USUAL, PRIORITY], "set4"),
        ([USUAL, PRIORITY, STAGE], "set6"),
        ([USUAL, PRIORITY, STAGE, KIND], "set3"),
        ([USUAL, PRIORITY, STAGE, KIND, SEGMENT], "set2"),
        ([USUAL, PRIORITY, STAGE, KIND, SEGMENT, CUSTOMER], "set5"),
        ([made(7, segments=["vip"], kinds=["repair"]), SEGMENT, PRIORITY], "set7"),
        ([made(9, customers=[3]), CUSTOMER], "set5"),
        ([made(8, customers=[3], kinds=["install"]), SEGMENT], "set2"),
    ],
)
def test_the_most_specific_holds_and_of_equals_the_older(listed: list[Rules], expected: str) -> None:
    for order in (listed, listed[::-1]):
        found = choose(order, JOB)
        assert found is not None
        assert found.code == expected


def test_overlaps_and_ties_are_found() -> None:
    pairs = overlaps([USUAL, SEGMENT, KIND, made(9, kinds=["repair", "install"]), made(10, kinds=["other"])])
    assert [(winner.code, loser.code, tie) for winner, loser, tie in pairs] == [
        ("set2", "set3", False),
        ("set2", "set9", False),
        ("set2", "set10", False),
        ("set3", "set9", True),
    ]


def test_a_ruleset_that_never_holds_is_found() -> None:
    assert [(one.code, by.code) for one, by in unreachable([USUAL, KIND, made(9, kinds=["repair"]), SEGMENT])] == [
        ("set9", "set3")
    ]
