"""Ask a system for its list, keep what is new as a delivery each, then move on. What breaks between the two comes again
and is nothing: a delivery has their key, and what was brought is remembered longer than deliveries are kept."""

import asyncio
import logging
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.inbox import actions as inbox
from core.kernel.clock import now
from core.kernel.errors import NotFound, Outage
from core.kernel.hints import hint
from core.kernel.pace import pace
from core.kernel.trouble import AWAY
from core.kernel.work import work
from core.ports import WebCall
from core.sources import actions, passes
from core.sources.kept import Kept, inbox_of, masked, pack
from core.sources.passes import Gate
from core.sources.polls import amocrm, bitrix24, hubex, odata, okdesk, rest, schedule
from core.sources.polls.page import Item, Page, Trouble, read_answer, server_of
from core.sources.polls.schedule import KIND, Came
from core.sources.queries import SourceView, short, source
from core.sources.rules import FOUND
from core.tasks.actions import OUTSIDE, TaskRun, task

TOPIC = "inbox.hooks"
MOST_PAGES = 40
MOST_NEW = 1000
LONGEST_S = 120.0
CHUNK = 200

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Vendor:
    """How one kind is asked and read; pure. `enter`: where a pass for its secret is given; `gap_s`: it is asked no
    sooner after the question before."""

    ask: Callable[[SourceView, Mapping[str, Any]], WebCall]
    read: Callable[[SourceView, Mapping[str, Any], Any, datetime], Page]
    enter: Callable[[SourceView], Gate] | None = None
    gap_s: float = 0.0


VENDORS = {
    "rest": Vendor(rest.ask, rest.read),
    "bitrix24-poll": Vendor(bitrix24.ask, bitrix24.read),
    "amocrm-poll": Vendor(amocrm.ask, amocrm.read, gap_s=amocrm.GAP_S),
    "okdesk-poll": Vendor(okdesk.ask, okdesk.read),
    "hubex": Vendor(hubex.ask, hubex.read, hubex.enter),
    "1c-odata": Vendor(odata.ask, odata.read),
}


class Superseded(Exception):
    """The source was changed, or somebody else asks it: what we know of it counts no more."""


@task(KIND, attempts=100, limit_s=300.0, lane=OUTSIDE)
async def poll(run: TaskRun) -> None:
    """Whoever finds another at it leaves."""
    source_id = run.key or ""
    try:
        known = await source(source_id)
    except NotFound:
        return
    if not known.active or known.kind not in VENDORS:
        return
    async with work() as w:
        place = await schedule.claim(w, source_id, run.lease)
    if place is None:
        return
    try:
        came = await sweep(known, place, run.lease)
    except Superseded:
        return
    async with run.commit() as w:
        await schedule.rest(w, source_id, run.lease, came)


async def sweep(known: SourceView, place: dict[str, Any], lease: str) -> Came:
    """Page after page, within bounds; what is left comes next time."""
    began, looked, came = time.monotonic(), 0, 0
    try:
        for _ in range(MOST_PAGES):
            page = await first_page(known, place)
            looked += len(page.items)
            taken, whole = await _keep(known, place, page.items, MOST_NEW - came)
            came += taken
            if not whole:
                return Came(looked, came, more=True)
            place = await _move(known, place, page, lease)
            if not page.more:
                return Came(looked, came)
            if came >= MOST_NEW or time.monotonic() - began > LONGEST_S:
                break
        return Came(looked, came, more=True)
    except Trouble as trouble:
        return Came(looked, came, False, trouble.code, _shown(known, trouble), trouble.after_s)
    except Outage as outage:
        return Came(looked, came, False, outage.reason)
    except (Superseded, *AWAY):
        raise
    except Exception:
        log.exception("a system can't be asked", extra={"source": known.id})
        return Came(looked, came, False, "unexpected")


def _shown(known: SourceView, trouble: Trouble) -> dict[str, Any]:
    """A system may repeat its secret in what it says."""
    secrets = known.secret.values()
    return {name: masked(one, secrets) if isinstance(one, str) else one for name, one in trouble.facts.items()}


async def first_page(known: SourceView, place: Mapping[str, Any]) -> Page:
    """What the system says from here on. Trouble, Outage."""
    if known.locked:
        raise Trouble("locked")
    vendor = VENDORS[known.kind]
    wanted = vendor.ask(known, place)
    await pace.wait(server_of(wanted.url), vendor.gap_s)
    answer = await passes.call(wanted, vendor.enter(known) if vendor.enter else None)
    return await asyncio.to_thread(lambda: vendor.read(known, place, read_answer(answer), now()))


async def _keep(known: SourceView, place: Mapping[str, Any], items: list[Item], room: int) -> tuple[int, bool]:
    """Commit what is new, raw; how many that were, and whether it was all. Of a source that skips what is there at
    first only the keys are remembered."""
    await _tell_bad(known.id, items)
    good = list({short(item.key): item for item in items if not item.bad}.items())
    skipping = bool(known.config.get("poll_skip")) and not place.get("begun")
    came = 0
    for start in range(0, len(good), CHUNK):
        chunk = dict(good[start : start + CHUNK])
        seen = await actions.remembered(known.id, [mark(key) for key in chunk])
        fresh = [] if skipping else [(key, item) for key, item in chunk.items() if mark(key) not in seen]
        if fresh and came >= room:
            return came, False
        if fresh:
            arrivals = [(key, zlib.crc32(key.encode()), pack(known.id, _kept(known, item))) for key, item in fresh]
            came += len(await inbox.accept(inbox_of(known.id), arrivals))
            hint(TOPIC)
        async with work():
            await actions.remember(known.id, [mark(key) for key in chunk])
    return came, True


def mark(key: str) -> str:
    """How a thing of theirs is remembered as brought."""
    return short(f"item:{key}")


def _kept(known: SourceView, item: Item) -> Kept:
    """As if they had sent it: the address without its secret, and the thing itself."""
    event = {"event": FOUND, "external_id": item.key}
    return Kept("POLL", str(known.config["poll_url"]), (), item.body, "process", now(), "", event)


async def _tell_bad(source_id: str, items: list[Item]) -> None:
    """Things that can't be taken are counted where forged deliveries are."""
    bad = [item.bad for item in items if item.bad]
    if bad:
        await actions.count("refused", {source_id: actions.Tally(len(bad), bad[-1], now())})


async def _move(known: SourceView, place: Mapping[str, Any], page: Page, lease: str) -> dict[str, Any]:
    begun = {"begun": True} if place.get("begun") or not page.more else {}
    further = {"from": place["from"], **page.place, **begun}
    async with work() as w:
        if not await schedule.move(w, known.id, lease, further):
            raise Superseded(known.id)
    return further
