"""The Mini App's API: who it believes, whose act it shows, and what it takes for a signature."""

import base64
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from PIL import Image, ImageDraw

from admin_web.miniapp import session as sessions
from admin_web.miniapp.initdata import FUTURE, MAX_AGE, read_init_data
from core.documents.actions import draft_act
from core.documents.models import Document, Signature
from core.kernel.actor import member
from core.kernel.clock import clock, now
from core.kernel.errors import Refusal
from core.kernel.work import work
from core.orders.models import Job
from simulator.initdata import sign
from tests.admin_web.conftest import NewClient, Orders
from tests.admin_web.visitor import Client
from tests.world import World

TOKEN = "1:a"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def launch(user: Any, at: datetime = AT, token: str = TOKEN, **more: str) -> str:
    """What Telegram says of who opened the page."""
    text = user if isinstance(user, str) else json.dumps(user)
    fields = {"auth_date": str(int(at.timestamp())), "user": text, **more}
    return urlencode({**fields, "hash": sign(fields, token)}, quote_via=quote)


GOOD = launch({"id": 7, "first_name": "Пётр", "last_name": "Ким", "language_code": "en"})


def test_telegrams_own_word_is_believed() -> None:
    opened = read_init_data(GOOD, TOKEN, AT)
    assert (opened.user_id, opened.name, opened.language, opened.at) == (7, "Пётр Ким", "en", AT)
    assert read_init_data(launch({"id": 7}, query_id="AA", start_param="sign"), TOKEN, AT).name == ""


FORGED = {
    "nothing": "",
    "words": "привет",
    "no hash": GOOD.rpartition("&hash=")[0],
    "another hash": GOOD.rpartition("=")[0] + "=" + "0" * 64,
    "a hash in letters": GOOD.rpartition("=")[0] + "=" + quote("ы" * 64),
    "another person": GOOD.replace("%3A%207", "%3A%208"),
    "another day": GOOD.replace("auth_date=1", "auth_date=2"),
    "a field more": GOOD + "&start_param=1",
    "a field twice": GOOD + "&user=%7B%22id%22%3A8%7D",
    "the other bot's": launch({"id": 7}, token="2:b"),
    "too long": launch({"id": 7, "first_name": "я" * 3000}),
    "a list of people": launch([{"id": 7}]),
    "nobody": launch({"first_name": "Пётр"}),
    "a word for a number": launch({"id": "семь"}),
    "broken JSON": launch("{"),
    "JSON without end": launch("[" * 2000),
}


@pytest.mark.parametrize("what", FORGED)
def test_forged_data_is_refused(what: str) -> None:
    with pytest.raises(Refusal, match=r"app\.bad_init_data"):
        read_init_data(FORGED[what], TOKEN, AT)


@pytest.mark.parametrize(
    ("age", "good"),
    [
        (timedelta(0), True),
        (MAX_AGE, True),
        (MAX_AGE + timedelta(seconds=1), False),
        (-FUTURE, True),
        (-FUTURE - timedelta(seconds=1), False),
        (timedelta(days=400), False),
    ],
)
def test_data_grows_old(age: timedelta, good: bool) -> None:
    if good:
        assert read_init_data(GOOD, TOKEN, AT + age).user_id == 7
        return
    with pytest.raises(Refusal, match=r"app\.old_init_data"):
        read_init_data(GOOD, TOKEN, AT + age)


