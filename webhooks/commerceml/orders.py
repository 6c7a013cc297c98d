"""Our orders as documents of CommerceML 2, for 1C to take. Characters that the charset lacks are written by number, as
XML does; those that XML forbids are left out. Source: CommerceML 2."""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring
from zoneinfo import ZoneInfo

from core.kernel.words import Words
from core.overview.exchange import Exchanged, ExchangedLine
from webhooks.commerceml.files import ROOT

SCHEMA = "2.05"
CHARSETS = ("windows-1251", "utf-8")
CURRENCY = "руб"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KINDS = {"work": "Услуга", "material": "Товар"}


def written(orders: Iterable[Exchanged], at: datetime, zone: ZoneInfo, words: Words, charset: str) -> bytes:
    """A whole file in one of `CHARSETS`; times in `zone`, statuses in the language of `words`."""
    moment = at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
    root = Element(ROOT, {"ВерсияСхемы": SCHEMA, "ДатаФормирования": moment})
    for order in orders:
        _document(root, order, zone, words)
    said: bytes = tostring(root, encoding=charset, xml_declaration=True)
    return said


def _document(root: Element, order: Exchanged, zone: ZoneInfo, words: Words) -> None:
    made = order.created_at.astimezone(zone)
    document = SubElement(root, "Документ")
    _say(
        document,
        Ид=order.external,
        Номер=str(order.id),
        Дата=made.strftime("%Y-%m-%d"),
        ХозОперация="Заказ товара",
        Роль="Продавец",
        Валюта=CURRENCY,
        Курс="1",
        Сумма=_money(sum((line.sum for line in order.lines), Decimal())),
    )
    _party(SubElement(document, "Контрагенты"), order)
    _say(document, Время=made.strftime("%H:%M:%S"), Комментарий=order.words or order.summary)
    goods = SubElement(document, "Товары")
    for line in order.lines:
        _line(goods, line)
    _props(document, _facts(order, zone, words))


def _party(parent: Element, order: Exchanged) -> None:
    party = SubElement(parent, "Контрагент")
    _say(party, Ид=f"naryad-customer-{order.customer_id}", Наименование=order.customer, Роль="Покупатель")
    _say(party, ПолноеНаименование=order.legal_name or order.customer)
    if order.inn:
        _say(party, ИНН=order.inn)
    if order.kpp:
        _say(party, КПП=order.kpp)
    if order.customer_address:
        _say(SubElement(party, "АдресРегистрации"), Представление=order.customer_address)
    contacts = SubElement(party, "Контакты")
    for kind, value in (("Телефон рабочий", order.phone), ("Почта", order.email)):
        if value:
            _say(SubElement(contacts, "Контакт"), Тип=kind, Значение=value)


def _line(parent: Element, line: ExchangedLine) -> None:
    one = SubElement(parent, "Товар")
    _say(one, Ид=f"naryad-item-{line.item_id}", Наименование=line.name, БазоваяЕдиница=line.unit)
    _say(one, ЦенаЗаЕдиницу=_money(line.price), Количество=f"{line.quantity.normalize():f}", Сумма=_money(line.sum))
    kind = _KINDS.get(line.kind, "Товар")
    _props(one, (("ВидНоменклатуры", kind), ("ТипНоменклатуры", kind)))


def _facts(order: Exchanged, zone: ZoneInfo, words: Words) -> Iterable[tuple[str, str]]:
    """The state in words and as a code, where and who, and how it ended."""
    yield "Статус заказа", words.text(f"state.{order.state}")
    yield "Код статуса", order.state
    yield "Отменен", "true" if order.state == "cancelled" else "false"
    yield "Адрес доставки", order.address
    yield "Объект", order.site
    yield "Исполнитель", order.technicians
    yield "Контактное лицо", order.contact
    yield "Дата завершения", _moment(order.closed_at, zone)
    yield "Причина отмены", order.cancel_reason
    yield "Объединен с заказом", str(order.merged_into or "")


def _props(parent: Element, facts: Iterable[tuple[str, str]]) -> None:
    block = SubElement(parent, "ЗначенияРеквизитов")
    for name, value in facts:
        if value:
            _say(SubElement(block, "ЗначениеРеквизита"), Наименование=name, Значение=value)


def _say(parent: Element, **values: str) -> None:
    for name, value in values.items():
        SubElement(parent, name).text = _FORBIDDEN.sub("", value)


def _money(value: Decimal) -> str:
    return f"{value:.2f}"


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S") if at else ""
