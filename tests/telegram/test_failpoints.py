"""The process dies at every boundary, again and again; each message still counts once and is answered in order."""

import asyncio
from collections.abc import Callable
from functools import partial

from core.inbox import queries as inbox
from core.kernel.failpoints import EXIT
from core.outbox import queries as outbox
from tests.deaths import Warmed, warmed
from tests.telegram.conftest import Desk, until

POINTS = (
    "inbox.before_accept",
    "inbox.after_accept",
    "work.before_commit",
    "outbox.after_flush",
    "work.after_commit",
    "sender.before_send",
    "sender.after_send",
    "sender.before_record",
    "outbox.after_record",
)
USERS = 4
AT_A_TIME = 3
"""So many deaths in a row: an update that is in hand in six is buried, as it should be."""


async def test_it_dies_everywhere_and_nothing_is_lost_or_doubled(desk: Desk) -> None:
    users = [desk.sim.add_person(1000 + n, f"P{n}") for n in range(USERS)]
    for user in users:
        await desk.act(user, "start")
    async with warmed("tests.telegram.forks", desk.database_url, desk.url) as forks:
        async with asyncio.timeout(60):
            assert await forks.line() == "ready"
        sent = 0
        for nth in (1, 3):
            for number, point in enumerate(POINTS, 1):
                dying = asyncio.ensure_future(forks.status(f"{point}:{nth}"))
                while not dying.done():
                    for user in users:
                        await desk.act(user, "text", text=str(sent))
                    sent += 1
                    await asyncio.wait((dying,), timeout=0.5)
                assert await dying == EXIT, f"{point} was not reached {nth} times"
                if number % AT_A_TIME == 0:
                    await _lives_for_a_while(forks, partial(_all_have, desk, users, sent - 1))
    rows = await desk.rows("SELECT array_agg(n ORDER BY id) AS n FROM toy GROUP BY chat_id")
    assert [row["n"] for row in rows] == [list(range(sent))] * USERS
    for user in users:
        told = dict.fromkeys(desk.texts(user))
        assert list(told) == ["n = 0", *map(str, range(sent))], "each told for the first time in order"


async def _lives_for_a_while(forks: Warmed, done: Callable[[], bool]) -> None:
    """A desk that nobody kills does all there is, and ends when it is asked to."""
    forks.tell("")
    await until(done, 60)
    await until(_nothing_waits, 30)
    assert await forks.status("stop") == 0


def _all_have(desk: Desk, users: list[int], number: int) -> bool:
    """Whether everybody has the answer to this message."""
    return all(desk.texts(user)[-1:] == [str(number)] for user in users)


async def _nothing_waits() -> bool:
    return await inbox.backlog() == {} and await outbox.backlog() == {}
