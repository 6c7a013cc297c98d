"""Letters that SES put into a bucket: the notice at the real door, the letter from a server that plays S3."""

import json
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import webhooks.mail.files
import webhooks.stored  # noqa: F401 - their tasks
from core import ports
from core.adapters.disk import Disk
from core.chats.models import Message
from core.inbox import actions as inbox
from core.inbox.models import Delivery
from core.kernel.actor import member
from core.kernel.clock import now
from core.kernel.failpoints import EXIT
from core.kernel.words import LOCALES, words
from core.kernel.work import work
from core.orders.models import Attachment
from core.sources import actions as sources
from core.sources import requests
from core.sources.follow.stored import FETCH
from core.sources.models import Outcome, Request, Source
from core.sources.threads import reply_token
from core.sources.worker import Follower
from core.tasks.models import Task
from tests.deaths import warmed
from tests.webhooks.deliveries import shape
from tests.webhooks.s3 import S3
from tests.webhooks.test_amazon import (
    NAME,
    TOPIC,
    VERA,
    Amazon,
    Elsewhere,
    a_letter,
    an_order,
    at,
    envelope,
    sent,
    server_files,
)
from tests.webhooks.test_amazon import follow as follow_once
from tests.world import World
from webhooks import amazon, stored
from webhooks.fetch import web as outside
from webhooks.request import MAX_LETTER
from webhooks.route import HooksDoor

DESK = "desk@in.firma.test"
BUCKET, REGION = "firma-letters", "eu-west-1"
HOST, DOTTED = f"{BUCKET}.s3.{REGION}.amazonaws.com", f"s3.{REGION}.amazonaws.com"
KEY = "inbox/d6iitobk75ur44p8kdnnp7g2n800"
ROOT = Path(__file__).parents[2]
BOUNDARIES = ("tasks.claimed", "inbox.before_accept", "inbox.after_accept", "tasks.before_commit", "tasks.after_commit")
PDF = b"%PDF-1.7\n" + b"1 0 obj\n" * 50


@dataclass
class There:
    """Amazon with its S3, and the desk's door."""

    s3: S3
    port: int
    door: TestClient[Any, Any]
    notices: Iterator[int] = field(default_factory=lambda: iter(range(1, 99)))

    async def notice(self, **changed: Any) -> None:
        """A notice of its own of the letter in the bucket."""
        said = envelope(json.dumps(pointer(**changed)), **at(MessageId=f"n-{next(self.notices)}"))
        assert await sent(self.door, said) == 200


def pointer(to: str = DESK, bucket: Any = BUCKET, key: Any = KEY, failed: str = "", **headers: str) -> Any:
    said = shape("ses-sns", "stored")
    said["mail"] |= {"source": VERA, "destination": [to], "commonHeaders": {"subject": "Витрина"}}
    said["mail"]["headers"] = [{"name": name.replace("_", "-"), "value": value} for name, value in headers.items()]
    verdict = {failed: {"status": "FAIL"}} if failed else {}
    said["receipt"] |= {"recipients": [to], **verdict}
    said["receipt"]["action"] |= {"bucketName": bucket, "objectKey": key}
    return said


def a_long_letter(size: int, to: str = DESK) -> bytes:
    letter = a_letter("Не холодит витрина", to)
    letter.add_attachment(PDF + b"%" + b"x" * size, maintype="application", subtype="pdf", filename="фото.pdf")
    return letter.as_bytes()


def settings(s3: S3, **changed: str) -> dict[str, Any]:
    return {"topic_arn": TOPIC, "s3_bucket": BUCKET, "s3_region": REGION, "s3_access_key_id": s3.id, **changed}


