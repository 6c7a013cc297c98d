"""MAX and VK over HTTP to servers that answer as they do."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.adapters import max as max_messenger
from core.adapters.messengers import check_messenger, messenger
from core.adapters.telephone import BadAccount
from core.files.rules import MAX_BYTES
from core.kernel.errors import Outage, Refusal, Unanswered, Unfit
from core.ports import Button, Enclosed, Messenger
from tests.letters.free import BOT, GROUP, TOKEN, MaxServer, Server, VkServer
from webhooks.fetch import Web

ACT = Enclosed('акт "7".pdf', "application/pdf", b"%PDF-1.4 x")
PHOTO = Enclosed("фото.jpg", "image/jpeg", b"\xff\xd8\xff")
PAGE = Button("Открыть заявку", "https://desk.example/follow/abc")


@pytest.fixture(params=[MaxServer, VkServer])
async def there(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    monkeypatch.setattr(max_messenger, "PAUSES_S", (0.0, 0.0))
    made: Server = request.param()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        made.base = f"http://127.0.0.1:{server.port}"
        yield made
        made.over.set()


@pytest.fixture
def power(there: Any, outside: Web) -> Messenger:
    return messenger(there.channel, there.url, outside)


async def test_words_with_a_page_under_them(there: Any, power: Messenger) -> None:
    assert not power.by_phone
    message_id = await power.write("31", "слово " * 2000, "ru", "naryad-7", button=PAGE)
    assert message_id == ("mid.1" if there.channel == "max" else "1")
    to, text, link = there.said()
    assert (to, link) == ("31", PAGE.url)
    assert 3900 < len(text) <= power.most
    await power.write("31", "без страницы", "ru", "naryad-8")
    assert there.said() == ("31", "без страницы", "")


async def test_vk_shows_the_same_notice_once(there: Any, power: Messenger) -> None:
    if there.channel != "vk":
        return
    for key in ("naryad-7", "naryad-7", "naryad-8"):
        await power.write("31", "слово", "ru", key)
    first, second, other = (int(one["random_id"]) for one in there.sent)
    assert first == second != other
    assert all(0 < one < 2**31 for one in (first, other))


@pytest.mark.parametrize("file", [ACT, PHOTO])
async def test_a_file_goes_along(there: Any, power: Messenger, file: Enclosed) -> None:
    there.not_ready = 2
    await power.write("31", "слово", "ru", "naryad-7", file=file)
    [(part, name, data)] = there.brought
    assert data == file.data
    assert name == file.name.replace('"', "_")
    if there.channel == "vk":
        assert part == ("photo" if file is PHOTO else "file")
        assert there.sent[0]["attachment"] == ("photo-9001_8_k" if file is PHOTO else "doc31_9")
        return
    kind = "image" if file is PHOTO else "file"
    assert part == "data"
    assert ("POST", f"/uploads?type={kind}") in there.asked
    assert there.sent[0]["attachments"] == [{"type": kind, "payload": {"token": "file-token", "fileId": 5}}]


async def test_a_file_that_is_not_ready_for_long_is_tried_later(there: Any, power: Messenger) -> None:
    if there.channel != "max":
        return
    there.not_ready = 9
    with pytest.raises(Outage, match=r"attachment\.") as outage:
        await power.write("31", "слово", "ru", "naryad-7", file=ACT)
    assert not outage.value.permanent
    assert not isinstance(outage.value, Unfit | Unanswered)
    assert there.sent == []


@pytest.mark.parametrize("name", ["upload", "uploads", "docs.getMessagesUploadServer", "docs.save"])
@pytest.mark.parametrize("wrong", [(200, {}), (200, []), (400, {"error": "no"}), (500, {})])
async def test_an_upload_that_fails_is_tried_later(there: Any, power: Messenger, name: str, wrong: Any) -> None:
    ours = {"max": ("upload", "uploads"), "vk": ("upload", "docs.getMessagesUploadServer", "docs.save")}
    if name not in ours[there.channel]:
        return
    there.others[name] = wrong
    with pytest.raises(Outage) as outage:
        await power.write("31", "слово", "ru", "naryad-7", file=ACT)
    assert not outage.value.permanent
    assert there.sent == []


async def test_refusals(there: Any, power: Messenger) -> None:
    there.answer = there.refusal(lasting=True)
    with pytest.raises(Outage) as outage:
        await power.write("31", "слово", "ru", "naryad-7")
    assert outage.value.permanent
    there.answer = there.refusal(lasting=False)
    with pytest.raises(Unfit):
        await power.write("31", "слово", "ru", "naryad-7")
    for busy in (there.busy(), (503, {})):
        there.answer = busy
        with pytest.raises(Outage) as outage:
            await power.write("31", "слово", "ru", "naryad-7")
        assert not outage.value.permanent
        assert not isinstance(outage.value, Unanswered | Unfit)


async def test_no_answer(there: Any, power: Messenger) -> None:
    """VK knows its repeats; a message of MAX may have been shown."""
    there.answer = None
    with pytest.raises(Outage) as outage:
        await power.write("31", "слово", "ru", "naryad-7")
    assert isinstance(outage.value, Unanswered) is (there.channel == "max")


@pytest.mark.parametrize("said", [{}, [], "x", {"message": 5}, {"message": {"body": {"mid": 5}}}, {"error": 5}])
async def test_an_answer_that_is_not_theirs(there: Any, power: Messenger, said: Any) -> None:
    there.answer = (200, said)
    with pytest.raises(Outage) as outage:
        await power.write("31", "слово", "ru", "naryad-7")
    assert isinstance(outage.value, Unanswered) is (there.channel == "max")


async def test_the_account(there: Any, power: Messenger, outside: Web) -> None:
    await power.check()
    for url in (there.url.replace("hunter2@", "hunter3@"), there.url.replace("hunter2-hunter2@", "hunter2-other@")):
        with pytest.raises(Outage) as outage:
            await messenger(there.channel, url, outside).check()
        assert not outage.value.permanent
        assert "hunter" not in outage.value.reason
    other = there.url.replace(BOT, "id1_bot").replace(f"//{GROUP}:", "//9002:")
    with pytest.raises(Outage, match="another"):
        await messenger(there.channel, other, outside).check()


async def test_files_that_came(there: Any, power: Messenger) -> None:
    there.files["photo"] = b"x" * 1000
    assert await power.fetch(f"{there.base}/photo", MAX_BYTES) == b"x" * 1000
    with pytest.raises(Refusal, match="too_large"):
        await power.fetch(f"{there.base}/photo", 999)
    there.others["gone"] = (404, {})
    for url in (f"{there.base}/gone", "http://169.254.169.254/x", "file:///etc/passwd", "https://[", "", "777"):
        with pytest.raises(Outage) as outage:
            await power.fetch(url, MAX_BYTES)
        assert outage.value.permanent, url
    with pytest.raises(Outage):
        await power.fetch("https://127.0.0.1:1/x", MAX_BYTES)


@pytest.mark.parametrize(
    ("channel", "url", "part"),
    [
        ("max", f"vk://{GROUP}:{TOKEN}@/", "vendor"),
        ("max", f"max://:{TOKEN}@/", "user"),
        ("max", f"max://{BOT}:short@/", "secret"),
        ("max", f"max://{BOT}:{TOKEN}@/?template=x", "options"),
        ("vk", f"vk://club9001:{TOKEN}@/", "user"),
        ("vk", f"vk://{GROUP}@/", "secret"),
        ("vk", f"vk://{GROUP}:{TOKEN}@/?api=ftp://x", "api"),
    ],
)
def test_a_wrong_account_says_what_is_wrong(channel: str, url: str, part: str) -> None:
    with pytest.raises(BadAccount) as wrong:
        check_messenger(channel, url)
    assert wrong.value.part == part
