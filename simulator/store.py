"""The box on disk: one SQLite file, written behind the running state in whole consistent steps.

Each step is a snapshot of everything that changed, taken in one turn of the event loop and committed in one
transaction, so a killed process comes back as it was at most a moment earlier, never half changed. What was
handed out in that last moment (message and update ids) is never handed out again: after an unclean end every
counter jumps ahead by `GAP`.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import orjson

from simulator.state import Bot, Chat, Dirty, Json, Message, Person, StoredFile, Topic, World

GAP = 10_000
PAUSE = 0.1
TABLES = ("meta", "bots", "people", "chats", "marks", "topics", "messages", "files", "updates")
LIVE_CHAT = {"topics", "messages", "unread", "next_id"}
NAMES: dict[Any, list[str]] = {
    kind: [item.name for item in fields(kind)] for kind in (Bot, Person, Message, Topic, StoredFile)
}
NAMES[Chat] = [item.name for item in fields(Chat) if item.name not in LIVE_CHAT]
Row = tuple[str, str, bytes]
Id = tuple[str, str]
T = TypeVar("T")


def _dump(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)


def _plain(record: Any) -> Json:
    return {name: getattr(record, name) for name in NAMES[type(record)]}


def _filled(tables: dict[str, list[T]]) -> dict[str, list[T]]:
    return {table: lines for table, lines in tables.items() if lines}


def _numbers(value: Json) -> dict[int, Any]:
    return {int(key): item for key, item in value.items()}


class Store:
    def __init__(self, home: Path, world: World) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.world = world
        self._db = sqlite3.connect(home / "telegram.sqlite", check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        for table in TABLES:
            self._db.execute(
                f"CREATE TABLE IF NOT EXISTS {table} (owner TEXT, id TEXT, body BLOB, PRIMARY KEY (owner, id))"
                " WITHOUT ROWID"
            )
        self._fresh: dict[int, dict[int, Json]] = {}
        self._gone: list[Id] = []
        self._step = asyncio.Lock()
        self._closing = asyncio.Event()
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    # Reading

    def load(self) -> dict[int, list[Json]]:
        """Fill the world; return each bot's pending updates, oldest first."""
        world = self.world
        meta = {row[1]: row[2] for row in self._rows("meta")}
        world.counters = meta.get("counters", {})
        world.offset = float(meta.get("offset", 0.0))
        for _, _, body in self._rows("bots"):
            bot = Bot(**body)
            world.bots[bot.id] = world.tokens[bot.token] = bot
        for _, _, body in self._rows("people"):
            world.people[body["id"]] = Person(**body)
        for _, key, body in self._rows("files"):
            world.files[key] = StoredFile(**body)
        self._load_chats()
        if not meta.get("clean", True):
            self._jump()
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('', 'clean', ?)", (b"false",))
        world.dirty = Dirty(meta=True, marks=set(world.chats))
        return self._load_updates()

    def _load_chats(self) -> None:
        world = self.world
        for _, key, body in self._rows("chats"):
            chat = Chat(**body)
            chat.members = _numbers(body["members"])
            chat.keyboards = _numbers(body["keyboards"])
            world.chats[key] = chat
        for _, key, body in self._rows("marks"):
            world.chats[key].next_id = body["next_id"]
            world.chats[key].unread = _numbers(body["unread"])
        for key, _, body in self._rows("topics"):
            world.chats[key].topics[body["thread_id"]] = Topic(**body)
        for key, _, body in self._rows("messages"):
            message = Message(**body)
            message.reactions = _numbers(body["reactions"])
            world.chats[key].messages[message.id] = message
        for chat in world.chats.values():
            chat.messages = dict(sorted(chat.messages.items()))
            chat.topics = dict(sorted(chat.topics.items()))

    def _load_updates(self) -> dict[int, list[Json]]:
        pending: dict[int, list[Json]] = {}
        for owner, _, body in self._rows("updates"):
            pending.setdefault(int(owner), []).append(body)
        for updates in pending.values():
            updates.sort(key=lambda update: int(update["update_id"]))
        return pending

    def _jump(self) -> None:
        self.world.counters = {name: value + GAP for name, value in self.world.counters.items()}
        for chat in self.world.chats.values():
            chat.next_id += GAP

    def _rows(self, table: str) -> Iterable[tuple[str, str, Any]]:
        for owner, key, body in self._db.execute(f"SELECT owner, id, body FROM {table}"):
            yield owner, key, orjson.loads(body)

    # Writing

    def pend(self, bot_id: int, update: Json) -> None:
        """Keep an update until its bot confirms it."""
        self._fresh.setdefault(bot_id, {})[update["update_id"]] = update

    def confirm(self, bot_id: int, update_ids: Iterable[int]) -> None:
        fresh = self._fresh.get(bot_id, {})
        for update_id in update_ids:
            if fresh.pop(update_id, None) is None:
                self._gone.append((str(bot_id), str(update_id)))

    def start(self) -> None:
        self._task = asyncio.create_task(self._write_on())

    async def _write_on(self) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), PAUSE)
            await self.flush()

    async def flush(self) -> None:
        """Everything that changed before this call is on disk when it returns. A step once begun is finished
        even when its caller is cancelled."""
        await asyncio.shield(self._flush())

    async def _flush(self) -> None:
        async with self._step:
            if self._closed:
                return
            rows, gone, cleared = self._collect()
            if rows or gone or cleared:
                await asyncio.to_thread(self._write, rows, gone, cleared)

    async def close(self) -> None:
        """Write the rest and say that this end was clean; once is enough."""
        self._closing.set()
        if self._task is not None:
            await self._task
        await self.flush()
        async with self._step:
            if not self._closed:
                self._closed = True
                self._db.execute("INSERT OR REPLACE INTO meta VALUES ('', 'clean', ?)", (b"true",))
                self._db.close()

    def _collect(self) -> tuple[dict[str, list[Row]], dict[str, list[Id]], bool]:
        """Serialise what changed, in one turn of the loop; rows by table."""
        world, dirty = self.world, self.world.dirty
        world.dirty = Dirty()
        rows: dict[str, list[Row]] = {}
        if dirty.meta:
            rows["meta"] = [("", "counters", _dump(world.counters)), ("", "offset", _dump(world.offset))]
        rows["bots"] = [("", str(n), _dump(_plain(world.bots[n]))) for n in dirty.bots]
        rows["people"] = [("", str(n), _dump(_plain(world.people[n]))) for n in dirty.people]
        rows["files"] = [("", key, _dump(_plain(world.files[key]))) for key in dirty.files]
        rows["chats"] = [("", key, _dump(_plain(world.chats[key]))) for key in dirty.chats]
        rows["marks"] = [
            ("", key, _dump({"next_id": world.chats[key].next_id, "unread": world.chats[key].unread}))
            for key in dirty.marks | dirty.chats
        ]
        rows["topics"] = [
            (key, str(n), _dump(_plain(world.chats[key].topics[n])))
            for key, n in dirty.topics
            if n in world.chats[key].topics
        ]
        rows["messages"] = [
            (key, str(n), _dump(_plain(world.chats[key].messages[n]))) for key, n in dirty.messages - dirty.gone
        ]
        rows["updates"] = [
            (str(bot), str(n), _dump(update)) for bot, fresh in self._fresh.items() for n, update in fresh.items()
        ]
        gone = {"updates": self._gone, "messages": [(key, str(n)) for key, n in dirty.gone]}
        self._gone, self._fresh = [], {}
        return _filled(rows), _filled(gone), dirty.cleared

    def _write(self, rows: dict[str, list[Row]], gone: dict[str, list[Id]], cleared: bool) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if cleared:
                for table in ("chats", "marks", "topics", "messages", "updates", "files"):
                    self._db.execute(f"DELETE FROM {table}")
            for table, lines in rows.items():
                self._db.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", lines)
            for table, ids in gone.items():
                self._db.executemany(f"DELETE FROM {table} WHERE owner = ? AND id = ?", ids)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
