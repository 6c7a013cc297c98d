"""Hold a conversation with a system's API: outside any work, within its pace."""

import asyncio
from typing import Any

from core.kernel.pace import pace
from core.sources import passes
from core.sources.polls.page import Trouble, read_answer, server_of
from core.sources.reads.talk import Question, Talk, Thing


class _Gone(Exception):
    """There is no such thing."""


async def converse(talk: Talk, gap_s: float) -> Thing | None:
    """The thing; None when it is not there. Trouble, Outage."""
    try:
        question = next(talk)
        while True:
            question = talk.send(await _answer(question, gap_s))
    except StopIteration as end:
        thing: Thing | None = end.value
        return thing
    except _Gone:
        return None
    finally:
        talk.close()


async def _answer(question: Question, gap_s: float) -> Any:
    await pace.wait(server_of(question.call.url), gap_s)
    answer = await passes.call(question.call)
    if question.gone(answer):
        if question.spare:
            return None
        raise _Gone
    try:
        return await asyncio.to_thread(read_answer, answer)
    except Trouble as trouble:
        if question.spare and trouble.code == "denied":
            return None
        raise