@pytest.fixture
async def there(desk: str, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[There]:
    sns, s3, app = Amazon(), S3(), web.Application()

    async def handle(request: web.Request) -> web.StreamResponse:
        return await (sns if request.host == NAME else s3).handle(request)

    app.router.add_route("*", "/{tail:.*}", handle)
    cert, key = server_files(tmp_path, NAME, HOST, DOTTED)
    served, believed = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context(cafile=str(cert))
    served.load_cert_chain(cert, key)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=served).start()
    resolver = Elsewhere({one: [["127.0.0.1"]] for one in (NAME, HOST, DOTTED)})
    resolver.port = runner.addresses[0][1]
    monkeypatch.setattr(amazon, "_certificates", amazon.Certificates())
    async with work():
        await sources.add_source("ses", "ses-sns", "Почта", {"secret_access_key": s3.secret}, settings(s3))
    hooks, door = HooksDoor(), web.Application()
    hooks.add_to(door)
    async with (
        outside([NAME, HOST, DOTTED], resolver, believed) as power,
        TestClient(TestServer(door, host="127.0.0.1")) as client,
    ):
        ports.use(web=power, storage=Disk(tmp_path / "files"))
        yield There(s3, resolver.port, client)
    await hooks.intake.close()
    await runner.cleanup()


async def change(**changed: Any) -> None:
    async with work():
        await sources.change_source("ses", **changed)


async def follow() -> list[str]:
    """The notice, then the letter that its task brought."""
    await follow_once()
    return await follow_once()


async def again() -> list[str]:
    """The notice once more, as from the page of deliveries."""
    first = await Delivery.all().order_by("id").first()
    assert first is not None
    async with work():
        assert await inbox.do_again(first.id)
    return await follow()


async def came() -> tuple[str, str]:
    """What came of the notice, and why: a code that has its words in every language."""
    row = await Outcome.all().order_by("delivery_id").first()
    assert row is not None
    code = row.facts.get("code") or ""
    assert all(words("bot", locale).text(f"error.{code}", **row.facts["about"]) for locale in LOCALES)
    return row.what, code


async def test_the_letter_becomes_an_order_with_its_files(there: There, world: World) -> None:
    there.s3.things[BUCKET, KEY] = a_long_letter(300_000)
    await there.notice()
    assert there.s3.asked == [], "the notice is answered first"
    assert await follow() == ["fetched", "request"]
    assert there.s3.asked == [f"{HOST}/{KEY}"]
    row = await Request.get()
    assert (row.kind, row.facts["email"], row.facts["words"]) == ("letter", VERA, "Витрина\nНе холодит витрина")
    async with work(await world.actor(member(world.dispatcher))):
        number = await requests.make_order(row.id)
    await follow()
    assert [(one.order_id, one.caption) for one in await Attachment.all()] == [(number, "фото.pdf")]


async def test_an_answer_goes_into_its_thread(there: There, world: World) -> None:
    number, _ = await an_order(world)
    to = f"desk+{reply_token(number)}@in.firma.test"
    there.s3.things[BUCKET, KEY] = a_long_letter(1000, to)
    await there.notice(to=to)
    assert await follow() == ["fetched", "message"]
    said = await Message.filter(order_id=number).order_by("id")
    assert [(one.text, bool(one.file_id)) for one in said] == [("Не холодит витрина", False), ("", True)]


async def test_a_letter_of_twenty_megabytes_comes_whole(there: There) -> None:
    there.s3.things[BUCKET, KEY] = a_long_letter(15 << 20)
    assert len(there.s3.things[BUCKET, KEY]) > 20 << 20
    await there.notice()
    assert await follow() == ["fetched", "request"]


async def test_what_comes_twice_is_one_letter(there: There) -> None:
    """SNS brings a notice again, another topic tells of the same letter, an administrator follows it once more."""
    there.s3.things[BUCKET, KEY] = a_long_letter(10)
    said = envelope(json.dumps(pointer()), **at())
    assert [await sent(there.door, said) for _ in range(3)] == [200] * 3
    assert await follow() == ["fetched", "request"]
    await there.notice()
    assert await follow() == ["fetched", "request", "fetched"]
    assert len(there.s3.asked) == 2
    there.s3.things.clear()
    assert (await again())[0] == "fetched", "it may lie there no more"
    assert len(there.s3.asked) == 2
    assert await Request.all().count() == 1


