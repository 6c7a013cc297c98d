"""What is read all the time is read once a moment, and anew as soon as somebody says that it changed."""

import asyncio

from core.kernel.hints import broadcast
from core.kernel.remembered import Remembered


class Counted:
    """Answers how often it was asked."""

    def __init__(self) -> None:
        self.times = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self) -> int:
        self.times += 1
        answer = self.times
        await self.may_answer.wait()
        return answer


async def test_it_is_read_once_while_it_is_fresh(desk: str) -> None:
    remembered = Remembered(Counted(), seconds=60)
    assert [await remembered.get(), await remembered.get()] == [1, 1]


async def test_it_is_read_again_when_it_is_old(desk: str) -> None:
    remembered = Remembered(Counted(), seconds=0)
    assert [await remembered.get(), await remembered.get()] == [1, 2]


async def test_a_hint_makes_it_forgotten(desk: str) -> None:
    remembered = Remembered(Counted(), "remembered.test", seconds=60)
    assert await remembered.get() == 1
    broadcast("another.topic")
    assert await remembered.get() == 1
    broadcast("remembered.test")
    assert await remembered.get() == 2


async def test_what_changed_while_it_was_read_is_not_kept(desk: str) -> None:
    read = Counted()
    remembered = Remembered(read, seconds=60)
    read.may_answer.clear()
    asked = asyncio.create_task(remembered.get())
    while not read.times:
        await asyncio.sleep(0)
    remembered.forget()
    read.may_answer.set()
    assert await asked == 1
    assert await remembered.get() == 2
