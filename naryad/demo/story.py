"""The main job acted out on the simulator: from a customer's message to a signed act, at readable speed.

It does only what people do on their telephones; everything else is the real desk answering. Each step says what
happens before it happens; the texts are `story.*`.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any

from core.kernel.words import LOCALES, Words, pick_locale, words
from naryad.demo import company as demo
from naryad.demo.photos import photo
from naryad.demo.player import WAIT_S, Player
from simulator.app import Simulator

OF = 13
START = (55.7766, 37.6010)
BOT = {name: int(token.partition(":")[0]) for name, (token, *_) in demo.BOTS.items()}
CUSTOMER = 7201
CHIEF = 7001
SITE = demo.CUSTOMERS[0].sites[0]
WORKS = ("W-DIAG", "W-SEAL", "M-SEAL")


async def story(sim: Simulator) -> AsyncGenerator[dict[str, Any], None]:
    """Yields each step as {text, of}; raises ActError when somebody waits for a button that does not come."""
    said = _says(sim)

    def step(key: str, **params: Any) -> dict[str, Any]:
        return {"text": {one: words("story", one).text(f"story.{key}", **params) for one in LOCALES}, "of": OF}

    elena = Player(sim, CUSTOMER, BOT["customer"])
    group = Player(sim, CHIEF, _group(sim))
    masters = [Player(sim, one.user_id, BOT["technician"]) for one in demo.PEOPLE if one.role == "technician"]

    yield step("hello")
    await _introduce(sim, elena)
    await sim.stage.rest(2)

    yield step("trouble")
    await elena.send("photo", photo("showcase"), caption=said.text("story.says.trouble"))
    await sim.stage.rest(3)

    yield step("details")
    await _details(sim, elena)
    number = await _number(elena)
    await sim.stage.rest(3)

    yield step("robot", number=number)
    master = await elena.wait(lambda: _asked(masters, number), f"an offer of {number}")
    await sim.stage.rest(4)

    yield step("accept", name=_name(master.user_id))
    await master.press("offer.accept")
    await master.button("job.go")
    await sim.stage.rest(3)

    yield step("talk")
    await _talk(sim, elena, group, number)

    yield step("travel", name=_name(master.user_id))
    await master.press("job.go")
    await sim.stage.rest(2)
    await _drive(sim, master)

    yield step("arrive")
    await master.button("job.check")
    await sim.stage.rest(3)

    yield step("check")
    await _checklist(sim, master)
    await sim.stage.rest(2)

    yield step("photos")
    await _photos(sim, master)

    yield step("lines")
    await _lines(sim, master)
    await sim.stage.rest(2)

    yield step("sign")
    await _sign(sim, master, elena)
    await sim.stage.rest(4)

    yield step("rate")
    await _rate(sim, elena)
    await sim.stage.rest(3)


def _says(sim: Simulator) -> Words:
    """What is typed, in the language of the customer's telephone."""
    return words("story", pick_locale(sim.world.people[CUSTOMER].language_code))


def _group(sim: Simulator) -> int:
    return next(
        int(chat.key) for chat in sim.world.chats.values() if chat.title == demo.GROUP and chat.migrated_to is None
    )


def _name(user_id: int) -> str:
    return next(person.name for person in demo.PEOPLE if person.user_id == user_id)


def _asked(masters: list[Player], number: int) -> Player | None:
    """Whoever the robot asked to take this order."""
    return next((one for one in masters if one.find("offer.accept") and one.said(str(number))), None)


async def _introduce(sim: Simulator, elena: Player) -> None:
    """The first minute, as far as the bot asks: whoever is known from an earlier playing is only greeted."""
    await elena.do("start")
    first = await elena.message()
    await sim.stage.rest(2)
    if elena.find("consent.yes"):
        await elena.press("consent.yes")
        await elena.wait(lambda: elena.history()[-1]["message_id"] > first["message_id"], "what comes next")
        await sim.stage.rest(2)
    if elena.asked_for("contact"):
        await elena.do("contact", own=True)


async def _details(sim: Simulator, elena: Player) -> None:
    await elena.choose(SITE.name)
    await sim.stage.rest(2)
    await elena.choose("Витрина")
    for verb, extra in (("new.urgency", "urgent"), ("new.when", "soon"), ("new.send", None)):
        await sim.stage.rest(2)
        await elena.press(verb, extra)


