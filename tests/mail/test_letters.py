"""Letters in, without a vendor: from a real mailbox and from mail servers."""

import asyncio
import imaplib
import io
import smtplib
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage

import pytest
from PIL import Image

import webhooks.mail.files  # noqa: F401 - the task of attachments
from core.chats.models import Message
from core.customers import actions as customers
from core.inbox.models import Delivery
from core.kernel.actor import member
from core.kernel.errors import Outage
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Attachment, Order
from core.outbox.models import Notice, Sender
from core.sources import actions as sources
from core.sources import requests
from core.sources.boxes import Place, move_on, place_of, trouble, troubles
from core.sources.models import Outcome, Request
from core.sources.queries import SourceView, source
from core.sources.threads import message_id, reply_token
from core.tasks.actions import run_one
from tests.mail.conftest import Server, follow_all, until
from tests.world import World
from webhooks.letterbox import Letterbox
from webhooks.listener import listening
from webhooks.mailbox import _keep_reading, mailboxes, read

PDF = b"%PDF-1.7\n" + b"1 0 obj\n" * 50
VERA = "vera@client.example"
LONG = "\n".join(f"{n}. Проверить узел, заменить прокладку и записать показания." for n in range(120))


def a_letter(
    text: str = "Не холодит витрина", *, sender: str = VERA, to: str = "desk@in.example", **headers: str
) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = f"Вера <{sender}>", to
    letter["Subject"] = headers.pop("Subject", "Витрина")
    letter["Message-ID"] = headers.pop("Message_ID", f"<{abs(hash((text, sender, to)))}@client.example>")
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(text)
    return letter


async def an_order(world: World, email: str = VERA) -> int:
    async with work():
        contact_id = await customers.guest(world.bakery, "Вера", "", email)
        return await orders.create(
            customer_id=world.bakery, contact_id=contact_id, words="x", address="Мира, 5", source="mail"
        )


async def handed(
    source: SourceView, letter: EmailMessage | bytes, sender: str | None = VERA, to: str = "desk@in.example"
) -> str:
    box = Letterbox()
    raw = letter if isinstance(letter, bytes) else letter.as_bytes()
    said = await box.take(source, raw, sender, (to,))
    await box.intake.close()
    await follow_all()
    while await run_one():
        pass
    return said


async def test_a_new_letter_waits_for_a_dispatcher_with_its_files(post: SourceView, world: World) -> None:
    letter = a_letter()
    letter.add_attachment(PDF, maintype="application", subtype="pdf", filename="../схема.pdf")
    letter.add_attachment(b"MZ\x90\x00" + bytes(99), maintype="application", subtype="pdf", filename="virus.pdf")
    assert await handed(post, letter) == "kept"
    assert await handed(post, letter) == "copy"
    row = await Request.get()
    assert (row.kind, row.facts["email"]) == ("letter", VERA)
    async with work(await world.actor(member(world.dispatcher))):
        number = await requests.make_order(row.id)
    while await run_one():
        pass
    order = await Order.get(id=number).select_related("contact")
    assert (order.source, order.contact.email, order.contact.guest) == ("mail", VERA, True)
    attached = await Attachment.filter(order_id=number).select_related("file")
    assert [(one.file.mime, one.file.name) for one in attached] == [("application/pdf", "схема.pdf")]
    assert "virus.pdf" in (await Message.get(order_id=number, side="team")).text


FORWARDED = """Прошу принять в работу.

---------- Forwarded message ---------
От: Магазин 5 <shop5@client.example>
Date: пн, 23 нояб. 2026 г. в 09:00
Subject: Не холодит
To: Вера <vera@client.example>

Мира, 5: витрина у входа не холодит с утра.
"""


@pytest.mark.parametrize("subject", ["Fwd: Не холодит", "FW: Не холодит", "Пересл.: Не холодит"])
async def test_what_is_passed_on_to_us_is_what_the_letter_is_about(
    post: SourceView, world: World, subject: str
) -> None:
    letter = a_letter(FORWARDED, Subject=subject)
    letter.add_alternative(f'<p>Прошу</p><div class="gmail_quote">{FORWARDED}</div>', subtype="html")
    assert await handed(post, letter) == "kept"
    words = (await Request.get()).facts["words"]
    assert "Прошу принять" in words
    assert "витрина у входа не холодит" in words


