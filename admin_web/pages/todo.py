"""What waits for a dispatcher's decision, each thing with its likely answer as one press."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from aiohttp import web

from admin_web.page import act, actor_of, back, form, page, render
from core.company.queries import company
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.orders import actions as orders
from core.people.queries import has_contractors
from core.plan import proposals
from core.schedule import actions as schedule
from core.sources import requests
from core.todo import actions
from core.todo.queries import todo, waiting, with_best
from core.todo.rules import next_window, split_key
from core.twins import actions as twins

TODO = "/admin/todo"
MAY = "orders.dispatch"
SHOWN = 100
Form = Mapping[str, str]


@page("GET", TODO, permission=MAY)
async def listed(request: web.Request) -> web.Response:
    """The page, or the list alone when an open page asks what has changed."""
    actor = actor_of(request)
    items = await todo(actor)
    shown = await with_best(actor, items[:SHOWN])
    start, end = next_window(now(), (await company()).tz)
    return await render(
        request,
        "admin/todo_list.html" if request.headers.get("HX-Request") == "true" else "admin/todo.html",
        items=shown,
        outside=await has_contractors(),
        count=len(items),
        start=start,
        end=end,
    )


@page("GET", TODO + "/count", permission=MAY)
async def count(request: web.Request) -> web.Response:
    """The badge in the navigation."""
    return await render(request, "admin/todo_count.html", count=await waiting(actor_of(request)))


async def _give(data: Form, id: int) -> str:
    await orders.assign(_whole(data, "job"), _whole(data, "member"), _whole(data, "revision"))
    return "todo.done"


async def _remind(data: Form, id: int) -> str:
    await actions.remind(_whole(data, "order"), _whole(data, "job"))
    return "todo.reminded"


async def _move(data: Form, id: int) -> str:
    await orders.reschedule(_whole(data, "order"), _moment(data, "start"), _moment(data, "end"))
    return "todo.done"


async def _accept(data: Form, id: int) -> str:
    await proposals.accept(id)
    return "todo.done"


async def _make(data: Form, id: int) -> str:
    await requests.make_order(id)
    return "todo.done"


async def _called(data: Form, id: int) -> str:
    await requests.settle_for(id)
    return "todo.done"


async def _approve(data: Form, id: int) -> str:
    await schedule.decide_absence(id, True)
    return "todo.done"


async def _visit(data: Form, id: int) -> str:
    await orders.add_return(id)
    return "todo.done"


async def _leave(data: Form, id: int) -> str:
    await orders.leave(id)
    return "todo.done"


async def _merge(data: Form, id: int) -> str:
    await twins.merge_pair(id)
    return "todo.done"


async def _apart(data: Form, id: int) -> str:
    await twins.apart(id)
    return "todo.done"


async def _settle(data: Form, id: int) -> str:
    await actions.settle(data["key"])
    return "todo.done"


async def _later(data: Form, id: int) -> str:
    await actions.later(data["key"])
    return "todo.later"


ANSWERS: dict[str, Callable[[Form, int], Awaitable[str]]] = {
    "give": _give,
    "remind": _remind,
    "move": _move,
    "accept": _accept,
    "make": _make,
    "called": _called,
    "approve": _approve,
    "visit": _visit,
    "leave": _leave,
    "merge": _merge,
    "apart": _apart,
    "settle": _settle,
    "later": _later,
}


@page("POST", TODO, permission=MAY)
async def answer(request: web.Request) -> web.Response:
    """`verb` is done to the thing that `key` names; what it was may have changed meanwhile, then a refusal says so."""
    data = await form(request)
    found, verb = split_key(data.get("key", "")), ANSWERS.get(data.get("verb", ""))
    if found is None or verb is None:
        raise Refusal("todo.bad_answer")
    async with act(request):
        note = await verb(data, found[1])
    return back(request, TODO, note=note)


def _whole(data: Form, name: str) -> int:
    text = data.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise Refusal("todo.bad_answer")
    return int(text)


def _moment(data: Form, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(data.get(name, ""))
    except ValueError:
        raise Refusal("todo.bad_answer") from None
    if found.tzinfo is None:
        raise Refusal("todo.bad_answer")
    return found
