"""Draw up an act, have it printed, signed or refused.

draft_act -> (task documents.render) -> ready -> sign -> (task again, now with the signature) -> the signed paper.
A new draft replaces an older one that is not signed; a signed act is never touched again, and what it bills is billed
by no other.
"""

import asyncio
import dataclasses
from datetime import UTC
from decimal import Decimal
from typing import Any

from core.checklists.queries import checklist
from core.company.queries import CompanyView, company
from core.contracts.rules import USUAL_HOUR
from core.customers.models import Customer
from core.documents.facts import (
    MAX_TEXT,
    ActAsset,
    ActFacts,
    ActLine,
    ActReading,
    ActSignature,
    How,
    Kind,
    Party,
    from_data,
    to_data,
)
from core.documents.hours import visits
from core.documents.models import Document, Signature
from core.documents.proof import digest
from core.documents.render import render_act
from core.events import DocumentReady, DocumentRefused, DocumentReplaced, DocumentSigned
from core.files import actions as files
from core.files.queries import bytes_of
from core.kernel.clip import clip
from core.kernel.errors import NotFound, Refusal
from core.kernel.ids import keys
from core.kernel.links import links
from core.kernel.words import words
from core.kernel.work import current, emit
from core.orders import actions as orders
from core.orders.models import Job, Order, OrderAsset
from core.orders.queries import access_order
from core.orders.rules import Check, guard
from core.reports.models import Line
from core.reports.queries import helpers
from core.reports.rules import parts
from core.tasks.actions import TaskRun, later, task

UNSIGNED = ("draft", "rendering", "ready", "refused")
SHOWN = ("ready", "refused")
FINISHED = ("done", "closed")


@guard("close")
async def signature(check: Check) -> list[dict[str, Any]]:
    """Where the company insists on signatures, an order with an unsigned act stays open."""
    if not (await company()).rule("require_signature"):
        return []
    newest = await _newest(check.order_id)
    return [{"code": "signature"}] if newest is not None and newest.state != "signed" else []


async def standing(order_id: int) -> str | None:
    """How the act that counts now stands: rendering, ready, signed or refused; None when there is none."""
    newest = await _newest(order_id)
    return newest.state if newest else None


async def _newest(order_id: int) -> Document | None:
    """The act that counts now; None too when it was taken back."""
    return await Document.filter(order_id=order_id, kind="act", replaced_by=None).order_by("-version").first()


_UNBILLED = """
WITH last AS (SELECT state, job_ids FROM documents_documents WHERE order_id = $1 AND kind = 'act'
              ORDER BY version DESC LIMIT 1)
SELECT EXISTS (
  SELECT FROM orders_jobs j WHERE j.order_id = $1
    AND (j.state = 'done' OR (j.state = 'closed' AND EXISTS (
      SELECT FROM last WHERE state = ANY($2::text[]) AND job_ids @> to_jsonb(j.id))))
    AND (j.outcome = 'done' OR EXISTS (SELECT FROM reports_lines l WHERE l.job_id = j.id))
    AND NOT EXISTS (SELECT FROM documents_documents d WHERE d.order_id = $1 AND d.kind = 'act'
      AND d.replaced_by IS NULL AND d.job_ids @> to_jsonb(j.id)))
"""


async def bill(order_id: int) -> None:
    """Draw up an act when something was done, or costs something, that stands on no act: not signed for, nor to be."""
    if await current().fetchval(_UNBILLED, order_id, list(UNSIGNED)):
        await draft_act(order_id)


async def draft_act(order_id: int) -> int:
    """Draw up the act of an order's finished jobs that no signed act bills, and send it to the press: those that are
    done, and those of an order that closed before and was opened again, as far as they are on the unsigned act that
    this one replaces. Returns the document's id.

    `Refusal("documents.nothing_done")` when no job is finished; `documents.signed` when all of them are billed.
    """
    w = current()
    await orders.locked_order(order_id)
    order = await Order.get(id=order_id).select_related("customer", "site", "contact")
    last = await Document.filter(order_id=order_id, kind="act").order_by("-version").first()
    waiting = last.job_ids if last and last.state in UNSIGNED else []
    over = await Job.filter(order_id=order_id, state__in=FINISHED).order_by("id").select_related("assignee")
    done = [job for job in over if job.state == "done" or job.id in waiting]
    if not done:
        raise Refusal("documents.nothing_done", order=order_id)
    signed = await Document.filter(order_id=order_id, kind="act", state="signed")
    jobs = [job for job in done if not any(job.id in paper.job_ids for paper in signed)]
    if not jobs:
        raise Refusal("documents.signed", number=signed[-1].number)
    version = last.version + 1 if last else 1
    facts = await _act_facts(order, jobs, await company(), version)
    row = await Document.create(
        order_id=order_id,
        kind="act",
        number=facts.number,
        version=version,
        state="rendering",
        facts=to_data(facts),
        digest=digest(facts),
        job_ids=[job.id for job in jobs],
        total=facts.due.amount,
        created_at=w.now,
    )
    if last and last.state in UNSIGNED:
        await _replace(last, row.id)
    await orders.note(order_id, "act_drafted", {"number": facts.number, "total": str(facts.due.amount)}, public=True)
    await later("documents.render", {"document_id": row.id}, key=f"{row.id}:draft")
    return int(row.id)


