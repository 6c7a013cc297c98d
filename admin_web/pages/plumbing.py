"""What is stuck, in plain words, and what to do about it: messages that came and could not be handled, messages that
could not be told, chats that refuse us, work and alarms that gave up, files that never came."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from admin_web.forms import row_of, typed
from admin_web.page import act, actor_of, back, page, render, said
from core.files import actions as files
from core.files import queries as files_queries
from core.inbox import actions as inbox
from core.inbox import queries as inbox_queries
from core.kernel.clock import now
from core.kernel.errors import NotFound
from core.kernel.words import Words
from core.outbox import queries as outbox_queries
from core.outbox import sending
from core.overview.names import names
from core.tasks import actions as tasks
from core.tasks import queries as tasks_queries
from core.timers import actions as timers
from core.timers import queries as timers_queries

PLUMBING = "/admin/plumbing"
LATE = timedelta(minutes=2)
BOTS = ("customer", "technician", "dispatcher")


@dataclass(frozen=True, slots=True)
class Stuck:
    """One thing that waits for a person. `what` is said in plain words, `error` as the machine put it; `who` is whom
    it concerns. `acts`: which of retry and skip make sense. `emptied`: what it said is erased."""

    id: int
    kind: str
    what: str
    at: datetime | None
    error: str = ""
    who: str = ""
    attempts: int = 0
    acts: tuple[str, ...] = ("retry", "skip")
    emptied: bool = False


async def _fetch_again(file_id: int) -> bool:
    await files.fetch_again(file_id)
    return True


DO: dict[tuple[str, str], Callable[[int], Awaitable[bool]]] = {
    ("letter", "retry"): inbox.retry_dead,
    ("letter", "skip"): inbox.forget_dead,
    ("notice", "retry"): sending.retry,
    ("notice", "skip"): sending.skip,
    ("waiting", "skip"): sending.skip,
    ("task", "retry"): tasks.retry_dead,
    ("task", "skip"): tasks.forget_dead,
    ("timer", "retry"): timers.retry_dead,
    ("timer", "skip"): timers.forget_dead,
    ("file", "retry"): _fetch_again,
}


@page("GET", PLUMBING, permission="plumbing.see")
async def overview(request: web.Request) -> web.Response:
    """The sections that are not empty, the queues, and one word for all of it."""
    moment = now()
    texts = said(request)
    undelivered = await outbox_queries.undelivered()
    waiting = await outbox_queries.stuck(moment - LATE)
    blocked = await outbox_queries.blocked_chats()
    held = {(chat.bot, chat.chat_id) for chat in blocked}
    waiting = [one for one in waiting if (one.bot, one.chat_id) not in held]
    known = await names([one.party for one in [*undelivered, *waiting]] + [p for chat in blocked for p in chat.parties])
    sections = {
        "letter": [_letter(texts, one) for one in await inbox_queries.dead_letters()],
        "notice": [_notice(texts, one, known, "notice") for one in undelivered],
        "waiting": [_notice(texts, one, known, "waiting", ("skip",)) for one in waiting],
        "task": [_task(texts, one) for one in await tasks_queries.dead_tasks()],
        "late": [_task(texts, one, ()) for one in await tasks_queries.stuck(moment - LATE)],
        "timer": [_timer(texts, one) for one in await timers_queries.dead_timers()],
        "file": [_file(texts, one) for one in await files_queries.failed()],
    }
    return await render(
        request,
        "admin/plumbing.html",
        sections={kind: rows for kind, rows in sections.items() if rows},
        blocked=blocked,
        names=known,
        inbox=sum((await inbox_queries.backlog()).values()),
        outbox=sum((await outbox_queries.backlog()).values()),
        overdue=await timers_queries.overdue(moment - LATE),
        may_retry=actor_of(request).may("plumbing.retry"),
    )


@page("POST", PLUMBING + r"/{kind:[a-z]+}/{id:\d+}/{do:retry|skip}", permission="plumbing.retry")
async def unstick(request: web.Request) -> web.Response:
    """Once more, or never mind. NotFound when it is not stuck any more."""
    do = DO.get((request.match_info["kind"], request.match_info["do"]))
    if do is None:
        raise web.HTTPNotFound
    async with act(request):
        if not await do(row_of(request)):
            raise NotFound("plumbing")
    return back(request, PLUMBING, note=f"plumbing.{request.match_info['do']}")


@page("POST", PLUMBING + "/chats/{bot}/open", permission="plumbing.retry")
async def unblock(request: web.Request) -> web.Response:
    """Try a chat again that refused us."""
    values, bot = await typed(request), request.match_info["bot"]
    chats = {str(chat.chat_id): chat.chat_id for chat in await outbox_queries.blocked_chats(1000) if chat.bot == bot}
    chat_id = chats.get(values.text("chat", 20))
    if bot not in BOTS or chat_id is None:
        raise NotFound("plumbing")
    async with act(request):
        await sending.unblock(bot, chat_id)
    return back(request, PLUMBING, note="plumbing.retry")


def _letter(t: Words, one: inbox_queries.DeadLetter) -> Stuck:
    what = t.text("plumbing.letter.what", source=_bot(t, one.source.removeprefix("bot:")))
    acts = ("skip",) if one.emptied else ("retry", "skip")
    return Stuck(
        one.id, "letter", what, one.received_at, one.error, str(one.lane), one.attempts, acts, emptied=one.emptied
    )


def _notice(t: Words, one: Any, known: dict[str, str], kind: str, acts: tuple[str, ...] = ("retry", "skip")) -> Stuck:
    what = t.text(f"plumbing.notice.{one.state}", bot=_bot(t, one.bot))
    who = known.get(one.party or "", "")
    return Stuck(one.id, kind, f"{what} ({one.screen})", one.queued_at, one.error, who, one.attempts, acts)


def _task(t: Words, one: tasks_queries.TaskView, acts: tuple[str, ...] = ("retry", "skip")) -> Stuck:
    return Stuck(one.id, "task", _named(t, "task", one.kind), one.run_at, one.error, one.key or "", one.attempts, acts)


def _timer(t: Words, one: timers_queries.DeadTimer) -> Stuck:
    return Stuck(one.id, "timer", _named(t, "timer", one.kind), one.due_at, one.error, one.key, one.attempts)


def _file(t: Words, one: files_queries.FileView) -> Stuck:
    what = t.text("plumbing.file.what", kind=t.text(f"plumbing.file.{one.kind}"), name=one.name or "—")
    return Stuck(one.id, "file", what, one.created_at, one.error or "", acts=("retry",))


def _named(t: Words, sort: str, kind: str) -> str:
    key = f"plumbing.{sort}.{kind}"
    return t.text(key) if t.has(key) else t.text(f"plumbing.{sort}.other", kind=kind)


def _bot(t: Words, bot: str) -> str:
    return t.text(f"plumbing.bot.{bot}") if bot in BOTS else bot
