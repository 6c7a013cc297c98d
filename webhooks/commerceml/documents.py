"""Documents of 1C as the desk's deliveries: what an order is, whose, where, and the whole of it as plain JSON.

`body` is the document itself: elements by their names, repeated ones as a list, attributes as `@name`. Requisites
(`ЗначенияРеквизитов`) stand also in `props`, with `_` for blanks and dots: `props.Статус_заказа`. Another document than
an order (a payment, a shipment) is named after the one that it is based on. Source: CommerceML 2.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from webhooks import xml
from webhooks.commerceml.files import ROOT
from webhooks.fields import filled, phone, text
from webhooks.request import Malformed
from webhooks.xml import Element

MOST_DOCUMENTS = 10_000
MOST_GOODS = 50
MOST_PROPS = 200
ORDERS = ("", "Заказ товара", "Заказ покупателя", "Заказ клиента", "Заказ")
BUYERS = ("Покупатель", "Плательщик", "Получатель")
ADDRESSES = ("АдресДоставки", "Адрес", "АдресРегистрации")
DELIVERY = ("Адрес_доставки", "АдресДоставки")
STATUSES = ("Статус_заказа", "СтатусЗаказа", "Статус", "Статуса_заказа_ИД")
NAME = 32
"""Signs of a key that are the document's own."""
GONE = ("ПометкаУдаления", "Отменен", "Отменён")


@dataclass(frozen=True, slots=True)
class Document:
    """`external`: its Ид there; `key` changes with its words, but for its first `NAME` signs; `normalized` and `body`
    as a delivery has them."""

    external: str
    key: str
    normalized: dict[str, Any]
    body: bytes


def documents(data: bytes) -> Iterator[Document | str]:
    """The documents of a whole file, in their order; why instead of one that can't be taken. Malformed for a file that
    is no CommerceML, and as soon as it ceases to be."""
    for number, one in enumerate(xml.each(data, ROOT, "Документ"), 1):
        if number > MOST_DOCUMENTS:
            raise Malformed(413, f"over {MOST_DOCUMENTS} documents")
        yield _document(one) if one.value("Ид") else f"document {number} has no Id"


def _document(one: Element) -> Document:
    body = json.dumps(plain(one), ensure_ascii=False).encode("utf-8", "replace")
    external = text(one.value("Ид"))
    name, digest = (hashlib.sha256(part).hexdigest()[:NAME] for part in (external.encode(), body))
    return Document(external, f"{name}:{digest}", _normalized(one), body)


def plain(one: Element) -> Any:
    """An element as JSON."""
    said = one.text.strip()
    if not one.children and not one.attributes:
        return said
    value: dict[str, Any] = {f"@{name}": attribute for name, attribute in one.attributes.items()}
    if said:
        value["#"] = said
    for child in one.children:
        known = value.get(child.name)
        if known is None:
            value[child.name] = plain(child)
        elif isinstance(known, list):
            known.append(plain(child))
        else:
            value[child.name] = [known, plain(child)]
    return value


def _normalized(one: Element) -> dict[str, Any]:
    props, operation, number = _props(one), one.value("ХозОперация"), one.value("Номер")
    is_order = operation in ORDERS
    money = " ".join(filter(None, (one.value("Сумма"), one.value("Валюта"))))
    return {
        "event": _event(one, props, is_order),
        "external_id": text((not is_order and one.value("Основание")) or one.value("Ид")),
        **filled(
            title=text(" ".join(filter(None, (operation, number)))),
            number=text(number),
            date=text(one.value("Дата")),
            text=text(one.value("Комментарий")),
            goods=text("\n".join(_goods(one))),
            status=next((props[name] for name in STATUSES if props.get(name)), ""),
            value=text(money),
            props=props or None,
        ),
        **_party(one, props),
    }


def _event(one: Element, props: dict[str, str], is_order: bool) -> str:
    if not is_order:
        return "document.received"
    gone = one.value("ПометкаУдаления").lower() == "true" or any(props.get(name, "").lower() == "true" for name in GONE)
    return "order.cancelled" if gone else "order.received"


def _props(one: Element) -> dict[str, str]:
    block = one.first("ЗначенияРеквизитов")
    found = block.all("ЗначениеРеквизита")[:MOST_PROPS] if block is not None else []
    named = ((re.sub(r"[\s.]+", "_", prop.value("Наименование"))[:64], text(prop.value("Значение"))) for prop in found)
    return {name: value for name, value in named if name}


def _goods(one: Element) -> Iterator[str]:
    block = one.first("Товары")
    for item in block.all("Товар")[:MOST_GOODS] if block is not None else []:
        much = " ".join(filter(None, (item.value("Количество"), item.value("БазоваяЕдиница"))))
        yield " × ".join(filter(None, (item.value("Наименование"), much)))


def _party(one: Element, props: dict[str, str]) -> dict[str, Any]:
    """Whose it is: the buyer, else whoever stands first."""
    block = one.first("Контрагенты")
    parties = block.all("Контрагент") if block is not None else []
    buyers = [party for party in parties if party.value("Роль") in BUYERS]
    party = next(iter([*buyers, *parties]), Element("", {}))
    name = party.value("ПолноеНаименование") or party.value("Наименование")
    return filled(
        customer=text(party.value("ИНН") or name),
        inn=text(party.value("ИНН")),
        name=text(name),
        address=text(_address(party, props)),
        phone=phone(_contact(party, "телефон")),
        email=text(_contact(party, "почта")),
    )


def _address(party: Element, props: dict[str, str]) -> str:
    told = next((props[name] for name in DELIVERY if props.get(name)), "")
    places = (party.value(name, "Представление") or party.value(name) for name in ADDRESSES)
    return told or next(filter(None, places), "")


def _contact(party: Element, kind: str) -> str:
    block = party.first("Контакты")
    found = [one for one in (block.all("Контакт") if block is not None else []) if kind in one.value("Тип").lower()]
    return next(filter(None, (one.value("Значение") for one in found)), "")
