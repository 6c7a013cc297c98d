"""Every screen of every bot, in both languages, as it was agreed; and none that Telegram would refuse."""

import pytest

import bot.customer.app
import bot.dispatcher.app
import bot.technician.app  # noqa: F401
from bot.routes import SCREENS
from core.kernel.words import LOCALES
from tests.bot.dispatcher_samples import dispatcher
from tests.bot.samples import customer, technician
from tests.bot.screens import ZONE, Case, compare, faults, wild

CASES = {"customer": list(customer()), "technician": list(technician()), "dispatcher": list(dispatcher())}
ALL = [case for cases in CASES.values() for case in cases]
IDS = [f"{name}-{case}" for name, case, _ in ALL]


@pytest.mark.parametrize("bot", CASES)
def test_every_screen_has_a_case(bot: str) -> None:
    assert {name for name in SCREENS if name.startswith(f"{bot}.")} == {name for name, _, _ in CASES[bot]}


@pytest.mark.parametrize("bot", CASES)
def test_screens_are_as_agreed(bot: str) -> None:
    changed = compare(bot, CASES[bot])
    assert not changed, "look at them, then keep them with NARYAD_WRITE_SNAPSHOTS=1"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("case", ALL, ids=IDS)
def test_telegram_takes_it(case: Case, locale: str) -> None:
    assert not faults(case[0], SCREENS[case[0]](case[2], locale, ZONE))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("case", ALL, ids=IDS)
def test_telegram_takes_it_whatever_people_typed(case: Case, locale: str) -> None:
    assert not faults(case[0], SCREENS[case[0]](wild(case[2]), locale, ZONE))
