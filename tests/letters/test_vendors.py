"""SMS and calls by real vendors' words, over HTTP to a server that answers as they do."""

import xml.etree.ElementTree as tree
from decimal import Decimal

import pytest

from core.adapters.console import ConsoleTexter
from core.adapters.telephone import BadAccount
from core.adapters.texters import check_account, texter
from core.kernel.clip import clip
from core.kernel.errors import Outage, Unanswered
from core.kernel.links import links
from core.ports import Texter
from tests.letters.vendors import (
    BAD_NUMBER,
    BALANCE,
    CHANNEL,
    GOOD,
    NAMES,
    NO_MONEY,
    PASSWORD,
    PATHS,
    SID,
    TOKEN,
    WORDS,
    Answer,
    Town,
    is_proved,
    path_of,
)
from webhooks.fetch import Web

PHONE = "+79161112233"


def made(name: str, vendors: Town, outside: Web, **options: str) -> Texter:
    return texter(CHANNEL[name], vendors.url(name, **options), outside)


async def refused(name: str, vendors: Town, outside: Web) -> Outage:
    with pytest.raises(Outage) as caught:
        await made(name, vendors, outside).send(PHONE, "слово", "ru", "naryad-1")
    assert TOKEN not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert caught.value.reason
    return caught.value


@pytest.mark.parametrize("name", NAMES)
async def test_a_word_goes_out(name: str, vendors: Town, outside: Web) -> None:
    vendors.answer = GOOD[name]
    await made(name, vendors, outside).send(PHONE, 'Заявка № 5 <&> "едет"', "ru", "naryad-1")
    [got] = vendors.got
    assert (got.method, path_of(got)) == ("POST", PATHS[name])
    assert is_proved(name, got, vendors.key)
    phone, said = WORDS[name](got)
    assert phone == PHONE
    assert "Заявка № 5" in said


@pytest.mark.parametrize("name", [*NAMES, "console"])
async def test_every_texter_keeps_to_its_length(name: str, vendors: Town, outside: Web) -> None:
    vendors.answer = GOOD.get(name)
    text = "слово-за-словом " * 100
    if name == "console":
        twin = ConsoleTexter()
        await twin.send(PHONE, text, "ru", "naryad-1")
        assert (twin.said, await twin.check()) == ([(PHONE, clip(text, twin.most))], None)
        return
    power = made(name, vendors, outside)
    await power.send(PHONE, text, "ru", "naryad-1")
    said = WORDS[name](vendors.got[0])[1]
    if name == "twilio-voice":
        said = next(iter(tree.fromstring(said).iter("Say"))).text or ""
    assert said == clip(text, power.most)
    assert said.endswith("словом...")


@pytest.mark.parametrize("name", NAMES)
async def test_a_bad_number_is_refused_for_good(name: str, vendors: Town, outside: Web) -> None:
    vendors.answer = BAD_NUMBER[name]
    assert (await refused(name, vendors, outside)).permanent


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "answer", [None, (429, {"code": 20429}), (500, "oops"), (503, "<html>"), (401, {"title": "Unauthorized"})]
)
async def test_what_is_ours_or_theirs_is_tried_again(
    name: str, answer: Answer | None, vendors: Town, outside: Web
) -> None:
    """No money, too many, a fault, a wrong key: none says anything of the number, and nothing was sent."""
    vendors.answer = answer or NO_MONEY[name]
    outage = await refused(name, vendors, outside)
    assert not outage.permanent
    if not (name == "smsc" and answer and answer[0] == 401):
        assert not isinstance(outage, Unanswered)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("answer", [None, (200, "<html>maintenance</html>"), (201, "{"), (200, "[" * 100_000)])
async def test_nobody_knows_whether_it_went_out(name: str, answer: Answer | None, vendors: Town, outside: Web) -> None:
    vendors.answer = answer
    assert isinstance(await refused(name, vendors, outside), Unanswered)


@pytest.mark.parametrize("name", NAMES)
async def test_a_vendor_that_is_not_there_has_nothing(name: str, vendors: Town, outside: Web) -> None:
    vendors.base = "http://127.0.0.1:1"
    outage = await refused(name, vendors, outside)
    assert (outage.reason, outage.permanent, isinstance(outage, Unanswered)) == ("refused", False, False)


async def test_an_address_of_our_own_network_is_not_called(vendors: Town, outside: Web) -> None:
    vendors.base = "https://10.0.0.1"
    outage = await refused("smsc", vendors, outside)
    assert (outage.reason, outage.permanent) == ("inside", False)


