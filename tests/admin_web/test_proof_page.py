"""The page behind an act's QR code: for whoever holds the paper, in their language."""

from decimal import Decimal

import pytest

from admin_web.public import language_of
from core.documents import actions as documents
from core.documents.models import Document
from core.kernel.actor import contact
from core.kernel.ids import keys
from core.kernel.words import words
from core.kernel.work import work
from core.orders import actions as orders
from core.reports import actions as reports
from tests.admin_web.conftest import Orders
from tests.admin_web.visitor import Visitor
from tests.world import World


@pytest.fixture
async def act(world: World, made: Orders) -> Document:
    """A printed act of one visit, not signed yet."""
    order_id, job_id = await made.travelling()
    async with work(made.actor):
        await orders.arrive(job_id, "hand", None)
        await reports.set_line(job_id, world.refill, Decimal(1))
        await orders.finish(job_id, "no_access")
        document_id = await documents.draft_act(order_id)
    await Document.filter(id=document_id).update(state="ready")
    return await Document.get(id=document_id)


def address(act: Document) -> str:
    return f"/proof/{keys().sign('act', act.id)}"


async def sign(act: Document, world: World) -> None:
    async with work(await world.actor(contact(world.olga))):
        await documents.sign(act.id, "bot", "Ольга <b>Белова</b>")


async def test_a_signed_act_is_proved_to_anybody(stranger: Visitor, act: Document, world: World) -> None:
    await sign(act, world)
    status, text = await stranger.get(address(act))
    t = words("admin", "ru")
    assert status == 200
    assert t.text("proof.verdict.signed") in text
    digits = " ".join(act.digest[start : start + 4] for start in range(0, 16, 4))
    for shown in (act.number, "ООО «Азбука»", "7702345678", "ООО «Холод-Сервис»", "3\u202f200,50", digits):
        assert shown in text.replace("\xa0", "\u202f"), shown
    assert "Ольга &lt;b&gt;Белова" in text
    assert "<b>" not in text
    assert "<script" not in text


async def test_it_speaks_the_readers_language(stranger: Visitor, act: Document) -> None:
    _, text = await stranger.get(address(act), **{"Accept-Language": "fr-FR, en-GB;q=0.9, ru;q=0.5"})
    assert words("admin", "en").text("proof.verdict.unsigned") in text
    assert 'lang="en"' in text


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "ru"), ("en", "en"), ("ru;q=0.1,en;q=0.9", "en"), ("fr", "ru"), ("en;q=0", "ru"), ("en;q=x,,;", "ru")],
)
def test_the_language_is_chosen_by_weight(header: str, language: str) -> None:
    assert language_of(header) == language


@pytest.mark.parametrize("payload", ["1a-AAAAAAAAAAA", "x" * 200, "%D1%8F", "1-", "%00", "1zzzzzzzzzzz-AAAAAAAAAAA"])
async def test_a_forged_payload_is_told_so(stranger: Visitor, act: Document, payload: str) -> None:
    status, text = await stranger.get(f"/proof/{payload}")
    assert status == 404
    assert words("admin", "ru").text("proof.forged") in text


async def test_a_label_is_no_act(stranger: Visitor, act: Document, world: World) -> None:
    assert (await stranger.get(f"/proof/{keys().sign('qr', act.id)}"))[0] == 404
    assert (await stranger.get(f"/proof/{keys().sign('act', 999_999)}"))[0] == 404


async def test_changed_facts_are_seen(stranger: Visitor, act: Document, world: World) -> None:
    await sign(act, world)
    await Document.filter(id=act.id).update(facts={**act.facts, "site": "Другой объект"})
    _, text = await stranger.get(address(act))
    assert words("admin", "ru").text("proof.verdict.changed") in text


async def test_a_replaced_act_says_so(stranger: Visitor, act: Document) -> None:
    await Document.filter(id=act.id).update(replaced_by=act.id)
    _, text = await stranger.get(address(act))
    assert words("admin", "ru").text("proof.verdict.replaced") in text


async def test_public_pages_have_a_strict_policy_and_are_not_indexed(stranger: Visitor, act: Document) -> None:
    for path in (address(act), "/proof/forged", "/upload/forged"):
        head = (await stranger.answer(path)).headers
        assert "default-src 'self'" in head["Content-Security-Policy"]
        assert "unsafe" not in head["Content-Security-Policy"]
        assert (head["X-Robots-Tag"], head["Cache-Control"]) == ("noindex, nofollow", "no-store")
