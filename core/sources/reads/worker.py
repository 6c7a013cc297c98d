"""Read the things of a delivery back by their system's API, outside any work, before anything follows from it. A
failure is tried again, later and later, for as long as the delivery is kept."""

import logging
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from core.kernel.errors import NotFound, Outage
from core.kernel.trouble import AWAY
from core.sources.follow.events import events_of
from core.sources.follow.seen import external_of, given
from core.sources.kept import Kept, masked
from core.sources.mapping import brings_order
from core.sources.polls.page import Trouble
from core.sources.queries import SourceView, delivery, order_of, source
from core.sources.reads import READERS, readings
from core.sources.reads.converse import converse
from core.sources.reads.readings import PATIENCE, Came, Things
from core.sources.reads.talk import Talk, Thing, ref
from core.sources.reads.waiting import KIND
from core.tasks.actions import OUTSIDE, TaskRun, task

LONGEST_S = 120.0

log = logging.getLogger(__name__)


async def things_first(known: SourceView, delivery_id: int, kept: Kept) -> Things | None:
    """What was read of a delivery's things, in the work that follows it. None: they are to be read first, and it is
    followed then."""
    row = await readings.reading_of(delivery_id)
    things = readings.opened(row)
    lacks = [event async for event, _ in _lacking(known, kept, things)]
    if not lacks or (row is not None and row.failures >= PATIENCE):
        return things
    await readings.promise(known.id, delivery_id, str(kept.normalized.get("event") or ""), kept.at)
    return None


@task(KIND, attempts=100, limit_s=300.0, lane=OUTSIDE)
async def read(run: TaskRun) -> None:
    """Of a source that is off nothing is read: `waiting.mend` promises it again."""
    delivery_id = int(run.key or 0)
    try:
        source_id, kept = await delivery(delivery_id)
        known = await source(source_id)
    except NotFound:
        async with run.commit():
            await readings.forget(delivery_id)
        return
    row = await readings.reading_of(delivery_id)
    if row is None or kept is None or not known.active:
        return
    came = await _read(known, kept, readings.opened(row))
    async with run.commit() as w:
        await readings.keep(w, delivery_id, kept, came)


async def _read(known: SourceView, kept: Kept, things: dict[str, Thing | None]) -> Came:
    """One thing after another until something fails; what was read by then is not read again."""
    began = time.monotonic()
    try:
        async for event, talk in _lacking(known, kept, things):
            if time.monotonic() - began > LONGEST_S:
                return Came(things, more=True)
            things[ref(event)] = await converse(talk, READERS[known.kind].gap_s)
        return Came(things)
    except Trouble as trouble:
        secrets = known.secret.values()
        facts = {name: masked(one, secrets) if isinstance(one, str) else one for name, one in trouble.facts.items()}
        return Came(things, trouble=trouble.code, facts=facts, after_s=trouble.after_s)
    except Outage as outage:
        return Came(things, trouble=outage.reason)
    except AWAY:
        raise
    except Exception:
        log.exception("a thing can't be read", extra={"source": known.id})
        return Came(things, trouble="unexpected")


async def _lacking(known: SourceView, kept: Kept, things: Things) -> AsyncIterator[tuple[Mapping[str, Any], Talk]]:
    """Events that would bring an order of a thing that is not read, and how it is read."""
    reader = READERS.get(known.kind)
    if reader is None or kept.action != "process":
        return
    thing = given(known, kept)
    for event in events_of(kept.normalized):
        if ref(event) in things or not brings_order(known.needs, known.mapping, str(event.get("event") or "")):
            continue
        talk = reader.read(known, event, thing)
        if talk is not None and await order_of(known.id, external_of(known, event, kept)) is None:
            yield event, talk
