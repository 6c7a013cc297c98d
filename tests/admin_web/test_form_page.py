"""An order without a login, and the private link that comes of it."""

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image, ImageDraw

from admin_web.guests import MAX_JSON
from core.chats.models import Message
from core.documents import actions as documents
from core.documents.models import Document, Signature
from core.files import actions as files
from core.guests import uploads
from core.guests.models import GuestPiece, GuestUpload
from core.guests.rules import PIECE, stamp
from core.kernel.actor import member
from core.kernel.clock import clock, now
from core.kernel.links import links
from core.kernel.work import work
from core.orders.models import Attachment, Order
from core.ratings.models import Rating
from tests.admin_web.conftest import Orders
from tests.admin_web.sending import NASTY
from tests.admin_web.visitor import Visitor
from tests.world import World

KEY = "0b6f7f6e-1111-4222-8333-44445555"


@dataclass
class Page:
    """What the page's script does."""

    visitor: Visitor

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = {"data": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
        async with self.visitor.client.request(method, path, headers=headers, **sent) as answer:
            return answer.status, await answer.json()

    async def upload(self, base: str, data: bytes, name: str = "фото.png") -> tuple[int, Any, str]:
        _, begun = await self.call("POST", f"{base}/uploads", {"name": name, "size": len(data)})
        token, have = begun["token"], 0
        while True:
            status, told = await self.call("PUT", f"{base}/uploads/{token}?at={have}", data[have : have + PIECE])
            if status != 200 or told["done"]:
                return status, told, token
            have = told["have"]

    async def order(self, **values: Any) -> tuple[int, Any]:
        asked = {"key": f"{KEY}0000", "stamp": stamp(now().timestamp() - 10), "consent": True, "website": ""}
        asked |= {"name": "Вера", "phone": "+79165554433", "words": "Не холодит", "address": "Мира, 5"}
        return await self.call("POST", "/form/api/order", {**asked, **values})


@pytest.fixture
def a_page(stranger: Visitor) -> Page:
    return Page(stranger)


def picture(side: int = 60) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(out, "PNG")
    return out.getvalue()


async def test_a_form_becomes_an_order_that_is_followed(a_page: Page, world: World) -> None:
    status, text = await a_page.visitor.get("/form")
    assert status == 200
    assert "Что случилось?" in text
    status, _, upload = await a_page.upload("/form/api", picture(500))
    assert status == 200
    status, made = await a_page.order(uploads=[upload], lat=55.75, lon=37.6)
    assert status == 200
    assert await a_page.order(uploads=[upload]) == (200, made)
    order = await Order.get(id=made["number"])
    assert (order.source, order.lat) == ("form", 55.75)
    attached = await Attachment.get(order_id=order.id)
    status, text = await a_page.visitor.get(made["follow"])
    assert status == 200
    assert f"№\xa0{order.id}" in text
    async with a_page.visitor.client.get(f"{made['follow']}/files/{attached.file_id}?small") as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg")


async def test_the_label_page_offers_both_ways(a_page: Page, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(links.bots, "customer", "some_bot")
    status, text = await a_page.visitor.get(f"/form/{world.fridge_tag}")
    assert status == 200
    assert "Витрина молочная" in text
    assert f"some_bot?start=q_{world.fridge_tag}" in text
    assert 'name="address"' not in text
    status, made = await a_page.order(payload=world.fridge_tag, address="")
    assert (await Order.get(id=made["number"])).site_id == world.arbat
    assert (await a_page.visitor.get("/form/1abc-forged"))[0] == 404


@pytest.mark.parametrize(
    ("values", "status", "code"),
    [
        ({"website": "http://spam"}, 422, "guests.robot"),
        ({"stamp": "1-forged"}, 422, "guests.robot"),
        ({"stamp": ""}, 422, "guests.robot"),
        ({"consent": "yes"}, 422, "guests.no_consent"),
        ({"phone": "", "email": ""}, 422, "guests.no_contact"),
        ({"words": ""}, 422, "orders.empty"),
        ({"words": "ж" * 5000}, 422, "form.too_long"),
        ({"words": 5}, 422, "app.bad_request"),
        ({"lat": "x", "lon": 1}, 422, "form.place"),
        ({"lat": 1e999, "lon": 1}, 422, "form.place"),
        ({"uploads": "x"}, 422, "app.bad_request"),
        ({"uploads": ["nothing"]}, 404, "guests.upload.not_found"),
        ({"payload": "1a-x"}, 422, "assets.bad_tag"),
    ],
)
async def test_what_is_no_good_is_told_and_makes_nothing(
    a_page: Page, world: World, values: dict[str, Any], status: int, code: str
) -> None:
    given, answer = await a_page.order(**values)
    assert (given, answer["code"]) == (status, code)
    assert answer["message"]
    assert not await Order.filter(source="form").exists()


async def test_an_old_page_is_sent_again_with_a_fresh_stamp(a_page: Page, world: World) -> None:
    old = stamp(now().timestamp() - 8 * 3600)
    assert (await a_page.order(stamp=old))[1]["code"] == "guests.old_form"
    fresh = (await a_page.call("GET", "/form/api/stamp"))[1]["stamp"]
    assert (await a_page.order(stamp=fresh))[0] == 200


async def test_a_flood_from_one_address_is_stopped(a_page: Page, world: World) -> None:
    answers = [(await a_page.order(key=f"{KEY}{n:04}"))[0] for n in range(12)]
    assert answers == [200] * 10 + [429] * 2
    status, _ = await a_page.call("POST", "/form/api/order", {}, Origin="https://evil.example")
    assert status == 403


async def test_a_body_that_is_no_json_is_refused(a_page: Page, world: World) -> None:
    for body in (b"nothing", b"[" * 100_000, b'{"a":' * 50_000, b"x" * (MAX_JSON + 1)):
        status, answer = await a_page.call("POST", "/form/api/order", body)
        assert (status, answer["code"].partition(".")[0]) == (422, "app")


async def test_pieces_may_come_twice_and_a_broken_line_goes_on(a_page: Page, world: World) -> None:
    data = picture(500)
    assert len(data) > 2 * PIECE
    _, begun = await a_page.call("POST", "/form/api/uploads", {"name": "a.png", "size": len(data)})
    where = f"/form/api/uploads/{begun['token']}"
    for at, have in ((0, PIECE), (0, PIECE), (5, PIECE), (PIECE, 2 * PIECE)):
        status, told = await a_page.call("PUT", f"{where}?at={at}", data[at : at + PIECE])
        assert (status, told) == (200, {"have": have, "done": False})
    assert (await a_page.order(uploads=[begun["token"]]))[1]["code"] == "guests.upload_unfinished"
    status, told = await a_page.call("PUT", f"{where}?at={2 * PIECE}", data[2 * PIECE : 3 * PIECE])
    have = told["have"]
    while not told["done"]:
        status, told = await a_page.call("PUT", f"{where}?at={have}", data[have : have + PIECE])
        have = told["have"]
    assert not await GuestPiece.exists()
    assert (await a_page.call("PUT", f"{where}?at=0", data[:10]))[1] == {"have": len(data), "done": True}


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"MZ\x90\x00" + bytes(100), "files.type_not_allowed"), (b"<html><script>", "files.type_not_allowed")],
)
async def test_a_wrong_file_is_forgotten(a_page: Page, world: World, data: bytes, code: str) -> None:
    status, answer, _ = await a_page.upload("/form/api", data)
    assert (status, answer["code"]) == (422, code)
    assert not await GuestUpload.exists()


