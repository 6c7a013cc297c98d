"""The signed act, photos and readings go into the system that an order came from: each once, whatever breaks."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import ANY

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core import ports
from core.adapters.memory import Memory
from core.files import actions as files
from core.files.models import File
from core.hooks import actions
from core.hooks.models import Event, Handed, Outgoing, Subscription
from core.hooks.queries import outgoing
from core.kernel.clock import clock
from core.kernel.errors import Outage
from core.kernel.links import links
from core.kernel.work import work
from core.orders import actions as orders
from tests.hooks.conftest import HOST, Drain, Receiver
from tests.hooks.work import came, connected, finish, sign, stored
from tests.world import World


@pytest.fixture(autouse=True)
def storage() -> Memory:
    memory = Memory()
    ports.use(storage=memory)
    return memory


class Away(Memory):
    async def get(self, sha256: str) -> bytes:
        raise Outage("storage", "full")


def given(receiver: Receiver) -> list[tuple[str, bytes]]:
    """The files that arrived: name and bytes."""
    return [(part["filename"], part["data"]) for form in receiver.forms for part in form if "filename" in part]


async def test_the_photos_and_the_signed_act_go_along(world: World, receiver: Receiver, drain: Drain) -> None:
    number = await connected(receiver.url)
    order, job = await came(world)
    before, after = await stored(b"\xff\xd8before"), await stored(b"\xff\xd8after", name="стало.jpg")
    await finish(world, job, [before], [after])
    await drain()
    assert given(receiver) == [(f"photo-{before}.jpg", b"\xff\xd8before"), ("стало.jpg", b"\xff\xd8after")]
    assert {part["name"]: part.get("text") for part in receiver.forms[0]} == {
        "part": "file", "event": "order.finished", "external_id": "42", "order_id": str(order),
        "text": f"Фото с работы по заявке №\u00a0{order}", "file": None,
    }  # fmt: skip
    paper = await sign(order)
    await drain()
    name, pdf = given(receiver)[2]
    assert (name, pdf[:5]) == (f"{paper.number}.pdf", b"%PDF-")
    assert hashlib.sha256(pdf).hexdigest() == (await File.get(id=paper.file_id)).sha256, "the print with the signature"
    assert await Outgoing.filter(subscription_id=number, state="sent").count() == 3
    assert len({headers["idempotency-key"] for headers, _ in receiver.got}) == 3
    shown = await outgoing(number)
    assert next((one.part, one.file.name if one.file else None) for one in shown) == ("file", f"{paper.number}.pdf")


async def test_a_file_is_given_once_however_often_the_work_is_done(
    world: World, receiver: Receiver, drain: Drain
) -> None:
    await connected(receiver.url)
    order, job = await came(world)
    first, second = await stored(b"\xff\xd8one"), await stored(b"\xff\xd8two")
    await finish(world, job, [first])
    await drain()
    async with work():
        await orders.step_back(job)
    await finish(world, job, [], [second])
    await drain()
    assert [data for _, data in given(receiver)] == [b"\xff\xd8one", b"\xff\xd8two"]
    assert await Event.filter(type="order.finished", order_id=order).count() == 2
    assert await Handed.all().count() == 2


async def test_two_things_of_theirs_have_the_file_each(world: World, receiver: Receiver, drain: Drain) -> None:
    from core.sources import actions as sources

    await connected(receiver.url)
    order, job = await came(world)
    async with work():
        await sources.link("crm", "43", order)
    await finish(world, job, [await stored(b"\xff\xd8one")])
    await drain()
    told = [next(part["text"] for part in form if part["name"] == "external_id") for form in receiver.forms]
    assert sorted(told) == ["42", "43"]


async def test_a_failure_is_tried_again_and_shown(world: World, receiver: Receiver, drain: Drain) -> None:
    receiver.answers = [500, 200]
    number = await connected(receiver.url)
    _, job = await came(world)
    await finish(world, job, [await stored(b"\xff\xd8one")])
    await drain()
    assert (await Outgoing.get()).state == "waiting"
    clock.offset = 6
    await drain()
    assert given(receiver)[0] == given(receiver)[1]
    assert receiver.got[0][0]["idempotency-key"] == receiver.got[1][0]["idempotency-key"]
    one = (await outgoing(number))[0]
    assert (one.state, [attempt.status for attempt in one.tries]) == ("sent", [200, 500])
    async with work():
        await actions.again(one.id)
    await drain()
    assert len(given(receiver)) == 3, "a person may want it once more"


async def test_a_photo_on_its_way_holds_up_nothing_and_goes_when_it_is_here(
    world: World, receiver: Receiver, drain: Drain
) -> None:
    await connected(receiver.url, comments=["order.finished"])
    _, job = await came(world)
    async with work():
        coming = await files.announce("photo", "technician", "key")
        lost = await files.announce("photo", "technician", "lost")
    await finish(world, job, [coming, lost])
    await drain()
    assert (len(receiver.forms), len(receiver.got)) == (0, 1), "the comment went"
    assert await Outgoing.filter(state="waiting", attempts=0).count() == 2
    kept = await files.put_bytes(b"\xff\xd8late")
    async with work():
        await files.keep(coming, kept)
        await files.fail(lost, "files.gone")
    await drain()
    assert given(receiver) == [(f"photo-{coming}.jpg", b"\xff\xd8late")]
    gone = await Outgoing.get(state="failed").prefetch_related("tries")
    assert [attempt.error for attempt in gone.tries] == ["file_gone"]
    assert (await Subscription.get()).failing_since is None, "that is not their fault"


@pytest.fixture
def public() -> Any:
    links.public = "https://desk.test"
    yield
    links.public = None


async def test_a_large_file_goes_as_a_private_link(
    world: World, receiver: Receiver, drain: Drain, public: None
) -> None:
    number = await connected(receiver.url, "jira")
    _, job = await came(world, "SD-1")
    film = await stored(b"film", "video", "ролик.mp4", "video/mp4")
    await File.filter(id=film).update(size=31 << 20)
    await finish(world, job, [film])
    await drain()
    said = json.loads(receiver.got[0][1])["body"]
    assert receiver.paths[0].endswith("/rest/api/2/issue/SD-1/comment")
    assert "ролик.mp4, 31 МБ: https://desk.test/handed/1" in said
    assert (await Outgoing.get(subscription_id=number)).state == "sent"


async def test_what_they_find_too_large_goes_as_a_link_next(
    world: World, receiver: Receiver, drain: Drain, public: None
) -> None:
    receiver.answers = [413, 201]
    await connected(receiver.url, "jira")
    _, job = await came(world, "SD-1")
    await finish(world, job, [await stored(b"\xff\xd8one")])
    await drain()
    assert (await Handed.get()).remote == {"link": True}
    clock.offset = 6
    await drain()
    assert [path.rpartition("/")[2] for path in receiver.paths] == ["attachments", "comment"]
    assert receiver.got[0][0]["x-atlassian-token"] == "no-check"
    assert (await Outgoing.get()).state == "sent"


async def test_without_a_public_address_a_large_file_is_given_up_in_plain_sight(
    world: World, receiver: Receiver, drain: Drain
) -> None:
    number = await connected(receiver.url, settings={"files": "link"})
    _, job = await came(world)
    await finish(world, job, [await stored(b"\xff\xd8one")])
    await drain()
    one = (await outgoing(number))[0]
    assert (one.state, one.tries[0].error, receiver.got) == ("failed", "no_address", [])


async def test_a_storage_that_is_away_is_waited_for(
    world: World, receiver: Receiver, drain: Drain, storage: Memory
) -> None:
    number = await connected(receiver.url)
    _, job = await came(world)
    await finish(world, job, [await stored(b"\xff\xd8one")])
    ports.use(storage=Away())
    await drain()
    ports.use(storage=storage)
    clock.offset = 6
    await drain()
    one = (await outgoing(number))[0]
    assert (one.state, [attempt.error for attempt in one.tries]) == ("sent", ["", "file_away"])


async def test_facts_go_into_fields(world: World, receiver: Receiver, drain: Drain) -> None:
    fields = {
        "reading.temp": "UF_TEMP", "reading.clean": "UF_CLEAN:text", "comment": "UF_WORD", "technician": "UF_WHO",
        "act_number": "UF_ACT", "act_total": "UF_SUM", "eta": "UF_ETA",
    }  # fmt: skip
    await connected(receiver.url, "bitrix24", files=(), fields=fields)
    order, job = await came(world)
    await finish(world, job)
    paper = await sign(order)
    await drain()
    said = [json.loads(body) for _, body in receiver.got]
    assert {(one["entityTypeId"], one["id"], one["useOriginalUfNames"]) for one in said} == {(2, 42, "Y")}
    assert [one["fields"] for one in said] == [
        {"UF_WHO": "Пётр Ким"},
        {"UF_TEMP": -18, "UF_CLEAN": "true", "UF_WORD": "Заменил реле"},
        *([{"UF_ACT": paper.number, "UF_SUM": float(paper.total)}] * 2),
    ]


async def test_what_has_nothing_to_say_is_not_said(world: World, receiver: Receiver, drain: Drain) -> None:
    await connected(receiver.url, files=(), fields={"reading.pressure": "p"})
    _, job = await came(world)
    await finish(world, job)
    await drain()
    row = await Outgoing.get()
    assert (row.state, receiver.got, (await Subscription.get()).failing_since) == ("dropped", [], None)


async def test_a_no_with_a_yes_is_a_no(world: World, receiver: Receiver, drain: Drain) -> None:
    receiver.answers = [(200, {}, '{"error": "QUERY_LIMIT_EXCEEDED"}'), (200, {}, '{"result": 9}')]
    number = await connected(receiver.url, "bitrix24")
    _, job = await came(world)
    await finish(world, job, [await stored(b"\xff\xd8one")])
    await drain()
    clock.offset = 6
    await drain()
    one = (await outgoing(number))[0]
    assert [(attempt.status, attempt.error) for attempt in one.tries] == [(200, ""), (200, "said_no")]
    assert (one.state, len(receiver.got)) == ("sent", 2)


async def test_an_id_that_is_none_there_is_given_up_at_once(world: World, receiver: Receiver, drain: Drain) -> None:
    number = await connected(receiver.url, "bitrix24")
    _, job = await came(world, "SD-1")
    await finish(world, job, [await stored(b"\xff\xd8one")])
    await drain()
    one = (await outgoing(number))[0]
    assert (one.state, one.tries[0].error, (await Subscription.get()).failing_since) == ("failed", "bad_id", None)


@dataclass
class Amo:
    """amoCRM with its file service, as its pages describe them: sessions, parts of `part` bytes, links to leads.
    `breaks`: how many requests of a path's last word are answered with 500 first."""

    url: str = ""
    drive: str = ""
    part: int = 4
    breaks: dict[str, int] = field(default_factory=dict)
    parts: list[bytes] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    linked: list[tuple[str, Any]] = field(default_factory=list)
    names: list[dict[str, Any]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body, word = await request.read(), request.path.rpartition("/")[2].rstrip("0123456789")
        self.asked.append(f"{request.method} {word}")
        if request.headers.get("Authorization") != "Bearer t0ken":
            return web.Response(status=401)
        if self.breaks.get(word, 0):
            self.breaks[word] -= 1
            return web.Response(status=500)
        return web.json_response(self._answer(request, word, body))

    def _answer(self, request: web.Request, word: str, body: bytes) -> Any:
        if word == "account":
            return {"id": 1, "drive_url": self.drive}
        if word == "sessions":
            self.parts, self.names = [], [*self.names, json.loads(body)]
            return {"session_id": 1, "upload_url": f"{self.url}/upload/p1", "max_part_size": self.part}
        if word == "p":
            self.parts.append(body)
            whole = b"".join(self.parts)
            if len(whole) < self.names[-1]["file_size"]:
                return {"session_id": 1, "next_url": f"{self.url}/upload/p{len(self.parts) + 1}"}
            uuid = f"uuid-{len(self.files)}"
            self.files[uuid] = whole
            return {"uuid": uuid, "type": "image"}
        self.linked.append((request.path, json.loads(body)))
        return {"_embedded": {"files": []}}


@pytest.fixture
async def amo(receiver: Receiver) -> AsyncIterator[Amo]:
    amo, app = Amo(), web.Application()
    app.router.add_route("*", "/{tail:.*}", amo.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    amo.url = amo.drive = f"http://{HOST}:{server.port}"
    yield amo
    await server.close()


async def test_amocrm_has_the_file_in_parts_and_then_on_the_lead(world: World, amo: Amo, drain: Drain) -> None:
    await connected(amo.url, "amocrm")
    _, job = await came(world)
    photo = await stored(b"\xff\xd8 ten bytes")
    await finish(world, job, [photo])
    await drain()
    assert amo.asked == ["GET account", "POST sessions", *["POST p"] * 3, "PUT files"]
    assert amo.files == {"uuid-0": b"\xff\xd8 ten bytes"}
    assert amo.names == [{"file_name": f"photo-{photo}.jpg", "file_size": 12, "content_type": "image/jpeg"}]
    assert amo.linked == [("/api/v4/leads/42/files", [{"file_uuid": "uuid-0"}])]
    assert (await Outgoing.get()).state == "sent"


async def test_what_amocrm_has_is_not_uploaded_again(world: World, amo: Amo, drain: Drain) -> None:
    """It breaks in the middle of the parts, then when the file is there and only its link is missing."""
    amo.breaks = {"p": 1, "files": 1}
    await connected(amo.url, "amocrm")
    _, job = await came(world)
    await finish(world, job, [await stored(b"\xff\xd8 ten bytes")])
    for seconds in (0, 6, 400, 4000):
        clock.offset = seconds
        await drain()
    assert (amo.files, amo.asked.count("POST sessions")) == ({"uuid-0": b"\xff\xd8 ten bytes"}, 2)
    assert amo.asked[-1] == "PUT files"
    assert amo.linked == [(ANY, [{"file_uuid": "uuid-0"}])]
    assert ((await Outgoing.get()).state, (await Handed.get()).remote) == ("sent", {"uuid": "uuid-0"})


@pytest.mark.parametrize("drive", ["https://evil.test", "http://receiver.test.evil.org", "", None, 5, "http://[", {}])
async def test_the_token_goes_to_nobody_else(world: World, amo: Amo, drain: Drain, drive: Any) -> None:
    amo.drive = drive
    number = await connected(amo.url, "amocrm")
    _, job = await came(world)
    await finish(world, job, [await stored(b"\xff\xd8one")])
    await drain()
    one = (await outgoing(number))[0]
    assert (amo.asked, one.state, one.tries[0].error) == (["GET account"], "waiting", "bad_answer")


@pytest.mark.parametrize("part", [0, -1, None, "4", 10**9])
async def test_sizes_that_make_no_sense(world: World, amo: Amo, drain: Drain, part: Any) -> None:
    amo.part = part
    await connected(amo.url, "amocrm")
    _, job = await came(world)
    await finish(world, job, [await stored(b"\xff\xd8one")])
    await drain()
    good = part == 10**9
    assert ((await Outgoing.get()).state, amo.asked.count("POST p")) == (("sent", 1) if good else ("waiting", 0))
