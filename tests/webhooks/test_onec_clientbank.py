"""The bank's exchange file: what is read, what is refused, and that what is written is read back the same."""

import codecs
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.deliveries import CASES, answer, judged, post, refused
from webhooks.bankfile import BadFile, BankFile, Document, header, read, write

TEXT = (CASES / "1c-clientbank" / "statement.txt").read_text().replace("\n", "\r\n")
PROCESS = ("valid", "process", None)


def judge(data, **more):
    return judged("1c-clientbank", post(data, url="kl_to_1c.txt", method="FILE", kind="file"), {}, **more)


def changed(old, new=""):
    assert old in TEXT
    return TEXT.replace(old, new, 1).encode("cp1251")


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("cp1251"),
        TEXT.replace("=Windows", "=DOS").encode("cp866"),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode(),
        TEXT.replace("\r\n", "\n").encode("cp1251"),
        (TEXT.replace("=Windows", "=DOS") + "\x1a").encode("cp866"),
    ],
    ids=["windows", "dos", "utf-8 with a mark", "utf-8", "bare line feeds", "ctrl-z"],
)
def test_a_statement_is_read_in_every_encoding_met(data):
    outcome = judge(data)
    assert answer(outcome) == PROCESS
    assert (outcome.normalized["documents"], outcome.normalized["sum"]) == (2, "8460.50")


def test_documents_keep_their_words_and_unknown_keys():
    file = read(TEXT.encode("cp1251"))
    payment = file.documents[0]
    assert (payment.number, payment.date, payment.sum) == ("204", dt.date(2026, 7, 14), Decimal("8400.50"))
    assert payment.fields["НазначениеПлатежа"] == "Оплата по счёту № 204 = аванс"
    assert payment.fields["НовоеПолеБанка"] == "x"
    assert file.accounts[0]["ВсегоПоступило"] == "8400.50"


def test_the_same_file_counts_once():
    data = TEXT.encode("cp1251")
    assert answer(judge(data, state={"seen": [judge(data).key]})) == ("valid", "ack_duplicate", None)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (changed("1CClientBankExchange"), "first line"),
        (changed("ВерсияФормата=1.03", "ВерсияФормата=2.0"), "ВерсияФормата"),
        (changed("КонецДокумента\r\n"), "not closed"),
        (changed("КонецРасчСчет\r\n"), "not closed"),
        (changed("СекцияРасчСчет\r\n"), "not begun"),
        (changed("КонецФайла\r\n"), "cut off"),
        (TEXT.encode("cp1251") + TEXT.encode("cp1251"), "text after"),
        (changed("Дата=14.07.2026", "Дата=2026-07-14"), "дд.мм.гггг"),
        (changed("Дата=14.07.2026", "Дата=31.06.2026"), "дд.мм.гггг"),
        (changed("ДатаПоступило=14.07.2026", "ДатаПоступило=14.07.26"), "дд.мм.гггг"),
        (changed("Сумма=8400.50", "Сумма=8400,50"), "point"),
        (changed("Сумма=8400.50", "Сумма=-1.00"), "point"),
        (changed("Сумма=8400.50", "Сумма=0.00"), "not positive"),
        (changed("Сумма=8400.50\r\n"), "point"),
        (changed("Номер=204\r\n"), "Номер"),
        (changed("аванс", "аванс\r\nПолучательСчет=40817810000000000001"), "twice"),
        (changed("аванс", "аванс\rСумма=1.00"), "twice"),
        (changed("аванс", "аванс\r\nпродолжение"), "without «=»"),
        (changed("ПолучательСчет=4070281050000000123", "ПолучательСчет=407028105000000012"), "not 20 digits"),
        (changed("ПлательщикСчет=40802810800000005678", "ПлательщикСчет=40802810800000005679"), "check digits"),
        (changed("ДатаКонца=14.07.2026", "ДатаКонца=12.07.2026"), "ends before"),
        (b"", "first line"),
        (b"\xff\xfe1\x00C\x00", "encoding"),
        (TEXT.encode("cp866"), "encoding"),
        (TEXT.replace("=Windows", "=DOS").encode("cp1251"), "encoding"),
        (changed("аванс", "\x00").replace(b"\x00", b"\x98"), "does not have"),
        (changed("БИК=044525225", "БИК=44525225"), "not 9 digits"),
    ],
)
def test_a_doubtful_file_is_refused_whole(data, reason):
    outcome = judge(data)
    assert answer(outcome) == refused(None)
    assert reason in outcome.reason


def payment(charset="Windows", **fields):
    base = {"Номер": "1", "Дата": "14.07.2026", "Сумма": "10.00"}
    head = header(
        dt.datetime(2026, 7, 14, 9, 5, tzinfo=dt.UTC), dt.date(2026, 7, 14), dt.date(2026, 7, 14), ["4" * 20], charset
    )
    return BankFile(head, (Document("Платежное поручение", base | fields),))


@pytest.mark.parametrize("charset", ["Windows", "DOS"])
def test_what_is_written_is_read_back(charset):
    file = payment(charset, НазначениеПлатежа="Оплата по акту № 17, НДС не облагается")
    assert read(write(file)) == file
    assert write(file).endswith("КонецФайла\r\n".encode("cp1251" if charset == "Windows" else "cp866"))


@given(st.text(st.characters(codec="cp1251"), max_size=60))
def test_no_value_can_add_a_line(purpose):
    fields = read(write(payment(НазначениеПлатежа=purpose))).documents[0].fields
    assert list(fields) == ["Номер", "Дата", "Сумма", "НазначениеПлатежа"]
    assert fields["НазначениеПлатежа"] == " ".join(purpose.split())


def test_what_cannot_be_encoded_is_named():
    with pytest.raises(BadFile, match="₽"):
        write(payment(НазначениеПлатежа="10 ₽"))


def test_a_payment_without_a_date_is_not_written():
    with pytest.raises(BadFile, match="must be дд"):
        write(payment(Дата=""))