async def test_thirty_megabytes_are_refused_before_they_come(a_page: Page, world: World) -> None:
    status, answer = await a_page.call("POST", "/form/api/uploads", {"name": "a.jpg", "size": 30 << 20})
    assert (status, answer["code"]) == (413, "files.too_large")
    _, begun = await a_page.call("POST", "/form/api/uploads", {"name": "a.jpg", "size": 10})
    status, answer = await a_page.call("PUT", f"/form/api/uploads/{begun['token']}?at=0", b"x" * 11)
    assert (status, answer["code"]) == (413, "files.too_large")
    status, answer = await a_page.call("PUT", f"/form/api/uploads/{begun['token']}?at=0", b"x" * (PIECE + 1))
    assert status == 422
    for at in ("", "-1", "x", "9" * 30):
        assert (await a_page.call("PUT", f"/form/api/uploads/{begun['token']}?at={at}", b"x"))[0] == 422


async def test_what_nobody_finished_is_erased(a_page: Page, world: World) -> None:
    await a_page.call("POST", "/form/api/uploads", {"name": "a.jpg", "size": 10})
    await uploads.forget()
    assert await GuestUpload.exists()
    clock.offset += 90_000
    await uploads.forget()
    assert not await GuestUpload.exists()


@pytest.fixture
async def followed(a_page: Page, world: World) -> tuple[str, int]:
    _, made = await a_page.order()
    return made["follow"], made["number"]


