"""Amazon's notices at the real door: Amazon itself is a server on this machine, with a certificate for its name."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import ResolveResult
from aiohttp.test_utils import TestClient, TestServer
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

import webhooks.mail.files  # noqa: F401 - the task of attachments
from core import ports
from core.adapters.disk import Disk
from core.chats.models import Message
from core.customers import actions as customers
from core.inbox.models import Delivery
from core.kernel.actor import member
from core.kernel.clock import now
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Attachment
from core.outbox.models import Sender
from core.sources import actions as sources
from core.sources import requests
from core.sources.models import Outcome, Request
from core.sources.threads import reply_token
from core.sources.worker import Follower
from core.tasks.actions import run_one
from core.tasks.models import Task
from tests.hooks.conftest import Resolver
from tests.webhooks.deliveries import b64, shape, written
from tests.webhooks.test_ses_sns import CERT_URL, HOST, TOPIC, certificate, confirmation, envelope, pair
from tests.world import World
from webhooks import amazon
from webhooks.fetch import web as outside
from webhooks.route import HooksDoor

NAME = HOST.removeprefix("https://")
VERA = "vera@client.example"
YEARS = 20_000


@dataclass
class Amazon:
    """`pem` is served as the certificate of notices, with `status`; `asked` are paths."""

    pem: str = field(default_factory=lambda: certificate(YEARS))
    status: int = 200
    asked: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        return web.Response(status=self.status, text=self.pem if request.path.endswith(".pem") else "<ok/>")


class Elsewhere(Resolver):
    """Names as the test has them, at a port that is free here."""

    port = 0

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        return [{**one, "port": self.port} for one in await super().resolve(host, port, family)]


def server_files(folder: Path, *hosts: str) -> tuple[Path, Path]:
    name, at = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)]), datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, pair().public_key(), 9)
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(pair(), SHA256())
    )
    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(built.public_bytes(Encoding.PEM))
    key.write_bytes(pair().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return cert, key


@pytest.fixture
async def there(desk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Amazon]:
    there, app = Amazon(), web.Application()
    app.router.add_route("*", "/{tail:.*}", there.handle)
    cert, key = server_files(tmp_path, NAME)
    served, believed = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context(cafile=str(cert))
    served.load_cert_chain(cert, key)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=served)
    await site.start()
    resolver = Elsewhere({NAME: [["127.0.0.1"]]})
    resolver.port = runner.addresses[0][1]
    monkeypatch.setattr(amazon, "_certificates", amazon.Certificates())
    async with outside([NAME], resolver, believed) as power:
        ports.use(web=power, storage=Disk(tmp_path / "files"))
        yield there
    await runner.cleanup()


@pytest.fixture
async def door(there: Amazon, world: World) -> AsyncIterator[TestClient[Any, Any]]:
    async with work():
        await sources.add_source("ses", "ses-sns", "Почта", {}, {"topic_arn": TOPIC})
    hooks, app = HooksDoor(), web.Application()
    hooks.add_to(app)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client
    await hooks.intake.close()


def at(**changed: Any) -> dict[str, Any]:
    return {"Timestamp": now().strftime("%Y-%m-%dT%H:%M:%S.000Z"), **changed}


async def sent(door: TestClient[Any, Any], said: dict[str, Any]) -> int:
    async with door.post("/hooks/ses", data=written(said), headers={"Content-Type": "text/plain"}) as answer:
        return answer.status


async def follow() -> list[str]:
    follower = Follower()
    while await follower.run_one():
        pass
    while await run_one():
        pass
    return [one.what for one in await Outcome.all().order_by("delivery_id")]


def received(letter: EmailMessage, to: str, *, encoding: str = "BASE64") -> str:
    said = shape("ses-sns", "received")
    said["mail"] |= {"source": VERA, "destination": [to]}
    said["receipt"] |= {"recipients": [to], "action": {"type": "SNS", "encoding": encoding}}
    said["content"] = b64(letter.as_bytes()) if encoding == "BASE64" else letter.as_string()
    return written(said).decode()


def a_letter(text: str, to: str = "desk@in.firma.test") -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = f"Вера <{VERA}>", to, "Витрина"
    letter["Message-ID"] = "<l1@client.example>"
    letter.set_content(text)
    return letter


async def test_a_subscription_of_our_topic_is_confirmed(door: TestClient[Any, Any], there: Amazon) -> None:
    assert await sent(door, confirmation(**at())) == 200
    assert await follow() == ["confirmed"]
    assert [one.partition("?")[0] for one in there.asked] == [CERT_URL.removeprefix(HOST), "/"]
    assert "Action=ConfirmSubscription" in there.asked[1]


async def test_another_topic_makes_us_ask_nobody(door: TestClient[Any, Any], there: Amazon) -> None:
    other = "arn:aws:sns:eu-west-1:999999999999:evil"
    assert await sent(door, confirmation(TopicArn=other, **at())) == 403
    assert await sent(door, confirmation(SigningCertURL="https://evil.test/x.pem", **at())) == 403
    assert there.asked == []
    assert await follow() == []


async def test_a_confirmation_that_failed_waits_to_be_tried_again(door: TestClient[Any, Any], there: Amazon) -> None:
    assert await sent(door, confirmation(**at())) == 200
    there.status = 500
    assert await follow() == ["confirm_subscription"]
    assert len(there.asked) == 2
    assert await Task.filter(kind="sources.confirm", state="queued").count() == 1


async def test_a_certificate_that_cannot_be_had_now_brings_the_notice_again(
    door: TestClient[Any, Any], there: Amazon
) -> None:
    there.status = 503
    assert await sent(door, envelope(**at())) == 503
    there.status = 200
    assert await sent(door, envelope(**at())) == 200
    assert await sent(door, envelope(**at(MessageId="m-2"))) == 200
    assert len(there.asked) == 2, "a good one is remembered"


async def test_what_is_no_certificate_proves_nothing_and_is_not_asked_for_each_time(
    door: TestClient[Any, Any], there: Amazon
) -> None:
    there.pem = "hello"
    for _ in range(3):
        assert await sent(door, envelope(**at())) == 403
    assert len(there.asked) == 1
    assert await Delivery.all().count() == 0


@pytest.mark.parametrize("encoding", ["BASE64", "UTF8"])
async def test_a_letter_goes_the_way_of_all_letters(door: TestClient[Any, Any], world: World, encoding: str) -> None:
    letter = a_letter("Не холодит витрина")
    letter.add_attachment(b"%PDF-1.7\n" + b"1 0 obj\n" * 50, maintype="application", subtype="pdf", filename="a.pdf")
    said = received(letter, "desk@in.firma.test", encoding=encoding)
    for number in ("m-1", "m-2"):
        assert await sent(door, envelope(said, **at(MessageId=number))) == 200
    assert await follow() == ["request"]
    row = await Request.get()
    assert (row.kind, row.facts["email"], row.facts["words"]) == ("letter", VERA, "Витрина\nНе холодит витрина")
    async with work(await world.actor(member(world.dispatcher))):
        number = await requests.make_order(row.id)
    await follow()
    assert [one.order_id for one in await Attachment.all()] == [number]


async def an_order(world: World) -> tuple[int, int]:
    async with work():
        contact_id = await customers.guest(world.bakery, "Вера", "", VERA)
        number = await orders.create(
            customer_id=world.bakery, contact_id=contact_id, words="x", address="Мира, 5", source="mail"
        )
    return number, contact_id


async def test_an_answer_goes_into_its_thread_with_its_files(door: TestClient[Any, Any], world: World) -> None:
    number, _ = await an_order(world)
    to = f"desk+{reply_token(number)}@in.firma.test"
    quote = "пн, 21 нояб. 2026 г. в 10:00, Холод-Сервис <desk@in.firma.test>:\n> Когда?\n"
    letter = a_letter(f"Завтра после обеда\n\n{quote}", to)
    letter.add_attachment(b"%PDF-1.7\n" + b"1 0 obj\n" * 50, maintype="application", subtype="pdf", filename="a.pdf")
    assert await sent(door, envelope(received(letter, to), **at())) == 200
    assert await follow() == ["message"]
    said = await Message.filter(order_id=number).order_by("id")
    assert [(one.text, bool(one.file_id)) for one in said] == [("Завтра после обеда", False), ("", True)]


@pytest.mark.parametrize(
    ("said", "blocked"),
    [
        ({"notificationType": "Bounce", "bounce": {"bounceType": "Permanent", "bouncedRecipients": [0]}}, True),
        ({"eventType": "Bounce", "bounce": {"bounceType": "Transient", "bouncedRecipients": [0]}}, False),
        ({"notificationType": "Complaint", "complaint": {"complainedRecipients": [0]}}, True),
        ({"notificationType": "Complaint", "complaint": {"complainedRecipients": "x"}}, False),
        ({"notificationType": "Delivery", "delivery": {"recipients": [VERA]}}, False),
    ],
    ids=["bounce", "full box", "complaint", "odd", "delivered"],
)
async def test_an_address_that_takes_no_letters_is_told_nothing_more(
    door: TestClient[Any, Any], world: World, said: dict[str, Any], blocked: bool
) -> None:
    _, contact_id = await an_order(world)
    for part in said.values():
        for name, listed in part.items() if isinstance(part, dict) else ():
            if listed == [0]:
                part[name] = [{"emailAddress": "Вера <Vera@client.example>"}]
    said = {**said, "mail": {"messageId": "ses-2", "destination": [VERA]}}
    assert await sent(door, envelope(written(said).decode(), **at())) == 200
    assert await follow() == ["bounce" if blocked else "nothing"]
    assert await Sender.filter(bot="email", chat_id=contact_id, blocked_at__not_isnull=True).exists() is blocked
