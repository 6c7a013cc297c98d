"""What lies in an order beside its facts: files, and the names that its timeline speaks of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from core.kernel.actor import Actor
from core.kernel.errors import NotFound
from core.kernel.read import fetch, fetchval
from core.orders.queries import access_order

MOST_FILES = 300


@dataclass(frozen=True, slots=True)
class Attached:
    """A file on an order. `ready`: its bytes are here; `error` says why they never will be."""

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


_FILES = """
SELECT f.id AS file_id, f.kind, f.name, f.mime, a.phase, a.caption, f.sha256 IS NOT NULL AS ready, f.error, a.job_id,
       a.at
FROM orders_attachments a JOIN files_files f ON f.id = a.file_id
WHERE a.order_id = $1 ORDER BY a.id LIMIT $2
"""


async def attachments(actor: Actor, order_id: int) -> list[Attached]:
    """The order's files, in the order in which they came."""
    await access_order(actor, order_id)
    return [Attached(**dict(row)) for row in await fetch(_FILES, order_id, MOST_FILES)]


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