async def test_the_process_dies_everywhere_and_the_letter_comes_once(
    there: There, database_url: str, tmp_path: Path
) -> None:
    """Each letter's fetching is killed at another boundary, and done by the next process."""
    place = (str(tmp_path / "cert.pem"), HOST, str(there.port))
    async with warmed("tests.webhooks.stored_forks", database_url, *place) as forks:
        for number, spec in enumerate([*BOUNDARIES, ""]):
            there.s3.things[BUCKET, f"{KEY}{number}"] = a_long_letter(10).replace(b"<l1@", b"<l%d@" % number)
            await there.notice(key=f"{KEY}{number}")
            assert await Follower().run_one()
            assert await forks.status(spec) == (EXIT if spec else 0), spec
    assert sorted(await follow()) == sorted(["fetched", "request"] * (len(BOUNDARIES) + 1))
    assert await Request.all().count() == len(BOUNDARIES) + 1
    assert await Task.all().count() == 0


@pytest.mark.parametrize("verdict", ["virusVerdict", "spamVerdict"])
async def test_what_amazon_warns_of_is_not_fetched(there: There, verdict: str) -> None:
    await there.notice(failed=verdict)
    assert await follow() == ["quarantine"]
    assert there.s3.asked == []
    assert await Request.all().count() == 0


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ({"bucket": "others-letters"}, "sources.letter_elsewhere"),
        ({"bucket": f"{BUCKET}.evil.test/"}, "sources.letter_elsewhere"),
        ({"bucket": ""}, "sources.letter_elsewhere"),
        ({"bucket": {"a": 1}}, "sources.letter_elsewhere"),
        ({"key": "../others-letters/x"}, "sources.letter_name"),
        ({"key": "inbox/\udce9"}, "sources.letter_name"),
        ({"key": None}, "sources.letter_name"),
        ({"key": "x" * 5000}, "sources.letter_name"),
    ],
)
async def test_nothing_but_the_bucket_of_the_settings_is_asked(there: There, place: dict[str, Any], code: str) -> None:
    await there.notice(**place)
    assert await follow() == ["refused"]
    assert await came() == ("refused", code)
    assert there.s3.asked == []
    assert (await Request.get()).facts["words"] == "Витрина", "a person sees whose letter it is"


async def test_a_notice_waits_for_the_settings_and_then_its_letter_comes(there: There) -> None:
    there.s3.things[BUCKET, KEY] = a_long_letter(10)
    secretless = there.s3.secret
    await change(config={"topic_arn": TOPIC})
    await there.notice()
    assert await follow() == ["refused"]
    assert await came() == ("refused", "sources.letter_unset")
    shown = await Request.get()
    assert (shown.kind, shown.state, shown.facts["name"], shown.facts["missing"]) == (
        *("letter", "waiting", VERA),
        ["words"],
    )
    await change(config=settings(there.s3), secrets={"secret_access_key": secretless})
    assert await again() == ["fetched", "request"]
    states = {one.key.partition(":")[0]: one.state for one in await Request.all()}
    assert states == {"stored": "done", "letter": "waiting"}


async def test_a_bucket_with_dots_is_asked_in_the_path(there: There) -> None:
    await change(config=settings(there.s3, s3_bucket="mail.firma.test"))
    there.s3.things["mail.firma.test", "/входящие/№1 +%2F"] = a_long_letter(10)
    await there.notice(bucket="mail.firma.test", key="/входящие/№1 +%2F")
    assert await follow() == ["fetched", "request"]
    assert there.s3.asked[0].startswith(f"{DOTTED}/mail.firma.test//%D0%B2")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((403, "AccessDenied"), "sources.letter_denied"),
        ((404, "NoSuchKey"), "sources.letter_gone"),
        ((404, "NoSuchBucket"), "sources.letter_gone"),
        ((301, "PermanentRedirect"), "sources.letter_region"),
        ((400, "AuthorizationHeaderMalformed"), "sources.letter_region"),
        ((400, "InvalidRequest"), "sources.letter_unfit"),
        ((204, ""), "sources.letter_unfit"),
    ],
)
async def test_a_refusal_of_s3_is_final_and_a_person_sees_it(there: There, answer: tuple[int, str], code: str) -> None:
    there.s3.things[BUCKET, KEY] = a_long_letter(10)
    there.s3.answers = [answer]
    await there.notice()
    assert await follow() == ["refused"]
    assert await came() == ("refused", code)
    assert (await Outcome.get()).facts["about"] == {"said": " ".join(map(str, answer)).strip()}
    assert (await Request.get()).facts["email"] == VERA
    assert await Task.all().count() == 0
    assert await again() == ["fetched", "request"]


