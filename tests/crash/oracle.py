"""What must be true of the desk's tables whenever nothing is under way, however it came to be so.

Each promise is a query that finds those who break it; `broken()` names them. The order of a job's timeline is checked
as a chain: every step begins where the one before ended, so a step that was lost, doubled or half done shows.
"""

from core.kernel.read import parsed
from core.orders.rules import OVER, order_state
from tests.crash.ground import Ground

PROMISES = {
    "a delivery is neither done nor dead": """
        SELECT source, key FROM inbox_deliveries WHERE done_at IS NULL AND dead_at IS NULL""",
    "a delivery is both done and dead, or dead without a reason": """
        SELECT source, key FROM inbox_deliveries
          WHERE dead_at IS NOT NULL AND (done_at IS NOT NULL OR error IS NULL)""",
    "an update raised an error": """
        SELECT source, key, error FROM inbox_deliveries
          WHERE error IS NOT NULL AND error NOT LIKE 'the process ended%'""",
    "an order has no job": """
        SELECT id FROM orders_orders o WHERE NOT EXISTS (SELECT FROM orders_jobs j WHERE j.order_id = o.id)""",
    "an order was not created exactly once": """
        SELECT o.id, count(e.id) FROM orders_orders o LEFT JOIN orders_entries e ON e.order_id = o.id
          AND e.kind = 'order.created' GROUP BY o.id HAVING count(e.id) <> 1""",
    "a request made two orders": """
        SELECT words FROM orders_orders WHERE words <> ''
          GROUP BY customer_id, contact_id, words HAVING count(*) > 1""",
    "an order has no topic or no card in its group": """
        SELECT o.id, c.card FROM orders_orders o CROSS JOIN LATERAL (VALUES ('topic:' || o.id, 'topic'),
          ('order:' || o.id, 'show')) AS c(card, op) WHERE NOT EXISTS (SELECT FROM outbox_notices n
          WHERE n.bot = 'dispatcher' AND n.card = c.card AND n.op = c.op)""",
    "an order moved on and its cards were not told": """
        SELECT o.id, o.revision, max(n.revision) AS told FROM orders_orders o JOIN outbox_notices n
          ON n.card = 'order:' || o.id AND n.bot IN ('dispatcher', 'customer') AND n.screen IN ('dispatcher.card',
          'customer.order') GROUP BY o.id, n.bot HAVING max(n.revision) <> o.revision""",
    "a job that somebody has has nobody, or the reverse": """
        SELECT id, state, assignee_id FROM orders_jobs WHERE
          (state IN ('assigned', 'travelling', 'on_site', 'paused', 'done', 'closed') AND assignee_id IS NULL)
          OR (state IN ('new', 'offered') AND assignee_id IS NOT NULL)""",
    "a technician runs on two jobs": """
        SELECT assignee_id FROM orders_jobs WHERE state IN ('travelling', 'on_site') GROUP BY 1 HAVING count(*) > 1""",
    "a job has two accepted offers": """
        SELECT job_id FROM dispatch_offers WHERE state = 'accepted' GROUP BY job_id HAVING count(*) > 1""",
    "an accepted offer is not its technician's job": """
        SELECT f.job_id FROM dispatch_offers f JOIN orders_jobs j ON j.id = f.job_id WHERE f.state = 'accepted'
          AND j.state <> 'cancelled' AND j.assignee_id IS DISTINCT FROM f.member_id""",
    "an open offer of a job that is not offered": """
        SELECT f.job_id, j.state FROM dispatch_offers f JOIN orders_jobs j ON j.id = f.job_id
          WHERE f.state = 'open' AND j.state <> 'offered'""",
    "an open offer without a timer": """
        SELECT f.job_id FROM dispatch_offers f WHERE f.state = 'open' AND NOT EXISTS (SELECT FROM timers_timers t
          WHERE t.kind = 'dispatch.offer_end' AND t.key = f.job_id::text AND t.dead_at IS NULL)""",
    "a job waits and nobody looks for a technician": """
        SELECT j.id, j.state FROM orders_jobs j
          WHERE ((j.state = 'new' AND j.needs_help IS NULL) OR (j.state = 'offered' AND NOT EXISTS (
            SELECT FROM dispatch_offers f WHERE f.job_id = j.id AND f.state = 'open')))
          AND NOT EXISTS (SELECT FROM tasks_tasks t WHERE t.kind = 'dispatch.seek' AND t.key = j.id::text)""",
    "a clock runs without a timer": """
        SELECT d.order_id, d.kind FROM sla_deadlines d WHERE d.met_at IS NULL AND d.cancelled_at IS NULL
          AND d.breached_at IS NULL AND NOT EXISTS (SELECT FROM timers_timers t WHERE t.dead_at IS NULL
          AND t.kind LIKE 'sla.%' AND t.key = d.order_id || ':' || d.kind)""",
    "a timer of a clock that does not run": """
        SELECT t.kind, t.key FROM timers_timers t LEFT JOIN sla_deadlines d ON t.key = d.order_id || ':' || d.kind
          WHERE t.kind LIKE 'sla.%' AND (d.id IS NULL OR d.met_at IS NOT NULL OR d.cancelled_at IS NOT NULL)""",
    "somebody is to be reminded of an offer that is over": """
        SELECT t.key FROM timers_timers t WHERE t.kind = 'dispatch.remind' AND NOT EXISTS (SELECT FROM dispatch_offers f
          WHERE f.state = 'open' AND f.job_id || ':' || f.round = t.key)""",
    "a job that somebody has, or that is over, is watched": """
        SELECT t.key, j.state FROM timers_timers t LEFT JOIN orders_jobs j ON j.id::text = t.key
          WHERE t.kind = 'dispatch.escalate' AND (j.id IS NULL OR j.state NOT IN ('new', 'offered'))""",
    "nobody has a job and nobody above would hear of it": """
        SELECT j.id FROM orders_jobs j WHERE j.state IN ('new', 'offered')
          AND NOT EXISTS (SELECT FROM timers_timers t WHERE t.kind = 'dispatch.escalate' AND t.key = j.id::text)
          AND NOT EXISTS (SELECT FROM orders_entries e WHERE e.order_id = j.order_id AND e.job_id = j.id
            AND e.kind IN ('dispatch.escalated', 'dispatch.not_escalated'))""",
    "a step of a ladder was done twice": """
        SELECT job_id, kind, facts, count(*) FROM orders_entries e WHERE kind = 'dispatch.escalated'
          AND NOT EXISTS (SELECT FROM orders_entries u WHERE u.job_id = e.job_id
            AND u.kind IN ('job.unassign', 'job.restore'))
          AND NOT EXISTS (SELECT FROM orders_entries m WHERE m.order_id = e.order_id AND m.kind = 'order.moved')
          GROUP BY 1, 2, 3 HAVING count(*) > 1""",
    "a timer is dead": "SELECT kind, key, error FROM timers_timers WHERE dead_at IS NOT NULL",
    "a task is dead or was left running": "SELECT kind, key, state, error FROM tasks_tasks WHERE state <> 'queued'",
    "stock is not the sum of its movements": """
        SELECT s.warehouse_id, s.item_id, s.quantity, m.moved FROM (SELECT warehouse_id, item_id, sum(quantity) AS moved
          FROM warehouse_movements GROUP BY 1, 2) m FULL JOIN warehouse_stock s USING (warehouse_id, item_id)
          WHERE s.quantity IS DISTINCT FROM m.moved""",
    "what a job used is not what left the van": """
        SELECT job_id, item_id, l.quantity, m.moved FROM (SELECT job_id, item_id, -sum(quantity) AS moved
          FROM warehouse_movements WHERE job_id IS NOT NULL GROUP BY 1, 2) m
          FULL JOIN (SELECT * FROM reports_lines WHERE kind = 'material') l USING (job_id, item_id)
          WHERE coalesce(l.quantity, 0) <> coalesce(m.moved, 0)""",
    "a paper was not printed": """
        SELECT id, state FROM documents_documents WHERE replaced_by IS NULL
          AND (state IN ('draft', 'rendering') OR file_id IS NULL)""",
    "a signed act without one signature": """
        SELECT d.id FROM documents_documents d LEFT JOIN documents_signatures s ON s.document_id = d.id
          WHERE (d.state = 'signed') <> (s.id IS NOT NULL)""",
    "a file never came and nobody says why": "SELECT id, kind FROM files_files WHERE sha256 IS NULL AND error IS NULL",
    "a file is on an order twice": """
        SELECT order_id, file_id FROM orders_attachments GROUP BY 1, 2 HAVING count(*) > 1""",
    "words were taken twice": """
        SELECT text FROM chats_messages WHERE text LIKE '%⟨%' GROUP BY text HAVING count(*) > 1""",
    "a notice was not sent": """
        SELECT id, bot, chat_id, screen, state, error FROM outbox_notices
          WHERE state IN ('queued', 'sending', 'failed')""",
    "numbers of notices have gaps": """
        SELECT c.bot, c.chat_id, c.last_seq, count(n.id) FROM outbox_chats c LEFT JOIN outbox_notices n
          ON n.bot = c.bot AND n.chat_id = c.chat_id GROUP BY c.id HAVING count(n.id) <> c.last_seq""",
}  # fmt: skip