@pytest.mark.parametrize("name", NAMES)
async def test_the_account_is_asked(name: str, vendors: Town, outside: Web) -> None:
    vendors.answer = BALANCE[name]
    balance = await made(name, vendors, outside).check()
    assert (balance and balance.amount) == (None if name == "vonage" else Decimal("12.34"))
    assert is_proved(name, vendors.got[0], vendors.key)
    for answer in (
        (401, {"title": "Unauthorized", "message": "Authenticate"}),
        (200, "<html>"),
        (200, {"balance": "?"}),
    ):
        vendors.answer = answer
        with pytest.raises(Outage):
            await made(name, vendors, outside).check()


async def test_a_call_says_it_twice_and_escapes_it(vendors: Town, outside: Web) -> None:
    vendors.answer = GOOD["twilio-voice"]
    await made("twilio-voice", vendors, outside).send(PHONE, "a </Say><Hangup/> & \x00b", "en", "naryad-1")
    root = tree.fromstring(vendors.got[0].fields["Twiml"])
    assert [one.tag for one in root] == ["Pause", "Say", "Pause", "Say"]
    assert [one.get("language") for one in root.iter("Say")] == ["en-US", "en-US"]
    assert {one.text for one in root.iter("Say")} == {"a </Say><Hangup/> &  b"}


async def test_twilio_is_told_where_to_report(vendors: Town, outside: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    vendors.answer = GOOD["twilio"]
    power = made("twilio", vendors, outside, report="tw")
    await power.send(PHONE, "a", "ru", "naryad-7")
    monkeypatch.setattr(links, "public", "https://cold.example")
    await power.send(PHONE, "a", "ru", "naryad-7")
    told = [got.fields.get("StatusCallback") for got in vendors.got]
    assert told == [None, "https://cold.example/hooks/tw?notice=naryad-7"]


@pytest.mark.parametrize(
    ("channel", "url", "part"),
    [
        ("sms", "nexmo://a:b@/?from=1", "vendor"),
        ("sms", "twilio", "vendor"),
        ("sms", "http://[", "vendor"),
        ("voice", f"smsc://{SID}:{TOKEN}@/", "vendor"),
        ("sms", f"twilio://wrong:{TOKEN}@/?from=+74951234567", "user"),
        ("sms", f"twilio://{SID}@/?from=+74951234567", "secret"),
        ("sms", f"twilio://{SID}:{TOKEN}@/", "from"),
        ("sms", f"twilio://{SID}:{TOKEN}@/?from=12", "from"),
        ("voice", f"twilio://{SID}:{TOKEN}@/?from=FIRMA", "from"),
        ("sms", f"twilio://{SID}:{TOKEN}@/?from=FIRMA&to=1", "options"),
        ("sms", f"twilio://{SID}:to?ken@/?from=FIRMA", "options"),
        ("sms", f"twilio://{SID}:{TOKEN}@/?from=FIRMA&report=Not%20One", "report"),
        ("sms", "smsc://firma@/", "secret"),
        ("voice", "vonage://11111111-2222-3333-4444-555555555555@/?from=74951234567", "key"),
        ("voice", "vonage://11111111-2222-3333-4444-555555555555@/?from=74951234567&key=/no/such/file", "key"),
        ("voice", "vonage://1@/?from=74951234567&key=/dev/null", "user"),
    ],
)
def test_a_wrong_account_names_its_part(channel: str, url: str, part: str) -> None:
    with pytest.raises(BadAccount) as wrong:
        check_account(channel, url)
    assert (wrong.value.part, TOKEN in str(wrong.value.__dict__)) == (part, False)


@pytest.mark.parametrize("sender", ["+74951234567", "MG0123456789", "Firma"])
def test_a_sender_of_sms_has_three_forms(sender: str) -> None:
    assert check_account("sms", f"twilio://{SID}:{TOKEN}@/?from={sender}").options["from"] == sender


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("раз два", 7, "раз два"),
        ("раз два три", 10, "раз два..."),
        ("раз, два", 7, "раз..."),
        ("неделимое", 6, "нед..."),
        ("раз", 2, "ра"),
        ("раз", 0, ""),
        ("раз", -5, ""),
        ("", 5, ""),
    ],
)
def test_words_are_cut_between_words(text: str, most: int, expected: str) -> None:
    assert clip(text, most) == expected
