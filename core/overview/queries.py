"""The one shape in which an order is shown: every card, message and page reads the same facts.

    order_facts(order_id) -> dict   the order with its customer, site, assets, jobs, offers, deadlines, papers, rating
    job_facts(job_id) -> dict       the same, plus "job": that job with its checklist and report in short
    cards_facts(order_id)           the first, and what the second adds for each job of it, for who shows them all

Facts are plain JSON (times ISO 8601 in UTC, money and scores numbers), made by PostgreSQL in one statement because
each press of a button redraws cards. They are not filtered by reader: callers pass them to screens that show each
reader their part, after `orders.queries.access_order` has let the reader in.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from core.checklists import queries as checklists
from core.kernel.errors import NotFound
from core.kernel.read import fetchrow, fetchval, parsed
from core.orders.models import Job
from core.overview.jobs import one_job
from core.reports import queries as reports

Facts = dict[str, Any]
Added = Mapping[str, Any]

_FACTS = (Path(__file__).parent / "facts.sql").read_text()
_JOB = f"""
SELECT (SELECT to_jsonb(c) FROM ({checklists.OF_JOB}) c) AS checklist,
       (SELECT to_jsonb(r) FROM ({reports.REPORT}) r) AS report
"""
"""What a technician's card adds, in one question too."""
_CARDS = f"""
SELECT ({_FACTS}) AS facts, (
  SELECT jsonb_object_agg(shown.id, (
    SELECT to_jsonb(added) FROM ({_JOB.replace("$1", "shown.id").replace("$2", "$3")}) added))
  FROM orders_jobs shown WHERE shown.order_id = $1 AND shown.assignee_id IS NOT NULL AND shown.state <> 'cancelled'
) AS added
"""
"""Both in one: a button's press redraws the cards of all who have to do with the order. No part of it calls another
table `shown`: the job would be any."""


async def order_facts(order_id: int, *, whole: bool = False) -> Facts:
    """All that is known of an order. Only for dispatchers, and so only with `whole`: its contract, what it needs, and
    the steps of each job."""
    told = await fetchval(_FACTS, order_id, whole)
    if told is None:
        raise NotFound("orders.order", id=order_id)
    facts: Facts = orjson.loads(told)
    return facts


async def cards_facts(order_id: int, *, whole: bool = False) -> tuple[Facts, Added]:
    """`order_facts`, and for each job that somebody has what `job_facts` takes as `added`."""
    row = await fetchrow(_CARDS, order_id, whole, checklists.DEFAULT)
    if row is None or row["facts"] is None:
        raise NotFound("orders.order", id=order_id)
    return orjson.loads(row["facts"]), orjson.loads(row["added"] or "{}")


async def job_facts(job_id: int, facts: Facts | None = None, added: Added | None = None) -> Facts:
    """The order of a job with that job under "job": `checklist` {done, total, missing}, `report` {lines, total,
    photos_before, photos_after}; `total` is text, in roubles. `facts` and `added` save reading again."""
    if facts is None:
        job = await Job.get_or_none(id=job_id).values("order_id")
        if job is None:
            raise NotFound("orders.job", id=job_id)
        facts = await order_facts(job["order_id"])
    mine = dict(one_job(facts, job_id))
    row: Any = (added or {}).get(str(job_id)) or await fetchrow(_JOB, job_id, checklists.DEFAULT)
    told = reports.told(parsed(row["report"]))
    listed = checklists.listed(parsed(row["checklist"])) if row["checklist"] else None
    items = listed["items"] if listed else []
    mine["checklist"] = {
        "total": len(items),
        "done": sum(item["value"] is not None or item["file_id"] is not None for item in items),
        "missing": listed["missing"] if listed else [],
    }
    mine["report"] = {
        "lines": len(told["lines"]),
        "total": str(told["total"]),
        "photos_before": sum(photo["error"] is None for photo in told["photos_before"]),
        "photos_after": sum(photo["error"] is None for photo in told["photos_after"]),
    }
    return {**facts, "job": mine}
