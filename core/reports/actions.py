"""Write down what was done and used. Materials leave the technician's van as they are entered."""

from decimal import Decimal
from typing import Any

from core.contracts.models import PriceItem
from core.contracts.rules import USUAL_HOUR
from core.events import JobReported
from core.files.models import File
from core.files.rules import may_be_picture
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import current, emit
from core.orders import actions as orders
from core.orders.actions.reporting import reported_job
from core.orders.actions.store import LockedJob
from core.orders.models import Job
from core.reports.labour import outside_of
from core.reports.models import Helper, Line
from core.reports.queries import colleagues, helpers
from core.reports.rules import PHASES, Part, check_quantity, grand_total, parts
from core.warehouse import actions as warehouse


async def set_line(job_id: int, item_id: int, quantity: Decimal) -> None:
    """So much of a work or a material in all; 0 takes the line away. The price is that of the day of first entry. Of
    work by the hour as large a part lies outside of working hours as of the time on site until now.

    A material is written off the van of the job's technician by the difference, or given back.
    Refusals: `reports.bad_quantity`, `money.too_large`, `warehouse.not_enough`, NotFound `contracts.item`.
    """
    w = current()
    quantity = check_quantity(quantity)
    job = await reported_job(job_id)
    item = await PriceItem.get_or_none(id=item_id)
    line = await Line.get_or_none(job_id=job_id, item_id=item_id)
    if item is None or (line is None and not item.active):
        raise NotFound("contracts.item", id=item_id)
    before = line.quantity if line else Decimal(0)
    after, percent = await outside_of(job_id, quantity) if item.hourly else (Decimal(0), USUAL_HOUR)
    if quantity == before and (line is None or (after, percent) == (line.after, line.percent)):
        return
    price = line.price if line else item.price
    if quantity >= before:
        await _check_total(job, item_id, parts(quantity, price, after, percent))
    if item.kind == "material" and quantity != before:
        await _move_goods(job, item_id, quantity - before)
    values: dict[str, Any] = {"quantity": quantity, "party": w.actor.party, "at": w.now}
    values |= {"after": after, "percent": percent}
    if line is None:
        copied: dict[str, Any] = {"kind": item.kind, "name": item.name, "unit": item.unit, "price": item.price}
        await Line.create(job_id=job_id, item_id=item_id, **copied, **values)
    elif quantity:
        await Line.filter(id=line.id).update(**values)
    else:
        await Line.filter(id=line.id).delete()
    facts = {"kind": item.kind, "name": item.name, "unit": item.unit, "quantity": f"{quantity.normalize():f}"}
    if after:
        facts |= {"after": f"{after.normalize():f}", "percent": str(percent)}
    await orders.note(job.order_id, "report.line", facts, job_id=job_id)
    await _reported(job)


async def add_photo(job_id: int, file_id: int, phase: str, caption: str = "", album: str | None = None) -> int:
    """A photo or a video from before or after the work. The attachment's id. `reports.bad_phase`,
    `reports.not_a_photo`."""
    job = await reported_job(job_id)
    if phase not in PHASES:
        raise Refusal("reports.bad_phase", phase=phase)
    file = await File.get_or_none(id=file_id)
    if file is None:
        raise NotFound("files", id=file_id)
    if file.kind not in ("photo", "video") and not may_be_picture(file.mime, file.name):
        raise Refusal("reports.not_a_photo", kind=file.kind)
    attachment_id = await orders.attach(job.order_id, file_id, phase, caption, album, job_id)
    await _reported(job)
    return attachment_id


async def set_comment(job_id: int, text: str) -> None:
    """The technician's closing word, which the act prints."""
    job = await reported_job(job_id)
    await orders.set_comment(job_id, text)
    await emit(JobReported(job.order_id, job.id))


async def set_helper(job_id: int, member_id: int, there: bool) -> None:
    """Whether a colleague did the job together with its technician; said again, it changes nothing. Only somebody who
    works on jobs and is not its technician: `reports.bad_helper`."""
    job = await reported_job(job_id)
    name = (await colleagues(job.assignee_id)).get(member_id)
    if there and name is None:
        raise Refusal("reports.bad_helper")
    known = await helpers([job_id])
    if there == (member_id in known):
        return
    if there:
        await Helper.create(job_id=job_id, member_id=member_id)
        await orders.note(job.order_id, "report.helper", {"name": name}, job_id=job_id)
    else:
        await Helper.filter(job_id=job_id, member_id=member_id).delete()
        await orders.note(job.order_id, "report.helper_gone", {"name": known[member_id]}, job_id=job_id)
    await _reported(job)


async def _check_total(job: LockedJob, item_id: int, line: list[Part]) -> None:
    """With this line in place of the former one the order can be billed: `money.too_large` otherwise."""
    jobs = await Job.filter(order_id=job.order_id).values_list("id", flat=True)
    others = [one for one in await Line.filter(job_id__in=jobs) if (one.job_id, one.item_id) != (job.id, item_id)]
    grand_total([line, *(parts(one.quantity, one.price, one.after, one.percent) for one in others)])


async def _move_goods(job: LockedJob, item_id: int, difference: Decimal) -> None:
    if job.assignee_id is None:
        raise RuntimeError(f"job {job.id} is {job.state} and nobody's")
    if difference > 0:
        await warehouse.write_off(job.id, job.assignee_id, item_id, difference)
    else:
        await warehouse.give_back(job.id, item_id, -difference)


async def _reported(job: LockedJob) -> None:
    await orders.touch(job.order_id, job.id)
    await emit(JobReported(job.order_id, job.id))
