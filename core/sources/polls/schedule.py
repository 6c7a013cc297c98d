"""When a polled system is asked: one durable task a source, which promises the next one as it ends. Nobody asks it
while another does, however many workers there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from core.company.queries import company
from core.events import SourceDeaf
from core.kernel.errors import Refusal
from core.kernel.read import fetch
from core.kernel.work import Work, current, emit
from core.sources.models import Poll, Source
from core.sources.rules import KINDS
from core.sources.settings import POLL_ALARM, POLL_MINUTES
from core.tasks.actions import forget, later

KIND = "sources.poll"
LONGEST_PAUSE = timedelta(hours=1)
SOON = timedelta(seconds=30)
MOST_ASKED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Came:
    """What came of asking: `looked` things in the answers, `came` of them new; `more` behind them. `trouble`: a code,
    with its facts, and for how many seconds we are asked to wait."""

    looked: int = 0
    came: int = 0
    more: bool = False
    trouble: str = ""
    facts: Mapping[str, Any] | None = None
    after_s: int | None = None


def next_time(came: Came, now: datetime, minutes: int, failures: int) -> datetime:
    """After the source's minutes; sooner when more is there; later and later when it fails, an hour at most, or the
    source's own minutes where those are longer; never sooner than the other side asks, within a day."""
    usual = timedelta(minutes=minutes)
    if not came.trouble:
        return now + (min(SOON, usual) if came.more else usual)
    pause = max(usual, min(usual * (1 << min(failures - 1, 12)), LONGEST_PAUSE))
    return now + max(pause, min(timedelta(seconds=came.after_s or 0), MOST_ASKED))


async def begin(source_id: str) -> None:
    """Ask it from now on, beginning where it stood; of what it is asked anew when its settings changed."""
    w = current()
    at = w.now.astimezone((await company()).tz).isoformat(timespec="seconds")
    sql = """INSERT INTO sources_polls (source_id, place, facts, due_at)
      VALUES ($1, jsonb_build_object('from', $2::text), '{}', $3)
      ON CONFLICT (source_id) DO UPDATE SET due_at = excluded.due_at"""
    await w.execute(sql, source_id, at, w.now)
    await later(KIND, key=source_id)


async def anew(source_id: str, *, other: bool) -> None:
    """Its settings are others: how far it was read means nothing, and who asks it now is not believed. What was
    brought is known by its keys. `other`: it is another list, of which nothing is known."""
    kept = "jsonb_build_object('from', place -> 'from')"
    if not other:
        kept += " || CASE WHEN place ? 'begun' THEN jsonb_build_object('begun', true) ELSE '{}' END"
    await current().execute(f"UPDATE sources_polls SET busy = NULL, place = {kept} WHERE source_id = $1", source_id)


async def end(source_id: str) -> None:
    await forget(KIND, source_id)
    await current().execute("UPDATE sources_polls SET due_at = NULL WHERE source_id = $1", source_id)


async def ask_now(source_id: str) -> None:
    """A person wants it at once. Refusals sources.not_polled, sources.is_off."""
    w = current()
    w.actor.require("company.edit")
    row = await Source.get_or_none(id=source_id)
    if row is None or row.kind not in KINDS or not KINDS[row.kind].polled:
        raise Refusal("sources.not_polled")
    if not row.active:
        raise Refusal("sources.is_off")
    await begin(source_id)


_LOST = """
SELECT s.id FROM sources_sources s WHERE s.active AND s.kind = ANY($1::text[])
  AND NOT EXISTS (SELECT FROM tasks_tasks t WHERE t.kind = $2 AND t.key = s.id AND t.state IN ('queued', 'running'))
"""


async def mend() -> None:
    """A polled source that nobody has promised to ask (its task died, or a backup was restored) is asked again."""
    kinds = [name for name, kind in KINDS.items() if kind.polled]
    for row in await fetch(_LOST, kinds, KIND):
        await begin(row["id"])


_CLAIM = """
UPDATE sources_polls SET busy = $2 WHERE source_id = $1 AND (busy IS NULL OR busy = $2 OR NOT EXISTS (
  SELECT FROM tasks_tasks t WHERE t.lease = busy AND t.state = 'running')) RETURNING place
"""


async def claim(w: Work, source_id: str, lease: str) -> dict[str, Any] | None:
    """How far it was read; None when somebody else asks it now."""
    place = await w.fetchval(_CLAIM, source_id, lease)
    return None if place is None else dict(orjson.loads(place))


async def move(w: Work, source_id: str, lease: str, place: Mapping[str, Any]) -> bool:
    """It is read so far, in the work that knows the things it brought. False: nobody believes us any more."""
    sql = "UPDATE sources_polls SET place = $3::jsonb WHERE source_id = $1 AND busy = $2"
    return bool(await w.execute(sql, source_id, lease, orjson.dumps(dict(place)).decode()))


async def rest(w: Work, source_id: str, lease: str, came: Came) -> None:
    """Keep what came of it, promise the next time, and tell dispatchers once that it is deaf, or back."""
    row = await Poll.select_for_update().get_or_none(source_id=source_id, busy=lease)
    known = await Source.get_or_none(id=source_id)
    if row is None or known is None:
        return
    row.busy, row.asked_at, row.looked, row.came = None, w.now, came.looked, came.came
    row.trouble, row.facts = came.trouble, dict(came.facts or {})
    row.failures = row.failures + 1 if came.trouble else 0
    row.since = (row.since or w.now) if came.trouble else None
    was_told = row.told
    often = row.failures >= int(known.config.get("poll_alarm") or POLL_ALARM)
    row.told = bool(came.trouble) and (was_told or often)
    minutes = int(known.config.get("poll_minutes") or POLL_MINUTES)
    row.due_at = next_time(came, w.now, minutes, row.failures) if known.active else None
    await row.save()
    if row.told != was_told:
        await emit(SourceDeaf(source_id, back=was_told))
    if row.due_at is not None:
        await later(KIND, key=source_id, run_at=row.due_at)


async def poll_of(source_id: str) -> Poll | None:
    return await Poll.get_or_none(source_id=source_id)


async def polls_in_trouble() -> dict[str, Poll]:
    return {row.source_id: row for row in await Poll.exclude(trouble="")}
