"""Every refusal has words of its own in every language, at a door that can raise it; short enough for an alert where
it is one."""

import re
from pathlib import Path

import pytest

from core.kernel.words import LOCALES, catalogue, words

CORE = Path(__file__).resolve().parents[2] / "core"
RAISED = re.compile(r"\b(Refusal|NotFound|Stale)\(\s*\"([a-z_]+(?:\.[a-z_]+)*)\"")
SUFFIX = {"Refusal": "", "NotFound": ".not_found", "Stale": ".changed"}
ALERT = 200


def codes() -> set[str]:
    found = {"not_allowed"}
    for path in CORE.rglob("*.py"):
        found |= {f"{code}{SUFFIX[kind]}" for kind, code in RAISED.findall(path.read_text())}
    return found


@pytest.mark.parametrize("locale", LOCALES)
def test_every_refusal_has_words(locale: str) -> None:
    doors = [words(door, locale) for door in ("bot", "admin", "api")]
    assert not sorted(code for code in codes() if not any(said.has(f"error.{code}") for said in doors))


@pytest.mark.parametrize("locale", LOCALES)
def test_a_refusal_fits_an_alert_and_holds_no_html(locale: str) -> None:
    for key, entry in catalogue("bot", locale).items():
        if key.startswith("error."):
            assert len(entry.forms[0]) <= ALERT, key
            assert "<" not in entry.forms[0], key
