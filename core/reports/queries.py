"""What was done and used on a job, and the guard that asks for what is not written down."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from core.company.queries import company
from core.kernel.read import fetch, fetchrow, parsed
from core.orders.rules import Check, Missing, guard
from core.reports.rules import OnRecord, Part, grand_total, missing, parts

REPORT = """
SELECT (SELECT comment FROM orders_jobs WHERE id = $1) AS comment, (
  SELECT coalesce(jsonb_agg(jsonb_build_object(
    'item_id', l.item_id, 'kind', l.kind, 'name', l.name, 'unit', l.unit, 'quantity', l.quantity::text,
    'price', l.price::text, 'after', l.after::text, 'percent', l.percent)
    ORDER BY l.kind DESC, l.name, l.item_id), '[]')
  FROM reports_lines l WHERE l.job_id = $1) AS lines, (
  SELECT coalesce(jsonb_agg(jsonb_build_object(
    'id', a.id, 'file_id', a.file_id, 'phase', a.phase, 'caption', a.caption, 'kind', f.kind,
    'ready', f.sha256 IS NOT NULL, 'error', f.error) ORDER BY a.id), '[]')
  FROM orders_attachments a JOIN files_files f ON f.id = a.file_id
  WHERE a.job_id = $1 AND a.phase IN ('before', 'after')) AS photos
"""
"""One row about the job `$1`, for `told`; whoever reads more of the job may make it a part of a longer statement."""


async def report(job_id: int) -> dict[str, Any]:
    """`{lines [{item_id, kind, name, unit, quantity, price, after, percent, sum}], total, photos_before, photos_after,
    comment}`.

    Quantities and roubles are decimal text, works come first; photos are `{id, file_id, kind, caption, ready, error}`
    with `id` the attachment's. A job that isn't there has an empty report.
    """
    return told(await fetchrow(REPORT, job_id))


def told(row: Any) -> dict[str, Any]:
    """A row of `REPORT` as `report` gives it; the row stays as it is, for whoever reads it next."""
    photos: dict[str, list[dict[str, Any]]] = {"before": [], "after": []}
    for photo in parsed(row["photos"]):
        photos[photo["phase"]].append({name: value for name, value in photo.items() if name != "phase"})
    lines = [_line(line) for line in parsed(row["lines"])]
    total = grand_total(_parts(line) for line in lines)
    return {
        "lines": lines,
        "total": str(total.amount),
        "photos_before": photos["before"],
        "photos_after": photos["after"],
        "comment": row["comment"] or "",
    }


def _line(line: dict[str, Any]) -> dict[str, Any]:
    amounts = {name: f"{Decimal(line[name]).normalize():f}" for name in ("quantity", "after")}
    return {**line, **amounts, "sum": str(grand_total([_parts(line)]).amount)}


def _parts(line: dict[str, Any]) -> list[Part]:
    return parts(Decimal(line["quantity"]), Decimal(line["price"]), Decimal(line["after"]), line["percent"])


async def colleagues(member_id: int | None) -> dict[int, str]:
    """Whoever could have helped this technician: names by id, in their order. A contractor is helped by those of the
    same firm, and our own by our own."""
    sql = """SELECT m.id, m.name FROM people_members m LEFT JOIN people_members me ON me.id = $1
      WHERE m.active AND m.id IS DISTINCT FROM $1 AND m.contractor = coalesce(me.contractor, false)
      AND (NOT m.contractor OR m.firm = me.firm AND m.firm <> '') AND EXISTS (
      SELECT FROM people_permissions p WHERE p.role_id = m.role_id AND p.code = 'orders.work') ORDER BY m.name, m.id"""
    return {row["id"]: row["name"] for row in await fetch(sql, member_id)}


async def helpers(job_ids: Collection[int]) -> dict[int, str]:
    """Who helped with these jobs: names by id, in the order in which they were named. Whoever the job is now does it
    and helps nobody."""
    sql = """SELECT m.id, m.name FROM reports_helpers h JOIN people_members m ON m.id = h.member_id
             JOIN orders_jobs j ON j.id = h.job_id AND j.assignee_id IS DISTINCT FROM h.member_id
             WHERE h.job_id = ANY($1::bigint[]) ORDER BY h.id"""
    return {row["id"]: row["name"] for row in await fetch(sql, sorted(job_ids))}


_RECENT = """
SELECT p.id, p.kind, p.name, p.unit, p.price FROM contracts_price_items p
JOIN (SELECT item_id, count(*) AS times, max(at) AS last FROM (
        SELECT item_id, at FROM reports_lines WHERE party = $1 ORDER BY at DESC LIMIT 200) l GROUP BY item_id) u
  ON u.item_id = p.id
WHERE p.active ORDER BY u.times DESC, u.last DESC, p.id LIMIT $2
"""


async def often_used(party: str, limit: int = 12) -> list[dict[str, Any]]:
    """What a person enters most, among their last 200 lines: `{id, kind, name, unit, price}`, price as text."""
    return [{**dict(row), "price": str(row["price"])} for row in await fetch(_RECENT, party, limit)]


_RECORD = """
SELECT count(*) FILTER (WHERE phase = 'before') AS before, count(*) FILTER (WHERE phase = 'after') AS after,
       (SELECT count(*) FROM reports_lines WHERE job_id = $1 AND kind = 'work') AS works
FROM orders_attachments a JOIN files_files f ON f.id = a.file_id AND f.error IS NULL WHERE job_id = $1
"""
"""A file that could not be kept is no photo; one that is still on its way is."""


@guard("finish")
async def record_is_whole(check: Check) -> list[Missing]:
    """Photos as the company's rules want them, and a work for what is done."""
    row = await fetchrow(_RECORD, check.job_id)
    ours = await company()
    record = OnRecord(row["before"], row["after"], row["works"]) if row else OnRecord(0, 0, 0)
    wanted = missing(
        check.outcome,
        record,
        before=ours.rule("require_before_photo"),
        after=ours.rule("require_after_photo"),
    )
    return [{"code": code} for code in wanted]
