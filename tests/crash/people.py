"""People who act, each from their own seed, and write down what they did.

Most of the time a technician wants to get a job done and a customer signs and rates what awaits them (`sense.py`). The
rest is chance: they do what a telephone lets them do, press a button that they see (what moves the work on more often
than the rest, now and then an old one), answer what was asked, talk. Every text they write is unique, so that what
became of it can be counted.
"""

import asyncio
import io
import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from simulator.app import Simulator, Upload
from simulator.errors import ActError
from tests.crash.ground import BOT, Ground, until
from tests.crash.sense import Sense, Step

LOOKED_AT = 40
ENOUGH_PENDING = 16
PAUSE_S = {"technician": 0.2, "customer": 0.5, "dispatcher": 0.5}
"""Between two acts of one person, in the middle."""
AGAIN = 0.03
WAIT_S = 60.0
SENSIBLE = {"technician": 0.85, "customer": 0.6, "dispatcher": 0.0}
"""How often they do what awaits them, when something does."""

CUSTOMER = {
    "consent.yes": 20, "new.site": 8, "new.asset": 8, "new.urgency": 8, "new.when soon": 8, "new.when": 0.3,
    "new.send": 12, "new.wordless": 3, "sign.ok": 6, "sign.no": 0.4, "rate.speed": 3, "rate.accuracy": 3,
    "rate.communication": 3, "rate.done": 2, "order.cancel": 0.1, "order.reopen": 1, "order.chat": 0.5,
    "chat.leave": 2, "order.move": 0.3, "new.drop": 0.2, "new.edit": 0.2, "new.join": 0.3, "consent.withdraw": 0,
    "settings.language": 0,
}  # fmt: skip
TECHNICIAN = {
    "offer.accept": 6, "offer.decline": 0.8, "job.go": 6, "job.arrive": 30, "job.check": 9, "check.set": 9,
    "job.photo": 9, "job.lines": 6, "line.list": 4, "line.open": 6, "line.set": 2, "job.finish done": 30,
    "job.finish": 9, "job.finish partly": 0.6, "job.finish no_access": 0.6, "job.finish part_needed": 0.6,
    "again.when soon": 4, "again.when no": 2, "job.pause": 0.2, "job.resume": 9, "job.back": 0.1, "job.comment": 0.5,
    "job.open": 1, "sort.as": 3, "shift.close": 0, "settings.language": 0, "job.redo": 0.2,
}  # fmt: skip
DISPATCHER = {
    "card.assign": 1, "card.give": 5, "card.priority": 0.7, "card.priority_set": 3, "card.remind": 0.4,
    "msg.client": 2, "card.cancel": 0.03, "card.cancel_do": 0.3, "card.reopen": 0.3, "card.return": 0.5,
    "card.fix": 0.1, "card.job assign": 1, "card.job remind": 0.4, "card.job fix": 0.1, "card.close": 0.3,
    "settings.language": 0,
}  # fmt: skip
TYPED = {
    "job.comment": 1.0, "job.finish": 0.7, "job.pause": 0.5, "offer.decline": 0.3, "order.cancel": 0.3,
    "card.reopen": 0.8, "order.chat": 0.9, "sign.no": 0.5, "line.list": 0.2, "rate.communication": 0.5,
}  # fmt: skip


