"""What a camera or a contractor's message gives: a payment code, a payment link, a receipt's link."""

import pytest

from tests.webhooks.deliveries import answer, judged
from webhooks.request import Request
from webhooks.requisites import account_holds, correspondent_holds, inn_holds

FIELDS = {
    "Name": "ИП Котов Олег",
    "PersonalAcc": "40802810800000005678",
    "BankName": "ПАО СБЕРБАНК",
    "BIC": "044525225",
    "CorrespAcc": "30101810400000000225",
}
GOOD = ("valid", "process", None)
BAD = ("invalid", "reject", None)


def code(separator="|", head="ST00012", encoding="utf-8", **fields):
    pieces = [head, *(f"{name}={value}" for name, value in (FIELDS | fields).items() if value is not None)]
    return separator.join(pieces).encode(encoding)


def scanned(body):
    return judged("st00012", Request("QR", "", (), body, "qr"), {})


@pytest.mark.parametrize(
    ("body", "purpose"),
    [
        (code(), None),
        (code(Sum="840050", Purpose="Счёт 204", Extra="x"), "Счёт 204"),
        (code(head="ST00011", encoding="cp1251", Purpose="Счёт 204"), "Счёт 204"),
        (code(head="ST00013", encoding="koi8-r", Purpose="Счет 204"), "Счет 204"),
        (code("^", Purpose="дом 5|кв 2"), "дом 5|кв 2"),
        (code(Purpose="a=b") + b"|", "a=b"),
        (code(CorrespAcc="0"), None),
        (code(PersonalAcc="03100643000000019500", CorrespAcc="40102810545370000003"), None),
    ],
)
def test_a_code_is_read(body, purpose):
    outcome = scanned(body)
    assert answer(outcome) == GOOD
    assert (outcome.normalized["name"], outcome.normalized["purpose"]) == ("ИП Котов Олег", purpose)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        code(head="ST00014"),
        code(head="ST00022"),
        code(head="st00012"),
        code("a"),
        code("="),
        code("\n"),
        code("ё"),
        code(encoding="cp1251"),
        code(head="ST00011"),
        code(Sum="8400.50"),
        code(Sum="-1"),
        code(Sum="٣"),
        code(BIC="04452522"),
        code(PersonalAcc="40802810800000005679"),
        code(PersonalAcc="4080281080000000567"),
        code(CorrespAcc="30101810400000000226"),
        code(PayeeINN="7707083894"),
        code(Purpose="x" * 211),
        code(Purpose="x|Sum=1|Sum=2"),
        code() + b"|Name=evil",
        code() + b"||Purpose=x",
        code() + b"|" + b"x" * 3000,
        *(code(**{name: None}) for name in FIELDS),
        *(code(**{name: " "}) for name in FIELDS),
    ],
)
def test_a_doubtful_code_is_refused(body):
    assert answer(scanned(body)) == BAD


PAY = "https://qr.nspk.ru/AS1A003RTQJV7SPH85OPSMRVK29EOS71"


def link(url, vendor="sbp", **secret):
    return judged(vendor, Request("GET", url, (), b"", "link"), secret)


def test_a_payment_link_is_read():
    outcome = link(PAY + "?type=02&bank=100000000111&sum=840050&cur=RUB&crc=0000")
    assert answer(outcome) == GOOD
    said = outcome.normalized
    assert (said["kopecks"], said["reusable"], said["crc_holds"]) == (840050, False, False)


def test_the_crc_is_advice():
    assert link(PAY + "?type=01&bank=100000000111&crc=2DDF").normalized["crc_holds"] is True


@pytest.mark.parametrize(
    "url",
    [
        PAY,
        PAY + "?type=03&bank=100000000111&crc=0000",
        PAY + "?type=01&bank=1&crc=0000",
        PAY + "?type=01&bank=100000000111&crc=00G0",
        PAY + "?type=01&bank=100000000111",
        PAY + "?type=01&bank=100000000111&sum=10.50&crc=0000",
        PAY + "?type=01&bank=100000000111&sum=100&cur=USD&crc=0000",
        PAY + "?type=01&type=02&bank=100000000111&crc=0000",
        PAY.replace("https", "http") + "?type=01&bank=100000000111&crc=0000",
        PAY.replace("nspk.ru", "nspk.ru.evil.test") + "?type=01&bank=100000000111&crc=0000",
        PAY.replace("qr.nspk.ru", "qr.nspk.ru@evil.test") + "?type=01&bank=100000000111&crc=0000",
        PAY[:-1] + "?type=01&bank=100000000111&crc=0000",
        "",
    ],
)
def test_a_doubtful_payment_link_is_refused(url):
    assert answer(link(url)) == BAD


RECEIPT = "https://lknpd.nalog.ru/api/v1/receipt/500100732259/2009abcdef/print"


@pytest.mark.parametrize(
    "url",
    [
        RECEIPT,
        RECEIPT.replace("print", "json"),
        RECEIPT.replace("2009abcdef", "0f3a2c11-1111-4222-8333-444455556666"),
    ],
)
def test_a_receipt_is_the_contractors(url):
    outcome = link(url, "moy-nalog", expected_inn="500100732259")
    assert answer(outcome) == GOOD
    assert outcome.normalized["inn"] == "500100732259"


@pytest.mark.parametrize(
    "url",
    [
        RECEIPT.replace("2009abcdef", "2009abcdef1"),
        RECEIPT.replace("2009abcdef", "2009abcde"),
        RECEIPT.replace("2009abcdef", "2009abcde٣"),
        RECEIPT.replace("2009abcdef", "../../../x"),
        RECEIPT.replace("500100732259", "500100732258"),
        RECEIPT.replace("500100732259", "7707083893"),
        RECEIPT.replace("500100732259", "773173084809"),
        RECEIPT.replace("https", "http"),
        RECEIPT.replace("nalog.ru", "nalog.ru.evil.test"),
        RECEIPT.replace("lknpd", "x@lknpd"),
        RECEIPT.replace("/print", ""),
        RECEIPT + "?x=1",
        RECEIPT + "\n",
        "",
    ],
)
def test_a_doubtful_receipt_is_refused(url):
    assert answer(link(url, "moy-nalog", expected_inn="500100732259")) == BAD


@pytest.mark.parametrize(
    ("inn", "holds"),
    [("7707083893", True), ("500100732259", True), ("7707083894", False), ("500100732250", False), ("77", False)],
)
def test_check_digits_of_an_inn(inn, holds):
    assert inn_holds(inn) is holds


def test_check_digits_of_accounts():
    assert account_holds("40702810500000001234", "044525225")
    assert not account_holds("40702810500000001234", "044525226")
    assert correspondent_holds("30101810400000000225", "044525225")
    assert not account_holds("4070281050000000123", "044525225")
