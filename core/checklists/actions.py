"""Write checklists, and answer them on the spot."""

from typing import Any

import orjson

from core.checklists.models import Template
from core.checklists.opening import note_mended, open_order, told_of
from core.checklists.queries import checklist
from core.checklists.rules import Item, judge, read_value, validate_template
from core.events import JobReported
from core.files.models import File
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import current, emit
from core.orders import actions as orders
from core.orders.actions.reporting import reported_job
from core.people.rules import check_code


async def save_template(code: str, name: dict[str, str], items: list[Item]) -> int:
    """A new version, used by jobs that begin from now on. The template's id. `checklists.bad_template`."""
    w = current()
    w.actor.require("checklists.edit")
    if not all(str(name.get(locale, "")).strip() for locale in ("ru", "en")):
        raise Refusal("checklists.bad_template", reason="name", item="")
    kept = validate_template(items)
    last = await Template.filter(code=check_code(code)).order_by("-version").select_for_update().first()
    version = last.version + 1 if last else 1
    row = await Template.create(code=code, version=version, name=name, items=kept, created_at=w.now)
    return int(row.id)


async def retire_template(code: str) -> None:
    """Jobs that begin from now on don't have this checklist; those that answered it keep it."""
    current().actor.require("checklists.edit")
    if not await Template.filter(code=code, active=True).update(active=False):
        raise NotFound("checklists")


_ANSWER = """
INSERT INTO checklists_answers (job_id, template_id, item, value, ok, file_id, party, at)
VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8)
ON CONFLICT (job_id, item) DO UPDATE SET value = excluded.value, ok = excluded.ok, file_id = excluded.file_id,
  party = excluded.party, at = excluded.at
"""


async def answer(
    job_id: int, item: str, value: Any = None, file_id: int | None = None, *, sure: bool = True
) -> bool | None:
    """Answer an item, or answer it anew; neither value nor file takes the answer back. Whether it is within the norm
    (None: the item knows none).

    The technician of a running job may, and a dispatcher. Refusals: NotFound `checklists.item`, and what
    `rules.judge` says of the value. An answer off the norm stands in the timeline, and opens an order where the item
    wants it (`opening`); at once unless whoever answered is yet asked whether they are `sure`.
    """
    w = current()
    job = await reported_job(job_id)
    listed = await checklist(job_id)
    found = next((one for one in listed["items"] if one["code"] == item), None) if listed else None
    if listed is None or found is None:
        raise NotFound("checklists.item", item=item)
    if value is None and file_id is None:
        await w.execute("DELETE FROM checklists_answers WHERE job_id = $1 AND item = $2", job_id, item)
        ok = None
    else:
        value, ok = await _judged(found, value, file_id)
        row = (job_id, listed["template"]["id"], item, orjson.dumps(value).decode(), ok, file_id, w.actor.party, w.now)
        await w.execute(_ANSWER, *row)
        if ok is False:
            await orders.note(job.order_id, "checklist.off_norm", told_of(found, value), job_id=job_id)
    if file_id is not None and file_id != found["file_id"]:
        await orders.attach(job.order_id, file_id, "proof", job_id=job_id)
    answered = {**found, "value": value, "ok": ok}
    if ok is False and sure:
        await open_order(job, answered)
    elif ok is not False and found["ok"] is False:
        await note_mended(job, answered)
    await orders.touch(job.order_id, job_id)
    await emit(JobReported(job.order_id, job_id))
    return ok


async def _judged(item: Item, value: Any, file_id: int | None) -> tuple[Any, bool | None]:
    if file_id is not None and not await File.exists(id=file_id):
        raise NotFound("files", id=file_id)
    if item["type"] == "photo":
        if file_id is None:
            raise Refusal("checklists.needs_photo", item=item["code"])
        return None, None
    value = read_value(item, item["value"] if value is None else value)
    ok, error = judge(item, value)
    if error:
        raise Refusal(error, item=item["code"])
    return value, ok
