"""Money keeps its kopecks: parsed, added, multiplied, taxed, shown and said."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from core.kernel.errors import Refusal
from core.kernel.money import (
    LIMIT,
    Money,
    bare,
    in_words,
    quantity,
    show,
    total,
    vat_included,
    vat_on_top,
)

N = "\u202f"
amounts = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=2)
moneys = amounts.map(Money)
rates = st.sampled_from([Decimal(rate) for rate in ("0", "5", "7", "10", "20", "22", "100")])


def rub(text: str) -> Money:
    return Money(Decimal(text))


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1500", "1500"),
        ("1500,5", "1500.50"),
        ("1500.05", "1500.05"),
        ("51 166,80 ₽", "51166.80"),
        (f"51{N}166,80{N}₽", "51166.80"),
        ("51\u00a0166,80", "51166.80"),
        ("2 000 руб.", "2000"),
        ("2000р", "2000"),
        ("1,500.50", "1500.50"),
        ("1.500,50", "1500.50"),
        ("1,234,567", "1234567"),
        ("1'000", "1000"),
        ("−5,10", "-5.10"),
        ("-0", "0"),
        ("0,00", "0"),
        ("9999999999,99", "9999999999.99"),
    ],
)
def test_it_reads_what_people_type(typed: str, amount: str) -> None:
    assert Money.parse(typed) == rub(amount)


UNREADABLE = """
|₽|1,500|1.500|1,5,0|12,345.678|abc|1e5|NaN|Infinity|1 50|5 5,5,5|--5|1_000|١٢|<b>5</b>|0x10|1,000 000|$5
""".strip().split("|")


@pytest.mark.parametrize("typed", [*UNREADABLE, " ", "5\n600", "9" * 41, "5 ₽ ₽"])
def test_it_refuses_what_may_mean_anything(typed: str) -> None:
    with pytest.raises(Refusal) as refusal:
        Money.parse(typed)
    assert refusal.value.code == "money.unreadable"


def test_it_refuses_more_than_a_row_can_hold() -> None:
    assert Money(LIMIT).amount == LIMIT
    for attempt in (
        lambda: Money.parse("10000000000"),
        lambda: Money(LIMIT).times(2),
        lambda: Money(LIMIT) + rub("0.01"),
        lambda: Money(Decimal("NaN")),
        lambda: Money(Decimal("-Infinity")),
        lambda: Money(Decimal("1e300")),
    ):
        with pytest.raises(Refusal) as refusal:
            attempt()
        assert refusal.value.code == "money.too_large"


def test_it_is_made_of_decimals_of_one_currency() -> None:
    with pytest.raises(TypeError):
        Money(0.1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="USD"):
        rub("1") + Money(Decimal(1), "USD")
    with pytest.raises(ValueError, match="USD"):
        assert rub("1") < Money(Decimal(1), "USD")


@pytest.mark.parametrize(
    ("price", "count", "cost"),
    [
        ("4200", "0.65", "2730.00"),
        ("95.40", "0.333", "31.77"),
        ("0.01", "0.5", "0.01"),
        ("0.01", "0.499", "0.00"),
        ("2350.50", "2", "4701.00"),
        ("1.15", "0.1", "0.12"),
        ("-0.01", "0.5", "-0.01"),
    ],
)
def test_a_price_is_multiplied_half_up(price: str, count: str, cost: str) -> None:
    assert rub(price).times(Decimal(count)) == rub(cost)


@pytest.mark.parametrize(
    ("gross", "rate", "tax"),
    [
        ("51166.80", "22", "9226.80"),
        ("122", "22", "22"),
        ("100", "20", "16.67"),
        ("0.01", "22", "0"),
        ("5", "0", "0"),
    ],
)
def test_vat_inside_a_price(gross: str, rate: str, tax: str) -> None:
    split = vat_included(rub(gross), Decimal(rate))
    assert (split.tax, split.net) == (rub(tax), rub(gross) - rub(tax))


def test_vat_on_top_of_a_price() -> None:
    split = vat_on_top(rub("99.99"), Decimal(22))
    assert (split.net, split.tax, split.gross) == (rub("99.99"), rub("22.00"), rub("121.99"))
    with pytest.raises(ValueError, match="0 to 100"):
        vat_on_top(rub("1"), Decimal(-1))


@given(moneys, rates)
def test_vat_always_adds_up(money: Money, rate: Decimal) -> None:
    for split in (vat_included(money, rate), vat_on_top(money, rate)):
        assert split.net + split.tax == split.gross
    if money.amount >= 0:
        back = vat_on_top(vat_included(money, rate).net, rate).gross - money
        assert abs(back.amount) <= Decimal("0.01")


@given(st.lists(moneys, max_size=20))
def test_a_sum_has_no_order(parts: list[Money]) -> None:
    assert total(parts) == total(reversed(parts))
    assert total(parts) - total(parts) == Money.zero()
    assert total(parts).amount == sum((part.amount for part in parts), Decimal(0))


@given(moneys)
def test_what_is_shown_is_read_back(money: Money) -> None:
    for locale in ("ru", "en"):
        assert Money.parse(show(money, locale)) == money
        assert Money.parse(bare(money, locale)) == money
    assert hash(money) == hash(Money(money.amount.normalize()))


@pytest.mark.parametrize(
    ("amount", "ru", "en"),
    [
        ("51166.80", f"51{N}166,80{N}₽", f"51,166.80{N}₽"),
        ("0", f"0,00{N}₽", f"0.00{N}₽"),
        ("-1234567.5", f"-1{N}234{N}567,50{N}₽", f"-1,234,567.50{N}₽"),
    ],
)
def test_it_is_shown(amount: str, ru: str, en: str) -> None:
    assert show(rub(amount), "ru") == ru
    assert show(rub(amount), "en") == en


def test_another_currency_is_shown_by_its_code() -> None:
    assert show(Money(Decimal(5), "KZT"), "ru") == f"5,00{N}KZT"
    with pytest.raises(ValueError, match="KZT"):
        in_words(Money(Decimal(5), "KZT"), "ru")


@pytest.mark.parametrize(
    ("amount", "ru", "en"),
    [
        (
            "51166.80",
            "Пятьдесят одна тысяча сто шестьдесят шесть рублей 80 копеек",
            "Fifty-one thousand, one hundred and sixty-six roubles 80 kopecks",
        ),
        ("0", "Ноль рублей 00 копеек", "Zero roubles 00 kopecks"),
        ("1.01", "Один рубль 01 копейка", "One rouble 01 kopeck"),
        ("2.02", "Два рубля 02 копейки", "Two roubles 02 kopecks"),
        ("11.11", "Одиннадцать рублей 11 копеек", "Eleven roubles 11 kopecks"),
        ("21.21", "Двадцать один рубль 21 копейка", "Twenty-one roubles 21 kopecks"),
        ("2000", "Две тысячи рублей 00 копеек", "Two thousand roubles 00 kopecks"),
        (
            "1001001",
            "Один миллион одна тысяча один рубль 00 копеек",
            "One million, one thousand and one roubles 00 kopecks",
        ),
        ("-3.50", "Минус три рубля 50 копеек", "Minus three roubles 50 kopecks"),
    ],
)
def test_it_is_said(amount: str, ru: str, en: str) -> None:
    assert in_words(rub(amount), "ru") == ru
    assert in_words(rub(amount), "en") == en


@given(st.integers(min_value=0, max_value=999_999_999_999))
def test_any_amount_can_be_said(kopecks: int) -> None:
    said = in_words(Money(Decimal(kopecks) / 100), "ru").lower()
    roubles = kopecks // 100
    word = "рубль" if roubles % 10 == 1 and roubles % 100 != 11 else "рубл"
    assert said.startswith(f"{num2words(roubles, lang='ru')} {word}")
    assert f" {kopecks % 100:02} копе" in said


@pytest.mark.parametrize(("typed", "value"), [("0,65", "0.65"), ("2", "2"), (" 4.5 ", "4.5"), ("1 000", "1000")])
def test_a_quantity_is_read(typed: str, value: str) -> None:
    assert quantity(typed) == Decimal(value)


@pytest.mark.parametrize("typed", ["", "0", "-1", "abc", "NaN", "Infinity", "0,0001", "1000000", "1,5,5", "1e9"])
def test_a_quantity_is_refused(typed: str) -> None:
    with pytest.raises(Refusal) as refusal:
        quantity(typed)
    assert refusal.value.code == "quantity.unreadable"
