"""The company's row: made once, changed by those who may, read at no cost."""

from decimal import Decimal
from typing import Any

import pytest

from core.company import actions, queries
from core.company.rules import RULES, checked
from core.kernel.actor import Actor
from core.kernel.clock import clock
from core.kernel.errors import NotAllowed, Refusal
from core.kernel.work import work


async def test_it_has_defaults_before_anyone_set_anything(desk: str) -> None:
    view = await queries.company()
    assert view.zone == "Europe/Moscow"
    assert view.rule("geofence_metres") == 200
    assert str(view.tz) == "Europe/Moscow"


async def test_it_shows_a_change_at_once_and_counts_revisions(desk: str) -> None:
    await queries.company()
    async with work():
        await actions.update(name=" Холод-Сервис ", vat_rate=Decimal("22"), inn="7701234567")
        assert (await queries.company()).name == "Холод-Сервис"
        await actions.set_rule("strangers_may_order", False)
    view = await queries.company()
    assert (view.name, view.vat_rate, view.revision) == ("Холод-Сервис", Decimal("22.00"), 2)
    assert view.rule("strangers_may_order") is False


async def test_it_keeps_settings_when_ensured_again(desk: str) -> None:
    async with work():
        await actions.update(name="Холод")
    async with work():
        await actions.ensure()
    assert (await queries.company()).name == "Холод"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("zone", "Moon/Sea"),
        ("zone", "../etc"),
        ("locale", "de"),
        ("colour", "red"),
        ("inn", "77"),
        ("kpp", "12345678X"),
        ("vat_rate", Decimal("101")),
        ("phone", "1" * 21),
    ],
)
async def test_it_refuses_nonsense_on_the_card(desk: str, field: str, value: Any) -> None:
    with pytest.raises(Refusal) as refused:
        async with work():
            await actions.update(**{field: value})
    assert refused.value.code == "company.bad_field"


async def test_it_is_changed_by_those_who_may(desk: str) -> None:
    with pytest.raises(NotAllowed):
        async with work(Actor("member", 1, frozenset({"orders.dispatch"}))):
            await actions.set_rule("low_rating", 2)


async def test_its_clock_moves_forward_only_and_after_the_commit(desk: str) -> None:
    async with work():
        await actions.set_clock_offset(3600)
        assert clock.offset == 0
    assert clock.offset == 3600
    with pytest.raises(Refusal):
        async with work():
            await actions.set_clock_offset(60)
    clock.offset = 0
    await actions.load_clock()
    assert clock.offset == 3600


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_default_is_a_good_value(name: str) -> None:
    assert checked(name, RULES[name]) == RULES[name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strangers_may_order", 1),
        ("offer_seconds", 3),
        ("offer_seconds", True),
        ("geofence_metres", "200"),
        ("low_rating", 6),
        ("act_prefix", ""),
        ("labour_step", 20),
        ("labour_step", "30"),
        ("labour_step", True),
        ("sla", {}),
        ("sla", {**RULES["sla"], "extra": RULES["sla"]["low"]}),
        ("sla", {**RULES["sla"], "low": {"response": 10, "arrival": 5, "resolution": 20}}),
        ("priorities", {}),
        ("priorities", {**RULES["priorities"], "3": {"low": "low"}}),
        ("priorities", {**RULES["priorities"], "3": {**RULES["priorities"]["3"], "low": "whenever"}}),
        ("priorities", {**RULES["priorities"], "3": {**RULES["priorities"]["3"], "low": []}}),
        ("unheard_of", 1),
    ],
)
def test_a_bad_rule_is_refused(name: str, value: Any) -> None:
    with pytest.raises(Refusal):
        checked(name, value)
