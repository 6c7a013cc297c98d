"""What was read of the things of each delivery, and what keeps the others from being read. Sealed as deliveries are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.inbox import actions as inbox
from core.kernel.hints import hint
from core.kernel.work import Work, current
from core.sources import actions
from core.sources.follow.events import events_of
from core.sources.kept import Kept
from core.sources.models import Reading
from core.sources.reads.talk import Thing, ref
from core.sources.reads.waiting import KIND
from core.sources.vault import seal, unseal
from core.tasks.actions import forget as forget_task
from core.tasks.actions import later

TOPIC = "inbox.hooks"
PATIENCE = 4
FIRST_PAUSE, LONGEST_PAUSE, STEEPNESS = timedelta(seconds=10), timedelta(hours=1), 3
MOST_ASKED = timedelta(days=1)

Things = Mapping[str, Thing | None]
"""By `talk.ref`; None for what is not there."""


@dataclass(frozen=True, slots=True)
class Came:
    """What came of reading: all `things` known by now; `more` are to be read. `trouble`: a code, with its facts, and
    for how many seconds we are asked to wait."""

    things: Things = field(default_factory=dict)
    more: bool = False
    trouble: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    after_s: int | None = None


def pause(failures: int, after_s: int | None = None) -> timedelta:
    """After the n-th failure: 10 s, 30 s, 90 s… an hour at most; never sooner than the other side asks, in a day."""
    steep: int = STEEPNESS ** min(failures - 1, 10)
    grown = min(FIRST_PAUSE * steep, LONGEST_PAUSE)
    return max(grown, min(timedelta(seconds=after_s or 0), MOST_ASKED))


async def reading_of(delivery_id: int) -> Reading | None:
    return await Reading.get_or_none(delivery_id=delivery_id)


def opened(row: Reading | None) -> dict[str, Thing | None]:
    """Raises vault.Locked."""
    return dict(json.loads(unseal(row.source_id, bytes(row.body)))) if row is not None and row.body else {}


async def thing_of(delivery_id: int, kept: Kept) -> Thing | None:
    """The thing of a delivery's first event, where it was read."""
    first = next(events_of(kept.normalized), None)
    return opened(await reading_of(delivery_id)).get(ref(first)) if first is not None else None


async def promise(source_id: str, delivery_id: int, event: str, received_at: datetime) -> None:
    """Have its things read, in the running work; it is followed when they were."""
    w = current()
    await w.execute(
        "INSERT INTO sources_readings (delivery_id, source_id, facts, due_at, at) VALUES ($1, $2, '{}', $3, $3)"
        " ON CONFLICT (delivery_id) DO NOTHING",
        *(delivery_id, source_id, w.now),
    )
    await actions.came_of(delivery_id, source_id, event, "reading", received_at)
    await later(KIND, key=delivery_id)


async def keep(w: Work, delivery_id: int, kept: Kept, came: Came) -> None:
    """In the work that ends the reading. The delivery is followed when all is read, and after `PATIENCE` failures with
    what there is: people must not wait for a system. Reading goes on all the same."""
    row = await Reading.select_for_update().get_or_none(delivery_id=delivery_id)
    if row is None:
        return
    row.body = seal(row.source_id, json.dumps(dict(came.things)).encode()) if came.things else None
    row.trouble, row.facts, row.at = came.trouble, dict(came.facts), w.now
    row.failures = row.failures + 1 if came.trouble else 0
    row.due_at = w.now if came.more else w.now + pause(row.failures, came.after_s) if came.trouble else None
    await row.save()
    if row.due_at is not None:
        await later(KIND, key=delivery_id, run_at=row.due_at)
    if row.due_at is None or row.failures == PATIENCE:
        await inbox.do_again(delivery_id)
        w.on_commit(lambda: hint(TOPIC))
    elif came.trouble and row.failures < PATIENCE:
        event = str(kept.normalized.get("event") or "")
        await actions.came_of(delivery_id, row.source_id, event, "reading", kept.at)


async def forget(delivery_id: int) -> None:
    """Whoever has a delivery followed once more wants its things read once more."""
    await current().execute("DELETE FROM sources_readings WHERE delivery_id = $1", delivery_id)
    await forget_task(KIND, delivery_id)


_OLD = """
DELETE FROM sources_readings WHERE delivery_id IN (
  SELECT delivery_id FROM sources_readings WHERE at < $1 AND NOT EXISTS (
    SELECT FROM inbox_deliveries d WHERE d.id = delivery_id) LIMIT $2)
"""


async def tidy(before: datetime, batch: int = 5000) -> int:
    """Erase what was read of deliveries that are kept no more; how many there were, `batch` at most."""
    return await current().execute(_OLD, before, batch)
