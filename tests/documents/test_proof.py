"""An act is the same act after it was stored, and no other."""

import dataclasses
import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.documents.facts import ActFacts, Party, from_data, to_data
from core.documents.proof import canonical, digest, matches, short, signed_digest
from core.documents.render import render_act
from core.kernel.money import Money
from tests.documents.samples import act, line, signature, stroke


def stored(facts: ActFacts) -> Any:
    return json.loads(json.dumps(to_data(facts)))


def test_an_act_comes_back_from_its_row() -> None:
    facts = act()
    again = from_data(stored(facts), stroke())
    assert again == facts
    assert render_act(again, "ru") == render_act(facts, "ru")


def test_an_unsigned_act_without_anything_comes_back() -> None:
    facts = act(signature=None, lines=(), assets=(), vat_rate=None, note="")
    assert from_data(stored(facts)) == facts


def test_another_picture_is_not_taken_for_the_signature() -> None:
    for picture in (None, b"another"):
        with pytest.raises(ValueError, match="picture"):
            from_data(stored(act()), picture)


def test_signing_and_revoking_keep_the_digest() -> None:
    before = act(signature=None, state="draft", proof_url="")
    assert digest(before) == digest(act()) == digest(act(state="revoked"))
    assert signed_digest(act()) != signed_digest(before)


@pytest.mark.parametrize(
    "change",
    [
        {"number": "А-000418"},
        {"date": dt.date(2026, 11, 22)},
        {"customer": Party(name="ООО «Кофейня на Лесной»", inn="7709876544")},
        {"lines": (line("work", "Диагностика", price="1500.01"),)},
        {"lines": ()},
        {"vat_rate": None},
        {"vat_rate": Decimal(20)},
        {"vat_included": False},
        {"note": "Рекомендована повторная чистка через 6 месяцев. "},
        {"technician": "Иванов Петр Сергеевич"},
    ],
)
def test_any_change_of_what_was_agreed_shows(change: dict[str, Any]) -> None:
    facts = act()
    other = dataclasses.replace(facts, **change)
    assert digest(other) != digest(facts)
    assert not matches(stored(other), digest(facts))
    assert matches(stored(facts), digest(facts))


@pytest.mark.parametrize(
    "change",
    [{"name": "Другой"}, {"post": ""}, {"how": "bot"}, {"image": None}, {"at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}],
)
def test_any_change_of_the_signature_shows(change: dict[str, Any]) -> None:
    assert signed_digest(act(signature=signature(**change))) != signed_digest(act())


def test_one_number_or_moment_has_one_form() -> None:
    plain = act(lines=(line("work", "Работа", quantity="2", price="10"),), vat_rate=Decimal(22))
    padded = act(lines=(line("work", "Работа", quantity="2.000", price="10.00"),), vat_rate=Decimal("22.00"))
    assert digest(plain) == digest(padded)
    exponent = act(lines=(line("work", "Работа", quantity="2E0", price="1E1"),), vat_rate=Decimal("2.2E1"))
    assert digest(plain) == digest(exponent)
    east = signature(at=signature().at.astimezone(dt.timezone(dt.timedelta(hours=10))))
    assert signed_digest(act(signature=east)) == signed_digest(act())


def test_the_form_is_fixed() -> None:
    """This digest may never change: acts that hang on walls carry it."""
    facts = act(lines=(line("work", "Ёлка", quantity="0.65", price="95.4"),), signature=None)
    assert canonical(facts).decode().startswith('{"assets":[{"inventory":"00-118","name":"Сплит-система')
    assert '"quantity":"0.65"' in canonical(facts).decode()
    assert digest(facts) == FIXED


FIXED = "67905980916723e3e832db7ae4a3c35ec3b059ef6eda017e93b6c5dac74e6d31"


def test_people_compare_its_first_digits() -> None:
    assert short("3f2a9c1107de55b0" + "0" * 48) == "3f2a 9c11 07de 55b0"


@given(st.text(max_size=60), st.decimals("0.001", "999999", places=3), st.decimals("0", "9999", places=2))
def test_any_facts_survive_storage(text: str, quantity: Decimal, price: Decimal) -> None:
    one = dataclasses.replace(line("work", text), quantity=quantity, price=Money(price))
    facts = act(note=text, lines=(one,), signature=None)
    again = from_data(stored(facts))
    assert digest(again) == digest(facts)
    assert again.due == facts.due
