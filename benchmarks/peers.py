"""The other processes of a measurement: a Bot API that answers at once, those who bring updates, an idle aiogram.

`python -m benchmarks.peers stub | aiogram | bare | post URL SECRET FIRST COUNT POSTERS CHATS`; a server says its port.
Which press is brought, the end of the URL says: it names the bot.
"""

import asyncio
import itertools
import sys
import time

import aiohttp
import orjson
import uvloop
from aiohttp import web

DISPATCHER = "dispatcher"
TECHNICIAN = "technician"
BOTS = (DISPATCHER, TECHNICIAN, "customer")
HEADER = "X-Telegram-Bot-Api-Secret-Token"
FIRST_CHAT = 1_000_000
FIRST_ORDER = 1001
FIRST_JOB = 1
RUN = 1_000_000
LEVELS = ("low", "normal", "high", "urgent")


def tell_parent(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def update(bot: str, number: int, chats: int) -> bytes:
    """A pressed button in one of many private chats, as Telegram would bring it."""
    chat_id = FIRST_CHAT + number % chats
    data = (_priority if bot == DISPATCHER else _resume)(number, chats)
    user = {"id": chat_id, "is_bot": False, "first_name": f"Person {chat_id}", "language_code": "ru"}
    message = {
        "message_id": 10 + number % 1000,
        "from": {"id": 100, "is_bot": True, "first_name": "Bot", "username": "bench_bot"},
        "chat": {"id": chat_id, "type": "private", "first_name": f"Person {chat_id}"},
        "date": 1_700_000_000,
        "text": "Заявка № 1001: не морозит витрина",
        "reply_markup": {"inline_keyboard": [[{"text": "Дальше", "callback_data": data}]]},
    }
    query = {"id": str(number), "from": user, "message": message, "chat_instance": "1", "data": data}
    return orjson.dumps({"update_id": number, "callback_query": query})


def _priority(number: int, chats: int) -> str:
    """The next in the same chat differs, in the next run of a million numbers too."""
    level = LEVELS[(number // chats + number // RUN) % len(LEVELS)]
    return f"card.priority_set:{FIRST_ORDER + number % chats}:0:{level}"


def _resume(number: int, chats: int) -> str:
    """«Продолжить» on the card of a paused job; the jobs of technicians come after those of the dispatchers' orders."""
    return f"job.resume:{FIRST_JOB + chats + number % chats}:0:+"


async def serve(app: web.Application) -> None:
    """On a free port of loopback, printed."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    tell_parent(runner.addresses[0][1])
    await asyncio.Event().wait()


async def stub() -> None:
    numbers = itertools.count(1)
    names = {"getMe": orjson.dumps({"ok": True, "result": {"id": 100, "is_bot": True, "username": "bench_bot"}})}
    true = orjson.dumps({"ok": True, "result": True})
    answers: dict[str, float] = {}

    async def call(request: web.Request) -> web.Response:
        method = request.match_info["method"]
        body = await request.read()
        if method in names:
            return web.Response(body=names[method])
        if method.startswith(("send", "edit")):
            chat = orjson.loads(body)["chat_id"]
            result = {"message_id": next(numbers), "date": 1, "chat": {"id": chat, "type": "private"}, "text": "…"}
            return web.Response(body=orjson.dumps({"ok": True, "result": result}))
        if method == "answerCallbackQuery":
            answers[orjson.loads(body)["callback_query_id"]] = time.monotonic()
        return web.Response(body=true)

    async def told(_: web.Request) -> web.Response:
        return web.json_response(answers)

    app = web.Application()
    app.router.add_post("/bot{token}/{method}", call)
    app.router.add_get("/answers", told)
    await serve(app)


async def idle_aiogram() -> None:
    """aiogram's own webhook handler with a handler that does nothing."""
    from aiogram import Bot, Dispatcher
    from aiogram.types import CallbackQuery
    from aiogram.webhook.aiohttp_server import SimpleRequestHandler

    dispatcher = Dispatcher()

    @dispatcher.callback_query()
    async def nothing(query: CallbackQuery) -> None:
        pass

    app = web.Application()
    for bot in BOTS:
        SimpleRequestHandler(dispatcher, Bot(f"100:{bot}")).register(app, f"/tg/{bot}")
    await serve(app)


async def bare() -> None:
    """A POST handler that reads the body and says yes."""

    async def receive(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    app = web.Application()
    app.router.add_post("/tg/{bot}", receive)
    await serve(app)


async def post(url: str, secret: str, first: int, count: int, posters: int, chats: int) -> None:
    """Bring `count` updates, `posters` at a time; a line "ready" before and "done" after."""
    bot = url.rpartition("/")[2]
    bodies = [update(bot, number, chats) for number in range(first, first + count)]
    left = iter(bodies)
    connector = aiohttp.TCPConnector(limit=posters)
    async with aiohttp.ClientSession(connector=connector, headers={HEADER: secret}) as session:

        async def poster() -> None:
            for body in left:
                async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as reply:
                    assert reply.status == 200, reply.status

        tell_parent("ready")
        await asyncio.gather(*(poster() for _ in range(posters)))
    tell_parent("done")


def main(what: str, *rest: str) -> None:
    jobs = {"stub": stub, "aiogram": idle_aiogram, "bare": bare}
    if what == "post":
        url, secret, *numbers = rest
        uvloop.run(post(url, secret, *map(int, numbers)))
    else:
        uvloop.run(jobs[what]())


if __name__ == "__main__":
    main(*sys.argv[1:])
