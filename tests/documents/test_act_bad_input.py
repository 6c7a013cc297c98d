"""Whatever people call themselves is printed as they wrote it; what can't be is refused with a code."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.documents.facts import ActAsset, Party
from core.documents.paper import NO_GLYPH, PaperError, Press, press
from core.documents.render import render_act
from core.documents.stroke import stroke_png
from core.kernel.errors import Refusal
from tests.documents.samples import act, line, pages, signature, solid, stroke

NAMES = [
    "#let x = 1; #panic()",
    "\"кавычки\" и 'апострофы' и «ёлочки»",
    "<b>HTML</b> &amp; <script>alert(1)</script>",
    "$x^2$ *жирно* _курсив_ `код` ~ @ссылка <метка> // комментарий /* и */",
    "\\ \\n \\u{41} {name} {{}} %s",
    "= Заголовок",
    "- список + и / термин: вот",
    "https://example.ru/?a=1&b=2#c",
    '--- -- ... -? 1/2 "',
    "null",
    "' OR 1=1; --",
]


@pytest.mark.parametrize("name", NAMES)
def test_markup_prints_literally_wherever_it_stands(name: str) -> None:
    facts = act(
        number=name,
        order_number=name,
        executor=Party(name=name, inn=name, address=name, bank=name, phone=name),
        site=name,
        assets=(ActAsset(name=name, serial=name),),
        lines=(line("work", name, unit=name),),
        note=name,
        technician=name,
        signature=signature(name=name, post=name),
    )
    text = solid(" ".join(pages(render_act(facts, "ru"))))
    assert text.count(solid(name)) >= 12


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Ёлка ї қ ő ł № ₽ ½ ±", "Ёлка ї қ ő ł № ₽ ½ ±"),
        ("й и е\u0308лка", "й и ёлка"),
        ("Трасса 1/4″ → 3/8″", 'Трасса 1/4" -> 3/8"'),
        ("Ａ５ ﹪", "A5 %"),
        ("山田", NO_GLYPH * 2),
        ("\ud800", NO_GLYPH),
        ("а\x00б\x1b[31mв\tг", "а б [31mв г"),
        ("а\u202eб\u2066в\u200fг", "абвг"),
    ],
)
def test_what_has_no_glyph_gets_a_stand_in(name: str, printed: str) -> None:
    assert press().printable(name) == printed
    (text,) = pages(render_act(act(technician=name), "ru"))
    assert solid(printed) in solid(text)


@pytest.mark.parametrize("name", ["😀 👨‍👩‍👧 🇷🇺 ❤️ 1️⃣ 👩🏽‍🔧", "שלום עולם", "مرحبا بالعالم", "ООО «שלום» 😀 عليكم #1"])
def test_emoji_and_right_to_left_have_glyphs(name: str) -> None:
    assert NO_GLYPH not in press().printable(name)
    assert pages(render_act(act(technician=name, note=name, customer=Party(name=name)), "ru"))


@pytest.mark.parametrize("field", ["site", "note", "technician", "number"])
@pytest.mark.parametrize("text", ["Щ" * 5000, "длинное слово " * 357, "😀" * 2500])
def test_five_thousand_characters_wrap_and_none_is_lost(field: str, text: str) -> None:
    printed = pages(render_act(act(**{field: text}), "ru"))
    body = solid(" ".join(printed))
    sample = solid(text)[:1]
    assert body.count(sample) >= solid(text).count(sample)
    assert f"стр. {len(printed)} из {len(printed)}" in printed[-1]


def test_five_thousand_characters_wrap_in_the_narrowest_places() -> None:
    long = "Ж" * 5000
    facts = act(
        executor=Party(name=long, address=long, bank=long),
        lines=(line("work", long),),
        signature=signature(name=long, post=long),
    )
    body = solid(" ".join(pages(render_act(facts, "ru"))))
    assert body.count("Ж") >= 6 * 5000


def test_lines_of_a_note_stay_lines() -> None:
    (text,) = pages(render_act(act(note="первая\nвторая\r\n\r\nтретья"), "ru"))
    assert "первая вторая третья" in text


@settings(max_examples=25)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=200))
def test_any_text_makes_an_act(name: str, unit: str, note: str) -> None:
    facts = act(
        executor=Party(name=name, bank=note),
        note=note,
        technician=name,
        lines=(line("work", name, unit=unit),),
        signature=signature(image=None, post=unit),
    )
    assert render_act(facts, "en").startswith(b"%PDF-")


def test_out_of_all_measure_is_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        act(note="а" * 10_001)
    assert refusal.value.code == "documents.too_long"
    assert refusal.value.data["field"] == "note"
    with pytest.raises(Refusal) as refusal:
        act(customer=Party(name="а" * 10_001))
    assert refusal.value.data["field"] == "name"
    with pytest.raises(Refusal) as refusal:
        act(lines=tuple(line("work", "а") for _ in range(2001)))
    assert refusal.value.code == "documents.too_many_lines"


def picture(kind: str, size: tuple[int, int], colour: object = (255, 255, 255), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        stroke()[:200],
        picture("PNG", (300, 100)),
        picture("PNG", (300, 100), (0, 0, 0, 0), "RGBA"),
        picture("GIF", (10, 10), 0, "L"),
        picture("PNG", (5000, 5000)),
        stroke() + b"\0" * 3_000_000,
    ],
    ids=["empty", "words", "cut", "white", "clear", "gif", "huge", "heavy"],
)
def test_a_signature_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        stroke_png(data)
    assert refusal.value.code == "documents.signature_unreadable"


def test_a_signature_is_cut_to_its_stroke() -> None:
    wide = Image.open(io.BytesIO(stroke_png(stroke())))
    assert wide.size[0] <= 480
    assert wide.size[1] <= 200
    light = Image.new("RGB", (800, 400), "white")
    light.paste((0, 0, 0), (300, 150, 500, 250))
    out = io.BytesIO()
    light.save(out, "JPEG")
    scanned = Image.open(io.BytesIO(stroke_png(out.getvalue())))
    assert abs(scanned.width - 200) < 20
    assert scanned.convert("RGBA").getpixel((5, 5))[3] > 200


def test_fonts_that_are_not_there_are_named(tmp_path: object) -> None:
    with pytest.raises(PaperError, match="make setup"):
        Press(tmp_path)  # type: ignore[arg-type]