async def test_both_sides_talk(a_page: Page, followed: tuple[str, int], made: Orders, world: World) -> None:
    where, number = followed
    _, _, upload = await a_page.upload(where, picture())
    said = {"text": "Код от двери 12 <b>", "uploads": [upload], "key": f"{KEY}say1"}
    assert (await a_page.call("POST", f"{where}/say", said))[0] == 200
    assert (await a_page.call("POST", f"{where}/say", said))[0] == 200
    rows = await Message.filter(order_id=number).order_by("id")
    assert [(row.side, row.who) for row in rows] == [("customer", "Вера")] * 2
    async with work(made.actor):
        from core.chats import actions as chats

        await chats.post(number, "team", "секрет бригады")
        await chats.post(number, "team", "Едем!", to_customer=True)
    text = (await a_page.visitor.get(where))[1]
    assert "Едем!" in text
    assert "12 &lt;b&gt;" in text
    assert "секрет бригады" not in text
    status, answer = await a_page.call("POST", f"{where}/say", {"text": " ", "key": f"{KEY}say2"})
    assert (status, answer["code"]) == (422, "chats.empty")


async def test_moved_cancelled_and_opened_again(a_page: Page, followed: tuple[str, int]) -> None:
    where, number = followed
    soon = (now() + timedelta(days=2)).date().isoformat()
    day = {"day": soon, "hours": "12", "key": f"{KEY}mv01"}
    assert await a_page.call("POST", f"{where}/move", day) == (200, {"ok": True})
    assert (await Order.get(id=number)).wanted_from is not None
    for bad in ({"day": "x", "hours": "12"}, {"day": soon, "hours": "3"}, {"day": "2001-01-01", "hours": "9"}):
        assert (await a_page.call("POST", f"{where}/move", {**bad, "key": f"{KEY}mv02"}))[0] == 422
    assert (await a_page.call("POST", f"{where}/cancel", {"reason": "", "key": f"{KEY}ca00"}))[0] == 422
    for _ in range(2):
        assert (await a_page.call("POST", f"{where}/cancel", {"reason": "сами", "key": f"{KEY}ca01"}))[0] == 200
    assert (await Order.get(id=number)).state == "cancelled"
    assert (await a_page.call("POST", f"{where}/cancel", {"reason": "ещё", "key": f"{KEY}ca02"}))[0] == 422
    assert (await a_page.call("POST", f"{where}/reopen", {"reason": "снова", "key": f"{KEY}re01"}))[0] == 200
    assert (await Order.get(id=number)).state == "new"


