"""An act says all that it must, in both languages, on one page or many."""

import datetime as dt
import io
from decimal import Decimal

import pypdfium2
import pytest
from PIL import Image
from pypdf import PdfReader

from core.documents.facts import ActAsset, ActReading, ActVisit, Party, from_data, to_data
from core.documents.proof import digest
from core.documents.render import render_act
from core.kernel import qr
from tests.documents.samples import act, line, pages, signature, solid, squeeze, stroke


def page_image(pdf: bytes, number: int = 0, scale: float = 2) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    try:
        image: Image.Image = document[number].render(scale=scale).to_pil()
        return image
    finally:
        document.close()


def test_it_says_who_what_where_and_how_much_in_russian() -> None:
    (text,) = pages(render_act(act(), "ru"))
    for part in [
        "Акт № А-000417",
        "от 21 ноября 2026",
        "по заявке № 1042",
        "ООО «Холод-Сервис»",
        "ИНН 7701234567, КПП 770101001",
        "БИК 044525999",
        "+7 495 123-45-67",
        "ООО «Кофейня на Лесной»",
        "Кофейня, ул. Лесная, д. 7, 1 этаж",
        "Сплит-система Daikin FTXB35C, зав. № E012345, инв. № 00-118",
        "Витрина холодильная Carboma, инв. № 00-204",
        "1 Диагностика сплит-системы Daikin FTXB35C с замером давления усл. 1 1 500,00 1 500,00",
        "Фреон R-410A кг 0,65 4 200,00 2 730,00",
        "Работы 7 101,00",
        "Материалы 18 482,40",
        "Итого 25 583,40 ₽",
        "В том числе НДС 22 % 4 613,40 ₽",
        "Всего 7 наименований на сумму 25 583,40 ₽",
        "Двадцать пять тысяч пятьсот восемьдесят три рубля 40 копеек",
        "Рекомендована повторная чистка через 6 месяцев.",
        "Иванов Пётр Сергеевич",
        "Ёлкина А. В.",
        "администратор",
        "подпись на экране, 21.11.2026, 14:32 (UTC+3)",
        "стр. 1 из 1",
    ]:
        assert part in text


def test_it_says_the_same_in_english() -> None:
    (text,) = pages(render_act(act(), "en"))
    for part in [
        "Act No. А-000417",
        "dated 21 November 2026",
        "under order No. 1042",
        "INN 7701234567, KPP 770101001",
        "Total 25,583.40 ₽",
        "Including VAT 22% 4,613.40 ₽",
        "7 items for a total of 25,583.40 ₽",
        "Twenty-five thousand, five hundred and eighty-three roubles 40 kopecks",
        "signed on screen, 21/11/2026, 14:32 (UTC+3)",
        "page 1 of 1",
    ]:
        assert part in text


def test_it_is_an_archival_pdf_with_its_fonts_inside() -> None:
    reader = PdfReader(io.BytesIO(render_act(act(), "ru")))
    xmp = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert reader.metadata is not None
    assert reader.metadata.title == "Акт №\xa0А-000417"
    fonts = [font["/BaseFont"] for font in reader.pages[0]["/Resources"]["/Font"].values()]
    assert fonts
    assert all("PTSans" in font for font in fonts)


def test_the_same_facts_make_the_same_bytes() -> None:
    assert render_act(act(), "ru") == render_act(act(), "ru")
    assert render_act(act(signature=None), "ru") == render_act(act(signature=None), "ru")


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_the_code_on_it_leads_to_its_proof(locale: str) -> None:
    facts = act()
    assert qr.read(page_image(render_act(facts, locale))) == [facts.proof_url]


def test_without_a_proof_there_is_no_code() -> None:
    pdf = render_act(act(proof_url="", state="draft", signature=None), "ru")
    assert qr.read(page_image(pdf)) == []
    assert "Проверить подлинность" not in pages(pdf)[0]


def test_a_draft_and_a_revoked_act_are_marked_on_every_page() -> None:
    lines = tuple(line("work", f"Работа {number}") for number in range(60))
    for state, locale, mark in [("draft", "ru", "ЧЕРНОВИК"), ("revoked", "en", "REVOKED")]:
        printed = pages(render_act(act(state=state, lines=lines), locale))
        assert len(printed) > 1
        assert all(mark in text for text in printed)
    assert not any("ЧЕРНОВИК" in text for text in pages(render_act(act(), "ru")))


