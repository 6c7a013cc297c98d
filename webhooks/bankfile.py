"""1CClientBankExchange 1.03: the text file in which banks and accounting programs exchange payments.

A header of `key=value` lines, then sections: `СекцияРасчСчет`…`КонецРасчСчет` (turnover of an account) and
`СекцияДокумент=<kind>`…`КонецДокумента` (a payment), then `КонецФайла`. Windows (cp1251) or DOS (cp866), CRLF.
Amounts are roubles with a point, dates дд.мм.гггг. A key twice in a section is refused: a line break smuggled into
one value would otherwise overwrite another. Unknown keys are kept. Source: the format's description by 1С.
"""

import codecs
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from webhooks.requisites import account_holds, is_bic

MAGIC = "1CClientBankExchange"
VERSION = "1.03"
CHARSETS = {"Windows": "cp1251", "DOS": "cp866"}
MAX_LINES = 200_000
_END = "КонецФайла"
_ACCOUNT, _ACCOUNT_END = "СекцияРасчСчет", "КонецРасчСчет"
_DOCUMENT, _DOCUMENT_END = "СекцияДокумент", "КонецДокумента"
_DECLARED = re.compile(r"^Кодировка=[ \t]*([A-Za-z]+)", re.MULTILINE)
_MANY = ("РасчСчет", "Документ")
_HEADER_DATES = ("ДатаСоздания", "ДатаНачала", "ДатаКонца")
_DOCUMENT_DATES = ("ДатаСписано", "ДатаПоступило")
_ORDINARY_BIC = "04"


class BadFile(ValueError):
    """The text says what is wrong, in plain English."""


@dataclass(frozen=True)
class Document:
    """A payment; `kind` as in «Платежное поручение», `fields` in the file's own words and order."""

    kind: str
    fields: Mapping[str, str]

    @property
    def number(self) -> str:
        return self.fields.get("Номер", "")

    @property
    def date(self) -> dt.date:
        return _date("Дата", self.fields.get("Дата", ""))

    @property
    def sum(self) -> Decimal:
        return _sum("Сумма", self.fields.get("Сумма", ""))


@dataclass(frozen=True)
class BankFile:
    """`header` keeps repeated keys: an account or a kind of document a line."""

    header: tuple[tuple[str, str], ...]
    documents: tuple[Document, ...]
    accounts: tuple[Mapping[str, str], ...] = ()

    @property
    def total(self) -> Decimal:
        return sum((document.sum for document in self.documents), Decimal(0))


@dataclass
class _Reading:
    header: list[tuple[str, str]] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    accounts: list[Mapping[str, str]] = field(default_factory=list)
    end: str | None = None
    kind: str = ""
    fields: dict[str, str] = field(default_factory=dict)


def read(data: bytes) -> BankFile:
    """Raises BadFile."""
    lines = _lines(_decode(data))
    if next(lines, "") != MAGIC:
        raise BadFile(f"first line is not {MAGIC}")
    reading, ended = _Reading(), False
    for line in lines:
        if ended:
            raise BadFile(f"text after {_END}")
        ended = line == _END
        if not ended:
            _take(reading, line)
    if reading.end is not None:
        raise BadFile("section not closed")
    if not ended:
        raise BadFile(f"no {_END}: the file is cut off")
    file = BankFile(tuple(reading.header), tuple(reading.documents), tuple(reading.accounts))
    _check(file)
    return file


def write(file: BankFile) -> bytes:
    """The bytes in the encoding its header names. Line breaks in values become spaces; raises BadFile naming what the
    encoding cannot hold.
    """
    _check(file)
    charset = CHARSETS.get(dict(file.header).get("Кодировка", ""))
    if charset is None:
        raise BadFile("Кодировка is neither Windows nor DOS")
    lines = [MAGIC, *(_line(key, value) for key, value in file.header)]
    for account in file.accounts:
        lines += [_ACCOUNT, *(_line(key, value) for key, value in account.items()), _ACCOUNT_END]
    for document in file.documents:
        lines.append(_line(_DOCUMENT, document.kind))
        lines += [*(_line(key, value) for key, value in document.fields.items()), _DOCUMENT_END]
    return b"".join(_encode(line, charset) + b"\r\n" for line in [*lines, _END])


def header(
    created: dt.datetime, since: dt.date, until: dt.date, accounts: Iterable[str], charset: str = "Windows"
) -> tuple[tuple[str, str], ...]:
    """The header of a file of payment orders made here; `created` in the company's zone."""
    return (
        ("ВерсияФормата", VERSION),
        ("Кодировка", charset),
        ("Отправитель", "Naryad"),
        ("Получатель", ""),
        ("ДатаСоздания", f"{created:%d.%m.%Y}"),
        ("ВремяСоздания", f"{created:%H:%M:%S}"),
        ("ДатаНачала", f"{since:%d.%m.%Y}"),
        ("ДатаКонца", f"{until:%d.%m.%Y}"),
        *(("РасчСчет", account) for account in accounts),
        ("Документ", "Платежное поручение"),
    )


