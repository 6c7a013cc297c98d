"""Telegram in a box: the object that seeds and tests hold, and the web application around it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from inspect import isawaitable
from pathlib import Path
from typing import Any

from aiohttp import web

from simulator import acts, botapi, groups
from simulator import buttons as _buttons  # noqa: F401 - registers its acts
from simulator import web as page
from simulator.api import Upload
from simulator.box import Box
from simulator.errors import ActError
from simulator.guard import loopback_only
from simulator.messages import touch_chat
from simulator.people import colour_for, forget_talks, free_id
from simulator.stage import Stage, Story
from simulator.state import ROLES, Bot, Chat, Json, Person
from simulator.views import chat_view, iso, message_view

__all__ = ["Simulator", "Upload", "build_app"]

OnClock = Callable[[float], Awaitable[None]]
SIM: web.AppKey[Simulator] = web.AppKey("sim")


class Simulator(Box):
    """People, bots and chats under `home`. Make it and use it inside one running event loop.

    `on_clock` is awaited with the new offset in seconds when the page moves the clock. `links` holds the
    addresses the page shows ("admin", "docs", and "tiles", a map's address template); `story`, when set, is
    what `stage` plays. `zone`, when set, is where the phones are ("Europe/Moscow"); otherwise where the page is.
    """

    def __init__(self, home: Path, *, on_clock: OnClock | None = None) -> None:
        super().__init__(home)
        self.on_clock = on_clock
        self.links: dict[str, str | None] = {"admin": None, "docs": None}
        self.zone: str | None = None
        self.story: Story | None = None
        self.stage = Stage(self.hub)

    # Life

    async def start(self) -> None:
        self.store.start()
        self.couriers.start()

    async def stop(self) -> None:
        """Let everybody who waits go, finish deliveries, write everything down."""
        await self.stage.stop()
        self.let_go()
        await self.couriers.close()
        await self.store.close()

    def let_go(self) -> None:
        self.stopping.set()
        self.updates.stop()
        self.hub.close()

    async def saved(self) -> None:
        """Wait until everything done so far is on disk."""
        await self.store.flush()

    # Seeding: each is idempotent

    def add_bot(self, token: str, username: str, first_name: str) -> int:
        """A bot by its token (its id is the number before the colon)."""
        number = token.partition(":")[0]
        if not number.isdigit() or ":" not in token:
            raise ActError("bad_token", "a token looks like 123456:letters")
        bot = self.world.bots.get(int(number))
        if bot is None:
            bot = Bot(int(number), token, username.lstrip("@"), first_name)
        self.world.tokens.pop(bot.token, None)
        bot.token, bot.username = token, username.lstrip("@")
        bot.first_name = bot.texts.get("name|") or first_name
        self.world.bots[bot.id] = self.world.tokens[token] = bot
        self.world.dirty.bots.add(bot.id)
        self.hub.send("state")
        return bot.id

    def add_person(
        self,
        id: int | None = None,
        first_name: str = "",
        last_name: str | None = None,
        *,
        username: str | None = None,
        phone: str | None = None,
        language_code: str = "ru",
        role: str = "other",
        colour: str | None = None,
    ) -> int:
        """A person by id; without one, by username or as somebody new."""
        if role not in ROLES:
            raise ActError("bad_request", f"a role is one of {', '.join(ROLES)}")
        if not first_name:
            raise ActError("bad_request", "a person has a first name")
        user_id = id or free_id(self.world, username)
        shade = colour or colour_for(user_id)
        person = Person(user_id, first_name, last_name, username, phone, language_code, role, shade)
        self.world.people[user_id] = person
        self.world.dirty.people.add(user_id)
        self.hub.send("state")
        return user_id

    def add_group(self, title: str, forum: bool = True, members: Sequence[int] = (), bots: Sequence[int] = ()) -> int:
        """A group by title; the first member owns it, bots are administrators. Returns the chat id."""
        for user_id in (*members, *bots):
            if self.world.user(user_id) is None:
                raise ActError("no_person", f"there is no user {user_id}")
        chat = next((c for c in self.world.chats.values() if c.title == title and c.migrated_to is None), None)
        if chat is None:
            if not members:
                raise ActError("bad_request", "a group has at least one member")
            chat = groups.create(self, title, forum=forum)
            chat.members[members[0]] = "creator"
        owner = next(iter(chat.members))
        for user_id in members:
            groups.set_member(self, chat, user_id, chat.members.get(user_id, "member"), owner, say=False)
        for user_id in bots:
            groups.set_member(self, chat, user_id, "administrator", owner)
        touch_chat(self, chat)
        self.hub.send("state")
        return chat.id

    def migrate_group(self, chat_id: int) -> int:
        """Make a plain group a supergroup; returns its new id."""
        return groups.migrate(self, self.chat(chat_id)).id

    def set_forum(self, chat_id: int, *, on: bool) -> int:
        return groups.set_forum(self, self.chat(chat_id), on=on).id

    # Acting

    async def act(
        self,
        user_id: int,
        chat: str | int,
        do: str,
        /,
        *,
        thread_id: int | None = None,
        thread: int | None = None,
        files: Sequence[Upload] = (),
        **facts: Any,
    ) -> Json:
        """Let a person do something in a chat ("bot:user", a group's id, or a bot's id for its private chat).

        Returns the act's result; raises ActError for what no Telegram app would let them do."""
        person = self.world.people.get(user_id)
        if person is None:
            raise ActError("no_person", f"there is no person {user_id}")
        function = acts.ACTS.get(do)
        if function is None:
            raise ActError("bad_request", f"nobody can {do!r} here")
        place = self._place(person, chat)
        deed = acts.Deed(self, person, place, thread_id or thread, facts, list(files))
        result = function(deed)
        return await result if isawaitable(result) else result

    def _place(self, person: Person, key: str | int) -> Chat:
        """The chat a person acts in; a private one with a known bot is opened for them."""
        name = f"{key}:{person.id}" if isinstance(key, int) and key > 0 else str(key)
        bot, _, user = name.partition(":")
        if user == str(person.id) and bot.isdigit() and int(bot) in self.world.bots:
            return self.world.private(int(bot), person.id)
        chat = self.chat(name)
        if person.id not in chat.present():
            raise ActError("not_member", "this person is not in that chat")
        return chat

    def chat(self, key: str | int) -> Chat:
        chat = self.world.chats.get(str(key))
        if chat is None:
            raise ActError("no_chat", f"there is no chat {key}")
        if chat.migrated_to is not None:
            raise ActError("migrated", f"the group is now {chat.migrated_to}")
        return chat

    def read(self, user_id: int, key: str | int | None) -> None:
        """A person has seen everything in a chat."""
        chat = self.chat(key or "")
        if chat.unread.pop(user_id, 0):
            self.world.dirty.marks.add(chat.key)
            self.hub.send("chat", chat=chat.key, data=chat_view(self, chat))

    def set_faults(self, **wanted: Any) -> None:
        """Change the named switches of `Faults`."""
        self.faults.update(wanted)
        self.limits.clear()
        self.hub.send("faults", faults=self.faults.as_json())

    # Looking

    def state(self) -> Json:
        """Everything the page shows at first sight."""
        chats = [chat for chat in self.world.chats.values() if chat.migrated_to is None]
        return {
            "bots": [self._bot_view(bot) for bot in self.world.bots.values()],
            "people": [{**person.user(), **_own(person)} for person in self.world.people.values()],
            "chats": [chat_view(self, chat) for chat in chats],
            "clock": self.clock(),
            "faults": self.faults.as_json(),
            "story": self.story_state(),
            "links": self.links,
        }

    def history(
        self, key: str | int, viewer: int | None, before: int | None, limit: int, thread: int | None = None
    ) -> list[Json]:
        """The newest messages of a chat before a message id, oldest first, as one person sees them."""
        chat = self.world.chats.get(str(key))
        found: list[Json] = []
        for message in reversed(chat.messages.values() if chat else ()):
            hidden = message.deleted or message.receiver not in (None, viewer)
            other = thread is not None and message.body.get("message_thread_id") != thread
            if hidden or other or (before is not None and message.id >= before):
                continue
            found.append(message_view(self, message, viewer))
            if len(found) == limit:
                break
        return found[::-1]

    def clock(self) -> Json:
        return {"now": iso(self.world.now()), "offset_s": self.world.offset, "zone": self.zone}

    async def set_clock(self, offset: float) -> None:
        """Move the simulated time; whoever keeps the desk's clock is told first."""
        if abs(offset) > 10 * 366 * 86_400:
            raise ActError("bad_request", "the clock moves ten years at most")
        if self.on_clock is not None:
            await self.on_clock(offset)
        self.world.offset = offset
        self.world.dirty.meta = True
        self.hub.send("clock", **self.clock())

    async def reset(self) -> None:
        """Forget private talks, messages and waiting updates; people, bots, groups' members and settings stay."""
        await self.stage.stop()
        forget_talks(self)
        self.hub.send("state", reset=True)

    def give_story(self, story: Story) -> None:
        """From now on it can be played: pages that are open show the button."""
        self.story = story
        self.hub.send("story", **self.story_state())

    def story_state(self) -> Json:
        return {**self.stage.state(), "available": self.story is not None}

    def _bot_view(self, bot: Bot) -> Json:
        commands = next((list_ for key, list_ in bot.commands.items() if key.startswith("default|")), [])
        return {
            "id": bot.id, "username": bot.username, "first_name": bot.first_name,
            "description": bot.texts.get("description|", ""), "commands": commands,
            "scoped_commands": bot.commands, "menu_button": bot.menu_buttons.get(""),
            "menu_buttons": bot.menu_buttons, "webhook": bool(bot.webhook),
            "pending": len(self.updates.box(bot.id).updates),
        }  # fmt: skip


def _own(person: Person) -> Json:
    return {
        "last_name": person.last_name, "username": person.username, "phone": person.phone,
        "role": person.role, "colour": person.colour,
    }  # fmt: skip


def build_app(sim: Simulator) -> web.Application:
    """The web application; it starts and stops the simulator with itself."""
    app = web.Application(client_max_size=page.MOST_BYTES, middlewares=[loopback_only, page.tell_errors])
    app[SIM] = sim
    app.add_routes([*botapi.routes(sim), *page.routes(sim)])
    for prefix, folder in (("/static", page.STATIC), ("/vendor", page.VENDOR)):
        folder.mkdir(parents=True, exist_ok=True)
        app.router.add_static(prefix, folder)

    async def life(app: web.Application) -> AsyncIterator[None]:
        await sim.start()
        yield
        await sim.stop()

    async def let_go(app: web.Application) -> None:
        sim.let_go()

    app.cleanup_ctx.append(life)
    app.on_shutdown.append(let_go)
    return app