@pytest.mark.parametrize("wrong", ["secret", "id"])
async def test_a_wrong_key_is_told_as_what_s3_says_of_it(there: There, wrong: str) -> None:
    setattr(there.s3, wrong, "AKIAOTHERSECRET00000")
    await there.notice()
    assert await follow() == ["refused"]
    said = {"secret": "403 SignatureDoesNotMatch", "id": "403 InvalidAccessKeyId"}[wrong]
    assert (await Outcome.get()).facts == {"code": "sources.letter_denied", "about": {"said": said}}


async def test_what_a_machine_wrote_is_nobodys_when_it_cannot_be_had(there: There) -> None:
    await there.notice(Auto_Submitted="auto-replied")
    assert await follow() == ["refused"]
    assert await Request.all().count() == 0


@pytest.mark.parametrize("answer", [(503, "SlowDown"), (500, "InternalError"), (429, ""), "half"])
async def test_what_may_pass_is_asked_again_later(there: There, answer: Any) -> None:
    there.s3.things[BUCKET, KEY] = a_long_letter(500_000)
    there.s3.answers = [answer]
    await there.notice()
    assert await follow() == ["fetching"]
    row = await Task.get()
    assert (row.kind, row.state, row.attempts) == (FETCH, "queued", 1)
    assert row.run_at > now()
    assert await Request.all().count() == 0
    await Task.all().update(run_at=now() - timedelta(seconds=1))
    assert await follow() == ["fetched", "request"]


async def test_a_long_trouble_is_shown_to_a_person_and_then_final(there: There) -> None:
    there.s3.things[BUCKET, KEY] = a_long_letter(10)
    there.s3.answers = [(503, "SlowDown")] * stored.ATTEMPTS
    await there.notice()
    await follow()
    shown = []
    while await Task.all().count():
        await Task.all().update(run_at=now() - timedelta(seconds=1))
        await follow()
        shown.append(await Request.all().count())
    assert shown.index(1) == stored.PATIENCE - 2
    assert (len(shown), len(there.s3.asked)) == (stored.ATTEMPTS - 1, stored.ATTEMPTS)
    assert await came() == ("refused", "sources.letter_away")
    assert (await Outcome.get()).facts["about"] == {"said": "503 SlowDown"}
    assert (await Request.get()).revision == 1
    assert await again() == ["fetched", "request"]


async def test_a_letter_over_the_limit_is_told_as_such(there: There) -> None:
    there.s3.things[BUCKET, KEY] = b"x" * (MAX_LETTER + 1)
    await there.notice()
    assert await follow() == ["refused"]
    assert await came() == ("refused", "sources.letter_large")
    assert (await Outcome.get()).facts["about"] == {"most": 40}
    assert await Delivery.all().count() == 1


async def test_a_letter_that_ses_enciphered_itself_is_told_as_such(there: There) -> None:
    there.s3.things[BUCKET, KEY] = b"\x00\x01"
    there.s3.headers["x-amz-meta-x-amz-key-v2"] = "AQEB"
    await there.notice()
    assert await follow() == ["refused"]
    assert (await came())[1] == "sources.letter_sealed"


async def test_a_notice_that_is_erased_meanwhile_asks_for_nothing(there: There) -> None:
    await there.notice()
    assert await Follower().run_one()
    await Delivery.all().delete()
    assert await follow() == ["fetching"]
    assert (there.s3.asked, await Task.all().count()) == ([], 0)


async def test_the_key_lies_sealed(there: There) -> None:
    row = await Source.get()
    assert there.s3.secret.encode() not in bytes(row.secret)
    assert there.s3.secret not in str(row.config)
