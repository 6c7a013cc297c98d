"""Files on the pages when the storage is not a folder of this machine, or does not answer."""

import io
from pathlib import Path

import pytest

from core import ports
from core.adapters.memory import Memory
from core.files import actions as files
from core.kernel.actor import contact
from core.kernel.errors import Outage
from core.kernel.read import fetchval
from core.kernel.words import words
from core.kernel.work import work
from core.orders.actions import attach
from tests.admin_web.conftest import Orders
from tests.admin_web.test_upload_page import a_form, send
from tests.admin_web.visitor import Visitor
from tests.world import World

VIDEO = b"\0\0\0\x18ftypmp42" + bytes(range(200))


class Resting(Memory):
    """A storage that may be away."""

    away = False

    async def put(self, sha256: str, data: bytes) -> None:
        self._answer()
        await super().put(sha256, data)

    async def get(self, sha256: str) -> bytes:
        self._answer()
        return await super().get(sha256)

    def _answer(self) -> None:
        if self.away:
            raise Outage("storage", "no answer")


@pytest.fixture
async def storage(dispatcher: Visitor) -> Resting:
    """The desk's, from here on."""
    storage = Resting()
    ports.use(storage=storage)
    return storage


async def video(made: Orders) -> tuple[int, str]:
    """An order and its file's address."""
    order_id, _ = await made.new()
    stored = await files.put_bytes(VIDEO)
    async with work(made.actor):
        file_id = await files.store(stored, kind="video", mime="video/mp4", name="течь.mp4")
        await attach(order_id, file_id, "request")
    return order_id, f"/admin/files/{file_id}"


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-", 200, slice(None)),
        ("bytes=10-19", 206, slice(10, 20)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=100-9999", 206, slice(100, None)),
        ("bytes=9999-", 200, slice(None)),
        ("nonsense", 200, slice(None)),
    ],
)
async def test_a_player_seeks_in_a_video(
    storage: Resting, dispatcher: Visitor, made: Orders, asked: str, status: int, part: slice
) -> None:
    _, address = await video(made)
    async with dispatcher.client.get(address, headers={"Range": asked}) as answer:
        assert (answer.status, await answer.read()) == (status, VIDEO[part])
        assert answer.headers["Accept-Ranges"] == "bytes"
        if status == 206:
            first, past, _ = part.indices(len(VIDEO))
            assert answer.headers["Content-Range"] == f"bytes {first}-{past - 1}/{len(VIDEO)}"


async def test_a_storage_that_is_away_is_said_and_nothing_is_lost(
    storage: Resting, dispatcher: Visitor, made: Orders
) -> None:
    order_id, address = await video(made)
    storage.away = True
    status, page = await dispatcher.get(address)
    assert status == 503
    assert words("bot", "ru").text("error.away") in page
    sent = {"text": "схема", "to": "customer", "file": io.BytesIO(VIDEO)}
    status, said = await dispatcher.post(f"/admin/orders/{order_id}/messages", sent)
    assert (status, said) == (503, words("bot", "ru").text("error.away"))
    assert await fetchval("SELECT count(*) FROM chats_messages") == 0
    storage.away = False
    assert (await dispatcher.answer(address)).status == 200


async def test_an_upload_link_stays_good_while_the_storage_is_away(
    storage: Resting, dispatcher: Visitor, made: Orders, world: World, tmp_path: Path
) -> None:
    order_id, _ = await made.new()
    async with work(await world.actor(contact(world.olga))):
        link = f"/upload/{await files.issue_upload_link('order', order_id)}"
    storage.away = True
    status, said = await send(dispatcher, link, a_form(b"%PDF-1.4 something"))
    assert (status, said["message"]) == (503, words("bot", "ru").text("error.away"))
    storage.away = False
    assert (await send(dispatcher, link, a_form(b"%PDF-1.4 something")))[0] == 200
