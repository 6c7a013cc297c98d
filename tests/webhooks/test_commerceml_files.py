"""Files of 1C without a desk: whatever the bytes, they are read or refused, and ours are read as they were written."""

import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.words import words
from core.overview.exchange import Exchanged, ExchangedLine
from tests.webhooks.deliveries import CASES
from webhooks import xml
from webhooks.commerceml.documents import Document, documents
from webhooks.commerceml.files import ROOT, holds, is_whole, opened
from webhooks.commerceml.orders import CHARSETS, written
from webhooks.request import Malformed

ZONE = ZoneInfo("Asia/Yekaterinburg")
AT = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
ORDERS = (CASES / "1c-commerceml" / "orders.xml").read_text().encode("cp1251")
NAMES = ("Ид", "Номер", "Контрагенты", "Контрагент", "ИНН", "ЗначенияРеквизитов", "ЗначениеРеквизита", "Наименование")


def told(**changes: object) -> Exchanged:
    facts = {
        "id": 7, "revision": 3, "external": "o-1", "state": "done", "summary": "Течёт", "words": "", "created_at": AT,
        "closed_at": AT, "cancel_reason": "", "merged_into": None, "customer_id": 1, "customer": "Азбука",
        "legal_name": "ООО «Азбука»", "inn": "7702345678", "kpp": "", "customer_address": "Москва", "site": "Арбат",
        "address": "Арбат, 10", "contact": "Ольга", "phone": "+79161000001", "email": "o@a.test", "technicians": "Пётр",
        "lines": (ExchangedLine(2, "work", "Заправка", "шт", Decimal("1.500"), Decimal("999.99")),),
    }  # fmt: skip
    return Exchanged(**{**facts, **changes})  # type: ignore[arg-type]


def read(data: bytes) -> list[Document]:
    return [one for one in documents(data) if isinstance(one, Document)]


def test_documents_of_1c_are_read_in_their_charset() -> None:
    found = read(ORDERS)
    assert [one.normalized["number"] for one in found] == ["204", "205"]
    assert len({one.key for one in found}) == 2


def test_the_company_writes_in_its_own_zone_and_counts_to_the_kopeck() -> None:
    one = xml.read(written([told()], AT, ZONE, words("admin", "ru"), CHARSETS[0])).all("Документ")[0]
    assert (one.value("Дата"), one.value("Время"), one.value("Сумма")) == ("2026-11-23", "01:30:00", "1499.99")
    line = one.first("Товары", "Товар")
    assert line is not None
    assert (line.value("Количество"), line.value("ЦенаЗаЕдиницу")) == ("1.5", "999.99")


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=80), charset=st.sampled_from(CHARSETS))
def test_what_we_write_is_read_as_it_was(text: str, charset: str) -> None:
    safe = "".join(c for c in text if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff"))
    data = written([told(words=f"|{text}|", address=f"|{text}|")], AT, ZONE, words("admin", "en"), charset)
    assert is_whole(data)
    found = read(data)
    assert [one.external for one in found] == ["o-1"]
    if "\r" not in text:
        assert found[0].normalized["text"] == f"|{safe}|".replace("\0", "")
        assert found[0].normalized["address"] == f"|{safe}|".replace("\0", "")
    assert (found[0].normalized["inn"], found[0].normalized["phone"]) == ("7702345678", "+79161000001")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for head in (b"", b"PK\x03\x04", f"<{ROOT}>".encode()):
        try:
            is_whole(head + data)
            holds(head + data, "a.xml")
            for _, inner in opened("a.xml", head + data):
                list(documents(inner))
        except Malformed:
            continue


ELEMENTS = st.recursive(
    st.text("аб <&", max_size=5).map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;")),
    lambda inner: st.lists(st.tuples(st.sampled_from(NAMES), inner), max_size=4).map(
        lambda pairs: "".join(f"<{name}>{body}</{name}>" for name, body in pairs)
    ),
    max_leaves=25,
)


@given(st.lists(ELEMENTS, max_size=4))
def test_elements_in_any_order_and_number_are_read(bodies: list[str]) -> None:
    data = f"<{ROOT}>{''.join(f'<Документ><Ид>7</Ид>{body}</Документ>' for body in bodies)}</{ROOT}>".encode()
    assert len(read(data)) == len(bodies)


def test_a_document_too_deep_is_refused_and_many_small_ones_are_not() -> None:
    deep = f"<{ROOT}><Документ>{'<a>' * 40}{'</a>' * 40}</Документ></{ROOT}>".encode()
    with pytest.raises(Malformed):
        list(documents(deep))
    many = f"<{ROOT}>{'<Документ><Ид>1</Ид><б/><б/><б/></Документ>' * 9999}</{ROOT}>".encode()
    assert len(read(many)) == 9999, "each is within the limits, all of them together are not counted"
    with pytest.raises(Malformed):
        read(many.replace(b"</\xd0\x9a", b"<x/></\xd0\x9a") + b"<")


@pytest.mark.parametrize("damage", [0, 60, -30, -10])
def test_a_damaged_archive_is_refused(damage: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.xml", ORDERS * 3)
    data = bytearray(out.getvalue())
    assert holds(bytes(data), "orders.xml")
    data[damage] ^= 0xFF
    with pytest.raises(Malformed):
        all(list(documents(inner)) for _, inner in opened("v8.zip", bytes(data)))
