"""What lies in an order beside its facts: files, and the names that its timeline speaks of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.kernel.actor import Actor
from core.kernel.errors import NotFound
from core.kernel.read import fetch, fetchrow, fetchval
from core.orders.queries import access_order
from core.reports.rules import NEAR_IN_TIME, Point, Proof, prove

MOST_FILES = 300
PICTURES = ("photo", "video")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file on an order. `ready`: its bytes are here; `error` says why they never will be. `proof` is of pictures that
    tell of the work, and of others of which something is known."""

    file_id: int
    kind: str
    name: str
    mime: str
    phase: str
    caption: str
    ready: bool
    error: str | None
    job_id: int | None
    at: datetime
    proof: Proof | None


_FILES = """
SELECT f.id AS file_id, f.kind, f.name, f.mime, a.phase, a.caption, f.sha256 IS NOT NULL AS ready, f.error, a.job_id,
       a.at, f.taken_at, f.taken_lat, f.taken_lon, t.lat AS live_lat, t.lon AS live_lon,
       coalesce(s.lat, o.lat) AS site_lat, coalesce(s.lon, o.lon) AS site_lon,
       a.phase IN ('before', 'after', 'proof') AND starts_with(a.party, 'member:') AS ours
FROM orders_attachments a JOIN files_files f ON f.id = a.file_id
JOIN orders_orders o ON o.id = a.order_id LEFT JOIN customers_sites s ON s.id = o.site_id
LEFT JOIN LATERAL (
  SELECT p.lat, p.lon FROM presence_tracks p
  WHERE p.member_id = CASE WHEN starts_with(a.party, 'member:') THEN split_part(a.party, ':', 2)::bigint END
    AND p.at BETWEEN a.at - $3::interval AND a.at + $3::interval
    AND p.job_id IN (SELECT j.id FROM orders_jobs j WHERE j.order_id = a.order_id
                     AND (a.job_id IS NULL OR j.id = a.job_id))
  ORDER BY greatest(p.at, a.at) - least(p.at, a.at), p.at LIMIT 1) t ON true
WHERE {where} ORDER BY a.id LIMIT $2
"""
_OF_ORDER = _FILES.format(where="a.order_id = $1")
_ONE = _FILES.format(where="a.id = $1")


async def attachments(actor: Actor, order_id: int) -> list[Attached]:
    """The order's files, in the order in which they came."""
    await access_order(actor, order_id)
    return [_attached(row) for row in await fetch(_OF_ORDER, order_id, MOST_FILES, NEAR_IN_TIME)]


async def attachment(attachment_id: int) -> Attached | None:
    """One of them, for reactions, which ask as nobody."""
    row = await fetchrow(_ONE, attachment_id, 1, NEAR_IN_TIME)
    return _attached(row) if row else None


def _attached(row: Any) -> Attached:
    said = dict(row)
    taken, live, site = (_point(said.pop(f"{name}_lat"), said.pop(f"{name}_lon")) for name in ("taken", "live", "site"))
    taken_at, ours = said.pop("taken_at"), said.pop("ours")
    known = taken_at or taken or live or ours
    shows = known and (row["kind"] in PICTURES or row["mime"].startswith("image/"))
    return Attached(**said, proof=prove(row["at"], taken_at, taken, live, site) if shows else None)


def _point(lat: float | None, lon: float | None) -> Point | None:
    return None if lat is None or lon is None else (lat, lon)


async def names(member_ids: Collection[int]) -> dict[int, str]:
    """Members' names by id, those who left too."""
    rows = await fetch("SELECT id, name FROM people_members WHERE id = ANY($1::bigint[])", sorted(member_ids))
    return {row["id"]: row["name"] for row in rows}


_ON_AN_ORDER = """
SELECT true WHERE EXISTS (SELECT FROM orders_attachments WHERE file_id = $1)
  OR EXISTS (SELECT FROM documents_documents WHERE file_id = $1)
  OR EXISTS (SELECT FROM documents_signatures WHERE file_id = $1)
  OR EXISTS (SELECT FROM chats_messages WHERE file_id = $1)
"""


async def lies_in_an_order(file_id: int) -> bool:
    return bool(await fetchval(_ON_AN_ORDER, file_id))


async def access_file(actor: Actor, file_id: int) -> int:
    """The file's id when it lies in an order and the actor sees all orders, else NotFound files."""
    if not actor.may("orders.see_all") or not await lies_in_an_order(file_id):
        raise NotFound("files", id=file_id)
    return file_id
