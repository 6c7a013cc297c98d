"""The parts of the box in one place, handed to whatever acts on them."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from simulator.couriers import Couriers
from simulator.errors import ApiError
from simulator.events import Hub
from simulator.faults import Faults
from simulator.files import Files
from simulator.limits import Limits
from simulator.state import Bot, Chat, Json, World
from simulator.store import Store
from simulator.updates import Updates


@dataclass(slots=True)
class Query:
    """A pressed button waiting for its answer; `at` is monotonic."""

    bot_id: int
    chat: str
    user_id: int
    message_id: int
    at: float


@dataclass(slots=True)
class Call:
    """One line of the Bot API log."""

    at: float
    bot: Bot
    method: str
    params: Json
    error: str | None
    ms: float

    def as_json(self) -> Json:
        return {
            "date": self.at, "bot": self.bot.username, "bot_id": self.bot.id, "method": self.method,
            "params": short(self.params), "ok": self.error is None, "error": self.error,
            "ms": round(self.ms, 1),
        }  # fmt: skip


def short(params: Json) -> str:
    parts = []
    for name, value in params.items():
        text = str(value)
        parts.append(f"{name}={text if len(text) <= 60 else text[:57] + '…'}")
    return " ".join(parts)


class Box:
    """State, disk, queues and switches. Everything runs on one event loop."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.world = World()
        self.store = Store(home, self.world)
        self.faults = Faults()
        self.limits = Limits()
        self.hub = Hub()
        self.updates = Updates(self.world, self.store, self.faults)
        self.couriers = Couriers(self.world, self.updates)
        self.files = Files(home / "files", self.world)
        self.queries: dict[str, Query] = {}
        self.calls: deque[Call] = deque(maxlen=1_000)
        self.stopping = asyncio.Event()
        self.updates.restore(self.store.load())

    def log(self, bot: Bot, method: str, params: Json, error: ApiError | None, ms: float) -> None:
        call = Call(self.world.now(), bot, method, params, error.description if error else None, ms)
        self.calls.append(call)
        if self.hub:
            self.hub.send("call", **call.as_json())

    def bots_in(self, chat: Chat) -> list[Bot]:
        """The bots that hear what is said in a chat."""
        bots = self.world.bots
        if chat.bot_id is not None:
            return [] if chat.blocked else [bots[chat.bot_id]]
        return [bots[user] for user in chat.present() if user in bots]

    def people_in(self, chat: Chat) -> list[int]:
        if chat.user_id is not None:
            return [chat.user_id]
        return [user for user in chat.present() if user in self.world.people]