# What a notice follows: kinds of entries; after a colon, the state that one of several ends in.
TOLD = {
    "customer.assigned": ("job.accept", "job.assign", "job.restore:assigned"),
    "customer.on_the_way": ("job.travel",),
    "customer.arrived": ("job.arrive",),
    "customer.finished": ("job.finish",),
    "customer.cancelled": ("order.cancelled",),
    "customer.reopened": ("order.reopened",),
}
_TOLD = """
WITH said AS (
  SELECT (facts->'order'->>'number')::bigint AS id, count(*) AS told FROM outbox_notices WHERE screen = $1 GROUP BY 1
), done AS (
  SELECT order_id AS id, count(*) AS happened FROM orders_entries
  WHERE kind = ANY($2::text[]) OR kind || ':' || (facts->>'state') = ANY($2::text[]) GROUP BY 1
)
SELECT o.id, coalesce(happened, 0) AS happened, coalesce(told, 0) AS told
FROM orders_orders o LEFT JOIN done USING (id) LEFT JOIN said USING (id)
WHERE o.contact_id IS NOT NULL AND coalesce(happened, 0) <> coalesce(told, 0)
"""
"""Each notice is read once, not once for every order: a long campaign has as many of both."""
_STEPS = """
SELECT e.job_id, e.kind, e.facts->>'before' AS before, e.facts->>'state' AS state FROM orders_entries e
WHERE e.job_id IS NOT NULL AND e.facts ? 'before' AND e.facts ? 'state' ORDER BY e.job_id, e.id
"""