@pytest.mark.parametrize("how", ["plus", "reference"])
async def test_an_answer_comes_into_its_thread_without_the_quotation(post: SourceView, world: World, how: str) -> None:
    number = await an_order(world)
    text = "Код 12\n\nсб, 21 нояб. 2026 г. в 12:00, Холод <desk@in.example>:\n> Заявка принята\n"
    to = f"desk+{reply_token(number)}@in.example" if how == "plus" else "desk@in.example"
    letter = a_letter(text, to=to)
    if how == "reference":
        letter["References"] = message_id(number, "abc", "in.example")
    letter.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    assert await handed(post, letter, to=to) == "kept"
    said = await Message.filter(order_id=number).order_by("id")
    assert [(one.side, one.text) for one in said] == [("customer", "Код 12"), ("customer", "")]
    assert said[1].file_id


async def test_a_stranger_in_a_thread_is_quarantined(post: SourceView, world: World) -> None:
    number = await an_order(world)
    to = f"desk+{reply_token(number)}@in.example"
    await handed(post, a_letter("Отмените всё", sender="evil@other.example", to=to), "evil@other.example", to)
    assert not await Message.filter(order_id=number).exists()
    assert (await Outcome.get()).what == "quarantine"
    assert (await Request.get()).facts["stranger_in"] == number


async def test_a_forged_token_is_quarantined(post: SourceView, world: World) -> None:
    number = await an_order(world)
    to = f"desk+t{number}.{'0' * 20}@in.example"
    await handed(post, a_letter("я", to=to), to=to)
    assert not await Message.filter(order_id=number).exists()
    assert (await Outcome.get()).what == "quarantine"


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        ({"Auto_Submitted": "auto-replied"}, VERA),
        ({"X_Autoreply": "yes"}, VERA),
        ({"Precedence": "bulk"}, VERA),
        ({}, ""),
        ({"X_Desk_Loop": "1"}, VERA),
    ],
)
async def test_machines_are_never_answered(
    post: SourceView, world: World, headers: dict[str, str], sender: str
) -> None:
    number = await an_order(world)
    told = Notice.filter(screen__startswith="customer.")
    before = await told.count()
    to = f"desk+{reply_token(number)}@in.example"
    for n in range(2):
        await handed(post, a_letter(f"Меня нет {n}", to=to, **headers), sender, to)
    assert not await Message.filter(order_id=number).exists()
    assert await told.count() == before
    assert not await Request.exists()


def a_bounce(number: int, action: str) -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: desk@in.example\r\nSubject: Undelivered\r\nMessage-ID: <b1@mx>\r\n"
        f"References: {message_id(number, 'abc', 'in.example')}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nNo such user. Action: {action}\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: {action}\r\nStatus: 5.1.1\r\n--b--\r\n"
    ).encode()


async def test_a_bounce_marks_the_address(post: SourceView, world: World) -> None:
    number = await an_order(world)
    contact = (await Order.get(id=number)).contact_id
    await handed(post, a_bounce(number, "failed"), "")
    assert (await Sender.get(bot="email", chat_id=contact)).blocked_at is not None
    assert (await Outcome.get()).what == "bounce"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"From: x\r\n\r\n\xff\xfe\x00",
        b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n--\r\n",
        b"From: a@b.example\r\n" + b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * 60,
        b"From: a@b.example\r\nSubject: =?utf-8?b?////?=\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"X: " + b"y" * 500_000,
        ("From: <script>@x.example\r\nSubject: <img src=x onerror=alert(1)>\r\nContent-Type: text/html\r\n\r\n"
         "<p>Помогите<script>alert(1)</script></p>").encode(),
    ],
)  # fmt: skip
async def test_broken_letters_are_kept_and_break_nothing(post: SourceView, world: World, raw: bytes) -> None:
    said = await handed(post, raw, "a@b.example")
    assert said in ("kept", "drop", "reject", "ack_ignore")
    assert not await Delivery.filter(dead_at__isnull=False).exists()
    assert not await Delivery.filter(error__isnull=False).exists()


