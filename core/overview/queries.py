"""The one shape in which an order is shown: every card, message and page reads the same facts.

    order_facts(order_id) -> dict   the order with its customer, site, assets, jobs, offers, deadlines, papers, rating
    job_facts(job_id) -> dict       the same, plus "job": that job with its checklist and report in short

Facts are plain JSON (times ISO 8601 in UTC, money and scores numbers), made by PostgreSQL in one statement because
each press of a button redraws cards. They are not filtered by reader: callers pass them to screens that show each
reader their part, after `orders.queries.access_order` has let the reader in.
"""

from pathlib import Path
from typing import Any

import orjson

from core.checklists import queries as checklists
from core.kernel.errors import NotFound
from core.kernel.read import fetchrow, fetchval
from core.orders.models import Job
from core.overview.jobs import one_job
from core.reports import queries as reports

Facts = dict[str, Any]

_FACTS = (Path(__file__).parent / "facts.sql").read_text()
_JOB = f"""
SELECT (SELECT to_jsonb(c) FROM ({checklists.OF_JOB}) c) AS checklist,
       (SELECT to_jsonb(r) FROM ({reports.REPORT}) r) AS report
"""
"""What a technician's card adds, in one question too."""


async def order_facts(order_id: int, *, whole: bool = False) -> Facts:
    """All that is known of an order. Only for dispatchers, and so only with `whole`: its contract, what it needs, and
    the steps of each job."""
    told = await fetchval(_FACTS, order_id, whole)
    if told is None:
        raise NotFound("orders.order", id=order_id)
    facts: Facts = orjson.loads(told)
    return facts


async def job_facts(job_id: int, facts: Facts | None = None) -> Facts:
    """The order of a job with that job under "job": `checklist` {done, total, missing}, `report` {lines, total,
    photos_before, photos_after}; `total` is text, in roubles. `facts` saves reading the order again."""
    if facts is None:
        job = await Job.get_or_none(id=job_id).values("order_id")
        if job is None:
            raise NotFound("orders.job", id=job_id)
        facts = await order_facts(job["order_id"])
    mine = dict(one_job(facts, job_id))
    row: Any = await fetchrow(_JOB, job_id, checklists.DEFAULT)
    told = reports.told(orjson.loads(row["report"]))
    listed = checklists.listed(orjson.loads(row["checklist"])) if row["checklist"] else None
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