async def _number(elena: Player) -> int:
    _, data = await elena.button("order.chat")
    return int(data.split(":")[1])


async def _talk(sim: Simulator, elena: Player, group: Player, number: int) -> None:
    """She asks, the desk answers by replying in the order's topic."""
    said = _says(sim)
    question, answer = said.text("story.says.question"), said.text("story.says.answer")
    await elena.press("order.chat", id=number)
    await sim.stage.rest(1)
    await elena.say(question)
    asked = await group.message(question)
    await sim.stage.rest(2)
    await group.say(answer, reply_to=asked["message_id"], thread=asked.get("message_thread_id"))
    await elena.message(answer)
    await sim.stage.rest(2)
    await elena.press("chat.leave")
    await sim.stage.rest(1)


async def _drive(sim: Simulator, who: Player) -> None:
    """Share the place and move to the site in a dozen steps; the geofence does the rest. At the door the technician
    waits until the desk has noticed."""
    shared = await who.do("location", lat=START[0], lon=START[1], live_period=3600)
    steps = 12
    for n in range(1, steps + 1):
        await sim.stage.rest(1.2)
        lat = START[0] + (SITE.lat - START[0]) * n / steps
        lon = START[1] + (SITE.lon - START[1]) * n / steps
        await who.do("move", message_id=shared["message_id"], lat=lat, lon=lon)
    end = time.monotonic() + WAIT_S
    while not who.find("job.check") and time.monotonic() < end:
        await asyncio.sleep(0.5)
        step = int(time.monotonic()) % 3 * 1e-5
        await who.do("move", message_id=shared["message_id"], lat=SITE.lat + step, lon=SITE.lon)


async def _checklist(sim: Simulator, who: Player) -> None:
    """Answer item by item with what is within the norm."""
    await who.press("job.check")
    for place, item in enumerate(demo.CHECKLISTS["fridge"][1]):
        if not item.get("required"):
            continue
        await who.wait(partial(_asked_in_any, who, item["text"]), str(item["text"]))
        await sim.stage.rest(1.5)
        if item["type"] == "number":
            await who.say("3,5")
        else:
            await who.press("check.set", f"{place}.yes")


def _asked_in_any(who: Player, text: Any) -> bool:
    """Whether this item has come, in whichever language the technician has chosen."""
    return any(who.said(one) for one in text.values())


async def _photos(sim: Simulator, who: Player) -> None:
    await who.press("job.photo")
    for phase, after in (("before", "after"), ("after", "before")):
        await sim.stage.rest(1)
        await who.button("job.photo", after)
        await who.send("photo", photo(phase))
        await sim.stage.rest(2)
        if phase == "before":
            await who.press("job.photo", after)


async def _lines(sim: Simulator, who: Player) -> None:
    """Find each in the price list by typing; choosing it adds one."""
    names = {code: name for _, code, name, *_ in demo.PRICES}
    await who.press("job.lines")
    for code in WORKS:
        await sim.stage.rest(1.5)
        await who.say(names[code][:24])
        await who.choose(names[code][:24])
        await who.wait(partial(_chosen, who, names[code]), names[code])


def _chosen(who: Player, name: str) -> bool:
    """Whether the newest question is how many of it."""
    asked, named = who.find("line.set"), who.said(name)
    return asked is not None and named is not None and asked[0] == named["message_id"]


async def _sign(sim: Simulator, who: Player, elena: Player) -> None:
    """The technician finishes, the customer signs in her own chat."""
    await who.press("job.open")
    await sim.stage.rest(1)
    await who.lead("job.finish", to="job.finish", extra="done")
    await sim.stage.rest(1)
    await who.press("job.finish", "done")
    await elena.button("sign.ok")
    await sim.stage.rest(3)
    await elena.press("sign.ok")
    await elena.button("rate.speed")


async def _rate(sim: Simulator, elena: Player) -> None:
    for mark in ("speed", "accuracy", "communication"):
        await elena.press(f"rate.{mark}", "5")
        await sim.stage.rest(1)
    await elena.press("rate.done")
