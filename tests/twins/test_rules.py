"""Which two orders look like one trouble: each sign by itself, and what they make together."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.twins.rules import NEAR, Told, keep_of, likeness, stems

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def told(words: str = "Не морозит витрина", **fields: Any) -> Told:
    usual: dict[str, Any] = {
        "site_id": 1, "address": "Лесная, 1", "assets": frozenset(), "kind": "repair", "words": words, "at": AT
    }  # fmt: skip
    return Told(**usual | fields)


FRIDGE, OVEN = frozenset({7}), frozenset({8})

ALIKE: dict[str, tuple[Told, Told]] = {
    "said twice": (told(), told()),
    "a call, then a letter": (
        told("Не морозит витрина"),
        told("Добрый день! У нас опять витрина не морозит, товар тает, приезжайте срочно.", at=AT + HOUR),
    ),
    "other forms of the words": (told("Витрины не морозят"), told("не морозила витрина", at=AT + HOUR)),
    "in English": (told("The freezer is leaking water"), told("Water leaks from freezers", at=AT + 5 * HOUR)),
    "ё and е": (told("Течёт компрессор"), told("течет компрессор")),
    "one machine, no words in common": (
        told("Не холодит", assets=FRIDGE),
        told("Шум и треск", assets=FRIDGE, at=AT + 48 * HOUR),
    ),
    "an error's code": (told("Ошибка E4 на табло"), told("на табло e4", at=AT + HOUR)),
    "a person without sites, one address": (
        told("Протекает кондиционер", site_id=None, address="г. Москва, ул. Лесная, д. 5"),
        told("кондиционер протекает", site_id=None, address="Москва, Лесная 5"),
    ),
    "the place is known of one only": (told("Течёт кондиционер"), told("кондиционер течет", site_id=None, address="")),
}

UNLIKE: dict[str, tuple[Told, Told]] = {
    "another site": (told(), told(site_id=2)),
    "another site, one machine's words, at once": (told(assets=FRIDGE), told(site_id=2, assets=OVEN)),
    "too long ago": (told(), told(at=AT + NEAR + timedelta(seconds=1))),
    "another trouble on the site": (told(), told("Перегорела лампа над кассой")),
    "another machine that does the same": (told(assets=FRIDGE), told(assets=OVEN)),
    "planned work and a fault": (
        told("Обслуживание витрины", kind="maintenance"),
        told("Витрина трещит", at=AT + 3 * HOUR),
    ),
    "only polite words": (told("Здравствуйте, у нас не работает, срочно"), told("Добрый день, не работает, прошу")),
    "one word in common": (told("Витрина"), told("Треснуло стекло на витрине, замените", at=AT + 30 * HOUR)),
    "no words at all": (told(""), told("")),
    "nobody knows the place and little is said": (
        told("Шумит", site_id=None, address=""),
        told("шумит", site_id=None, address="", at=AT + 30 * HOUR),
    ),
}


@pytest.mark.parametrize("what", ALIKE)
def test_likely_twins(what: str) -> None:
    like = likeness(*ALIKE[what])
    assert like.is_likely, like


@pytest.mark.parametrize("what", UNLIKE)
def test_no_twins(what: str) -> None:
    like = likeness(*UNLIKE[what])
    assert not like.is_likely, like


SIGNS: dict[str, tuple[Told, Told, dict[str, int]]] = {
    "all at once": (told(assets=FRIDGE), told(assets=FRIDGE), {"site": 40, "asset": 30, "time": 20, "words": 45}),
    "a day later": (told(""), told("", at=AT + 24 * HOUR), {"site": 40, "time": 10}),
    "on the edge of the days": (told(""), told("", at=AT + NEAR), {"site": 40, "time": 5}),
    "another machine": (told("", assets=FRIDGE), told("", assets=OVEN), {"site": 40, "other_asset": -40, "time": 20}),
    "an unknown machine speaks neither way": (told("", assets=FRIDGE), told(""), {"site": 40, "time": 20}),
    "other work": (told(""), told("", kind="install"), {"site": 40, "other_kind": -25, "time": 20}),
    "unknown work": (told(""), told("", kind="other"), {"site": 40, "time": 20}),
    "no place": (told("", site_id=None, address=""), told(""), {"customer": 15, "time": 20}),
}  # fmt: skip


@pytest.mark.parametrize("what", SIGNS)
def test_each_sign_has_its_points(what: str) -> None:
    one, other, signs = SIGNS[what]
    like = likeness(one, other)
    assert {sign.code: sign.points for sign in like.signs} == signs
    assert like.score == max(0, sum(signs.values()))


@given(st.text(max_size=60), st.text(max_size=60), st.integers(-100, 100))
def test_it_does_not_matter_which_came_first(mine: str, theirs: str, hours: int) -> None:
    one, other = told(mine), told(theirs, at=AT + hours * HOUR)
    assert likeness(one, other).score == likeness(other, one).score


def test_a_stem_is_known_by_its_endings() -> None:
    forms = {
        ("витрина", "витрины", "витриной", "витрину"),
        ("кондиционер", "кондиционера", "кондиционеры"),
        ("leaking", "leaks", "leaked"),
        ("freezer", "freezers"),
    }
    for words in forms:
        assert len({stem for word in words for stem in stems(word)}) == 1, words
    assert stems("E4 и е5").keys() == {"e4", "е5"}


@pytest.mark.parametrize(
    ("older", "newer", "kept"),
    [
        ("new", "new", 1),
        ("assigned", "offered", 1),
        ("new", "on_site", 2),
        ("on_site", "travelling", 1),
        ("paused", "new", 1),
    ],
)
def test_which_goes_on(older: str, newer: str, kept: int) -> None:
    keep, drop = keep_of(1, older, 2, newer)
    assert (keep, drop) == (kept, 3 - kept)
