"""What an act says, apart from any language and any layout; and the same as plain data for a row of JSON."""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

from core.kernel.errors import Refusal
from core.kernel.money import Money, Vat, total, vat_included, vat_on_top

Kind = Literal["work", "material"]
How = Literal["screen", "bot", "paper"]
State = Literal["draft", "final", "revoked"]

LATER = ("readings", "visits", "helpers")
"""What acts did not say from the beginning."""
MAX_LINES = 2000
MAX_TEXT = 10_000
"""Characters of one text, and of a name or an address too: more is nobody's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One side of the act. Whatever is empty is not printed."""

    name: str
    inn: str = ""
    kpp: str = ""
    address: str = ""
    bank: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActAsset:
    """A piece of equipment that was worked on."""

    name: str
    serial: str = ""
    inventory: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActLine:
    """One work or material; ``sum`` is price times quantity, half up to the kopeck."""

    kind: Kind
    name: str
    unit: str
    quantity: Decimal
    price: Money

    @property
    def sum(self) -> Money:
        return self.price.times(self.quantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActReading:
    """What was measured on site; the norm is from ``low`` to ``high``, both included, None for no such limit."""

    name: str
    unit: str
    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def ok(self) -> bool:
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActVisit:
    """Somebody's time on site, to the minute, as it is printed; ``pause`` is minutes that the work stood still.
    Moments are aware."""

    technician: str
    arrived: dt.datetime
    left: dt.datetime
    pause: int = 0

    @property
    def worked(self) -> dt.timedelta:
        return self.left - self.arrived - dt.timedelta(minutes=self.pause)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActSignature:
    """Who signed for the customer, when (aware) and how: a finger on the technician's ``screen``, a button in
    the ``bot``, or ink on ``paper``. ``image`` is a PNG or JPEG of the stroke, or None."""

    how: How
    name: str
    at: dt.datetime
    post: str = ""
    image: bytes | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a signature is given at an aware moment")


@dataclass(frozen=True, kw_only=True)
class ActFacts:
    """One act. Prices hold the VAT (``vat_included``) or it comes on top; ``vat_rate`` None is "without VAT".

    ``zone`` is the company's, for the time of the signature. A draft or a revoked act carries a watermark.
    Too many lines or a text out of all measure: ``Refusal("documents.too_many_lines" | "documents.too_long")``.
    """

    number: str
    date: dt.date
    order_number: str
    executor: Party
    customer: Party
    site: str
    technician: str
    zone: str
    proof_url: str
    assets: tuple[ActAsset, ...] = ()
    readings: tuple[ActReading, ...] = ()
    visits: tuple[ActVisit, ...] = ()
    helpers: tuple[str, ...] = ()
    lines: tuple[ActLine, ...] = ()
    vat_rate: Decimal | None = None
    vat_included: bool = True
    note: str = ""
    signature: ActSignature | None = None
    state: State = "final"

    def __post_init__(self) -> None:
        ZoneInfo(self.zone)
        if len(self.lines) > MAX_LINES:
            raise Refusal("documents.too_many_lines", limit=MAX_LINES)
        for name, text in _texts(self):
            if len(text) > MAX_TEXT:
                raise Refusal("documents.too_long", field=name, limit=MAX_TEXT)

    @cached_property
    def lines_total(self) -> Money:
        """The sum of the lines as priced."""
        return total(line.sum for line in self.lines)

    @cached_property
    def vat(self) -> Vat | None:
        """The split of the total, or None when there is no VAT."""
        if self.vat_rate is None:
            return None
        return (vat_included if self.vat_included else vat_on_top)(self.lines_total, self.vat_rate)

    @property
    def due(self) -> Money:
        """What the customer pays."""
        return self.vat.gross if self.vat else self.lines_total


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item, name)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name), field.name)


def to_data(facts: ActFacts) -> dict[str, Any]:
    """The act as plain data: strings, lists, dicts, booleans, None. Decimals are plain ("0.65"), moments are ISO
    in UTC, the picture of a signature is its sha256 only. Empty readings, visits and helpers are left out: acts from
    before there were any keep their proof."""
    data: dict[str, Any] = _plain(facts)
    for name in LATER:
        if not data[name]:
            del data[name]
    return data


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | str():
            return value
        case int():
            return str(value)
        case Decimal():
            return plain_decimal(value)
        case Money():
            return {"amount": str(value.amount), "currency": value.currency}
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat()
        case dt.date():
            return value.isoformat()
        case bytes():
            return hashlib.sha256(value).hexdigest()
        case tuple():
            return [_plain(item) for item in value]
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def plain_decimal(value: Decimal) -> str:
    """Without an exponent and without trailing zeros: 0.650 and 0.65 are one number."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def from_data(data: Mapping[str, Any], image: bytes | None = None) -> ActFacts:
    """The act again; ``image`` is the picture of the signature, kept as a file of its own. ValueError when it is
    not the picture that was signed with."""
    signature = data["signature"]
    if signature is not None and signature["image"] is not None:
        if image is None or hashlib.sha256(image).hexdigest() != signature["image"]:
            raise ValueError("this is not the signature's picture")
    else:
        image = None
    plain = {name: value for name, value in data.items() if not isinstance(value, dict | list)}
    return ActFacts(
        **plain
        | {
            "date": dt.date.fromisoformat(data["date"]),
            "executor": Party(**data["executor"]),
            "customer": Party(**data["customer"]),
            "assets": tuple(ActAsset(**asset) for asset in data["assets"]),
            "readings": tuple(_reading(reading) for reading in data.get("readings", ())),
            "visits": tuple(_visit(visit) for visit in data.get("visits", ())),
            "helpers": tuple(data.get("helpers", ())),
            "lines": tuple(_line(line) for line in data["lines"]),
            "vat_rate": None if data["vat_rate"] is None else Decimal(data["vat_rate"]),
            "signature": None if signature is None else _signature(signature, image),
        }
    )


def _reading(data: Mapping[str, Any]) -> ActReading:
    numbers = {name: None if data[name] is None else Decimal(data[name]) for name in ("value", "low", "high")}
    return ActReading(**{**data, **numbers})


def _visit(data: Mapping[str, Any]) -> ActVisit:
    moments = {name: dt.datetime.fromisoformat(data[name]) for name in ("arrived", "left")}
    return ActVisit(technician=data["technician"], pause=int(data["pause"]), **moments)


def _line(data: Mapping[str, Any]) -> ActLine:
    price = Money(Decimal(data["price"]["amount"]), data["price"]["currency"])
    return ActLine(**{**data, "quantity": Decimal(data["quantity"]), "price": price})


def _signature(data: Mapping[str, Any], image: bytes | None) -> ActSignature:
    return ActSignature(**{**data, "at": dt.datetime.fromisoformat(data["at"]), "image": image})