async def test_the_act_is_signed_with_a_finger_and_the_work_rated(
    a_page: Page, followed: tuple[str, int], made: Orders, world: World
) -> None:
    where, number = followed
    paper = await _ready_act(number, made, world)
    text = (await a_page.visitor.get(where))[1]
    assert f'data-document="{paper}"' in text
    sent = {"document": paper, "name": "Вера Ильина", "image": _stroke(), "key": f"{KEY}sg01"}
    for body in ({**sent, "image": "data:image/png;base64,AAAA"}, {**sent, "name": ""}, {**sent, "document": 10**9}):
        assert (await a_page.call("POST", f"{where}/sign", body))[0] in (404, 422)
    assert not await Signature.exists()
    for _ in range(2):
        assert (await a_page.call("POST", f"{where}/sign", sent))[0] == 200
    assert (await Signature.get()).name == "Вера Ильина"
    for body in ({"speed": 5}, {"accuracy": 4, "comment": "Хорошо <script>"}):
        assert (await a_page.call("POST", f"{where}/rate", body))[0] == 200
    row = await Rating.get(order_id=number)
    assert (row.speed, row.accuracy, row.comment) == (5, 4, "Хорошо <script>")
    for bad in ({"speed": 6}, {"speed": "5"}, {"speed": True}):
        assert (await a_page.call("POST", f"{where}/rate", bad))[0] == 422
    assert "Хорошо &lt;script&gt;" in (await a_page.visitor.get(where))[1]


async def _ready_act(number: int, made: Orders, world: World) -> int:
    from core.orders.models import Job

    job = await Job.get(order_id=number)
    await made.do("assign", job.id, world.pyotr)
    stored = await files.put_bytes(b"%PDF-1.7 act")
    async with work(await world.actor(member(world.dispatcher))):
        await Job.filter(id=job.id).update(state="done", done_at=now(), outcome="done")
        await Order.filter(id=number).update(state="done")
        paper = await documents.draft_act(number)
        file_id = await files.store(stored, kind="act", name="act.pdf")
        await Document.filter(id=paper).update(state="ready", file_id=file_id)
    return paper


def _stroke() -> str:
    import base64

    image = Image.new("RGBA", (600, 200), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.line([(40, 150), (120, 40), (200, 160), (300, 50), (420, 150), (560, 60)], fill=(23, 32, 72, 255), width=6)
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


async def test_a_link_opens_its_own_order_alone(
    a_page: Page, followed: tuple[str, int], made: Orders, world: World
) -> None:
    where, _ = followed
    other, _ = await made.new("чужая тайна")
    stored = await files.put_bytes(b"%PDF-1.7 secret")
    async with work(made.actor):
        from core.orders import actions as orders

        file_id = await files.store(stored, kind="document", name="a.pdf", mime="application/pdf")
        await orders.attach(other, file_id, "proof")
    async with a_page.visitor.client.get(f"{where}/files/{file_id}") as answer:
        assert answer.status == 404
    for forged in ("/follow/x", "/follow/" + "a" * 32, "/follow/%D1%8F", "/follow/%00"):
        assert (await a_page.visitor.get(forged))[0] == 404
        assert (await a_page.call("POST", f"{forged}/say", {"text": "я", "key": KEY}))[0] == 404
        assert (await a_page.visitor.get(f"{forged}/where"))[0] == 404


@pytest.mark.parametrize("name", sorted(NASTY))
async def test_nasty_words_are_shown_as_they_are(a_page: Page, world: World, name: str) -> None:
    status, made = await a_page.order(name=NASTY[name], words=NASTY[name], address=NASTY[name][:200])
    if status == 200:
        page = (await a_page.visitor.get(made["follow"]))[1]
        assert "<b onclick" not in page
    else:
        assert made["code"] in ("form.too_long", "people.no_name", "orders.empty")


async def test_the_page_hears_of_a_change(a_page: Page, followed: tuple[str, int], made: Orders, world: World) -> None:
    where, number = followed
    async with a_page.visitor.client.get(f"{where}/live") as stream:
        from core.kernel.hints import broadcast

        broadcast("orders", "1")
        broadcast("orders", str(number))
        line = b""
        while not line.startswith(b"data:"):
            line = await stream.content.readline()
        assert line.strip() == b"data: order"
