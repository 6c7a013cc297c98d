"""Our facts as values of their fields: which event brings which, as what, and never nothing over something."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hooks.examples import EXAMPLES, example
from core.hooks.facts import FACTS, MOST_FIELDS, check_fields, events_of, types_of, values
from core.hooks.rules import TYPES
from core.kernel.errors import Refusal
from core.kernel.words import LOCALES, words

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
READINGS = [
    {"code": "temp", "text": {"ru": "Температура"}, "value": -18.5, "unit": "°C"},
    {"code": "clean", "text": {"ru": "Чисто?"}, "value": False, "unit": ""},
    {"code": "kind", "text": {"ru": "Какой"}, "value": "b", "unit": "", "choice": {"ru": "Второй", "en": "The other"}},
]
DONE = {
    "outcome": "partly", "comment": "Жду реле", "readings": READINGS,
    "lines": [{"name": "Фреон", "quantity": "2", "unit": "кг"}],
}  # fmt: skip
ACT = {"act": {"number": "А-1", "total": "5280.00", "url": None}}

CASES: list[tuple[str, str, dict[str, Any], Any]] = [
    ("technician", "order.assigned", {"technician": {"id": 3, "name": "Пётр"}}, "Пётр"),
    ("technician", "order.assigned", {"technician": None}, None),
    ("technician", "order.arrived", {"technician": {"id": 3, "name": "Пётр"}}, None),
    ("eta", "order.eta_changed", {"eta_at": "2026-11-22T09:40:00+00:00"}, "2026-11-22T09:40:00+00:00"),
    ("eta", "order.eta_changed", {"eta_at": None}, None),
    ("arrived_at", "order.arrived", {}, "2026-11-22T09:00:00+00:00"),
    ("finished_at", "order.finished", DONE, "2026-11-22T09:00:00+00:00"),
    ("outcome", "order.finished", DONE, "Сделано частично"),
    ("comment", "order.finished", DONE, "Жду реле"),
    ("comment", "order.finished", {"comment": ""}, None),
    ("lines", "order.finished", DONE, "• Фреон: 2 кг"),
    ("readings", "order.finished", DONE, "• Температура: −18,5 °C\n• Чисто?: нет\n• Какой: Второй"),
    ("readings", "order.finished", {"readings": []}, None),
    ("reading.temp", "order.finished", DONE, -18.5),
    ("reading.clean", "order.finished", DONE, False),
    ("reading.kind", "order.finished", DONE, "b"),
    ("reading.none", "order.finished", DONE, None),
    ("act_number", "act.signed", ACT, "А-1"),
    ("act_total", "act.ready", ACT, 5280.0),
    ("act_url", "act.signed", ACT, None),
    ("score", "order.rated", {"rating": {"speed": 5, "accuracy": 4, "communication": None}}, 4.5),
    ("score", "order.rated", {"rating": {}}, None),
]


@pytest.mark.parametrize(("fact", "kind", "data", "value"), CASES)
def test_a_fact_of_an_event(fact: str, kind: str, data: dict[str, Any], value: Any) -> None:
    assert values({fact: "X"}, kind, data, AT) == ({} if value is None else {"X": value})


@pytest.mark.parametrize(
    ("fact", "text"),
    [("reading.temp", "-18.5"), ("reading.clean", "false"), ("outcome", "Сделано частично")],
)
def test_text_where_it_is_asked_for(fact: str, text: str) -> None:
    assert values({fact: "X:text"}, "order.finished", DONE, AT) == {"X": text}


@pytest.mark.parametrize(
    ("total", "text"),
    [("5280.00", "5280"), ("1234567.00", "1234567"), ("1234567.89", "1234567.89"), ("20000000.00", "20000000")],
)
def test_a_sum_as_text_has_all_its_digits_and_no_tail(total: str, text: str) -> None:
    signed = {"act": {**ACT["act"], "total": total}}
    assert values({"act_total": "X:text"}, "act.signed", signed, AT) == {"X": text}


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"weather": "X"}, "hooks.bad_fact"), ({"reading.": "X"}, "hooks.bad_fact"),
        ({"reading.a\0": "X"}, "hooks.bad_fact"), ({"reading." + "x" * 33: "X"}, "hooks.bad_fact"),
        ({"eta": "a\0"}, "hooks.bad_field"),
        ({"eta": "a b"}, "hooks.bad_field"),
        ({"eta": "X:number"}, "hooks.bad_field"), ({"eta": "Ж" * 101}, "hooks.bad_field"),
        ({"eta": "X", "score": "X:text"}, "hooks.field_twice"),
        ({f"reading.{n}": f"f{n}" for n in range(MOST_FIELDS + 1)}, "hooks.many_fields"),
    ],
)  # fmt: skip
def test_a_mapping_that_makes_no_sense(mapping: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_fields(mapping)
    assert refused.value.code == code


def test_every_fact_has_its_event_its_words_and_an_example() -> None:
    for fact in FACTS:
        assert set(events_of(fact)) <= set(TYPES)
        assert all(words("admin", locale).has(f"backs.fact.{fact}") for locale in LOCALES)
        assert all(values({fact: "X"}, kind, EXAMPLES[kind], AT) for kind in events_of(fact)), fact
    mapping = check_fields({"reading.pump": "X", "eta": " "})
    assert (mapping, types_of(mapping)) == ({"reading.pump": "X"}, ["order.finished"])
    assert values(mapping, "order.finished", example("order.finished", mapping), AT) == {"X": 42}


MOST = 10**12
ANSWER = st.one_of(st.booleans(), st.integers(-MOST, MOST), st.floats(-MOST, MOST), st.text(max_size=50))


@given(st.dictionaries(st.text(max_size=32), ANSWER, max_size=5), st.booleans())
def test_any_answers_of_any_checklist_make_json(answers: dict[str, Any], as_text: bool) -> None:
    data = {**DONE, "readings": [{"code": code, "text": {}, "value": answers[code], "unit": ""} for code in answers]}
    mapping = {f"reading.{code}": f"f{n}{':text' if as_text else ''}" for n, code in enumerate(answers)}
    found = values({**mapping, "readings": "all"}, "order.finished", data, AT)
    assert all(isinstance(value, str) for value in found.values()) or not as_text
    assert orjson.loads(orjson.dumps(found)) == found