async def _replace(paper: Document, by: int) -> None:
    """From now on nobody signs it; whoever was asked to hears so once."""
    await Document.filter(id=paper.id).update(replaced_by=by)
    if paper.replaced_by is None and paper.state in SHOWN:
        await emit(DocumentReplaced(paper.order_id, paper.id))


async def take_back(order_id: int, job_id: int) -> None:
    """The work of this job goes on: nobody signs what was drawn up of it. `documents.billed` when somebody has."""
    for paper in await Document.filter(order_id=order_id, kind="act", replaced_by=None).select_for_update():
        if job_id not in paper.job_ids:
            continue
        if paper.state == "signed":
            raise Refusal("documents.billed", number=paper.number)
        await _replace(paper, paper.id)


async def _act_facts(order: Order, jobs: list[Job], ours: CompanyView, version: int) -> ActFacts:
    lines = await Line.filter(job_id__in=[job.id for job in jobs]).order_by("-kind", "id")
    assets = await OrderAsset.filter(order_id=order.id).select_related("asset").order_by("id")
    number = f"{ours.rule('act_prefix')}-{order.id:06}" + (f"/{version}" if version > 1 else "")
    place = ", ".join(filter(None, [order.site.name, order.site.address] if order.site else [order.address]))
    return ActFacts(
        number=number,
        date=current().now.astimezone(ours.tz).date(),
        order_number=str(order.id),
        executor=Party(
            name=ours.legal_name or ours.name,
            inn=ours.inn,
            kpp=ours.kpp,
            address=ours.address,
            bank=ours.bank,
            phone=ours.phone,
        ),
        customer=_customer(order.customer),
        site=place,
        technician=", ".join(dict.fromkeys(job.assignee.name for job in jobs if job.assignee)),
        zone=ours.zone,
        proof_url="",
        assets=tuple(
            ActAsset(
                name=" ".join(filter(None, [link.asset.name, link.asset.model])),
                serial=link.asset.serial,
                inventory=link.asset.inventory,
            )
            for link in assets
        ),
        readings=tuple([reading for job in jobs for reading in await _readings(job, ours.locale)]),
        visits=await visits(order.id, [job.id for job in jobs]),
        helpers=tuple((await helpers([job.id for job in jobs])).values()),
        lines=tuple(made for line in lines for made in _act_lines(line, ours.locale)),
        vat_rate=ours.vat_rate,
        note=clip("\n".join(job.comment for job in jobs if job.comment), MAX_TEXT),
    )


def _act_lines(line: Line, locale: str) -> list[ActLine]:
    """A line of the report; hours outside of working hours are a line of their own, at their own price."""
    said = words("documents", locale)
    kind: Kind = "work" if line.kind == "work" else "material"
    found = []
    for part in parts(Decimal(line.quantity), line.price, Decimal(line.after), line.percent):
        factor = said.number(Decimal(part.percent) / 100)
        name = line.name if part.percent == USUAL_HOUR else said.text("act.after_hours", name=line.name, factor=factor)
        found.append(ActLine(kind=kind, name=name, unit=line.unit, quantity=part.quantity, price=part.price))
    return found


async def _readings(job: Job, locale: str) -> list[ActReading]:
    """The numbers of the job's checklist, as the company's language names them."""
    listed = await checklist(job.id)
    items = [item for item in listed["items"] if item["type"] == "number"] if listed else []
    return [
        ActReading(
            name=item["text"].get(locale) or next(iter(item["text"].values())),
            unit=item.get("unit", ""),
            value=Decimal(str(item["value"])),
            low=None if item.get("min") is None else Decimal(str(item["min"])),
            high=None if item.get("max") is None else Decimal(str(item["max"])),
        )
        for item in items
        if item["value"] is not None
    ]