def _decode(data: bytes) -> str:
    """Strict UTF-8 first, which mislabelled files are; then the code page that declares itself."""
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError:
        pass
    for name, charset in CHARSETS.items():
        declared = _DECLARED.search(data.decode(charset, "replace"))
        if declared is not None and declared[1].lower() == name.lower():
            return _strict(data, charset)
    raise BadFile("not UTF-8, and not in the encoding the header declares")


def _strict(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        raise BadFile(f"bytes that {charset} does not have") from None


def _lines(text: str) -> Iterator[str]:
    """Lines that are not blank; DOS programs end a file with Ctrl-Z."""
    lines = re.split(r"\r\n|\r|\n", text.rstrip("\x1a\r\n\t "))
    if len(lines) > MAX_LINES:
        raise BadFile("too many lines")
    return iter([line.rstrip() for line in lines if line.strip()])


def _take(reading: _Reading, line: str) -> None:
    key, equals, value = line.partition("=")
    if key in (_ACCOUNT, _DOCUMENT):
        _open(reading, key, value)
    elif key in (_ACCOUNT_END, _DOCUMENT_END):
        _close(reading, key)
    elif not equals:
        raise BadFile(f"a line without «=»: {line[:40]}")
    elif reading.end is None:
        reading.header.append((key, value))
    elif key in reading.fields:
        raise BadFile(f"{key[:40]} twice in a section")
    else:
        reading.fields[key] = value


def _open(reading: _Reading, key: str, kind: str) -> None:
    if reading.end is not None:
        raise BadFile("section not closed")
    if key == _DOCUMENT and not kind.strip():
        raise BadFile("a document without its kind")
    reading.end = _DOCUMENT_END if key == _DOCUMENT else _ACCOUNT_END
    reading.kind, reading.fields = kind.strip(), {}


def _close(reading: _Reading, key: str) -> None:
    if reading.end != key:
        raise BadFile("section not closed" if reading.end else "end of a section that was not begun")
    if key == _DOCUMENT_END:
        reading.documents.append(Document(reading.kind, reading.fields))
    else:
        reading.accounts.append(reading.fields)
    reading.end = None


def _check(file: BankFile) -> None:
    header = dict(file.header)
    if len(header) < sum(key not in _MANY for key, _ in file.header) + len(set(_MANY) & set(header)):
        raise BadFile("a key of the header twice")
    if re.fullmatch(r"1\.[0-9]{1,2}", header.get("ВерсияФормата", "")) is None:
        raise BadFile("unknown ВерсияФормата")
    days = [_date(name, header[name]) for name in _HEADER_DATES if header.get(name)]
    if header.get("ДатаНачала") and header.get("ДатаКонца") and days[-2] > days[-1]:
        raise BadFile("the period ends before it begins")
    for document in file.documents:
        _check_document(document)


def _check_document(document: Document) -> None:
    fields = document.fields
    if not document.number:
        raise BadFile("a document without Номер")
    if document.date and document.sum <= 0:
        raise BadFile("Сумма is not positive")
    for name in _DOCUMENT_DATES:
        if fields.get(name):
            _date(name, fields[name])
    for side in ("Плательщик", "Получатель"):
        account, bic = fields.get(f"{side}Счет", ""), fields.get(f"{side}БИК", "")
        if bic and not is_bic(bic):
            raise BadFile(f"{side}БИК is not 9 digits")
        if account and re.fullmatch(r"[0-9]{20}", account) is None:
            raise BadFile(f"{side}Счет is not 20 digits")
        if account and bic.startswith(_ORDINARY_BIC) and not account_holds(account, bic):
            raise BadFile(f"check digits of {side}Счет")


def _date(name: str, text: str) -> dt.date:
    wrong = BadFile(f"{name}: date must be дд.мм.гггг")
    found = re.fullmatch(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})", text)
    if found is None:
        raise wrong
    try:
        return dt.date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        raise wrong from None


def _sum(name: str, text: str) -> Decimal:
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,2})?", text) is None:
        raise BadFile(f"{name}: roubles with a point, at most two digits after it")
    return Decimal(text)


def _line(key: str, value: str) -> str:
    return f"{key}={' '.join(value.split())}"


def _encode(line: str, charset: str) -> bytes:
    try:
        return line.encode(charset)
    except UnicodeEncodeError:
        lost = set(line) - set(line.encode(charset, "ignore").decode(charset))
        raise BadFile(f"{charset} cannot hold «{''.join(sorted(lost))[:20]}» in: {line[:60]}") from None
