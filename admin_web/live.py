"""Pages that stay current without a reload: one event stream per open page says what changed, the page asks for its
parts anew. The stream carries ids only, so it needs no filtering by reader.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import web
from aiohttp_sse import sse_response

from admin_web.door import COOKIE
from core.kernel.hints import listen
from core.people.queries import actor_for_session

TOPICS = ("orders", "presence", "people", "plan", "todo", "assets")
WAITING = 200
PING_S = 15.0
STREAMS: web.AppKey[set[asyncio.Task[Any]]] = web.AppKey("streams", set)


def setup(app: web.Application) -> None:
    app[STREAMS] = set()
    app.router.add_get("/admin/live", stream)
    app.on_shutdown.append(_close)


async def stream(request: web.Request) -> web.StreamResponse:
    """`event: orders`, `data: 1042`. A page that reads too slowly is told to look at everything (`data: all`)."""
    if await actor_for_session(request.cookies.get(COOKIE, "")) is None:
        raise web.HTTPUnauthorized
    if request.transport is None:
        raise ConnectionResetError("the page was closed meanwhile")
    waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue(WAITING)
    stops = [listen(topic, _feed(waiting, topic)) for topic in TOPICS]
    task = asyncio.current_task()
    assert task is not None
    request.app[STREAMS].add(task)
    response: web.StreamResponse = web.Response(status=204)
    try:
        async with sse_response(request, ping_interval=PING_S) as events:
            response = events
            while events.is_connected():
                with suppress(TimeoutError):
                    topic, payload = await asyncio.wait_for(waiting.get(), PING_S)
                    await events.send(payload or "all", event=topic)
    except (ConnectionResetError, asyncio.CancelledError):
        pass
    finally:
        request.app[STREAMS].discard(task)
        for stop in stops:
            stop()
    return response


def _feed(waiting: "asyncio.Queue[tuple[str, str]]", topic: str) -> Callable[[str], None]:
    def heard(payload: str) -> None:
        try:
            waiting.put_nowait((topic, payload))
        except asyncio.QueueFull:
            while not waiting.empty():
                waiting.get_nowait()
            waiting.put_nowait((topic, "all"))

    return heard


async def _close(app: web.Application) -> None:
    """Streams end when the desk stops, else it would wait for open pages."""
    for task in tuple(app[STREAMS]):  # type: ignore[index]
        task.cancel()
