"""Money: a Decimal of whole kopecks and its currency; pure arithmetic, rounded half up, never a float.

An amount fits ``numeric(12, 2)``: at most 9 999 999 999,99 either way, else ``Refusal("money.too_large")``.
Amounts of different currencies never meet: that is a mistake of ours and raises ValueError.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Self

from core.kernel.errors import Refusal
from core.kernel.formats import NARROW
from core.kernel.words import words

KOPECK = Decimal("0.01")
LIMIT = Decimal("9999999999.99")
SYMBOLS = {"RUB": "₽"}

_TYPED = re.compile(r"([+-]?)(\d+(?:[ ,.']\d{3})*|\d+)(?:[.,](\d{1,2}))?")
_SPACES = re.compile(r"[ \t\u00a0\u202f\u2009]+")


def half_up(value: Decimal) -> Decimal:
    """To whole kopecks, a half away from zero: 0.005 is 0.01."""
    if not value.is_finite() or abs(value) > LIMIT + KOPECK:
        raise Refusal("money.too_large", limit=str(LIMIT))
    return value.quantize(KOPECK, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in a currency, rounded half up when made, so that equal amounts hash alike."""

    amount: Decimal
    currency: str = "RUB"

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError("money is made of a Decimal")
        amount = half_up(self.amount)
        if abs(amount) > LIMIT:
            raise Refusal("money.too_large", limit=str(LIMIT))
        object.__setattr__(self, "amount", amount if amount else Decimal("0.00"))

    @classmethod
    @cache
    def zero(cls, currency: str = "RUB") -> Self:
        return cls(Decimal(0), currency)

    @classmethod
    def parse(cls, text: str, currency: str = "RUB") -> Self:
        """What a person typed: «51 166,80 ₽», "1500", "1,500.50", «2 000 руб.», "-5".

        At most two digits stand after the separator. ``Refusal("money.unreadable")`` for all else, and for
        "1,500", which may mean either.
        """
        cleaned = re.sub(r"(?i)(₽|руб(ля|лей|ль)?\.?|rub|р\.?)$", "", text.strip())
        cleaned = _SPACES.sub(" ", cleaned).strip().replace("−", "-")
        match = _TYPED.fullmatch(cleaned)
        if match is None or not cleaned.isascii() or len(cleaned) > 40:
            raise Refusal("money.unreadable", text=text[:40])
        sign, whole, kopecks = match.groups()
        marks = {mark for mark in whole if not mark.isdigit()}
        if len(marks) > 1 or (kopecks is None and marks & set(",.") and len(re.findall(r"[,.]", whole)) == 1):
            raise Refusal("money.unreadable", text=text[:40])
        return cls(Decimal(f"{sign}{re.sub(r'[^0-9]', '', whole)}.{kopecks or '0'}"), currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._same(other)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def times(self, quantity: Decimal | int) -> "Money":
        """The price of that much of a thing, to the kopeck: 95,40 × 0,333 = 31,77."""
        return Money(half_up(self.amount * quantity), self.currency)

    def _same(self, other: "Money") -> Decimal:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other.amount


def total(parts: Iterable[Money], currency: str = "RUB") -> Money:
    """The sum of amounts; of none it is zero."""
    result = Money.zero(currency)
    for part in parts:
        result += part
    return result


@dataclass(frozen=True, slots=True)
class Vat:
    """``gross`` = ``net`` + ``tax``, each in whole kopecks."""

    net: Money
    tax: Money
    gross: Money


def vat_included(gross: Money, rate: Decimal) -> Vat:
    """The tax that a price already holds, at ``rate`` percent: of 122 at 22 % it is 22."""
    tax = Money(half_up(gross.amount * _rate(rate) / (100 + rate)), gross.currency)
    return Vat(gross - tax, tax, gross)


def vat_on_top(net: Money, rate: Decimal) -> Vat:
    """The tax that comes on top of a price, at ``rate`` percent: on 100 at 22 % it is 22."""
    tax = Money(half_up(net.amount * _rate(rate) / 100), net.currency)
    return Vat(net, tax, net + tax)


def _rate(rate: Decimal) -> Decimal:
    if not 0 <= rate <= 100:
        raise ValueError(f"a VAT rate is 0 to 100 percent, not {rate}")
    return rate


def bare(money: Money, locale: str) -> str:
    """The figures alone, as a column of a table has them: «51 166,80», "51,166.80"."""
    text = f"{money.amount:,.2f}"
    return text if locale == "en" else text.replace(",", NARROW).replace(".", ",")


def show(money: Money, locale: str) -> str:
    """«51 166,80 ₽» (narrow no-break spaces), in English "51,166.80 ₽"."""
    return f"{bare(money, locale)}{NARROW}{SYMBOLS.get(money.currency, money.currency)}"


def in_words(money: Money, locale: str) -> str:
    """«Пятьдесят одна тысяча сто шестьдесят шесть рублей 80 копеек»; roubles only, kopecks in digits."""
    if money.currency != "RUB":
        raise ValueError(f"no words for {money.currency}")
    from num2words import num2words

    said = words("documents", locale)
    roubles, kopecks = divmod(int(abs(money.amount) * 100), 100)
    spelled = num2words(roubles, lang=locale)
    if money.amount < 0:
        spelled = said.text("money.minus", amount=spelled)
    rouble_word, kopeck_word = said.count("money.roubles", roubles), said.count("money.kopecks", kopecks)
    text = f"{spelled} {rouble_word} {kopecks:02} {kopeck_word}"
    return text[0].upper() + text[1:]


def quantity(text: str) -> Decimal:
    """How much a person typed: «0,65», "2", "4.5"; at most three digits after the separator.

    More than nothing and less than a million; ``Refusal("quantity.unreadable")`` otherwise.
    """
    cleaned = _SPACES.sub("", text).replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", cleaned) or not (value := Decimal(cleaned)):
        raise Refusal("quantity.unreadable", text=text[:40])
    return value.quantize(Decimal("0.001"))
