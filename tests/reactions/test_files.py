"""What follows when the bytes of a file are here, will never be, or came by a link."""

import pytest

from core.customers.queries import site_view
from core.events import FileFailed, FileKept, FileUploaded
from core.files import actions as files
from core.files.models import File
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.read import fetch, parsed
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Attachment
from core.overview.queries import order_facts
from core.presence.models import Track
from tests.reactions.ground import CARDS, NOBODYS, WHEN, Ground


async def file_of(party: str, origin: str | None, mime: str = "image/jpeg", kind: str = "photo") -> int:
    row = await File.create(kind=kind, mime=mime, origin=origin, created_by=party, created_at=WHEN, error="files.empty")
    return int(row.id)


@pytest.mark.parametrize(
    ("who", "origin", "mime", "looked_at"),
    [
        ("olga", "customer", "image/jpeg", True),
        ("olga", "customer", "application/pdf", False),
        ("pyotr", "technician", "image/jpeg", False),
        ("olga", None, "image/jpeg", False),
    ],
)
async def test_a_customers_picture_is_looked_at_for_a_label(
    ground: Ground, who: str, origin: str | None, mime: str, looked_at: bool
) -> None:
    party = contact(ground.world.olga) if who == "olga" else member(ground.world.pyotr)
    found = await ground.after(FileKept(await file_of(party, origin, mime)))
    assert found == ({"task+ assets.read_label"} if looked_at else set())


@pytest.mark.parametrize(
    ("who", "origin", "expected"),
    [
        ("olga", "customer", {"told olga customer.file_failed"}),
        ("pyotr", "technician", {"told pyotr technician.file_failed"}),
        ("olga", None, set()),
    ],
)
async def test_whoever_sent_it_is_told(ground: Ground, who: str, origin: str | None, expected: set[str]) -> None:
    party = contact(ground.world.olga) if who == "olga" else member(ground.world.pyotr)
    assert await ground.after(FileFailed(await file_of(party, origin))) == expected


async def test_cards_of_the_order_count_it_no_more(ground: Ground) -> None:
    party = contact(ground.world.olga)
    kept, lost = await file_of(party, "customer"), await file_of(party, "customer")
    await File.all().update(error=None)
    async with work():
        for file_id in (kept, lost):
            await orders.attach(ground.order, file_id, "request")
    assert (await order_facts(ground.order))["files"]["photos"] == 2
    async with work():
        await files.fail(lost, "files.broken")
    assert (await order_facts(ground.order))["files"]["photos"] == 1
    assert await ground.after(FileFailed(lost)) == {"told olga customer.file_failed", *NOBODYS}


@pytest.mark.parametrize(
    ("who", "purpose", "phase", "expected"),
    [
        ("olga", "order", "request", {"told olga customer.uploaded", "told group dispatcher.files", *CARDS}),
        ("pyotr", "before", "before", {"told pyotr technician.uploaded", "told group dispatcher.files", *CARDS}),
        ("pyotr", "job", "proof", {"told pyotr technician.uploaded", *CARDS}),
        ("olga", "chat.customer", "chat", {"told olga customer.uploaded", "told group dispatcher.message",
                                           "told pyotr technician.message", *CARDS}),
    ],
)  # fmt: skip
async def test_an_upload_goes_where_its_link_was_for(
    ground: Ground, who: str, purpose: str, phase: str, expected: set[str]
) -> None:
    await ground.at("on_site")
    party = contact(ground.world.olga) if who == "olga" else member(ground.world.pyotr)
    subject = ground.job if who == "pyotr" else ground.order
    assert await ground.after(FileUploaded(await file_of(party, None), purpose, subject, party)) == expected
    assert [row.phase for row in await Attachment.filter(order_id=ground.order)] == [phase]


async def test_an_upload_of_a_stranger_is_refused(ground: Ground) -> None:
    file_id = await file_of(contact(999), None)
    with pytest.raises(Refusal, match="bad_link"):
        await ground.after(FileUploaded(file_id, "order", ground.order, contact(999)))
    assert not await Attachment.exists(order_id=ground.order)


async def test_nobodys_cards_are_drawn_for_a_job_that_nobody_has(ground: Ground) -> None:
    party = contact(ground.world.olga)
    found = await ground.after(FileUploaded(await file_of(party, None), "order", ground.order, party))
    assert found == {"told olga customer.uploaded", "told group dispatcher.files", *NOBODYS}


async def test_the_team_hears_how_far_from_the_site_a_photo_was_sent(ground: Ground) -> None:
    await ground.at("on_site")
    site = await site_view(SYSTEM, ground.world.arbat)
    await Track.create(
        member_id=ground.world.pyotr, job_id=ground.job, lat=(site.lat or 0) + 0.01, lon=site.lon, at=now()
    )
    party = member(ground.world.pyotr)
    await ground.after(FileUploaded(await file_of(party, None), "after", ground.job, party))
    (told,) = await fetch(
        "SELECT facts->'files'->0->'proof' AS proof FROM outbox_notices WHERE screen = 'dispatcher.files'"
    )
    proof = parsed(told["proof"])
    assert (proof["place_by"], round(proof["metres"]), proof["doubts"]) == ("live", 1112, ["far"])