def test_a_session_is_of_one_bot_and_one_person_and_ends(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token = sessions.issue("technician", 7)
    assert sessions.read(token) == ("technician", 7)
    text, _, mac = token.rpartition(".")
    bot, user, expires = text.split(".")
    for forged in (
        *("", "x", "...", "ы" * 20, text, token[:-1], f"{text}.{mac}x"),
        *(f"customer.{user}.{expires}.{mac}", f"{bot}.8.{expires}.{mac}", f"{bot}.{user}.{int(expires) + 1}.{mac}"),
    ):
        with pytest.raises(Refusal, match=r"app\.session_over"):
            sessions.read(forged)
    monkeypatch.setattr(sessions.time, "time", lambda: int(expires) + 1)
    with pytest.raises(Refusal, match=r"app\.session_over"):
        sessions.read(token)


def drawn(size: tuple[int, int] = (400, 160), stroke: bool = True) -> str:
    """A data URL as the canvas makes it."""
    image = Image.new("RGBA", size)
    if stroke:
        ImageDraw.Draw(image).line([(10, 10), (size[0] - 10, size[1] - 10)], fill="#172048", width=6)
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


class Person:
    """Somebody with the Mini App open."""

    def __init__(self, client: Client, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    async def look(self, act: int) -> tuple[int, dict[str, Any]]:
        path = f"/app/technician/api/sign/{act}"
        async with self.client.get(path, headers=self.headers) as answer:
            return answer.status, await answer.json()

    async def sign(self, act: int, **change: Any) -> tuple[int, dict[str, Any]]:
        body = {"name": "Ольга Белова", "post": "управляющая", "image": drawn(), "key": "k1", **change}
        return await self.send(act, json.dumps(body).encode())

    async def send(self, act: int, body: Any) -> tuple[int, dict[str, Any]]:
        headers = {**self.headers, "Content-Type": "application/json"}
        async with self.client.post(f"/app/technician/api/sign/{act}", data=body, headers=headers) as answer:
            return answer.status, await answer.json()


async def opened(client: Client, member_id: int) -> Person:
    data = launch({"id": World.tg(member(member_id))}, at=now())
    async with client.post("/app/technician/session", json={"init_data": data}) as answer:
        assert answer.status == 200, await answer.text()
        return Person(client, (await answer.json())["token"])


@pytest.fixture
async def client(new_client: NewClient) -> Client:
    return await new_client()


@pytest.fixture
async def pyotr(client: Client, world: World) -> Person:
    return await opened(client, world.pyotr)


@pytest.fixture
async def act(made: Orders, world: World) -> int:
    """The printed act of Pyotr's job."""
    order_id, job_id = await made.travelling()
    await Job.filter(id=job_id).update(state="done", outcome="done", done_at=now())
    async with work():
        document_id = await draft_act(order_id)
    await Document.filter(id=document_id).update(state="ready")
    return document_id


async def test_the_act_is_shown_and_signed(pyotr: Person, act: int) -> None:
    status, shown = await pyotr.look(act)
    assert (status, shown["state"], shown["customer"], shown["signer"]["name"]) == (
        200,
        "ready",
        "Азбука",
        "Ольга Белова",
    )
    assert await pyotr.sign(act) == (200, {"ok": True, "number": shown["number"]})
    assert ((await pyotr.look(act))[1]["state"], (await Signature.get()).name) == ("signed", "Ольга Белова")


async def test_the_same_key_is_the_same_signature(pyotr: Person, act: int) -> None:
    first = await pyotr.sign(act)
    before = await Signature.get()
    assert await pyotr.sign(act, name="Кто-то другой", image=drawn((300, 100))) == first
    after = await Signature.get()
    assert (after.id, after.name, after.file_id) == (before.id, before.name, before.file_id)
    status, said = await pyotr.sign(act, key="k2")
    assert (status, said["code"]) == (409, "documents.signed")
    assert await Signature.all().count() == 1


async def test_another_persons_act_is_not_there(client: Client, world: World, act: int) -> None:
    rashid = await opened(client, world.rashid)
    for number in (act, act + 1, 10**11):
        assert (await rashid.look(number))[0] == 404
        assert (await rashid.sign(number))[0] == 404
    assert not await Signature.exists()


async def test_who_was_let_go_signs_no_more(pyotr: Person, world: World, act: int) -> None:
    async with work() as w:
        await w.execute("DELETE FROM people_accounts WHERE user_id = $1", World.tg(member(world.pyotr)))
    status, said = await pyotr.sign(act)
    assert (status, said["code"]) == (403, "people.stranger")


BAD_DRAWINGS = {
    "none": None,
    "a number": 5,
    "words": "подпись",
    "no PNG": "data:image/gif;base64,R0lGODlhAQABAAAAACw=",
    "broken base64": "data:image/png;base64,@@@@",
    "broken PNG": "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 40).decode(),
    "blank": drawn(stroke=False),
    "too many pixels": drawn((3000, 2000)),
    "too many bytes": "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 2_200_000).decode(),
}


@pytest.mark.parametrize("what", BAD_DRAWINGS)
async def test_what_is_no_drawing_is_no_signature(pyotr: Person, act: int, what: str) -> None:
    status, said = await pyotr.sign(act, image=BAD_DRAWINGS[what])
    assert (status, said["code"]) == (409, "documents.signature_unreadable")
    assert said["message"]
    assert not await Signature.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [({"name": " "}, "documents.name_needed"), ({"key": ""}, "app.bad_request"), ({"key": None}, "app.bad_request")],
)
async def test_a_signature_has_a_name_and_a_key(pyotr: Person, act: int, change: dict[str, Any], code: str) -> None:
    status, said = await pyotr.sign(act, **change)
    assert (status, said["code"]) == (409, code)
    assert not await Signature.exists()


@pytest.mark.parametrize("odd", ["\x00", "\ud800"], ids=["a NUL", "half of a pair"])
@pytest.mark.parametrize("field", ["name", "post", "key"])
async def test_letters_that_no_database_keeps_break_nothing(pyotr: Person, act: int, field: str, odd: str) -> None:
    status, said = await pyotr.sign(act, **{field: f"Ольга{odd} Белова"})
    assert (status, said.get("ok")) == (200, True), said
    assert (await Signature.get()).name.startswith("Ольга")


@pytest.mark.parametrize("told", [True, False], ids=["its size is told", "its size is not told"])
async def test_an_oversized_body_is_not_read_to_its_end(pyotr: Person, act: int, told: bool) -> None:
    sent = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(60):
            sent += 1024 * 1024
            yield b" " * 1024 * 1024

    status, said = await pyotr.send(act, b" " * 4_000_000 if told else parts())
    assert (status, said["code"]) == (409, "app.too_large")
    assert sent < 40 * 1024 * 1024


async def test_the_desks_own_clock_tells_how_old_the_data_are(client: Client, world: World) -> None:
    data = launch({"id": World.tg(member(world.pyotr))}, at=now())
    clock.offset = 600
    async with client.post("/app/technician/session", json={"init_data": data}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (401, "app.old_init_data")