async def test_a_mailbox_is_read_once_and_marked(box: SourceView, dovecot: Server, world: World) -> None:
    dovecot.put(*(a_letter(f"Письмо {n}").as_bytes() for n in range(30)))
    letters = Letterbox()
    assert await read(box, letters, once=True) == 30
    assert dovecot.unread() == 0
    dovecot.put(a_letter("Ещё одно").as_bytes())
    assert await read(box, letters, once=True) == 1
    assert await read(box, letters, once=True) == 0
    assert await Delivery.all().count() == 31
    await letters.intake.close()


async def test_what_was_not_committed_comes_again(
    box: SourceView, dovecot: Server, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database fails after half of a batch: nothing is marked, and the next reading loses and doubles nothing."""
    dovecot.put(*(a_letter(f"Письмо {n}").as_bytes() for n in range(8)))
    letters, count, good = Letterbox(), 0, Letterbox.take

    async def breaking(self: Letterbox, *args: object) -> str:
        nonlocal count
        count += 1
        if count == 5:
            raise OSError("the database is gone")
        return await good(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Letterbox, "take", breaking)
    with pytest.raises(OSError, match="gone"):
        await read(box, letters, once=True)
    assert dovecot.unread() == 8
    await read(box, letters, once=True)
    assert await Delivery.all().count() == 8
    assert dovecot.unread() == 0
    await letters.intake.close()


async def test_who_sends_a_copy_to_themselves_is_heard(box: SourceView, dovecot: Server, world: World) -> None:
    """A mailbox has no envelope to tell which of the addresses is ours."""
    dovecot.put(
        a_letter("С копией себе", Cc=f"Вера <{VERA}>").as_bytes(),
        a_letter("От нас самих", sender="desk@in.example", to="desk@in.example").as_bytes(),
    )
    letters = Letterbox()
    await read(box, letters, once=True)
    await letters.intake.close()
    await follow_all()
    assert [row.facts["words"] for row in await Request.all()] == ["Витрина\nС копией себе"]


@pytest.mark.parametrize("command", ["FETCH", "SEARCH"])
@pytest.mark.parametrize("known", [True, False], ids=["a box that was read before", "a new box"])
async def test_a_letter_that_the_server_cannot_give_now_comes_later(
    box: SourceView, dovecot: Server, world: World, monkeypatch: pytest.MonkeyPatch, command: str, known: bool
) -> None:
    """«NO» is the server's trouble (an index that is rebuilt, a limit), not the end of the letters."""
    letters = Letterbox()
    if known:
        await read(box, letters, once=True)
    dovecot.put(a_letter("Не холодит").as_bytes())
    good = imaplib.IMAP4.uid

    def refusing(self: imaplib.IMAP4, name: str, *args: str) -> tuple[str, list[bytes]]:
        return ("NO", [b"[UNAVAILABLE] Internal error, try later"]) if name == command else good(self, name, *args)

    with monkeypatch.context() as patched:
        patched.setattr(imaplib.IMAP4, "uid", refusing)
        with suppress(Exception):
            await read(box, letters, once=True)
    assert dovecot.unread() == 1
    await read(box, letters, once=True)
    assert await Delivery.all().count() == 1
    await letters.intake.close()


async def test_all_words_of_a_long_answer_stand_in_the_thread(post: SourceView, world: World) -> None:
    number = await an_order(world)
    to = f"desk+{reply_token(number)}@in.example"
    assert await handed(post, a_letter(LONG, to=to), to=to) == "kept"
    said = await Message.filter(order_id=number).order_by("id")
    assert "".join(one.text for one in said).split() == LONG.split()


async def test_all_words_of_a_long_letter_come_with_its_order(post: SourceView, world: World) -> None:
    assert await handed(post, a_letter(LONG)) == "kept"
    row = await Request.get()
    assert f"{row.facts['words']}{row.facts['rest']}".split() == ["Витрина", *LONG.split()]
    async with work(await world.actor(member(world.dispatcher))):
        number = await requests.make_order(row.id)
    order, said = await Order.get(id=number), await Message.filter(order_id=number).order_by("id")
    assert "".join([order.words, "\n", *(one.text for one in said)]).split() == ["Витрина", *LONG.split()]
    assert {(one.side, one.party) for one in said} == {("customer", f"contact:{order.contact_id}")}


async def test_a_letter_that_is_an_order_at_once_brings_all_that_it_has(post: SourceView, world: World) -> None:
    async with work():
        await sources.change_source("post", mapping={"customer_id": world.azbuka, "site_id": world.arbat})
    letter = a_letter(LONG)
    letter.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    for _ in range(2):
        await handed(await source("post"), letter)
    order = await Order.get()
    said = await Message.filter(order_id=order.id).order_by("id")
    assert "".join([order.words, "\n", *(one.text for one in said)]).split() == ["Витрина", *LONG.split()]
    assert await Attachment.filter(order_id=order.id, phase="request").count() == 1


async def test_files_that_a_letter_has_too_many_of_are_told(post: SourceView, world: World) -> None:
    number = await an_order(world)
    to = f"desk+{reply_token(number)}@in.example"
    letter = a_letter(to=to)
    for n in range(33):
        letter.add_attachment(PDF + b"%d" % n, maintype="application", subtype="pdf", filename=f"{n + 1}.pdf")
    await handed(post, letter, to=to)
    assert await Attachment.filter(order_id=number).count() == 30
    told = (await Message.get(order_id=number, side="team")).text
    assert [name for name in ("30.pdf", "31.pdf", "32.pdf", "33.pdf") if name in told] == ["31.pdf", "32.pdf", "33.pdf"]


async def test_a_picture_without_a_name_is_a_file_too(post: SourceView, world: World) -> None:
    """As some telephones and Outlook put it between the words."""
    number, picture = await an_order(world), io.BytesIO()
    Image.new("RGB", (90, 60), "navy").save(picture, "JPEG")
    to = f"desk+{reply_token(number)}@in.example"
    letter = a_letter("", to=to, Subject="")
    letter.add_attachment(picture.getvalue(), maintype="image", subtype="jpeg", disposition="inline")
    assert await handed(post, letter, to=to) == "kept"
    assert (await Message.get(order_id=number)).file_id


@pytest.mark.parametrize("known", [True, False], ids=["a box that was read before", "a new box"])
async def test_one_letter_that_the_server_cannot_read_hides_no_other(
    box: SourceView, dovecot: Server, world: World, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    letters, good = Letterbox(), imaplib.IMAP4.uid
    if known:
        await read(box, letters, once=True)
    dovecot.put(*(a_letter(f"Письмо {n}").as_bytes() for n in range(30)))

    def refusing(self: imaplib.IMAP4, name: str, *args: str) -> tuple[str, list[bytes]]:
        bad = name == "FETCH" and "7" in str(args[0]).split(",")
        return ("NO", [b"[SERVERBUG] Internal error"]) if bad else good(self, name, *args)

    with monkeypatch.context() as patched:
        patched.setattr(imaplib.IMAP4, "uid", refusing)
        for _ in range(2):
            with pytest.raises(Outage, match="SERVERBUG"):
                await read(box, letters, once=True)
    assert (await Delivery.all().count(), dovecot.unread()) == (29, 1)
    await read(box, letters, once=True)
    assert (await Delivery.all().count(), dovecot.unread()) == (30, 0)
    await letters.intake.close()


async def test_numbers_that_mean_nothing_any_more_double_nothing(
    box: SourceView, dovecot: Server, world: World
) -> None:
    dovecot.put(*(a_letter(f"Письмо {n}").as_bytes() for n in range(5)))
    letters = Letterbox()
    await read(box, letters, once=True)
    real = await place_of("box")
    await move_on("box", Place(real.validity + 1, 1000))
    dovecot.put(a_letter("Новое").as_bytes())
    await read(box, letters, once=True)
    assert (await place_of("box")).validity == real.validity
    assert await Delivery.all().count() == 6
    await letters.intake.close()


async def test_idle_brings_a_letter_at_once(box: SourceView, dovecot: Server, world: World) -> None:
    stop = asyncio.Event()
    reading = asyncio.create_task(mailboxes(stop))

    async def opened() -> bool:
        return (await place_of("box")).validity > 0

    async def came() -> bool:
        return await Delivery.exists()

    await until(opened)
    await asyncio.to_thread(dovecot.put, a_letter().as_bytes())
    await until(came)
    stop.set()
    await reading
    assert await Delivery.all().values_list("source", "dead_at") == [("hook:box", None)]
    assert await troubles() == {}


async def test_a_wrong_password_is_told_on_the_page_and_not_repeated_there(
    box: SourceView, dovecot: Server, world: World
) -> None:
    letterbox = Letterbox()
    reading = asyncio.create_task(_keep_reading(replace(box, secret={"password": "not-this-one"}), letterbox))

    async def told() -> bool:
        return bool(await troubles())

    await until(told)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await letterbox.intake.close()
    why = (await troubles())["box"]
    assert "AUTHENTICATIONFAILED" in why
    assert "not-this-one" not in why
    assert not await Delivery.exists()


async def test_a_server_that_is_gone_is_told_on_the_page(box: SourceView, world: World) -> None:
    with pytest.raises(OSError):  # noqa: PT011
        await read(replace(box, config={**box.config, "imap_url": "imap://127.0.0.1:1"}), Letterbox(), once=True)
    await trouble("box", "ConnectionRefusedError")
    assert await troubles() == {"box": "ConnectionRefusedError"}


@pytest.fixture
async def ports_of(post: SourceView) -> AsyncIterator[dict[str, int]]:
    async with listening("127.0.0.1", 0, 0) as bound:
        yield bound


async def test_a_mail_server_hands_over_by_smtp_and_lmtp(ports_of: dict[str, int], world: World) -> None:
    letter = a_letter()

    def smtp() -> None:
        with smtplib.SMTP("127.0.0.1", ports_of["smtp"], timeout=10) as client:
            client.send_message(letter, VERA, ["desk+anything@in.example"])

    def lmtp() -> None:
        with smtplib.LMTP("127.0.0.1", ports_of["lmtp"]) as client:
            assert client.sendmail(VERA, ["desk@in.example"], a_letter("другое").as_bytes()) == {}

    await asyncio.to_thread(smtp)
    await asyncio.to_thread(lmtp)
    assert await Delivery.all().count() == 2


async def test_nothing_is_relayed(ports_of: dict[str, int], world: World) -> None:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", ports_of["smtp"], timeout=10) as client:
            client.send_message(a_letter(), VERA, ["somebody@else.example"])

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        await asyncio.to_thread(send)
    assert not await Delivery.exists()


async def test_an_uncommitted_letter_is_not_taken(
    ports_of: dict[str, int], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> str:
        raise OSError("no database")

    monkeypatch.setattr(Letterbox, "take", broken)

    def send() -> int:
        with smtplib.SMTP("127.0.0.1", ports_of["smtp"], timeout=10) as client:
            try:
                client.send_message(a_letter(), VERA, ["desk@in.example"])
            except smtplib.SMTPDataError as error:
                return error.smtp_code
            return 250

    assert await asyncio.to_thread(send) == 451


async def test_a_broken_line_leaves_nothing(ports_of: dict[str, int], world: World) -> None:
    def talk() -> None:
        with socket.create_connection(("127.0.0.1", ports_of["smtp"]), timeout=10) as line:
            line.recv(200)
            for said in (b"EHLO x\r\n", b"MAIL FROM:<a@b.example>\r\n", b"RCPT TO:<desk@in.example>\r\n", b"DATA\r\n"):
                line.sendall(said)
                line.recv(1000)
            line.sendall(b"Subject: half\r\n\r\nhalf of")

    await asyncio.to_thread(talk)
    assert not await Delivery.exists()