def test_the_code_is_read_through_a_watermark() -> None:
    facts = act(state="revoked")
    assert qr.read(page_image(render_act(facts, "ru"))) == [facts.proof_url]


def test_a_long_table_repeats_its_head_and_loses_no_line() -> None:
    lines = tuple(line("material", f"Деталь-{number:03}", price="10.01") for number in range(150))
    printed = pages(render_act(act(lines=lines), "ru"))
    assert len(printed) >= 4
    for number, text in enumerate(printed, start=1):
        assert f"стр. {number} из {len(printed)}" in text
        assert ("Деталь-" in text) == ("Наименование Ед. Кол-во Цена, ₽ Сумма, ₽" in text)
    whole = " ".join(printed)
    assert all(f"Деталь-{number:03}" in whole for number in range(150))
    assert "Итого 1 501,50 ₽" in whole


def test_signatures_stay_together_with_their_words() -> None:
    for count in (11, 14, 17, 20):
        lines = tuple(line("work", f"Работа {number}") for number in range(count))
        printed = pages(render_act(act(lines=lines), "ru"))
        assert sum("Перечисленные работы" in text and "подпись на экране" in text for text in printed) == 1


def test_vat_may_come_on_top_or_not_at_all() -> None:
    lines = (line("work", "Работа", price="100"),)
    (top,) = pages(render_act(act(lines=lines, vat_included=False), "ru"))
    assert "Без НДС 100,00 ₽ НДС 22 % 22,00 ₽ Итого 122,00 ₽" in top
    assert "Сто двадцать два рубля 00 копеек" in top
    (none,) = pages(render_act(act(lines=lines, vat_rate=None), "ru"))
    assert "Итого 100,00 ₽ НДС не облагается" in none
    (zero,) = pages(render_act(act(lines=lines, vat_rate=Decimal(0)), "ru"))
    assert "В том числе НДС 0 % 0,00 ₽" in zero


@pytest.mark.parametrize(
    ("how", "image", "parts"),
    [
        ("screen", True, ["подпись на экране, 21.11.2026, 14:32"]),
        ("screen", False, ["Подписано на экране мастера", "подпись на экране, 21.11.2026"]),
        ("bot", False, ["Подписано в боте", "подписано в боте заказчика, 21.11.2026, 14:32"]),
        ("paper", False, ["подписано на бумаге, 21.11.2026, 14:32"]),
    ],
)
def test_it_says_how_it_was_signed(how: str, image: bool, parts: list[str]) -> None:
    given = signature(how=how, image=stroke() if image else None)
    pdf = render_act(act(signature=given), "ru")
    (text,) = pages(pdf)
    assert all(part in text for part in parts)
    assert bool(PdfReader(io.BytesIO(pdf)).pages[0].images) == image


def test_the_signature_is_shown_at_the_companys_clock() -> None:
    late = signature(at=dt.datetime(2026, 11, 21, 22, 30, tzinfo=dt.UTC))
    (text,) = pages(render_act(act(signature=late, zone="Asia/Vladivostok"), "ru"))
    assert "22.11.2026, 08:30 (UTC+10)" in text


def test_what_is_not_known_is_not_printed() -> None:
    bare = act(
        lines=(),
        assets=(),
        site="",
        note="",
        signature=None,
        vat_rate=None,
        executor=Party(name="ИП Иванов"),
        customer=Party(name="Пётр"),
    )
    (text,) = pages(render_act(bare, "ru"))
    for absent in ("ИНН", "КПП", "Объект", "Оборудование", "Примечание", "UTC", "None"):
        assert absent not in text
    assert "Платных работ и материалов нет" in text
    assert "Ноль рублей 00 копеек" in text


def test_many_assets_are_listed() -> None:
    assets = tuple(ActAsset(name=f"Камера {number}", serial=f"SN-{number}") for number in range(40))
    whole = " ".join(pages(render_act(act(assets=assets), "ru")))
    assert all(f"Камера {number}, зав. № SN-{number}" in whole for number in range(40))


