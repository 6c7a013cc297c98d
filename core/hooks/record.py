"""Write down what other systems may hear of, with the work in which it happened: one statement at its end gives each
event the order as it then is, and each subscription that wants it a delivery. A desk to which nobody listens, neither
a subscription nor a token that may read events, writes nothing down."""

from typing import Any

import orjson

from core.hooks.telling import wake
from core.kernel.hints import broadcast
from core.kernel.read import fetchval
from core.kernel.remembered import Remembered
from core.kernel.work import Work, current
from core.tokens.actions import TOKENS

LISTENERS = "hooks.listeners"


def happened(kind: str, order_id: int, **facts: Any) -> None:
    """`kind` is one of `rules.TYPES`; `facts` is plain JSON beside the order itself. `files` among them are the ids of
    what may be given to other systems, each of which has a file once."""
    w = current()
    drafts: list[dict[str, Any]] | None = w.scratch.get("hooks")
    if drafts is None:
        drafts = w.scratch["hooks"] = []
        w.finishers.append(_flush)
    drafts.append({"n": len(drafts), "type": kind, "order_id": order_id, "facts": facts})


_WRITE = """
WITH draft AS (
  SELECT d.n, d.type, d.order_id, d.facts
  FROM jsonb_to_recordset($1::jsonb) AS d(n int, type text, order_id bigint, facts jsonb)
), made AS (
  INSERT INTO hooks_events (type, order_id, data, at)
  SELECT d.type, o.id, jsonb_build_object('order', jsonb_build_object(
      'id', o.id, 'state', o.state, 'kind', o.kind, 'summary', o.summary, 'urgency', o.urgency, 'priority', o.priority,
      'customer_id', o.customer_id, 'site_id', o.site_id, 'contact_id', o.contact_id, 'revision', o.revision,
      'promised_at', o.promised_at, 'external', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('source', l.source_id, 'id', l.external) ORDER BY l.id), '[]')
        FROM sources_links l WHERE l.order_id = o.id))) || d.facts, $2
  FROM draft d JOIN orders_orders o ON o.id = d.order_id ORDER BY d.n
  RETURNING id, type, order_id, data
), told AS (
  SELECT s.id AS subscription_id, m.id AS event_id, w.part, coalesce(l.external, '') AS external, f.file_id
  FROM made m JOIN hooks_wants w ON w.type = m.type JOIN hooks_subscriptions s ON s.id = w.subscription_id
  LEFT JOIN sources_links l ON l.source_id = s.source_id AND l.order_id = m.order_id
  LEFT JOIN LATERAL (
    SELECT file::bigint AS file_id FROM jsonb_array_elements_text(coalesce(m.data -> 'files', '[]')) AS file
  ) f ON w.part = 'file'
  WHERE s.state = 'on' AND (s.source_id IS NULL OR l.id IS NOT NULL) AND (w.part <> 'file' OR f.file_id IS NOT NULL)
), handed AS (
  INSERT INTO hooks_handed (subscription_id, external, file_id, remote)
  SELECT DISTINCT subscription_id, external, file_id, '{}'::jsonb FROM told WHERE file_id IS NOT NULL ORDER BY 1, 2, 3
  ON CONFLICT (subscription_id, external, file_id) DO NOTHING
  RETURNING id, subscription_id, external, file_id
), due AS (
  SELECT subscription_id, event_id, part, external, NULL::bigint AS handed_id FROM told WHERE file_id IS NULL
  UNION ALL
  SELECT h.subscription_id, min(t.event_id), 'file', h.external, h.id
  FROM handed h JOIN told t USING (subscription_id, external, file_id) GROUP BY h.id, h.subscription_id, h.external
)
INSERT INTO hooks_outgoing (subscription_id, event_id, part, external, handed_id, state, attempts, due_at)
SELECT subscription_id, event_id, part, external, handed_id, 'waiting', 0, $2 FROM due ORDER BY event_id, handed_id
RETURNING subscription_id
"""


_LISTENED = """
SELECT EXISTS (SELECT FROM hooks_subscriptions)
  OR EXISTS (SELECT FROM tokens_tokens WHERE revoked_at IS NULL AND scopes ? 'events:read')
"""


async def _read() -> bool:
    return bool(await fetchval(_LISTENED))


_listened = Remembered(_read, LISTENERS, TOKENS)


def listeners_changed() -> None:
    """Call it in the work that makes somebody hear; other processes know it as soon as they are told, and within a
    second in any case."""
    _listened.forget()
    current().on_commit(lambda: broadcast(LISTENERS))


async def _flush(w: Work) -> None:
    drafts: list[dict[str, Any]] = w.scratch.pop("hooks", [])
    if not await _listened.get():
        return
    told = orjson.dumps(drafts, default=str).decode()
    if waiting := sorted({row["subscription_id"] for row in await w.fetch(_WRITE, told, w.now)}):
        await wake(waiting, w.now)
