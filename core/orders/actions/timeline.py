"""The order's memory: lines that never change, and the files that came with it."""

from typing import Any

import orjson

from core import events
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import current, emit
from core.orders.queries import access_order, goes_on_as
from core.orders.rules import PHASES

_NOTE = """
INSERT INTO orders_entries (order_id, job_id, kind, party, who, facts, public, at)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)
"""


async def note(
    order_id: int, kind: str, facts: dict[str, Any] | None = None, public: bool = False, job_id: int | None = None
) -> None:
    """Add a line by the present actor. `facts` is plain JSON; `public` lines are shown to the customer."""
    w = current()
    told = orjson.dumps(facts or {}).decode()
    await w.execute(_NOTE, order_id, job_id, kind, w.actor.party, w.actor.name, told, public, w.now)


def keyed(key: str) -> dict[str, str]:
    """What a line's facts hold of the caller's own name of the step, for `noted`."""
    return {"press": key} if key else {}


async def noted(order_id: int, kind: str, key: str) -> Any | None:
    """The line of a step that was done under this key already: `job_id`. The order is locked, so that copies of one
    press wait for each other; an empty key is nobody's."""
    sql = "SELECT job_id FROM orders_entries WHERE order_id = $1 AND kind = $2 AND facts ->> 'press' = $3 LIMIT 1"
    return await current().fetchrow(sql, order_id, kind, key) if key else None


_ATTACH = """
WITH made AS (
  INSERT INTO orders_attachments (order_id, job_id, file_id, phase, party, caption, album, public, at)
  SELECT $1, $2, f.id, $4, $5, $6, $7, $8, $9 FROM files_files f WHERE f.id = $3 RETURNING id
), moved AS (
  UPDATE orders_orders SET revision = revision + 1 WHERE id = $1 AND EXISTS (SELECT FROM made)
)
SELECT made.id, f.kind FROM made, files_files f WHERE f.id = $3
"""


async def attach(
    order_id: int,
    file_id: int,
    phase: str,
    caption: str = "",
    album: str | None = None,
    job_id: int | None = None,
    public: bool = True,
) -> int:
    """Put a file on an order that the actor may see, or on the one under which it goes on. The attachment's id."""
    w = current()
    if phase not in PHASES:
        raise Refusal("orders.bad_phase", phase=phase)
    await access_order(w.actor, order_id)
    if job_id is None:
        order_id = await goes_on_as(order_id)
    row = await w.fetchrow(_ATTACH, order_id, job_id, file_id, phase, w.actor.party, caption, album, public, w.now)
    if row is None:
        raise NotFound("files", id=file_id)
    facts = {"attachment_id": row["id"], "file_id": file_id, "kind": row["kind"], "phase": phase, "caption": caption}
    await note(order_id, "order.attached", facts, public, job_id)
    await emit(events.AttachmentAdded(order_id, row["id"]))
    return int(row["id"])
