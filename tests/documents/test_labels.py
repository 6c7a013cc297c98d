"""Each label of a sheet leads to its own asset, whatever the asset is called."""

import io

import pypdfium2
import pytest
from PIL import Image
from pypdf import PdfReader

from core.documents.labels import FORMATS, AssetLabel, render_labels
from core.kernel import qr
from core.kernel.errors import Refusal
from tests.documents.samples import pages, solid

NAMES = ["Сплит-система Daikin FTXB35C", "Витрина " * 30, "Щ" * 5000, '#let "x" <b>1</b> 😀 שלום', ""]


def labels(count: int) -> list[AssetLabel]:
    return [
        AssetLabel(NAMES[number % len(NAMES)], f"https://t.me/desk_bot?start=1{number:03}-Zm9vYmFyYmF6", f"00-{number}")
        for number in range(count)
    ]


def images(pdf: bytes) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=2).to_pil() for page in document]
    finally:
        document.close()


@pytest.mark.parametrize("per_page", sorted(FORMATS))
def test_every_code_can_be_scanned(per_page: int) -> None:
    made = labels(per_page + 3)
    sheets = images(render_labels(made, "ООО «Холод-Сервис»", "ru", per_page=per_page))
    assert len(sheets) == 2
    found = [qr.read(sheet) for sheet in sheets]
    assert len(found[0]) == per_page
    assert {text for sheet in found for text in sheet} == {label.link for label in made}


@pytest.mark.parametrize("per_page", sorted(FORMATS))
def test_each_label_stays_in_its_place(per_page: int) -> None:
    sheet = FORMATS[per_page]
    (only,) = images(render_labels(labels(per_page), "К" * 300, "ru", per_page=per_page))
    grey = only.convert("L")
    for column in range(1, sheet.columns):
        x = round(column * sheet.width / 25.4 * 144)
        gap = grey.crop((x - 4, 0, x - 2, grey.height))
        assert gap.getextrema()[0] > 150
    for row in range(1, sheet.rows):
        y = round(row * sheet.height / 25.4 * 144)
        gap = grey.crop((0, y - 4, grey.width, y - 2))
        assert gap.getextrema()[0] > 150


@pytest.mark.parametrize(
    ("locale", "hint", "inventory"),
    [
        ("ru", "Сканируйте, чтобы вызвать мастера", "Инв. № 00-0"),
        ("en", "Scan to call a technician", "Inventory No. 00-0"),
    ],
)
def test_it_says_what_to_do(locale: str, hint: str, inventory: str) -> None:
    (text,) = pages(render_labels(labels(1), "ООО «Холод-Сервис»", locale, per_page=8))
    for part in ("Сплит-система Daikin FTXB35C", inventory, "ООО «Холод-Сервис»", hint):
        assert solid(part) in solid(text)


def test_a_long_name_is_cut_and_says_so() -> None:
    label = AssetLabel("Холодильная витрина " * 20, "https://t.me/b?start=1")
    (text,) = pages(render_labels([label], "Холод", "ru"))
    assert "Холодильная витрина" in text
    assert "…" in text
    assert text.count("витрина") < 6


def test_used_up_places_stay_empty() -> None:
    made = labels(2)
    first, second = images(render_labels(made, "Холод", "ru", per_page=24, skip=23))
    assert qr.read(first) == [made[0].link]
    assert qr.read(second) == [made[1].link]


def test_a_sheet_is_a4() -> None:
    page = PdfReader(io.BytesIO(render_labels(labels(1), "Холод", "ru"))).pages[0]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)


@pytest.mark.parametrize(
    ("count", "options", "code"),
    [
        (0, {}, "documents.no_labels"),
        (2001, {}, "documents.too_many_labels"),
        (1, {"per_page": 7}, "documents.no_such_sheet"),
        (1, {"skip": 24}, "documents.no_such_sheet"),
        (1, {"skip": -1}, "documents.no_such_sheet"),
    ],
)
def test_senseless_sheets_are_refused(count: int, options: dict[str, int], code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        render_labels(labels(count), "Холод", "ru", **options)  # type: ignore[arg-type]
    assert refusal.value.code == code
