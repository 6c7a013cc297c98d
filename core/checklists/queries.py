"""The checklist of a job with what was found, and the guard that asks for the rest."""

from dataclasses import dataclass
from typing import Any

from core.checklists.models import Template
from core.checklists.rules import missing
from core.kernel.errors import NotFound
from core.kernel.read import fetch, fetchrow, parsed
from core.orders.rules import Check, Missing, guard

DEFAULT = "default"

OF_JOB = """
SELECT t.id, t.code, t.version, t.name, t.items,
       (SELECT jsonb_object_agg(a.item, jsonb_build_object('value', a.value, 'ok', a.ok, 'file_id', f.id))
        FROM checklists_answers a LEFT JOIN files_files f ON f.id = a.file_id AND f.error IS NULL
        WHERE a.job_id = $1) AS answers
FROM checklists_templates t WHERE t.id = coalesce(
  (SELECT template_id FROM checklists_answers WHERE job_id = $1 LIMIT 1),
  (SELECT n.id FROM checklists_templates n WHERE n.active AND n.code = coalesce(
     (SELECT y.checklist FROM orders_jobs j JOIN orders_order_assets l ON l.order_id = j.order_id
      JOIN assets_assets e ON e.id = l.asset_id JOIN assets_types y ON y.id = e.type_id
      WHERE j.id = $1 AND y.checklist <> '' ORDER BY e.criticality DESC, e.id LIMIT 1), $2)
   ORDER BY n.version DESC LIMIT 1))
"""
"""At most one row about the job `$1`, for `listed`; `$2` is `DEFAULT`. As `reports.queries.REPORT`, it may be a part of
a longer statement."""


async def checklist(job_id: int) -> dict[str, Any] | None:
    """`{template {id, code, version, name}, items [{…, value, ok, file_id}], missing [codes]}`; None without one.

    A job with answers keeps the version that they were given to. Before the first answer it is the newest active
    version of the checklist that the most critical asset's type names, else of the one with the code `default`.
    """
    row = await fetchrow(OF_JOB, job_id, DEFAULT)
    return listed(row) if row else None


def listed(row: Any) -> dict[str, Any]:
    """A row of `OF_JOB` as `checklist` gives it."""
    answers = parsed(row["answers"]) or {}
    blank = {"value": None, "ok": None, "file_id": None}
    items = [{**item, **answers.get(item["code"], blank)} for item in parsed(row["items"])]
    template = {"id": row["id"], "code": row["code"], "version": row["version"], "name": parsed(row["name"])}
    return {"template": template, "items": items, "missing": missing(items)}


@guard("finish")
async def answers_are_there(check: Check) -> list[Missing]:
    """A job that is done has its required answers; one that could not be done need not."""
    if check.outcome != "done":
        return []
    found = await checklist(check.job_id)
    if found is None:
        return []
    texts = {item["code"]: item["text"] for item in found["items"]}
    return [{"code": "checklist", "item": code, "text": texts[code]} for code in found["missing"]]


@dataclass(frozen=True, slots=True)
class TemplateView:
    """`items` as in rules.py; names by language."""

    id: int
    code: str
    version: int
    name: dict[str, str]
    items: list[dict[str, Any]]
    active: bool


_COLUMNS = ("id", "code", "version", "name", "items", "active")


async def templates() -> list[TemplateView]:
    """The newest version of every checklist that is in use."""
    newest: dict[str, TemplateView] = {}
    for row in await Template.filter(active=True).order_by("version").values(*_COLUMNS):
        newest[row["code"]] = TemplateView(**row)
    return sorted(newest.values(), key=lambda one: one.code)


async def codes_given() -> list[str]:
    """The codes of all checklists that there ever were: kinds of equipment name theirs by code."""
    return [row["code"] for row in await fetch("SELECT DISTINCT code FROM checklists_templates")]


async def template_view(template_id: int) -> TemplateView:
    row = await Template.get_or_none(id=template_id).values(*_COLUMNS)
    if row is None:
        raise NotFound("checklists", id=template_id)
    return TemplateView(**row)
