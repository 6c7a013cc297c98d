"""A job that came from another system and is done: photos, readings, an act."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from core.checklists import actions as checklists
from core.company import actions as company
from core.documents import actions as documents
from core.documents.models import Document
from core.files import actions as files
from core.hooks import backs
from core.kernel.actor import SYSTEM, member
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job
from core.reports import actions as reports
from core.sources import actions as sources
from core.tasks.actions import run_one
from tests.world import World

FILES = ("act.printed", "order.finished")


async def connected(url: str, kind: str = "rest", **more: Any) -> int:
    """The write-back's number; all files go along unless `more` says otherwise."""
    given = {"name": "CRM", "token": "t0ken", "settings": {}, "statuses": {}, "files": FILES, **more}
    async with work():
        await sources.add_source("crm", "bitrix24", "Их CRM", {"application_token": "x"})
        return await backs.write_back("crm", kind, url=url, **given)


async def stored(data: bytes, kind: str = "photo", name: str = "", mime: str = "") -> int:
    kept = await files.put_bytes(data)
    async with work():
        return await files.store(kept, kind=kind, name=name, mime=mime)


async def came(world: World, external: str = "42") -> tuple[int, int]:
    """An order of theirs, on whose site the technician is: its number, and its job's."""
    async with work():
        for rule in ("require_before_photo", "require_after_photo"):
            await company.set_rule(rule, False)
        order = await orders.create(
            customer_id=world.azbuka,
            site_id=world.arbat,
            asset_ids=[world.fridge],
            words="Не холодит",
            source="crm",
        )
        await sources.link("crm", external, order)
        job = (await Job.get(order_id=order)).id
        await orders.assign(job, world.pyotr)
        await orders.travel(job)
        await orders.arrive(job, "hand", None)
    return order, job


async def finish(world: World, job: int, before: Sequence[int] = (), after: Sequence[int] = ()) -> None:
    async with work(await world.actor(member(world.pyotr))):
        for phase, photos in (("before", before), ("after", after)):
            for photo in photos:
                await reports.add_photo(job, photo, phase)
        await reports.set_line(job, world.diagnostics, Decimal(1))
    async with work(SYSTEM):
        await checklists.answer(job, "clean", True)
        await checklists.answer(job, "temp", -18)
        await orders.set_comment(job, "Заменил реле")
        await orders.finish(job, "done")


async def printed() -> None:
    """What the press has to do."""
    while await run_one():
        pass


async def sign(order: int) -> Document:
    await printed()
    paper = await Document.get(order_id=order, replaced_by=None)
    async with work():
        await documents.sign(paper.id, "bot", "Ольга Белова")
    await printed()
    return await Document.get(id=paper.id)