def picture(seed: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (96, 64), (seed % 256, seed // 256 % 256, 90)).save(out, "JPEG")
    return out.getvalue()


class Phone:
    """One person's telephone, at one chat."""

    def __init__(self, sim: Simulator, user_id: int, chat: str | int) -> None:
        self.user_id = user_id
        self._sim = sim
        self._chat = chat if isinstance(chat, str) or chat < 0 else f"{chat}:{user_id}"

    async def do(self, act: str, **facts: Any) -> Any:
        return await self._sim.act(self.user_id, self._chat, act, **facts)

    def history(self, newest: int = LOOKED_AT) -> list[dict[str, Any]]:
        return self._sim.history(self._chat, self.user_id, None, newest)

    def buttons(self) -> Iterator[tuple[int, str]]:
        """Every button that can be pressed, newest message first."""
        for message in reversed(self.history(200)):
            for row in (message.get("reply_markup") or {}).get("inline_keyboard", ()):
                yield from (
                    (message["message_id"], button["callback_data"]) for button in row if "callback_data" in button
                )

    async def press(self, verb: str, extra: str | None = None, id: int | None = None) -> None:
        """Wait for the newest such button and press it."""
        found: list[tuple[int, str]] = []

        def there() -> bool:
            for message_id, data in self.buttons():
                parts = data.split(":", 3)
                if parts[0] == verb and extra in (None, parts[3]) and id in (None, int(parts[1])):
                    found[:] = [(message_id, data)]
                    return True
            return False

        await until(there, WAIT_S, f"{verb} {extra} {id} did not come to {self.user_id}")
        await self.do("press", message_id=found[0][0], data=found[0][1])


class Diary:
    """What everybody did, a line of JSON each, beside the seed: enough to see how a broken promise came about."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")
        self.acts = 0
        self._began = time.monotonic()
        self._tokens = 0

    def write(self, who: int, act: str, facts: dict[str, Any]) -> None:
        self.acts += 1
        at = round(time.monotonic() - self._began, 3)
        self._file.write(json.dumps([at, who, act, facts], ensure_ascii=False, default=lambda _: "…") + "\n")

    def token(self) -> str:
        self._tokens += 1
        return f"⟨{self._tokens}⟩"

    def close(self) -> None:
        self._file.close()


class Somebody:
    """One person at one telephone."""

    def __init__(
        self, ground: Ground, diary: Diary, user: int, role: str, weights: dict[str, float], seed: int, chat: str | int
    ) -> None:
        self.phone = Phone(ground.sim, user, chat)
        self.role = role
        self.chance = random.Random(f"{seed}:{user}")
        self._diary = diary
        self._weights = weights
        self._pressed: set[tuple[int, str]] = set()
        self._wanted: str | None = None
        self._live: int | None = None
        self._sense = Sense()

    async def act(self) -> None:
        """One thing. What no telephone would let them do is not done."""
        try:
            await self._choose()
        except ActError:
            self._wanted = None

    async def say_hello(self) -> None:
        """Anything at all: whoever was thought unreachable is heard again."""
        await self._do("text", text=f"Я здесь {self._diary.token()}")

    async def _do(self, act: str, **facts: Any) -> Any:
        self._diary.write(self.phone.user_id, act, facts)
        return await self.phone.do(act, **facts)

    async def _choose(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            await self._answer(wanted)
            return
        if self.chance.random() < SENSIBLE[self.role] and (step := self._sensible()) is not None:
            await self._take(step)
            return
        if self.chance.random() < 0.12:
            await self._talk()
            return
        found = list(self._buttons())
        if not found:
            await self._talk()
            return
        message_id, data = self.chance.choices([one[:2] for one in found], [one[2] for one in found])[0]
        self._pressed.add((message_id, data))
        await self._do("press", message_id=message_id, data=data)
        self._think_of(data)

    def _sensible(self) -> Step | None:
        look = self._sense.customer if self.role == "customer" else self._sense.technician
        return look(self.phone.history())

    async def _take(self, step: Step) -> None:
        if step.button is not None:
            await self._do("press", message_id=step.button.message_id, data=step.button.data)
        elif step.what != "wait":
            await self._answer(step.what)

    def _buttons(self) -> Iterator[tuple[int, str, float]]:
        """What can be pressed, and how much they feel like it."""
        worth = 1.0
        for message in reversed(self.phone.history()):
            rows = (message.get("reply_markup") or {}).get("inline_keyboard", ())
            for data in (button["callback_data"] for row in rows for button in row if "callback_data" in button):
                verb, _, rest = data.partition(":")
                extra = rest.rpartition(":")[2]
                weight = self._weights.get(f"{verb} {extra}", self._weights.get(verb, 0.05)) * worth
                if (message["message_id"], data) in self._pressed:
                    weight *= AGAIN
                if weight:
                    yield message["message_id"], data, weight
            worth *= 0.9 if rows else 1

    def _think_of(self, data: str) -> None:
        """What a press asks for next."""
        verb, _, rest = data.partition(":")
        extra = rest.rpartition(":")[2]
        if verb == "job.photo":
            self._wanted = "photo"
        elif verb in ("job.check", "check.set") and self.chance.random() < 0.6:
            self._wanted = "number"
        elif self.chance.random() < TYPED.get(verb, 0) and extra not in ("done", "soon"):
            self._wanted = "text"

    async def _answer(self, wanted: str) -> None:
        if wanted == "photo":
            await self._photos()
        elif wanted == "number":
            await self._do("text", text=self.chance.choice(("3,5", "-18", "4", "много")))
        else:
            await self._do("text", text=f"Слова {self._diary.token()}")

    async def _photos(self, caption: str = "") -> None:
        files = [
            Upload("p.jpg", "image/jpeg", picture(self.chance.randrange(60_000)))
            for _ in range(self.chance.choice((1, 1, 2)))
        ]
        await self._do("photo", files=files, **({"caption": caption} if caption else {}))

    async def _talk(self) -> None:
        token, dice = self._diary.token(), self.chance.random()
        if self.role == "customer":
            if dice < 0.3:
                await self._photos(f"Сломалось {token}")
            else:
                await self._do("text", text=f"Не холодит {token}")
        elif self.role == "technician":
            if dice < 0.5:
                await self._do("text", text="/job")
            else:
                await (self._move() if dice < 0.85 else self._do("text", text=f"Замечание {token}"))
        else:
            await self._in_topic(token)

    async def give(self, what: str) -> None:
        """A photo, or a point of the way: what some places of the desk are reached by."""
        try:
            await (self._photos(f"Вот {self._diary.token()}") if what == "photo" else self._move())
        except ActError:
            self._live = None

    async def _move(self) -> None:
        """Share the place, or the next point of it."""
        lat, lon = 55.75 + self.chance.uniform(-0.01, 0.01), 37.6 + self.chance.uniform(-0.01, 0.01)
        if self._live is None:
            self._live = (await self._do("location", lat=lat, lon=lon, live_period=3600))["message_id"]
            return
        for step in range(3):
            await self._do("move", message_id=self._live, lat=lat + step / 1e4, lon=lon)

    async def _in_topic(self, token: str) -> None:
        topics = [one for one in self.phone.history() if one.get("message_thread_id")]
        if not topics:
            return
        about = self.chance.choice(topics)
        reply = {"reply_to": about["message_id"]} if self.chance.random() < 0.4 else {}
        await self._do("text", text=f"Команде {token}", thread=about["message_thread_id"], **reply)


class Crowd:
    """Everybody at once. They wait while the desk has much to do already, and while `paused`."""

    def __init__(self, ground: Ground, seed: int, diary: Diary) -> None:
        self._ground = ground
        self.paused = asyncio.Event()
        roles = (
            ("customer", CUSTOMER, ground.customers, BOT["customer"]),
            ("technician", TECHNICIAN, ground.technicians, BOT["technician"]),
            ("dispatcher", DISPATCHER, ground.dispatchers, ground.group),
        )
        self.people = [
            Somebody(ground, diary, one, role, weights, seed, chat)
            for role, weights, users, chat in roles
            for one in users
        ]
        self._acting = 0
        self.chance = random.Random(seed)
        self.enough: Callable[[], bool] = lambda: ground.pending() >= ENOUGH_PENDING

    async def begin(self) -> None:
        """Open the bots."""
        for one in self.people:
            if one.role != "dispatcher":
                await one._do("start")

    async def live(self, one: Somebody) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(one.chance.expovariate(1 / PAUSE_S[one.role]))
            if self.paused.is_set() or self.enough():
                continue
            self._acting += 1
            try:
                await one.act()
            finally:
                self._acting -= 1

    async def give(self, what: str) -> None:
        """One person, by chance, sends a photo or moves on."""
        role = "customer" if what == "photo" else "technician"
        await self.chance.choice([one for one in self.people if one.role == role]).give(what)

    async def rest(self) -> None:
        """Nobody begins anything; returns when nobody is in the middle of something."""
        self.paused.set()
        while self._acting:
            await asyncio.sleep(0.01)
