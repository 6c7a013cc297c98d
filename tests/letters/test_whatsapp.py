"""WhatsApp over HTTP to a server that answers as it does, and the promise that its twin keeps too."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.adapters import whatsapp
from core.adapters.console import ConsoleMessenger
from core.adapters.messengers import check_messenger, messenger
from core.adapters.telephone import BadAccount
from core.files.rules import MAX_BYTES
from core.kernel.errors import Outage, Refusal, Unanswered, Unfit
from core.ports import Enclosed, Messenger
from tests.letters.conftest import PATIENCE_S
from tests.letters.meta import BEARER, NUMBER, TOKEN, Meta, error
from webhooks.fetch import Web

PHONE = "+79161112233"
LIMIT = 1000


@pytest.fixture
async def meta() -> AsyncIterator[Meta]:
    made = Meta()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        made.base = f"http://127.0.0.1:{server.port}"
        yield made
        made.over.set()


@pytest.fixture(params=["whatsapp", "console"])
def either(request: pytest.FixtureRequest, meta: Meta, outside: Web) -> tuple[Messenger, dict[str, bytes]]:
    """A messenger with a template for one screen, and the files that lie there."""
    if request.param == "console":
        twin = ConsoleMessenger(templates={"customer.arrived": "here"})
        return twin, twin.files
    return messenger("whatsapp", meta.url(template_arrived="here"), outside), meta.files


Either = tuple[Messenger, dict[str, bytes]]


async def test_every_messenger_keeps_the_promise(either: Either) -> None:
    power, files = either
    files["77"] = b"x" * LIMIT
    await power.check()
    assert power.account
    assert (power.template("customer.arrived"), power.template("customer.received")) == ("here", "")
    first = await power.write(PHONE, "слово", "ru", "naryad-1")
    second = await power.write(PHONE, "слово", "ru", "naryad-2", "here")
    assert first
    assert first != second
    assert power.takes("application/pdf", 9)
    assert not power.takes("application/x-sh", 9)
    assert await power.write(PHONE, "слово", "ru", "naryad-3", file=ACT)
    assert await power.fetch("77", LIMIT) == files["77"]
    with pytest.raises(Refusal, match=r"files\.too_large"):
        await power.fetch("77", LIMIT - 1)
    for missing in ("78", "../1", ""):
        with pytest.raises(Outage) as gone:
            await power.fetch(missing, LIMIT)
        assert gone.value.permanent


async def test_words_go_out(meta: Meta, outside: Web) -> None:
    power = messenger("whatsapp", meta.url(), outside)
    text = "слово-за-словом\n" * 1000
    assert await power.write(PHONE, text, "ru", "naryad-7") == "wamid.1"
    [(method, path, said)] = meta.got
    assert (method, path, meta.proofs) == ("POST", f"/v23.0/{NUMBER}/messages", [BEARER])
    body = said.pop("text")
    assert said == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": PHONE[1:],
        "type": "text",
        "biz_opaque_callback_data": "naryad-7",
    }
    assert body["preview_url"] is False
    assert 4000 < len(body["body"]) <= power.most


async def test_a_template_holds_one_line_in_its_language(meta: Meta, outside: Web) -> None:
    power = messenger("whatsapp", meta.url(template="news", template_sign="act_waits", lang_en="en_US"), outside)
    assert (power.template("customer.sign"), power.template("customer.arrived")) == ("act_waits", "news")
    assert power.template("customer.rate") == ""
    await power.write(PHONE, "раз\n\t  два " * 200, "en", "naryad-7", "news")
    template = meta.sent[0]["template"]
    assert (template["name"], template["language"]) == ("news", {"code": "en_US"})
    [body] = template["components"]
    [value] = body["parameters"]
    assert (body["type"], value["type"]) == ("body", "text")
    assert value["text"].startswith("раз два раз")
    assert len(value["text"]) <= power.most_template


ACT = Enclosed('акт "1".pdf', "application/pdf", b"%PDF-1.4 \r\n--x--")


async def test_a_file_goes_along_with_its_words(meta: Meta, outside: Web) -> None:
    power = messenger("whatsapp", meta.url(), outside)
    assert await power.write(PHONE, "слово " * 400, "ru", "naryad-7", file=ACT) == "wamid.2"
    (_, path, form), (_, _, said) = meta.got
    assert (path, meta.proofs) == (f"/v23.0/{NUMBER}/media", [BEARER, BEARER])
    assert form.count(ACT.data) == 1
    assert 'name="file"; filename="акт _1_.pdf"\r\nContent-Type: application/pdf\r\n'.encode() in form
    assert (said["type"], said["document"]["id"], said["document"]["filename"]) == ("document", "91", ACT.name)
    assert 1000 < len(said["document"]["caption"]) <= power.most_caption
    photo = Enclosed("a.jpg", "image/jpeg", b"x")
    await power.write(PHONE, "слово", "ru", "naryad-8", file=photo)
    assert meta.sent[1]["image"] == {"id": "93", "caption": "слово"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (None, Outage),
        ((503, ""), Outage),
        ((200, "<html>"), Outage),
        ((400, error(131053, "Media upload error")), Outage),
        ((400, error(100, "Invalid parameter")), Unfit),
    ],
)
async def test_a_file_that_is_not_taken_sends_nothing(
    meta: Meta, outside: Web, monkeypatch: pytest.MonkeyPatch, answer: Any, kind: Any
) -> None:
    """So that it may be tried again."""
    monkeypatch.setattr(whatsapp, "FILE_S", PATIENCE_S)
    meta.answer = answer
    with pytest.raises(Outage) as caught:
        await messenger("whatsapp", meta.url(), outside).write(PHONE, "слово", "ru", "naryad-1", file=ACT)
    assert (type(caught.value), caught.value.permanent, meta.sent) == (kind, False, [])


@pytest.mark.parametrize(
    ("mime", "size", "expected"),
    [
        ("application/pdf", 1, True),
        ("application/pdf", MAX_BYTES + 1, False),
        ("image/jpeg", 5 << 20, True),
        ("image/jpeg", (5 << 20) + 1, False),
        ("audio/ogg", 1, False),
        ("image/png", 0, False),
        ("", 1, False),
    ],
)
def test_what_may_be_enclosed(meta: Meta, outside: Web, mime: str, size: int, expected: bool) -> None:
    assert messenger("whatsapp", meta.url(), outside).takes(mime, size) is expected


@pytest.mark.parametrize(
    ("answer", "kind", "permanent"),
    [
        ((400, error(131026, "Message undeliverable")), Outage, True),
        ((400, error(131047, "Re-engagement message")), Unfit, False),
        ((404, error(132001, "Template name does not exist")), Unfit, False),
        ((400, error(131042, "Business eligibility payment issue")), Outage, False),
        ((401, error(190, "Error validating access token")), Outage, False),
        ((409, error(1, "conflict")), Outage, False),
        ((400, error(131056, "pair rate limit hit")), Outage, False),
        ((429, error(130429)), Outage, False),
        ((500, error(131000)), Outage, False),
        ((503, "<html>"), Outage, False),
        ((403, "<html>"), Outage, False),
        ((200, "<html>"), Unanswered, False),
        ((200, {"messages": []}), Unanswered, False),
        ((200, {"messages": [5]}), Unanswered, False),
        ((200, {"error": 5}), Unanswered, False),
        (None, Unanswered, False),
    ],
)
async def test_what_goes_wrong_has_its_kind(
    meta: Meta, outside: Web, answer: Any, kind: type[Outage], permanent: bool
) -> None:
    meta.answer = answer
    with pytest.raises(Outage) as caught:
        await messenger("whatsapp", meta.url(), outside).write(PHONE, "слово", "ru", "naryad-1")
    assert (type(caught.value), caught.value.permanent) == (kind, permanent)
    assert caught.value.reason
    assert TOKEN not in str(caught.value)


async def test_a_vendor_that_is_not_there_has_nothing(meta: Meta, outside: Web) -> None:
    meta.base = "http://127.0.0.1:1"
    with pytest.raises(Outage) as caught:
        await messenger("whatsapp", meta.url(), outside).write(PHONE, "слово", "ru", "naryad-1")
    assert (caught.value.reason, type(caught.value)) == ("refused", Outage)


@pytest.mark.parametrize(
    ("wrong", "permanent"),
    [
        ({"url": "https://evil.example/bytes"}, True),
        ({"url": "https://fbsbx.com.evil.example/bytes"}, True),
        ({"url": "http://lookaside.fbsbx.com/bytes"}, True),
        ({"url": "http://["}, True),
        ({"url": 5}, False),
        ({"file_size": "9"}, False),
    ],
)
async def test_the_token_goes_to_the_vendor_alone(
    meta: Meta, outside: Web, wrong: dict[str, Any], permanent: bool
) -> None:
    """Nor is a file taken that is shorter than it should be."""
    meta.files["77"], meta.wrong = b"%PDF-", wrong
    with pytest.raises(Outage) as caught:
        await messenger("whatsapp", meta.url(), outside).fetch("77", LIMIT)
    assert (caught.value.permanent, TOKEN in str(caught.value)) == (permanent, False)


async def test_a_file_without_a_size_is_still_bounded(meta: Meta, outside: Web) -> None:
    meta.files["77"], meta.wrong = b"x" * (LIMIT + 1), {"file_size": None}
    with pytest.raises(Refusal, match=r"files\.too_large"):
        await messenger("whatsapp", meta.url(), outside).fetch("77", LIMIT)


@pytest.mark.parametrize("wrong", [{"status": "BANNED"}, {"id": "1"}])
async def test_the_account_is_asked(meta: Meta, outside: Web, wrong: dict[str, Any]) -> None:
    power = messenger("whatsapp", meta.url(), outside)
    await power.check()
    meta.wrong = wrong
    with pytest.raises(Outage):
        await power.check()
    meta.answer = (401, error(190, "Invalid OAuth access token"))
    with pytest.raises(Outage, match="190 Invalid OAuth"):
        await power.check()


@pytest.mark.parametrize(
    ("url", "part"),
    [
        (f"whatsup://{NUMBER}:{TOKEN}@/", "vendor"),
        (f"whatsapp://+79161112233:{TOKEN}@/", "user"),
        (f"whatsapp://{NUMBER}@/", "secret"),
        (f"whatsapp://{NUMBER}:{TOKEN}@/?template=Order+News", "template"),
        (f"whatsapp://{NUMBER}:{TOKEN}@/?template_rate=x", "options"),
        (f"whatsapp://{NUMBER}:{TOKEN}@/?lang_en=ru", "lang_en"),
    ],
)
def test_a_wrong_account_is_refused_before_anything_starts(url: str, part: str) -> None:
    with pytest.raises(BadAccount) as wrong:
        check_messenger("whatsapp", url)
    assert wrong.value.part == part
    assert TOKEN not in str(wrong.value)