def test_nothing_stands_outside_the_page() -> None:
    """The outer 8 mm stay white, whatever is printed."""
    wide = act(
        lines=(line("work", "Щ" * 3000, unit="километр" * 12, quantity="999999.999", price="9999"),),
        customer=Party(name="Ж" * 800),
    )
    for facts in (act(), wide):
        pdf = render_act(facts, "ru")
        for number in range(len(pages(pdf))):
            image = page_image(pdf, number, scale=1).convert("L")
            edge = round(8 / 25.4 * 72)
            right = image.crop((image.width - edge, 0, image.width, image.height))
            left = image.crop((0, 0, edge, image.height))
            assert left.getextrema()[0] > 250
            assert right.getextrema()[0] > 250


def test_broken_words_are_whole_again_when_copied() -> None:
    url = "https://example.ru/" + "very-long-path/" * 30
    text = " ".join(pages(render_act(act(note=url), "ru")))
    assert solid(url) in solid(text)
    assert squeeze("Примечание https://example.ru/") in text


READINGS = (
    ActReading(name="Температура в камере", unit="°C", value=Decimal("3.5"), low=Decimal(2), high=Decimal(5)),
    ActReading(name="Ток компрессора", unit="А", value=Decimal("9.8"), high=Decimal("7.5")),
    ActReading(name="Давление", unit="бар", value=Decimal(2), low=Decimal(3)),
    ActReading(name="Влажность", unit="", value=Decimal(40)),
)


def test_readings_stand_on_it_with_their_norms() -> None:
    text = " ".join(pages(render_act(act(readings=READINGS), "ru")))
    for part in [
        "Замеры Температура в камере — 3,5 °C (норма от 2 до 5)",
        "Ток компрессора — 9,8 А (норма до 7,5) — вне нормы",
        "Давление — 2 бар (норма от 3) — вне нормы",
        "Влажность — 40",
    ]:
        assert part in text
    assert text.count("вне нормы") == 2
    english = " ".join(pages(render_act(act(readings=READINGS), "en")))
    assert "(norm up to 7.5) — off the norm" in english


def test_readings_are_a_part_of_what_is_proved_and_acts_without_any_keep_their_proof() -> None:
    measured = act(readings=READINGS)
    assert from_data(to_data(measured), stroke()) == measured
    assert digest(measured) != digest(act())
    old = to_data(act())
    assert "readings" not in old
    assert from_data(old, stroke()) == act()


def _at(day: int, hour: int, minute: int) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.UTC)


VISITS = (
    ActVisit(technician="Иванов Пётр Сергеевич", arrived=_at(21, 10, 5), left=_at(21, 11, 20)),
    ActVisit(technician="Рашид Алиев", arrived=_at(22, 6, 0), left=_at(22, 8, 30), pause=20),
    ActVisit(technician="Рашид Алиев", arrived=_at(22, 20, 50), left=_at(22, 21, 15)),
)


def test_the_hours_on_site_stand_on_it() -> None:
    text = " ".join(pages(render_act(act(visits=VISITS), "ru")))
    for part in [
        "Время работ 21.11.2026, 13:05–14:20 (1 ч 15 мин), мастер Иванов Пётр Сергеевич",
        "22.11.2026, 09:00–11:30 (2 ч 10 мин, перерыв 20 мин), мастер Рашид Алиев",
        "22.11.2026, 23:50 – 23.11.2026, 00:15 (25 мин)",
        "Всего 3 ч 50 мин",
    ]:
        assert part in text, part
    english = " ".join(pages(render_act(act(visits=VISITS[:1]), "en")))
    assert "(1 hr 15 mins), technician" in english
    assert "in all" not in english


def test_hours_are_a_part_of_what_is_proved_and_acts_without_any_keep_their_proof() -> None:
    worked = act(visits=VISITS)
    assert from_data(to_data(worked), stroke()) == worked
    assert digest(worked) != digest(act())
    assert "visits" not in to_data(act())


def test_those_who_helped_stand_on_it() -> None:
    crew = act(helpers=("Рашид Алиев", "Светлана Юрьева"))
    assert "Помогали Рашид Алиев, Светлана Юрьева" in " ".join(pages(render_act(crew, "ru")))
    assert from_data(to_data(crew), stroke()) == crew
    assert digest(crew) != digest(act())
    assert "helpers" not in to_data(act())
