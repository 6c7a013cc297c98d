"""The main job acted out on the simulator: from a customer's message to a signed act, at readable speed.

It does only what people do on their telephones; everything else is the real desk answering. Each step says what
happens before it happens; the texts are `story.*` of the `simulator` catalogue.
"""

from collections.abc import AsyncGenerator
from typing import Any

from core.kernel.words import words
from naryad.demo import company as demo
from naryad.demo.photos import photo
from naryad.demo.player import Player
from simulator.app import Simulator
from simulator.errors import ActError

OF = 13
START = (55.7766, 37.6010)
BOT = {name: int(token.partition(":")[0]) for name, (token, *_) in demo.BOTS.items()}
CUSTOMER = 7201
CHIEF = 7001
SITE = demo.CUSTOMERS[0].sites[0]
WORKS = ("W-DIAG", "W-SEAL", "M-SEAL")


async def story(sim: Simulator) -> AsyncGenerator[dict[str, Any], None]:
    """Yields each step as {text, of}; raises ActError when somebody waits for a button that does not come."""
    said = words("story", "ru")

    def step(key: str, **params: Any) -> dict[str, Any]:
        return {"text": said.text(f"story.{key}", **params), "of": OF}

    elena = Player(sim, CUSTOMER, BOT["customer"])
    group = Player(sim, CHIEF, _group(sim))

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
    master = await _asked(sim)
    await sim.stage.rest(4)

    yield step("accept", name=_name(master.user_id))
    await master.press("offer.accept")
    job = await master.button("job.go")
    await sim.stage.rest(3)

    yield step("talk")
    await elena.press("order.chat", id=number)
    await sim.stage.rest(1)
    await elena.say(said.text("story.says.question"))
    asked = await group.message(said.text("story.says.question"))
    await sim.stage.rest(2)
    await group.say(said.text("story.says.answer"), reply_to=asked["message_id"], thread=asked.get("message_thread_id"))
    await elena.message(said.text("story.says.answer"))
    await sim.stage.rest(3)

    yield step("travel", name=_name(master.user_id))
    await master.do("press", message_id=job[0], data=job[1])
    await sim.stage.rest(2)
    await _drive(sim, master)

    yield step("arrive")
    await master.button("job.check")
    await sim.stage.rest(3)

    yield step("check")
    await _checklist(sim, master)
    await sim.stage.rest(2)

    yield step("photos")
    for phase in ("before", "after"):
        await master.press("job.photo")
        await sim.stage.rest(1)
        await master.send("photo", photo(phase))
        await sim.stage.rest(2)

    yield step("lines")
    await _lines(sim, master)
    await sim.stage.rest(2)

    yield step("sign")
    await _finish(sim, master)
    await elena.press("sign.ok")
    await elena.message("А-")
    await sim.stage.rest(4)

    yield step("rate")
    for mark, score in (("speed", "5"), ("accuracy", "5"), ("communication", "5")):
        await elena.press(f"rate.{mark}", score)
        await sim.stage.rest(1)
    await sim.stage.rest(3)


def _group(sim: Simulator) -> int:
    return next(
        int(chat.key) for chat in sim.world.chats.values() if chat.title == demo.GROUP and chat.migrated_to is None
    )


def _name(user_id: int) -> str:
    return next(person.name for person in demo.PEOPLE if person.user_id == user_id)


async def _introduce(sim: Simulator, elena: Player) -> None:
    """The first minute, or nothing when she is known already from an earlier playing."""
    await elena.do("start")
    await sim.stage.rest(2)
    try:
        await elena.press("consent.yes", wait=3)
    except ActError:
        return
    await sim.stage.rest(2)
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


async def _asked(sim: Simulator) -> Player:
    """Whoever the robot asked: the first technician with an open offer."""
    people = [Player(sim, person.user_id, BOT["technician"]) for person in demo.PEOPLE if person.role == "technician"]
    for _ in range(600):
        for player in people:
            if player.find("offer.accept"):
                return player
        await sim.stage.rest(0.1 * sim.stage.speed)
    raise ActError("no_offer", "the robot asked nobody")


async def _drive(sim: Simulator, who: Player) -> None:
    """Share the place and move to the site in a dozen steps; the geofence does the rest."""
    shared = await who.do("location", lat=START[0], lon=START[1], live_period=3600)
    steps = 12
    for n in range(1, steps + 1):
        await sim.stage.rest(1.2)
        lat = START[0] + (SITE.lat - START[0]) * n / steps
        lon = START[1] + (SITE.lon - START[1]) * n / steps
        await who.do("move", message_id=shared["message_id"], lat=lat, lon=lon)
    for n in range(120):
        if who.find("job.check"):
            return
        await sim.stage.rest(1)
        await who.do("move", message_id=shared["message_id"], lat=SITE.lat + n % 3 * 1e-5, lon=SITE.lon)


async def _checklist(sim: Simulator, who: Player) -> None:
    """Answer item by item with what is within the norm."""
    await who.press("job.check")
    _, items = demo.CHECKLISTS["fridge"]
    for item in items:
        if not item.get("required"):
            continue
        await sim.stage.rest(1.5)
        await who.message(str(item["text"]["ru"]))  # type: ignore[index]
        if item["type"] == "number":
            await who.say("3,5")
        else:
            await who.press("check.set", wait=5)


async def _lines(sim: Simulator, who: Player) -> None:
    names = {code: name for _, code, name, *_ in demo.PRICES}
    await who.press("job.lines")
    for code in WORKS:
        await sim.stage.rest(1.5)
        await who.say(names[code][:24])
        await who.message(names[code][:24])
        message_id, data = await who.button("line.open")
        await who.do("press", message_id=message_id, data=data)
        await sim.stage.rest(1)
        await who.press("line.set", f"{data.rpartition(':')[2]}=1")


async def _finish(sim: Simulator, who: Player) -> None:
    await who.press("job.open")
    await who.press("job.finish")
    await sim.stage.rest(1)
    await who.press("job.finish", "done")
