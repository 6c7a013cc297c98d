"""Files go out by their bytes once and by their name afterwards, and come in by getFile."""

import io

import pytest
from PIL import Image

from bot.routes import SCREENS, screen
from bot.telegram.api import Server
from bot.telegram.files import Downloads
from bot.view import Media, View
from core import ports
from core.adapters.memory import Memory
from core.company import actions as company
from core.files import actions as files
from core.files.queries import bot_key
from core.kernel.errors import Outage
from core.kernel.work import work
from core.outbox import queries as outbox
from core.outbox.actions import say
from tests.telegram.conftest import ANNA, Desk, until
from tests.telegram.toy import TOKEN

if "toy.files" not in SCREENS:
    screen("toy.files")(
        lambda facts, locale, zone: View(facts["text"], media=tuple(Media(n, kind) for n, kind in facts["files"]))
    )


@pytest.fixture(autouse=True)
async def storage(desk: Desk) -> None:
    ports.use(storage=Memory())
    async with work():
        await company.ensure()


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return out.getvalue()


async def kept(colour: str) -> int:
    stored = await files.put_bytes(picture(colour))
    async with work():
        return await files.store(stored, kind="photo", name="p.jpg", mime="image/jpeg")


async def test_bytes_travel_once(desk: Desk) -> None:
    first, second = await kept("red"), await kept("blue")
    async with desk.bot():
        await desk.act(ANNA, "start")
        await until(desk.texts)
        for text, shown in (("one", [first]), ("again", [first]), ("album", [first, second])):
            async with work():
                say("customer", ANNA, "toy.files", {"text": text, "files": [(n, "photo") for n in shown]})
        await until(lambda: desk.calls("sendMediaGroup") == 1)
        assert desk.calls("sendPhoto") == 2
        assert await bot_key(first, "customer")
        await until(lambda: len(desk.texts()) == 5)
    assert desk.texts()[1:] == ["one", "again", "album", ""]
    assert await outbox.undelivered() == []


class Resting(Memory):
    """A storage that is away for its first readers."""

    def __init__(self) -> None:
        super().__init__()
        self.away = 2

    async def get(self, sha256: str) -> bytes:
        self.away -= 1
        if self.away >= 0:
            raise Outage("storage", "no answer")
        return await super().get(sha256)


async def test_a_storage_that_is_away_only_delays(desk: Desk) -> None:
    ports.use(storage=Resting())
    file_id = await kept("red")
    async with desk.bot():
        await desk.act(ANNA, "start")
        await until(desk.texts)
        async with work():
            say("customer", ANNA, "toy.files", {"text": "one", "files": [(file_id, "photo")]})
            say("customer", ANNA, "toy.files", {"text": "two", "files": []})
        await until(lambda: len(desk.texts()) == 3)
    assert desk.texts()[1:] == ["one", "two"]
    assert await outbox.undelivered() == []


async def test_a_file_that_cannot_go_out_takes_nothing_with_it(desk: Desk) -> None:
    good = await kept("red")
    async with work():
        lost = await files.announce("photo", "technician", "key", 1000, "лист.jpg")
        await files.fail(lost, "files.not_an_image")
        large = await files.store(files.Stored("0" * 64, 60 * 1024 * 1024), kind="video", name="течь.mp4")
    async with desk.bot():
        await desk.act(ANNA, "start")
        await until(desk.texts)
        shown = [(lost, "photo"), (good, "photo"), (large, "video")]
        async with work():
            say("customer", ANNA, "toy.files", {"text": "album", "files": shown})
        await until(lambda: desk.calls("sendPhoto") == 1)
        await until(lambda: len(desk.texts()) == 2)
    said = desk.texts()[1]
    assert said.startswith("album\n\n")
    assert "лист.jpg" in said
    assert "60" in said
    assert await outbox.undelivered() == []


async def test_what_people_send_is_fetched_and_what_is_gone_is_said_so(desk: Desk) -> None:
    data = picture("green")
    async with Server(desk.url) as server:
        downloads = Downloads({"customer": TOKEN}, server)
        async with desk.bot():
            await desk.act(ANNA, "start")
            await until(desk.texts)
            file_id = await kept("green")
            async with work():
                say("customer", ANNA, "toy.files", {"text": "x", "files": [(file_id, "document")]})

            async def learned() -> bool:
                return await bot_key(file_id, "customer") is not None

            await until(learned)
            key = await bot_key(file_id, "customer")
            assert await downloads.download("customer", key or "") == data
            with pytest.raises(Outage) as gone:
                await downloads.download("customer", "nonsense")
            assert gone.value.permanent
            with pytest.raises(Outage):
                await downloads.download("stranger", key or "")
