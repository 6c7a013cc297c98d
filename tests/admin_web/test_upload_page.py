"""A file that a messenger can't carry comes by a one-time page."""

import asyncio
import io
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from PIL import Image

from admin_web.pages import upload
from core.files import actions as files
from core.files.models import File
from core.files.rules import MAX_BYTES
from core.kernel.actor import contact, member
from core.kernel.clock import clock
from core.kernel.words import words
from core.kernel.work import work
from core.orders.models import Attachment
from tests.admin_web.conftest import Orders
from tests.admin_web.visitor import Visitor
from tests.world import World

PDF = b"%PDF-1.7\n" + b"1 0 obj\n" * 100
T = words("admin", "ru")


@pytest.fixture
async def order(made: Orders) -> int:
    return (await made.new())[0]


@pytest.fixture
async def link(order: int, world: World) -> str:
    async with work(await world.actor(contact(world.olga))):
        return f"/upload/{await files.issue_upload_link('order', order)}"


def a_form(data: bytes, name: str = "схема.pdf", field: str = "file") -> aiohttp.FormData:
    """As browsers send it: the name is plain UTF-8."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field(field, data, filename=name, content_type="application/octet-stream")
    return form


async def send(visitor: Visitor, path: str, form: Any) -> tuple[int, dict[str, Any]]:
    async with visitor.client.post(path, data=form, headers={"Accept": "application/json"}) as answer:
        return answer.status, await answer.json()


async def test_a_file_comes_to_its_order_once(stranger: Visitor, link: str, order: int, world: World) -> None:
    status, text = await stranger.get(link)
    assert status == 200
    assert str(order) in text
    assert (await send(stranger, link, a_form(PDF)))[0] == 200
    attached = await Attachment.get(order_id=order)
    row = await File.get(id=attached.file_id)
    assert (row.kind, row.mime, row.name) == ("document", "application/pdf", "схема.pdf")
    assert row.created_by == f"contact:{world.olga}"
    assert (await stranger.get(link))[0] == 410
    status, answer = await send(stranger, link, a_form(PDF))
    assert (status, answer["message"], answer["again"]) == (410, T.text("error.files.bad_link"), False)
    assert await Attachment.filter(order_id=order).count() == 1


async def test_more_than_a_bot_can_carry_is_taken(stranger: Visitor, link: str, order: int) -> None:
    big = PDF + bytes(MAX_BYTES + 1024 * 1024)
    assert (await send(stranger, link, a_form(big)))[0] == 200
    attached = await Attachment.get(order_id=order)
    assert (await File.get(id=attached.file_id)).size == len(big)


async def test_a_photo_is_made_anew(stranger: Visitor, link: str, order: int) -> None:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "PNG")
    assert (await send(stranger, link, a_form(out.getvalue(), "фото.png")))[0] == 200
    row = await File.get(id=(await Attachment.get(order_id=order)).file_id)
    assert (row.kind, row.mime, row.name) == ("photo", "image/jpeg", "фото.jpg")


async def test_a_photo_that_a_bot_cannot_carry_is_made_anew_too(
    stranger: Visitor, link: str, order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG")
    big = out.getvalue() + bytes(MAX_BYTES)
    status, answer = await send(stranger, link, a_form(big, "фото.jpg"))
    assert (status, answer["message"]) == (200, T.text("upload.done"))
    row = await File.get(id=(await Attachment.get(order_id=order)).file_id)
    assert (row.kind, row.width, row.height) == ("photo", 60, 40)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (b'filename="\xf4\xee\xf2\xee.png"', "file.jpg"),
        (b"filename*=UTF-8''%D1%84%00.png", "ф.jpg"),
        (b"filename*=UTF-8''..%2F..%2FIMG.1.HEIC", "IMG.1.jpg"),
    ],
)
async def test_a_photo_comes_whatever_its_name_is(
    stranger: Visitor, link: str, order: int, told: bytes, name: str
) -> None:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "PNG")
    head = b'--b\r\nContent-Disposition: form-data; name="file"; ' + told + b"\r\n\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Accept": "application/json"}
    body = head + out.getvalue() + b"\r\n--b--\r\n"
    async with stranger.client.post(link, data=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
    assert (await File.get(id=(await Attachment.get(order_id=order)).file_id)).name == name


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        (lambda: a_form(b""), 422, "files.empty"),
        (lambda: a_form(b"MZ\x90\x00" + bytes(100), "virus.exe"), 422, "files.type_not_allowed"),
        (lambda: a_form(b"<html><script>", "a.txt"), 422, "files.type_not_allowed"),
        (lambda: a_form(PDF, field="other"), 422, "upload.no_file"),
        (lambda: {"file": "text"}, 422, "upload.no_file"),
        (lambda: b"", 422, "upload.no_file"),
    ],
)
async def test_what_is_no_good_may_be_sent_again(
    stranger: Visitor, link: str, order: int, form: Any, status: int, code: str
) -> None:
    given, answer = await send(stranger, link, form())
    t = T if T.has(f"error.{code}") else words("bot", "ru")
    assert (given, answer["message"], answer["again"]) == (status, t.text(f"error.{code}"), True)
    assert not await Attachment.exists(order_id=order)
    assert (await send(stranger, link, a_form(PDF)))[0] == 200


async def test_too_large_is_refused_as_it_comes(stranger: Visitor, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MAX_UPLOAD", 1024 * 1024)
    status, answer = await send(stranger, link, a_form(PDF + bytes(1_500_000)))
    assert (status, answer["message"]) == (413, T.text("error.upload.too_large", limit=1))
    async with stranger.client.post(link, data=a_form(PDF + bytes(3_000_000))) as page:
        assert page.status == 413
        assert T.text("error.upload.too_large", limit=1) in await page.text()


async def test_a_body_that_is_no_form_is_told_so(stranger: Visitor, link: str) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x", "text/plain"):
        headers = {"Content-Type": kind, "Accept": "application/json"}
        async with stranger.client.post(link, data=b"nothing of the kind", headers=headers) as answer:
            assert answer.status == 422, kind


async def test_a_link_grows_old(stranger: Visitor, link: str) -> None:
    clock.offset = timedelta(days=3).total_seconds()
    assert (await stranger.get(link))[0] == 410
    assert (await send(stranger, link, a_form(PDF)))[0] == 410


async def test_of_two_uploads_at_once_one_counts(stranger: Visitor, link: str, order: int) -> None:
    answers = await asyncio.gather(*(send(stranger, link, a_form(PDF)) for _ in range(3)))
    assert sorted(status for status, _ in answers) == [200, 410, 410]
    assert await Attachment.filter(order_id=order).count() == 1


async def test_a_technicians_file_comes_to_the_job(stranger: Visitor, made: Orders, world: World) -> None:
    order_id, job_id = await made.assigned()
    async with work(await world.actor(member(world.pyotr))):
        token = await files.issue_upload_link("job", job_id)
    assert (await send(stranger, f"/upload/{token}", a_form(PDF)))[0] == 200
    attached = await Attachment.get(order_id=order_id)
    assert (attached.job_id, attached.phase) == (job_id, "proof")


async def test_who_lost_the_order_uploads_nothing(stranger: Visitor, order: int, world: World) -> None:
    async with work(await world.actor(contact(world.marat))):
        token = await files.issue_upload_link("order", order)
    status, _ = await send(stranger, f"/upload/{token}", a_form(PDF))
    assert status == 422
    assert not await Attachment.exists(order_id=order)


@pytest.mark.parametrize("token", ["x", "%D1%8F", "a" * 500, "%00"])
async def test_a_made_up_link_opens_nothing(stranger: Visitor, world: World, token: str) -> None:
    status, text = await stranger.get(f"/upload/{token}")
    assert status == 410
    assert T.text("upload.over") in text
