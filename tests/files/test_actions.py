"""Files announced, fetched, refused and lost, on the real database and a storage that forgets."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from core import ports
from core.adapters.memory import Memory
from core.files import actions, queries
from core.kernel.actor import Actor
from core.kernel.clock import clock
from core.kernel.errors import Outage, Refusal
from core.kernel.work import work
from core.tasks.actions import run_one

PDF = b"%PDF-1.7 scheme of the compressor"


def picture(form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, form)
    return out.getvalue()


class Messenger:
    """Answers with what it was told, in turn; keeps to the last answer."""

    def __init__(self, *answers: bytes | Outage) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def download(self, bot: str, key: str) -> bytes:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Outage):
            raise answer
        return answer


Answer = Callable[..., Messenger]


@pytest.fixture
def messenger(desk: str) -> Answer:
    ports.use(storage=Memory())

    def answers(*what: bytes | Outage) -> Messenger:
        made = Messenger(*what)
        ports.use(telegram=made)
        return made

    return answers


async def announced(kind: str = "photo", name: str = "") -> int:
    async with work(Actor("contact", 5)):
        return await actions.announce(kind, "customer", "AgAC-key", 1000, name)


async def run_all() -> None:
    while await run_one():
        pass


async def test_an_announced_photo_is_fetched_and_made_anew(messenger: Answer) -> None:
    messenger(picture())
    file_id = await announced()
    before = await queries.file_view(file_id)
    assert (before.ready, before.error) == (False, None)
    with pytest.raises(Refusal, match="not_ready"):
        await queries.bytes_of(file_id)
    await run_all()
    view = await queries.file_view(file_id)
    assert (view.mime, view.width, view.height, view.error) == ("image/jpeg", 40, 30, None)
    assert (await queries.bytes_of(file_id)).startswith(b"\xff\xd8\xff")
    assert await queries.bot_key(file_id, "customer") == "AgAC-key"
    assert await queries.bot_key(file_id, "technician") is None


async def test_the_same_bytes_are_kept_once(messenger: Answer) -> None:
    messenger(PDF)
    one, two = await announced("document", "схема.pdf"), await announced("document", "copy.pdf")
    await run_all()
    views = await queries.file_views([one, two, 999])
    assert views[one].sha256 == views[two].sha256
    assert [views[one].name, views[two].name] == ["схема.pdf", "copy.pdf"]


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("photo", b"", "files.empty"),
        ("photo", b"\xff\xd8\xff not a photo at all", "files.not_an_image"),
        ("document", b"MZ\x90\x00 a program\x00\x01", "files.type_not_allowed"),
        ("document", b"%PDF-" + bytes(20 * 1024 * 1024), "files.too_large"),
        ("photo", PDF, "files.not_an_image"),
    ],
)
async def test_what_is_no_good_says_so_on_its_row(messenger: Answer, kind: str, data: bytes, code: str) -> None:
    asked = messenger(data)
    file_id = await announced(kind)
    await run_all()
    assert (await queries.file_view(file_id)).error == code
    with pytest.raises(Refusal, match=code):
        await queries.bytes_of(file_id)
    assert asked.asked == 1


async def test_an_outage_is_tried_again(messenger: Answer) -> None:
    messenger(Outage("telegram", "502"), picture())
    file_id = await announced()
    await run_all()
    assert not (await queries.file_view(file_id)).ready
    clock.offset = 60
    await run_all()
    assert (await queries.file_view(file_id)).ready


async def test_an_outage_without_end_is_told(messenger: Answer) -> None:
    messenger(Outage("telegram", "502"))
    file_id = await announced()
    for n in range(actions.FETCH_ATTEMPTS):
        clock.offset = n * 3600
        await run_all()
    assert (await queries.file_view(file_id)).error == "files.unreachable"
    messenger(picture())
    async with work():
        await actions.fetch_again(file_id)
    await run_all()
    assert (await queries.file_view(file_id)).ready


async def test_a_file_that_is_gone_is_told_at_once(messenger: Answer) -> None:
    messenger(Outage("telegram", "wrong file_id", permanent=True))
    file_id = await announced()
    await run_all()
    assert (await queries.file_view(file_id)).error == "files.gone"


async def test_more_than_a_bot_can_carry_is_refused_at_once(messenger: Answer) -> None:
    with pytest.raises(Refusal, match="too_large"):
        async with work():
            await actions.announce("video", "customer", "key", 21 * 1024 * 1024)


async def test_an_upload_link_is_good_once(messenger: Answer) -> None:
    async with work(Actor("contact", 5)):
        token = await actions.issue_upload_link("order", 1001)
    assert await queries.upload_link_stands(token)
    stored = await actions.put_clean(PDF, "document", "план.pdf", actions.MAX_UPLOAD)
    async with work():
        ticket = await actions.redeem_upload_link(token)
        file_id = await actions.store(stored, kind="document")
    assert (ticket.purpose, ticket.subject_id, ticket.party) == ("order", 1001, "contact:5")
    assert (await queries.file_view(file_id)).name == "план.pdf"
    assert not await queries.upload_link_stands(token)
    with pytest.raises(Refusal, match="bad_link"):
        async with work():
            await actions.redeem_upload_link(token)


async def test_an_upload_link_grows_old(messenger: Answer) -> None:
    async with work():
        token = await actions.issue_upload_link("order", 1001)
    clock.offset = 49 * 3600
    with pytest.raises(Refusal, match="bad_link"):
        async with work():
            await actions.redeem_upload_link(token)


async def test_bytes_that_the_storage_lost_are_told(messenger: Answer) -> None:
    stored = await actions.put_bytes(b"%PDF-1")
    async with work():
        file_id = await actions.store(stored, kind="act", name="Акт.pdf")
        await actions.remember_bot_key(file_id, "customer", "one")
        await actions.remember_bot_key(file_id, "customer", "two")
    assert await queries.bot_key(file_id, "customer") == "two"
    ports.use(storage=Memory())
    with pytest.raises(Refusal, match="lost"):
        await queries.bytes_of(file_id)
