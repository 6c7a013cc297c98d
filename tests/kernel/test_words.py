"""Texts are found, counted, filled and escaped; a broken catalogue stops the start."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from core.kernel import words as module
from core.kernel.words import LOCALES, Words, WordsError, form_index, load, pick_locale, words

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
JOBS = 'msgid "jobs"\nmsgid_plural "jobs"\n'
JOBS_RU = JOBS + 'msgstr[0] "{n} наряд"\nmsgstr[1] "{n} наряда"\nmsgstr[2] "{n} нарядов"\n'
JOBS_EN = JOBS + 'msgstr[0] "{n} job"\nmsgstr[1] "{n} jobs"\n'


def po(root: Path, name: str, body: str) -> None:
    path = root / "bot" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + body, encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    po(tmp_path, "ru/a.po", 'msgid "hi"\nmsgstr "Привет, {name}!"\n\nmsgid "only"\nmsgstr "Только тут"\n')
    po(tmp_path, "ru/b.po", JOBS_RU)
    po(tmp_path, "en/a.po", 'msgid "hi"\nmsgstr "Hello, {name}!"\n')
    po(tmp_path, "en/b.po", JOBS_EN)
    return tmp_path


@pytest.fixture(autouse=True)
def _strictness() -> Iterator[None]:
    module.strict(True)
    yield
    module.strict(None)


def test_it_merges_the_files_of_a_domain(root: Path) -> None:
    ru = Words("bot", "ru", root)
    assert ru.text("hi", name="Ёлка") == "Привет, Ёлка!"
    assert ru.count("jobs", 3) == "3 наряда"
    assert ru.has("jobs")
    assert not ru.has("nothing")


@pytest.mark.parametrize(
    ("n", "ru", "en"),
    [
        (0, "0 нарядов", "0 jobs"),
        (1, "1 наряд", "1 job"),
        (2, "2 наряда", "2 jobs"),
        (4, "4 наряда", "4 jobs"),
        (5, "5 нарядов", "5 jobs"),
        (11, "11 нарядов", "11 jobs"),
        (14, "14 нарядов", "14 jobs"),
        (21, "21 наряд", "21 jobs"),
        (112, "112 нарядов", "112 jobs"),
        (-1, "−1 наряд", "−1 job"),
        (1001, "1\u202f001 наряд", "1,001 jobs"),
        (1.5, "1,5 наряда", "1.5 jobs"),
        (Decimal("0.65"), "0,65 наряда", "0.65 jobs"),
    ],
)
def test_it_counts_by_the_rules_of_the_language(root: Path, n: float, ru: str, en: str) -> None:
    assert Words("bot", "ru", root).count("jobs", n) == ru
    assert Words("bot", "en", root).count("jobs", n) == en


def test_every_number_has_a_form() -> None:
    assert {form_index("ru", n) for n in range(200)} == {0, 1, 2}
    assert {form_index("en", n) for n in range(200)} == {0, 1}


def test_values_are_never_read_as_templates_and_html_escapes_them(root: Path) -> None:
    ru = Words("bot", "ru", root)
    assert ru.text("hi", name="{name} {0}<b>") == "Привет, {name} {0}<b>!"
    assert ru.html("hi", name='<b>"&') == "Привет, &lt;b&gt;&quot;&amp;!"

    class Safe:
        def __html__(self) -> str:
            return "<i>я</i>"

    assert ru.html("hi", name=Safe()) == "Привет, <i>я</i>!"


@pytest.mark.parametrize(
    "ask",
    [
        lambda w: w.text("nothing"),
        lambda w: w.text("only"),
        lambda w: w.text("hi"),
        lambda w: w.text("jobs"),
        lambda w: w.count("hi", 1, name=""),
    ],
)
def test_mistakes_raise_when_strict(root: Path, ask: object) -> None:
    with pytest.raises(WordsError):
        ask(Words("bot", "en", root))  # type: ignore[operator]


def test_mistakes_are_logged_and_survived_otherwise(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    module.strict(False)
    en = Words("bot", "en", root)
    assert en.text("only") == "Только тут"
    assert en.text("no{thing}") == "no{thing}"
    assert en.text("hi") == "Hello, {name}!"
    assert en.text("jobs") == "{n} job"
    assert en.count("hi", 1, name="Ann") == "Hello, Ann!"
    assert len(caplog.records) >= 5


def test_the_environment_decides_unless_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module.strict(None)
    monkeypatch.setenv("NARYAD_STRICT_WORDS", "1")
    with pytest.raises(WordsError):
        Words("bot", "en", root).text("only")
    monkeypatch.setenv("NARYAD_STRICT_WORDS", "0")
    assert Words("bot", "en", root).text("only") == "Только тут"


def test_a_key_twice_stops_the_start(root: Path) -> None:
    po(root, "ru/c.po", 'msgid "hi"\nmsgstr "Ещё раз"\n')
    with pytest.raises(WordsError, match=r"a\.po and in c\.po"):
        load(root)
    po(root, "ru/c.po", 'msgid "x"\nmsgstr "1"\n\nmsgid "x"\nmsgstr "2"\n')
    with pytest.raises(WordsError, match="stands twice"):
        load(root)


@pytest.mark.parametrize("body", ['msgid "x', 'msgid "x"\nmsgstr "y"\nwhat\n'])
def test_a_broken_file_stops_the_start(root: Path, body: str) -> None:
    po(root, "ru/c.po", body)
    with pytest.raises(WordsError, match=r"c\.po"):
        load(root)


def test_an_unknown_domain_is_refused() -> None:
    with pytest.raises(WordsError):
        words("nowhere", "ru")


@pytest.mark.parametrize(
    ("code", "locale"),
    [("ru", "ru"), ("en-GB", "en"), ("EN_us", "en"), ("uk", "ru"), (None, "ru"), ("zh-Hans", "ru")],
)
def test_a_language_is_picked(code: str | None, locale: str) -> None:
    assert pick_locale(code) == locale


@pytest.mark.parametrize(
    ("typed", "ru", "en"),
    [
        ("шт.", "шт.", "pc."),
        ("шт", "шт", "pc."),
        ("pc.", "шт.", "pc."),
        ("ч", "ч", "h"),
        (" м ", "м", "m"),
        ("°C", "°C", "°C"),
        ("бухта", "бухта", "бухта"),
        ("", "", ""),
        (None, "", ""),
    ],
)
def test_a_unit_that_we_know_is_written_in_the_readers_language(typed: str | None, ru: str, en: str) -> None:
    assert (words("bot", "ru").unit(typed), words("bot", "en").unit(typed)) == (ru, en)


def test_no_two_units_are_written_alike() -> None:
    for locale in LOCALES:
        texts = [entry.forms[0].rstrip(".") for entry in module.catalogue("units", locale).values()]
        assert len(texts) == len(set(texts))
    known = {(entry.forms[0], key) for one in LOCALES for key, entry in module.catalogue("units", one).items()}
    assert len({text for text, _ in known}) == len(known)
