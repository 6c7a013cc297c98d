"""What a unit of work leaves behind."""

import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from core.kernel.actor import SYSTEM
from core.kernel.errors import Refusal
from core.kernel.work import Work, acting, current, part, work


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


async def _write(called: list[str], name: str) -> None:
    """A row, what waits for the end of the work and writes another, and what waits for the commit."""

    async def at_the_end(w: Work) -> None:
        called.append(f"{name} ends")
        await w.execute("INSERT INTO part_rows VALUES ($1)", f"{name} ended")

    w = current()
    await w.execute("INSERT INTO part_rows VALUES ($1)", name)
    w.finishers.append(at_the_end)
    w.on_commit(lambda: called.append(f"{name} committed"))


async def _refused(called: list[str], sql: str) -> None:
    """Also by what the database says."""
    async with part():
        await _write(called, "second")
        with suppress(asyncpg.PostgresError):
            await current().execute(sql)
        raise Refusal("orders.empty")


async def _rows() -> list[str]:
    async with work() as w:
        return [row["name"] for row in await w.fetch("SELECT name FROM part_rows")]


@pytest.fixture
async def part_rows(desk: str) -> AsyncIterator[None]:
    async with work() as w:
        await w.execute("CREATE TABLE part_rows (name text)")
    yield
    async with work() as w:
        await w.execute("DROP TABLE part_rows")


@pytest.mark.usefixtures("part_rows")
async def test_a_refusal_takes_back_its_own_part_and_no_other() -> None:
    called: list[str] = []
    async with work() as whole:
        async with part(), acting(SYSTEM):
            await _write(called, "first")
        assert called == ["first ends"], "its end is that of the part"
        for fails in ("SELECT 1", "SELECT 1 / 0"):
            with pytest.raises(Refusal):
                await _refused(called, fails)
        assert current() is whole
        await _write(called, "third")
    assert await _rows() == ["first", "first ended", "third", "third ended"]
    assert called == ["first ends", "third ends", "first committed", "third committed"]


@pytest.mark.usefixtures("part_rows")
async def test_what_fails_in_a_part_takes_back_the_whole_work() -> None:
    called: list[str] = []
    with suppress(LookupError):
        async with work():
            async with part():
                await _write(called, "first")
            async with part():
                raise LookupError
    assert await _rows() == []
    assert called == ["first ends"]
