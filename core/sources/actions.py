"""Connect other systems, count what is not kept of theirs, remember what was believed once. Staff with `company.edit`
connects."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from tortoise.exceptions import IntegrityError

from core.kernel.addresses import check_url
from core.kernel.database import pool
from core.kernel.errors import NotFound, Refusal
from core.kernel.hints import broadcast
from core.kernel.links import links
from core.kernel.read import fetch, fetchval
from core.kernel.work import current
from core.sources import queries, rules
from core.sources.mapping import check_mapping
from core.sources.models import Source
from core.sources.polls import schedule
from core.sources.reads import waiting
from core.sources.vault import Locked, seal, unseal

MARKS = timedelta(days=90)
PIECES = timedelta(hours=12)
WHY = 200
TOPIC = "sources"


async def add_source(
    source_id: str,
    kind: str,
    name: str,
    secrets: Mapping[str, str] | None = None,
    config: Mapping[str, Any] | None = None,
    mapping: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Connect a system. The secrets that we made for it, to be told once: they can't be read again. One that we ask by
    schedule is off until somebody has looked at what it says.

    Refusals: sources.bad_id, sources.taken, sources.unknown_kind, and those of `rules` and `mapping`.
    """
    w = current()
    w.actor.require("company.edit")
    found = rules.kind_of(kind)
    known, made = rules.first_secrets(found, secrets or {})
    values: dict[str, Any] = {
        "id": rules.check_id(source_id),
        "kind": kind,
        "name": rules.check_name(name),
        "secret": seal(source_id, orjson.dumps(known)),
        "config": _checked(kind, found, config or {}),
        "mapping": check_mapping(mapping or {}),
        "active": not found.polled,
        "created_at": w.now,
    }
    if await Source.exists(id=source_id):
        raise Refusal("sources.taken", field="id")
    try:
        await Source.create(**values)
    except IntegrityError as error:
        raise Refusal("sources.taken", field="id") from error
    _changed()
    return made


async def change_source(
    source_id: str,
    *,
    name: str | None = None,
    secrets: Mapping[str, str] | None = None,
    config: Mapping[str, Any] | None = None,
    mapping: Mapping[str, Any] | None = None,
    active: bool | None = None,
) -> None:
    """Change what is given. Secrets that are not given stay; where the old ones can't be opened any more, all that the
    kind needs must be given. A source that is off answers like an address that does not exist."""
    row = await _locked(source_id)
    kind = rules.kind_of(row.kind)
    if name is not None:
        row.name = rules.check_name(name)
    if config is not None:
        old, row.config = row.config, _checked(row.kind, kind, config)
        await _asked_anew(row, old)
    if mapping is not None:
        row.mapping = check_mapping(mapping)
    if active is not None and active != row.active:
        row.active = active
        if kind.polled:
            await (schedule.begin if active else schedule.end)(row.id)
    if fresh := rules.check_secrets(kind, secrets or {}):
        row.secret = _sealed(row, kind, fresh)
    await waiting.wake(row.id)
    await _save(row)


CALLED = ("poll_url", "api_url", "ari_url")
"""Settings that are addresses which we call."""
SAME_LIST = ("poll_minutes", "poll_alarm", "poll_skip", "poll_changed", "poll_since", "poll_page", "poll_first")
SAME_PLACE = ("poll_minutes", "poll_alarm")


async def _asked_anew(row: Source, old: Mapping[str, Any]) -> None:
    """Where other settings make nothing of how far a polled system was read; it is asked soon."""
    changed = {name for name in {*old, *row.config} if old.get(name) != row.config.get(name)}
    if not rules.KINDS[row.kind].polled or not changed:
        return
    if changed - set(SAME_PLACE):
        await schedule.anew(row.id, other=bool(changed - set(SAME_LIST)))
    if row.active:
        await schedule.begin(row.id)


def _checked(code: str, kind: rules.Kind, config: Mapping[str, Any]) -> dict[str, Any]:
    """Refusals of `rules` and `kernel.addresses`, at the field."""
    known = rules.check_needed(code, rules.check_config(kind, config))
    for name in CALLED:
        if name in known:
            try:
                check_url(known[name], links.inside)
            except Refusal as refusal:
                raise Refusal(refusal.code, field=name) from refusal
    return known


async def renew_secret(source_id: str, name: str) -> str:
    """A new secret in place of one that we made, to be told once. The old one is good no more, at once."""
    row = await _locked(source_id)
    kind = rules.kind_of(row.kind)
    made = rules.make_secret(kind, name)
    row.secret = _sealed(row, kind, {name: made})
    await _save(row)
    return made


def _sealed(row: Source, kind: rules.Kind, fresh: Mapping[str, str]) -> bytes:
    try:
        known = orjson.loads(unseal(row.id, row.secret))
    except Locked:
        known = {}
    return seal(row.id, orjson.dumps({**known, **fresh}))


async def _locked(source_id: str) -> Source:
    current().actor.require("company.edit")
    row = await Source.select_for_update().get_or_none(id=source_id)
    if row is None:
        raise NotFound("sources", id=source_id)
    return row


