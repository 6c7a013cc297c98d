"""The running demo as tests see it: the simulator over HTTP, the desk over HTTP, and its rows."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

PATIENCE = 180.0
CUSTOMER, TECHNICIAN, DISPATCHER = 8100001, 8100002, 8100003
ELENA, CHIEF = 7201, 7001
Json = dict[str, Any]


@dataclass
class Town:
    """`page` is the simulator's address, `desk` the web's."""

    http: aiohttp.ClientSession
    rows: asyncpg.Connection
    page: str
    desk: str
    log: Path

    async def open(self) -> bool:
        """Whether everything has begun and everybody of the staff has been greeted."""
        try:
            async with self.http.get(f"{self.desk}/healthz") as answer:
                begun = answer.status == 200 and all((await answer.json())["bots"].values())
        except aiohttp.ClientError:
            return False
        return begun and bool((await self.get("/sim/state"))["story"]["available"])

    async def get(self, path: str) -> Json:
        async with self.http.get(f"{self.page}{path}") as answer:
            assert answer.status == 200, await answer.text()
            found: Json = await answer.json()
            return found

    async def post(self, path: str, **body: Any) -> Json:
        async with self.http.post(f"{self.page}{path}", json=body) as answer:
            found: Json = await answer.json()
            assert answer.status == 200, found
            return found

    async def group(self) -> str | None:
        """The dispatchers' chat."""
        chats = (await self.get("/sim/state"))["chats"]
        return next((chat["key"] for chat in chats if chat["type"] == "supergroup"), None)

    async def messages(self, chat: str, viewer: int) -> list[Json]:
        found: list[Json] = (await self.get(f"/sim/chats/{chat}/messages?as={viewer}&limit=200"))["messages"]
        return [message for message in found if not message.get("sim", {}).get("deleted")]

    async def mine(self, bot: int, user: int) -> list[Json]:
        """What this person sees in their chat with a bot."""
        return await self.messages(f"{bot}:{user}", user)

    async def play(self, speed: float) -> None:
        """The whole story, to its end and without an error."""
        await self.post("/sim/story", action="start", speed=speed)
        await self.ended()

    async def ended(self) -> None:
        async with asyncio.timeout(2 * PATIENCE):
            while (story := (await self.get("/sim/state"))["story"])["running"]:
                await asyncio.sleep(0.2)
        assert story["error"] is None, story
        assert story["no"] == story["of"]

    async def quiet(self) -> None:
        """Until the desk has nothing left to do at once."""
        async with asyncio.timeout(PATIENCE):
            while any([await self.metric("inbox_waiting"), await self.metric("outbox_waiting"), await self._tasks()]):
                await asyncio.sleep(0.1)

    async def _tasks(self) -> int:
        return int(await self.rows.fetchval("SELECT count(*) FROM tasks_tasks WHERE state <> 'dead'"))

    async def metrics(self) -> dict[str, float]:
        async with self.http.get(f"{self.desk}/metrics") as answer:
            assert answer.status == 200
            lines = [line.split() for line in (await answer.text()).splitlines() if not line.startswith("#")]
        return {name.removeprefix("naryad_"): float(value) for name, value in lines}

    async def metric(self, name: str) -> float:
        return (await self.metrics())[name]

    async def last_order(self) -> asyncpg.Record:
        return await self.rows.fetchrow("SELECT * FROM orders_orders ORDER BY id DESC LIMIT 1")


def verbs(messages: list[Json]) -> list[str]:
    """The verbs of all buttons that can still be pressed."""
    return [
        button["callback_data"].split(":")[0]
        for message in messages
        for row in (message.get("reply_markup") or {}).get("inline_keyboard", ())
        for button in row
        if "callback_data" in button
    ]


def apps(messages: list[Json]) -> list[str]:
    """The addresses of Mini Apps behind buttons."""
    return [
        button["web_app"]["url"]
        for message in messages
        for row in (message.get("reply_markup") or {}).get("inline_keyboard", ())
        for button in row
        if "web_app" in button
    ]


def papers(messages: list[Json]) -> list[str]:
    """The names of documents that came."""
    return [message["document"]["file_name"] for message in messages if "document" in message]
