"""A bot that counts, for tests of the plumbing: every message and press writes one row, whatever happens around it.

As a process: `python -m tests.telegram.toy DATABASE_URL API_URL`; it prints "ready" and ends on SIGTERM.
"""

import asyncio
import signal
import sys
from datetime import tzinfo
from typing import Any

from bot.routes import SCREENS, Routes, screen
from bot.telegram.limits import Limits
from bot.telegram.service import BotService, BotSettings
from bot.turn import Turn
from bot.view import Button, Place, View
from core.kernel.database import database, pool
from core.kernel.errors import Refusal
from core.kernel.hints import link

TOKEN = "100:customer"
SCHEMA = """
CREATE TABLE IF NOT EXISTS toy (
  id bigserial PRIMARY KEY, chat_id bigint, message_id bigint, what text, n bigint, at timestamptz DEFAULT now())
"""
REFUSALS = {"no": "orders.already_taken", "gone": "orders.wrong_state"}
"""By word: an answer that is not good, and one to what is no more."""
COUNT = "INSERT INTO toy (chat_id, message_id, what, n) VALUES ($1, $2, $3, $4)"


def toy_routes() -> Routes:
    routes = Routes("customer")
    failures: dict[str, int] = {}

    @routes.command("start")
    async def start(turn: Turn) -> None:
        turn.say("toy.board", {"n": 0})

    @routes.press("toy.add")
    async def add(turn: Turn) -> None:
        press = turn.press
        assert press
        await turn.work.execute(COUNT, turn.chat_id, turn.message_id, press.extra, press.revision)
        turn.redraw("toy.board", {"n": press.revision + 1})
        turn.toast("telegram.stale")

    @routes.press("toy.refuse")
    async def refuse(turn: Turn) -> None:
        await turn.work.execute(COUNT, turn.chat_id, turn.message_id, "must not stay", 0)
        raise Refusal("orders.already_taken")

    @routes.command("bug")
    async def bug(turn: Turn) -> None:
        failures[turn.args] = failures.get(turn.args, 0) + 1
        await turn.work.execute(COUNT, turn.chat_id, turn.message_id, "at last", failures[turn.args])
        if turn.args == "always" or failures[turn.args] < 3:
            raise ValueError("a bug")
        turn.say("toy.echo", {"text": "mended"})

    @routes.command("ask")
    async def ask(turn: Turn) -> None:
        turn.dialogue.go("toy.answer", asked=turn.args)
        turn.say("toy.echo", {"text": "?"})

    @routes.step("toy.answer")
    async def answer(turn: Turn) -> None:
        if turn.text in REFUSALS:
            turn.dialogue.data["asked"] = "must not stay"
            raise Refusal(REFUSALS[turn.text], state="done", verb="answer")
        turn.say("toy.echo", {"text": f"{turn.dialogue.data['asked']}={turn.text}"})
        turn.dialogue.forget()

    @routes.command("card")
    async def card(turn: Turn) -> None:
        for n in range(int(turn.args or 1)):
            turn.say("toy.echo", {"text": f"card {n}"}, card="card:1", revision=n)

    @routes.command("bring")
    async def bring(turn: Turn) -> None:
        """Bring the card down, as somebody does who has read it a while ago."""
        old = int(turn.args)
        turn.say("toy.echo", op="erase", card="card:1", revision=old)
        turn.say("toy.echo", {"text": f"card {old}"}, card="card:1", revision=old)

    @routes.command("share")
    async def share(turn: Turn) -> None:
        """Share a place for so many seconds: the second word is the version."""
        live, revision = map(int, turn.args.split())
        turn.say("toy.place", {"live": live}, card="live:1", revision=revision)

    @routes.otherwise
    async def anything(turn: Turn) -> None:
        if turn.text == "refuse":
            raise Refusal("orders.already_taken")
        number = int(turn.text) if turn.text.isdigit() else 0
        what = "edited" if turn.edited else "message"
        await turn.work.execute(COUNT, turn.chat_id, turn.message_id, what, number)
        turn.react()
        turn.say("toy.echo", {"text": turn.text or "—"})

    return routes


def board(facts: dict[str, Any], locale: str, zone: tzinfo) -> View:
    n = facts["n"]
    return View(f"n = {n}", ((Button("+1", "toy.add", 1, n, "x"), Button("no", "toy.refuse", 1, n)),))


def echo(facts: dict[str, Any], locale: str, zone: tzinfo) -> View:
    return View(facts["text"])


def place(facts: dict[str, Any], locale: str, zone: tzinfo) -> View:
    return View(place=Place(55.75, 37.62, live=facts["live"]))


if "toy.board" not in SCREENS:
    screen("toy.place")(place)
    screen("toy.board")(board)
    screen("toy.echo")(echo)


def settings(api: str, **more: Any) -> BotSettings:
    return BotSettings(**({"api": api, "limits": Limits.none(), "timeout_s": 3.0, "poll_s": 2} | more))


async def main(database_url: str, api: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    async with database(database_url, pool=6), asyncio.TaskGroup() as nursery:
        await pool().execute(SCHEMA)
        nursery.create_task(link(stop))
        nursery.create_task(BotService("customer", TOKEN, toy_routes(), settings(api)).run(stop))
        sys.stdout.write("ready\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
