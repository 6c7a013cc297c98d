"""The beginning of `make fuzz`, and that it would find something."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from tests.fuzz import run as fuzz
from tests.fuzz.seeds import brought, seeds
from webhooks.judge import judge
from webhooks.replay import replay
from webhooks.vendors import VENDORS
from webhooks.verdict import Verdict

BODIES = 1500


def test_every_vendor_has_a_delivery_and_its_proof_holds() -> None:
    believed = {one.vendor for one in seeds() if judge(one.vendor, *_as_it_was(one)).verdict == "valid"}
    assert believed == set(VENDORS)


def _as_it_was(one):
    return brought(one, one.value, one.raw if one.value is None else None)


def test_changed_deliveries_break_nothing() -> None:
    found = fuzz.run(BODIES, seed=20)
    assert (found.faults, found.slow) == ([], [])
    assert found.believed > BODIES // 5


def test_what_breaks_is_kept_to_be_judged_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("seven")

    monkeypatch.setattr(fuzz, "judge", broken)
    found = fuzz.run(3, seed=1, keep=tmp_path)
    assert len(found.faults) == 3
    assert "ZeroDivisionError: seven" in found.faults[0]
    assert {"verdict", "action"} <= replay(next(tmp_path.glob("fault-*.json"))).keys()


def test_bytes_that_are_no_text_may_stand_in_the_address_and_the_headers() -> None:
    """They come to us as halves of surrogate pairs."""
    for one in seeds():
        request, source = _as_it_was(one)
        told = [judge(one.vendor, replace(request, url=request.url + "?x=\udcff"), source)]
        for at, (name, value) in enumerate(request.headers):
            for other in ("\udcff", value + "\udcff", "\udcff" + value, value[: len(value) // 2] + "\udcff"):
                headers = (*request.headers[:at], (name, other), *request.headers[at + 1 :])
                told.append(judge(one.vendor, replace(request, headers=headers), source))
        assert {outcome.verdict for outcome in told} <= set(get_args(Verdict)), one.vendor
