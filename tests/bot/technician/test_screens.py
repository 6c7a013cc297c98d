"""Every screen of the technician bot, in both languages, as it was agreed; and none that Telegram would refuse."""

import pytest

import bot.technician.app  # noqa: F401
from bot.routes import SCREENS
from core.kernel.words import LOCALES
from tests.bot.samples import technician
from tests.bot.screens import ZONE, Case, compare, faults, wild

CASES = list(technician())
IDS = [f"{name}-{case}" for name, case, _ in CASES]


def test_every_screen_has_a_case() -> None:
    assert {name for name in SCREENS if name.startswith("technician.")} == {name for name, _, _ in CASES}


def test_screens_are_as_agreed() -> None:
    changed = compare("technician", CASES)
    assert not changed, "look at them, then keep them with NARYAD_WRITE_SNAPSHOTS=1"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_telegram_takes_it(case: Case, locale: str) -> None:
    assert not faults(case[0], SCREENS[case[0]](case[2], locale, ZONE))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_telegram_takes_it_whatever_people_typed(case: Case, locale: str) -> None:
    assert not faults(case[0], SCREENS[case[0]](wild(case[2]), locale, ZONE))