_JOBS_STATES = """
SELECT o.id, o.state, json_agg(j.state) AS jobs FROM orders_orders o JOIN orders_jobs j ON j.order_id = o.id GROUP BY 1
"""


async def broken(ground: Ground) -> list[str]:
    """Every promise that does not hold, with its first examples. Ask when nothing is under way."""
    found = []
    for promise, sql in PROMISES.items():
        rows = await ground.rows(sql)
        if rows:
            found.append(f"{promise}: {len(rows)}, {rows[:4]}")
    return [*found, *await _untold(ground), *await _chains(ground), *await _states(ground), *await _updates(ground)]


async def _untold(ground: Ground) -> list[str]:
    """An event without its notice, or the reverse."""
    found = []
    for screen, kinds in TOLD.items():
        rows = await ground.rows(_TOLD, screen, list(kinds))
        if rows:
            found.append(f"{screen} does not follow {kinds}: {rows[:4]}")
    return found


async def _chains(ground: Ground) -> list[str]:
    """Each step of a job begins at the state in which the one before left it, and the last one is the present."""
    at: dict[int, str] = {}
    found = []
    for row in await ground.rows(_STEPS):
        before = at.get(row["job_id"], "new")
        if row["before"] != before:
            found.append(f"job {row['job_id']}: {row['kind']} begins at {row['before']}, but it was {before}")
        at[row["job_id"]] = row["state"]
    jobs = await ground.rows("SELECT id, state FROM orders_jobs")
    wrong = [one for one in jobs if one["state"] != at.get(one["id"], "new")]
    return [*found, *(f"job {one['id']} is {one['state']}, its timeline says {at.get(one['id'])}" for one in wrong)]


async def _states(ground: Ground) -> list[str]:
    rows = await ground.rows(_JOBS_STATES)
    wrong = [row for row in rows if row["state"] != order_state(parsed(row["jobs"])) and row["state"] not in OVER]
    return [f"an order's state is not that of its jobs: {wrong[:4]}"] if wrong else []


async def _updates(ground: Ground) -> list[str]:
    """What the simulator delivered is exactly what came in."""
    known: dict[str, set[str]] = {}
    for row in await ground.rows("SELECT source, key FROM inbox_deliveries"):
        known.setdefault(row["source"], set()).add(row["key"])
    found = []
    for source, made in ground.updates.items():
        came = known.get(source, set())
        if made != came:
            found.append(f"{source}: {len(made - came)} updates are lost, {len(came - made)} invented")
    return found


async def figures(ground: Ground) -> dict[str, int]:
    """How much has happened so far."""
    counted = {
        "updates": "SELECT count(*) FROM inbox_deliveries",
        "dead letters": "SELECT count(*) FROM inbox_deliveries WHERE dead_at IS NOT NULL",
        "orders": "SELECT count(*) FROM orders_orders",
        "jobs": "SELECT count(*) FROM orders_jobs",
        "jobs accepted": """SELECT count(DISTINCT job_id) FROM orders_entries
            WHERE kind IN ('job.accept', 'job.assign')""",
        "jobs done": "SELECT count(*) FROM orders_jobs WHERE done_at IS NOT NULL",
        "acts signed": "SELECT count(*) FROM documents_signatures",
        "ratings": "SELECT count(*) FROM ratings_ratings WHERE given_at IS NOT NULL",
        "offers": "SELECT count(*) FROM dispatch_offers",
        "timeline lines": "SELECT count(*) FROM orders_entries",
        "files": "SELECT count(*) FROM files_files WHERE sha256 IS NOT NULL",
        "positions": "SELECT count(*) FROM presence_tracks",
        "notices": "SELECT count(*) FROM outbox_notices",
        "notices replaced by a newer version": "SELECT count(*) FROM outbox_notices WHERE state = 'skipped'",
        "notices of unknown outcome": "SELECT count(*) FROM outbox_notices WHERE state = 'unknown'",
    }
    return {name: (await ground.rows(sql))[0]["count"] for name, sql in counted.items()}