async def _save(row: Source) -> None:
    row.revision += 1
    await row.save()
    _changed()


def _changed() -> None:
    current().on_commit(lambda: broadcast(TOPIC))


@dataclass(slots=True)
class Tally:
    """How many deliveries were not kept, why and when the last one was."""

    count: int
    why: str
    at: datetime


_COUNT = """
UPDATE sources_sources s SET {what} = s.{what} + u.n, {what}_why = u.why, {what}_at = u.at
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[]) AS u(id, n, why, at) WHERE s.id = u.id
"""


async def count(what: str, tallies: Mapping[str, Tally]) -> None:
    """Add to `refused` or `ignored` of these sources, in one statement outside any work."""
    if tallies:
        items = sorted(tallies.items())
        await pool().execute(
            _COUNT.format(what={"refused": "refused", "ignored": "ignored"}[what]),
            [source_id for source_id, _ in items],
            [one.count for _, one in items],
            [one.why.replace("\0", "")[:WHY] for _, one in items],
            [one.at for _, one in items],
        )


_MARK = """
INSERT INTO sources_marks AS m (source_id, key, value, expires_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (source_id, key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
WHERE m.expires_at < $5 OR m.value < excluded.value
"""


async def first_time(source_id: str, key: str, value: int = 0) -> bool:
    """Remember `key` in the running work. False when it was believed before, with this `value` or a higher one."""
    w = current()
    return bool(await w.execute(_MARK, source_id, queries.short(key), value, w.now + MARKS, w.now))


async def remembered(source_id: str, keys: list[str]) -> set[str]:
    """Which of these keys were believed before. Outside any work or in one."""
    sql = "SELECT key FROM sources_marks WHERE source_id = $1 AND key = ANY($2::text[])"
    return {row["key"] for row in await fetch(sql, source_id, keys)}


async def value_of(source_id: str, key: str) -> int | None:
    """The value with which `key` was believed."""
    sql = "SELECT value FROM sources_marks WHERE source_id = $1 AND key = $2"
    found: int | None = await fetchval(sql, source_id, queries.short(key))
    return found


_REMEMBER = """
INSERT INTO sources_marks AS m (source_id, key, value, expires_at) SELECT $1, k, 0, $3 FROM unnest($2::text[]) AS k
ON CONFLICT (source_id, key) DO UPDATE SET expires_at = excluded.expires_at WHERE m.expires_at < $4
"""


async def remember(source_id: str, keys: list[str]) -> None:
    """Remember them for as long as they are seen again and again, and `MARKS` longer."""
    w = current()
    await w.execute(_REMEMBER, source_id, sorted(keys), w.now + MARKS, w.now + MARKS / 2)


_LINK = """
INSERT INTO sources_links (source_id, external, order_id) VALUES ($1, $2, $3)
ON CONFLICT (source_id, external) DO NOTHING
"""


async def link(source_id: str, external: str, order_id: int) -> None:
    """Our order stands for their thing from now on; a second order for it changes nothing."""
    await current().execute(_LINK, source_id, queries.short(external), order_id)


async def carry(out_of: int, into: int, ids: list[int] | None = None) -> list[int]:
    """Have their things (all, or of `ids` those that are there) stand for another order of ours; which were moved. News
    of them, and what we write back, follow."""
    sql = """UPDATE sources_links SET order_id = $2
             WHERE order_id = $1 AND ($3::bigint[] IS NULL OR id = ANY($3::bigint[])) RETURNING id"""
    return sorted(row["id"] for row in await current().fetch(sql, out_of, into, ids))


_OUTCOME = """
INSERT INTO sources_outcomes AS o (delivery_id, source_id, event, what, order_id, facts, received_at, at)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)
ON CONFLICT (delivery_id) DO UPDATE SET event = excluded.event, what = excluded.what, facts = excluded.facts,
  order_id = coalesce(excluded.order_id, o.order_id), at = excluded.at
"""


async def came_of(
    delivery_id: int,
    source_id: str,
    event: str,
    what: str,
    received_at: datetime,
    order_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Keep what came of a delivery, in the work that did it."""
    w = current()
    told = orjson.dumps(dict(facts or {})).decode()
    await w.execute(_OUTCOME, delivery_id, source_id, event[:64], what, order_id, told, received_at, w.now)


async def outcome(delivery_id: int, what: str) -> None:
    """What came of a delivery after it was followed."""
    w = current()
    await w.execute("UPDATE sources_outcomes SET what = $2, at = $3 WHERE delivery_id = $1", delivery_id, what, w.now)


async def forget(marks_before: datetime, outcomes_before: datetime, batch: int = 5000) -> int:
    """Erase marks that expired, outcomes as old as what the inbox keeps no more, and pieces of files of which the rest
    never came; `batch` rows of each at most."""
    w = current()
    gone = 0
    for table, column, before in (
        ("sources_marks", "expires_at", marks_before),
        ("sources_outcomes", "at", outcomes_before),
        ("sources_pieces", "at", marks_before - PIECES),
    ):
        sql = f"DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM {table} WHERE {column} < $1 LIMIT $2)"
        gone += await w.execute(sql, before, batch)
    return gone