def _customer(row: Customer) -> Party:
    return Party(name=row.legal_name or row.name, inn=row.inn, kpp=row.kpp, address=row.address)


@task("documents.render")
async def render(run: TaskRun) -> None:
    """Print the paper as it stands now; a signature that came meanwhile has queued its own printing. What was replaced
    is nobody's to sign."""
    row = await Document.get_or_none(id=run.args["document_id"])
    if row is None or row.replaced_by is not None:
        async with run.commit():
            return
    facts = await printed_facts(row)
    ours = await company()
    pdf = await asyncio.to_thread(render_act, facts, ours.locale)
    stored = await files.put_bytes(pdf)
    async with run.commit():
        file_id = await files.store(
            stored, kind="act", name=f"{row.number.replace('/', '-')}.pdf", mime="application/pdf"
        )
        changes = {"file_id": file_id} if row.state == "signed" else {"file_id": file_id, "state": "ready"}
        if await Document.filter(id=row.id, state=row.state, replaced_by=None).update(**changes):
            await emit(DocumentReady(row.order_id, row.id))


async def printed_facts(row: Document) -> ActFacts:
    """The act of this row with its address of proof and, when it is signed, the signature."""
    facts = dataclasses.replace(from_data(row.facts), proof_url=links.proof(keys().sign("act", row.id)))
    signature = await Signature.get_or_none(document_id=row.id)
    if signature is None:
        return facts
    image = await bytes_of(signature.file_id) if signature.file_id else None
    how: How = "screen" if signature.how == "screen" else "bot"
    given = ActSignature(
        how=how, name=signature.name, post=signature.post, at=signature.at.astimezone(UTC), image=image
    )
    return dataclasses.replace(facts, signature=given)


async def sign(
    document_id: int, how: str, name: str, post: str = "", file_id: int | None = None, key: str | None = None
) -> None:
    """The customer agrees. `how`: screen (their finger, `file_id` is the picture) or bot (their own button).

    A repeated request with the same `key` changes nothing. Only the newest act can be signed, once.
    """
    w = current()
    row = await _locked(document_id)
    given = await Signature.get_or_none(document_id=document_id)
    if given is not None:
        if key and given.key == key:
            return
        raise Refusal("documents.signed", number=row.number)
    if row.replaced_by:
        raise Refusal("documents.replaced", number=row.number)
    _shown(row)
    if not name.strip():
        raise Refusal("documents.name_needed")
    await Signature.create(
        document_id=document_id,
        how=how,
        name=name.strip()[:200],
        post=post.strip()[:100],
        file_id=file_id,
        party=w.actor.party,
        key=key,
        at=w.now,
    )
    await Document.filter(id=document_id).update(state="signed")
    await orders.note(row.order_id, "act_signed", {"number": row.number, "name": name.strip(), "how": how}, public=True)
    await later("documents.render", {"document_id": document_id}, key=f"{document_id}:signed")
    await emit(DocumentSigned(row.order_id, document_id))


async def refuse(document_id: int, reason: str) -> None:
    """The customer does not agree; the act stays unsigned until the desk draws up another."""
    row = await _locked(document_id)
    if row.state == "signed":
        raise Refusal("documents.signed", number=row.number)
    if row.replaced_by:
        raise Refusal("documents.replaced", number=row.number)
    _shown(row)
    if not reason.strip():
        raise Refusal("documents.reason_needed")
    await Document.filter(id=document_id).update(state="refused")
    await orders.note(row.order_id, "act_refused", {"number": row.number, "reason": reason.strip()}, public=True)
    await emit(DocumentRefused(row.order_id, document_id, reason.strip()))


def _shown(row: Document) -> None:
    """Only what waits for the customer's word takes it: the first «no» stands until there is another act."""
    if row.state == "refused":
        raise Refusal("documents.refused", number=row.number)
    if row.state != "ready":
        raise Refusal("documents.not_ready", number=row.number)


async def _locked(document_id: int) -> Document:
    """The order first, as whoever draws up another act does."""
    row = await Document.get_or_none(id=document_id)
    if row is None:
        raise NotFound("documents.document", id=document_id)
    await access_order(current().actor, row.order_id)
    await orders.locked_order(row.order_id)
    return await Document.select_for_update().get(id=document_id)
