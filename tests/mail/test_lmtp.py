"""LMTP with several recipients: each is answered for itself, and no client waits for an answer that does not come."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest

from core.inbox.models import Delivery
from core.kernel.work import work
from core.sources import actions as sources
from core.sources.queries import SourceView, live_sources
from tests.world import World
from webhooks.letterbox import Letterbox
from webhooks.listener import MOST_RECIPIENTS, listening

VERA = "vera@client.example"
NOBODY = "nobody@else.example"
Port = int
Answers = list[tuple[str, int]]


@pytest.fixture
async def port(post: SourceView) -> AsyncIterator[Port]:
    async with work():
        await sources.add_source("second", "smtp", "Вторая почта", {}, {"mail_address": "service@in.example"})
    async with listening("127.0.0.1", None, 0) as bound:
        yield bound["lmtp"]


def a_letter(text: str = "Не холодит") -> bytes:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = VERA, "desk@in.example", "Витрина"
    letter["Message-ID"] = "<one@client.example>"
    letter.set_content(text)
    return letter.as_bytes(policy=letter.policy.clone(linesep="\r\n"))


def handed(port: Port, recipients: list[str], letter: bytes, sender: str = VERA) -> tuple[Answers, Answers]:
    """What is said to each recipient and, after the letter, to each that was taken; the line is in step afterwards."""
    with smtplib.LMTP("127.0.0.1", port, timeout=3) as client:
        client.ehlo()
        assert client.mail(sender)[0] == 250
        said = [(one, client.rcpt(one)[0]) for one in recipients]
        taken = [one for one, code in said if code == 250]
        client.putcmd("data")
        assert client.getreply()[0] == (354 if taken else 503)
        client.send(letter + b"\r\n.\r\n" if taken else b"")
        after = [(one, client.getreply()[0]) for one in taken]
        assert client.noop()[0] == 250
    return said, after


async def test_it_answers_for_each_that_was_taken(port: Port, world: World) -> None:
    for strangers, count in ((0, 1), (0, 2), (1, 1), (1, 2), (2, 0), (1, 5), (0, 5)):
        ours = [f"desk+{n}@in.example" for n in range(count)]
        said, after = await asyncio.to_thread(handed, port, [NOBODY] * strangers + ours, a_letter())
        assert said == [(NOBODY, 550)] * strangers + [(one, 250) for one in ours]
        assert after == [(one, 250) for one in ours]
    assert await Delivery.all().count() == 1


async def test_a_recipient_twice_is_answered_twice_and_kept_once(port: Port, world: World) -> None:
    _, after = await asyncio.to_thread(handed, port, ["desk@in.example"] * 2, a_letter())
    assert [code for _, code in after] == [250, 250]
    assert await Delivery.all().count() == 1


async def test_two_addresses_of_two_sources_have_a_letter_each(port: Port, world: World) -> None:
    _, after = await asyncio.to_thread(handed, port, ["desk@in.example", "service@in.example"], a_letter())
    assert [code for _, code in after] == [250, 250]
    assert sorted(await Delivery.all().values_list("source", flat=True)) == ["hook:post", "hook:second"]


async def test_one_that_cannot_be_kept_is_told_alone(port: Port, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client brings the letter again for that recipient only."""
    good = Letterbox.take

    async def half(self: Letterbox, source: SourceView, *rest: object) -> str:
        if source.id == "post":
            raise OSError("no database")
        return await good(self, source, *rest)  # type: ignore[arg-type]

    both = ["desk@in.example", "service@in.example"]
    with monkeypatch.context() as broken:
        broken.setattr(Letterbox, "take", half)
        assert (await asyncio.to_thread(handed, port, both, a_letter()))[1] == [(both[0], 451), (both[1], 250)]
    assert (await asyncio.to_thread(handed, port, both, a_letter()))[1] == [(both[0], 250), (both[1], 250)]
    assert await Delivery.all().count() == 2


async def test_a_source_switched_off_in_between_is_not_said_to_have_it(port: Port, world: World) -> None:
    async def switch() -> None:
        async with work():
            await sources.change_source("post", active=False)
        assert "post" not in await live_sources()

    def talk() -> int:
        with smtplib.LMTP("127.0.0.1", port, timeout=3) as client:
            client.ehlo()
            client.mail(VERA)
            assert client.rcpt("desk@in.example")[0] == 250
            asyncio.run_coroutine_threadsafe(switch(), loop).result(3)
            return client.data(a_letter())[0]

    loop = asyncio.get_running_loop()
    assert await asyncio.to_thread(talk) == 550
    assert not await Delivery.exists()


@pytest.mark.parametrize(
    ("letter", "code"), [(b"Subject: x\r\n\r\n" + b"y" * 100_000, 500), (b"y" * 70 + b"\r\n", 552)]
)
async def test_a_letter_that_the_server_refuses_is_refused_for_each(
    post: SourceView, world: World, letter: bytes, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.listener.MAX_LETTER", 60 if code == 552 else 1 << 20)
    ours = [f"desk+{n}@in.example" for n in range(3)]
    async with listening("127.0.0.1", None, 0) as bound:
        for some in (ours, ours[:1]):
            _, after = await asyncio.to_thread(handed, bound["lmtp"], some, letter)
            assert after == [(one, code) for one in some]
    assert not await Delivery.exists()


async def test_two_letters_on_one_line_and_a_notice_without_a_sender(port: Port, world: World) -> None:
    def talk() -> list[int]:
        with smtplib.LMTP("127.0.0.1", port, timeout=3) as client:
            client.ehlo()
            codes = []
            for sender, text in ((VERA, "a"), ("", "b")):
                client.mail(sender)
                client.rcpt("desk@in.example")
                client.rcpt("service@in.example")
                codes += [client.data(a_letter(text))[0], client.getreply()[0]]
        return codes

    assert await asyncio.to_thread(talk) == [250] * 4


async def test_commands_may_come_together(port: Port, world: World) -> None:
    """As LMTP says that they may (RFC 2033, 5)."""

    def talk() -> list[int]:
        with smtplib.LMTP("127.0.0.1", port, timeout=3) as client:
            client.ehlo()
            assert client.has_extn("pipelining")
            client.send(
                f"MAIL FROM:<{VERA}>\r\nRCPT TO:<desk@in.example>\r\nRCPT TO:<{NOBODY}>\r\n"
                "RCPT TO:<service@in.example>\r\nDATA\r\n"
            )
            codes = [client.getreply()[0] for _ in range(5)]
            client.send(a_letter() + b"\r\n.\r\nNOOP\r\n")
            return codes + [client.getreply()[0] for _ in range(3)]

    assert await asyncio.to_thread(talk) == [250, 250, 550, 250, 354, 250, 250, 250]


async def test_more_than_it_takes_at_once_are_asked_to_wait(port: Port, world: World) -> None:
    many = [f"desk+{n}@in.example" for n in range(MOST_RECIPIENTS + 2)]
    said, after = await asyncio.to_thread(handed, port, many, a_letter())
    assert [code for _, code in said] == [250] * MOST_RECIPIENTS + [452] * 2
    assert [code for _, code in after] == [250] * MOST_RECIPIENTS
