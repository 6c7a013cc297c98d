"""What a newcomer reads before the first order names buttons as they are."""

import re
from pathlib import Path

import pytest

from benchmarks import days
from core.kernel.words import LOCALES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["README.md", "docs/go-live.md"])
def test_every_quoted_button_is_in_the_catalogues(name: str) -> None:
    catalogues = [path.read_text() for path in (ROOT / "locales").rglob("*.po")]
    catalogues += [(ROOT / f"locales/simulator.{locale}.json").read_text() for locale in LOCALES]
    quoted = set(re.findall("«([^»]+)»", (ROOT / name).read_text()))
    assert quoted
    assert {words for words in quoted if not any(f'"{words}"' in text for text in catalogues)} == set()


def test_the_page_of_simulated_days_shows_those_that_were_played() -> None:
    assert days.table() in (ROOT / "docs/simulated.md").read_text()
