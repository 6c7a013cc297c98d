"""The files of an order's page: whole, small, with their place and time, and refused in words."""

import io
from datetime import timedelta

import pillow_heif
from PIL import Image

from core.chats.actions import post
from core.company.queries import company
from core.customers.queries import site_view
from core.files.actions import Stored, put_bytes, put_clean, store
from core.kernel.actor import SYSTEM, member
from core.kernel.clock import clock
from core.kernel.read import fetch
from core.kernel.words import words
from core.kernel.work import work
from core.orders.actions import attach
from core.presence.models import Track
from tests.admin_web.visitor import Visitor
from tests.world import World


def photo() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (800, 600), "teal").save(buffer, "JPEG")
    return buffer.getvalue()


async def test_a_file_goes_along(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    sent = {"text": "схема", "to": "customer", "file": io.BytesIO(photo())}
    assert (await dispatcher.post(f"/admin/orders/{order_id}/messages", sent))[0] == 204
    rows = await fetch("SELECT file_id FROM chats_messages")
    file_id = rows[0]["file_id"]
    whole = await dispatcher.answer(f"/admin/files/{file_id}")
    assert (whole.status, whole.headers["Content-Type"]) == (200, "image/jpeg")
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Disposition"].startswith("inline")
    async with dispatcher.client.get(f"/admin/files/{file_id}?small") as answer:
        assert max(Image.open(io.BytesIO(await answer.read())).size) == 320


async def test_a_photo_that_was_sent_as_a_file_is_seen_as_one(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (800, 600), "teal")).save(out)
    stored = await put_clean(out.getvalue(), "document", "IMG_1.HEIC")
    async with work(made.actor):
        attached, posted = [await store(stored, kind="document") for _ in range(2)]
        await attach(order_id, attached, "request")
        await post(order_id, "team", "", posted)
    _, text = await dispatcher.get(f"/admin/orders/{order_id}")
    for file_id in (attached, posted):
        assert f'src="/admin/files/{file_id}?small" alt=' in text
        async with dispatcher.client.get(f"/admin/files/{file_id}?small") as answer:
            assert Image.open(io.BytesIO(await answer.read())).size == (320, 240)


async def test_a_photo_says_when_and_where_it_was_made(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    """By the camera's word, else by the live location nearest in time, of a technician on that job alone."""
    order_id, job_id = await made.travelling()
    site = await site_view(SYSTEM, world.arbat)
    assert site.lat is not None
    assert site.lon is not None
    moment = clock.now()
    elsewhere = moment - timedelta(days=2)
    camera = Stored("0" * 64, 9, "image/jpeg", taken_at=elsewhere, taken_lat=site.lat + 0.01, taken_lon=site.lon)
    async with work(await world.actor(member(world.pyotr))):
        for stored, phase in ((Stored("1" * 64, 9, "image/jpeg"), "after"), (camera, "proof")):
            await attach(order_id, await store(stored, kind="photo"), phase, job_id=job_id)
    async with work(await world.actor(member(world.rashid))):
        stray = await store(Stored("2" * 64, 9, "image/jpeg"), kind="photo")
    async with work(made.actor):
        await attach(order_id, stray, "request")
    track = {"lon": site.lon, "job_id": job_id}
    spots = ((world.pyotr, 0.005, -4), (world.pyotr, 0.0003, 1), (world.pyotr, 0.02, 6), (world.rashid, 0.03, 0))
    for who, off, minutes in spots:
        await Track.create(**track, member_id=who, lat=site.lat + off, at=moment + timedelta(minutes=minutes))
    _, text = await dispatcher.get(f"/admin/orders/{order_id}")
    at, t = words("admin", "ru").time(moment, (await company()).tz), words("admin", "ru")
    assert f"{at}, 33\xa0м от объекта (по геопозиции)" in text
    assert "1,1\xa0км от объекта (по данным камеры)" in text
    assert text.count('class="file-proof"') == text.count('class="file-proof is-doubtful"') == 1
    for doubt in ("far", "old"):
        assert t.text(f"order.proof.doubt.{doubt}") in text


async def test_what_a_browser_might_run_is_handed_out(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    for name, mime in (("a.html", "text/html"), ("a.svg", "image/svg+xml"), ("a.txt", "text/plain")):
        stored = await put_bytes(b"<script>alert(1)</script>")
        async with work(made.actor):
            file_id = await store(stored, kind="document", name=name, mime=mime)
            await attach(order_id, file_id, "chat")
        answer = await dispatcher.answer(f"/admin/files/{file_id}")
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_a_file_of_no_order_is_not_there(dispatcher: Visitor, technician: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    stored = await put_clean(photo(), "photo")
    async with work(made.actor):
        file_id = await store(stored, kind="photo")
    assert (await dispatcher.get(f"/admin/files/{file_id}"))[0] == 404
    assert (await technician.get(f"/admin/files/{file_id}"))[0] == 403
    assert (await dispatcher.get("/admin/files/999999"))[0] == 404


async def test_a_bad_file_is_refused_in_words(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    for data, said in ((b"MZ\x90\x00" * 50, "Файлы такого вида"), (b"", "Файл пустой")):
        sent = {"text": "", "file": io.BytesIO(data)}
        status, text = await dispatcher.post(f"/admin/orders/{order_id}/messages", sent)
        assert (status, said in text) == (409, True)
