"""What a unit of work leaves behind."""

import gc
import weakref
from contextlib import suppress

import pytest

from core.kernel.work import Work, work


class Made:
    """Something that a work made, such as the facts of a card."""


async def _done(fails: bool) -> "weakref.ref[Made]":
    """A work that holds itself in every way in which works do: what waits for its end, and for its commit."""
    made = Made()

    async def settle(w: Work) -> None:
        w.scratch["made"] = made

    try:
        async with work() as w:
            w.finishers.append(settle)
            w.closers.append(lambda _, w=w: settle(w))  # type: ignore[misc]
            w.on_commit(lambda: w.scratch.update(made=made))
            if fails:
                raise LookupError
    except LookupError as error:
        error.__traceback__ = None
    return weakref.ref(made)


@pytest.mark.parametrize("fails", [False, True])
async def test_what_a_work_made_is_freed_without_a_search_for_garbage(desk: str, fails: bool) -> None:
    gc.collect()
    gc.disable()
    try:
        made = await _done(fails)
        assert made() is None
    finally:
        gc.enable()


async def test_what_waits_for_the_commit_is_called_once_and_only_after_it(desk: str) -> None:
    called: list[str] = []
    with suppress(LookupError):
        async with work() as w:
            w.on_commit(lambda: called.append("never"))
            raise LookupError
    async with work() as w:
        w.on_commit(lambda: called.append("first"))
        w.on_commit(lambda: called.append("second"))
        assert called == []
    assert called == ["first", "second"]
