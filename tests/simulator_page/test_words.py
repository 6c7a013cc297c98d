"""The page's catalogue: complete in both languages, nothing unused, nothing missing; no inline code in the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "simulator" / "static"
FORMS = {"ru": ("one", "few", "many", "other"), "en": ("one", "other")}
PARAMETER = re.compile(r"\{(\w+)\}")


def catalogue(lang: str) -> dict[str, str]:
    words = json.loads((ROOT / "locales" / f"simulator.{lang}.json").read_text("utf-8"))
    assert isinstance(words, dict)
    return words


def code() -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted((STATIC / "js").glob("*.js")))


def plain(words: dict[str, str]) -> set[str]:
    """Keys without their plural endings."""
    stems = {key: re.sub(r"\.(one|few|many|other)$", "", key) for key in words}
    return {stem if f"{stem}.one" in words else key for key, stem in stems.items()}


def test_both_languages_say_the_same_things() -> None:
    ru, en = catalogue("ru"), catalogue("en")
    assert plain(ru) == plain(en)
    for key in ru.keys() & en.keys():
        assert set(PARAMETER.findall(ru[key])) == set(PARAMETER.findall(en[key])), key
        assert ru[key].strip()
        assert en[key].strip()


def test_every_key_the_page_asks_for_exists() -> None:
    source = code()
    for lang, forms in FORMS.items():
        words = catalogue(lang)
        missing = set(re.findall(r'\bt\("([\w.]+)"', source)) - words.keys()
        plurals = {f"{key}.{form}" for key in re.findall(r'\btn\("([\w.]+)"', source) for form in forms}
        assert missing | (plurals - words.keys()) == set(), lang


def test_no_words_lie_unused() -> None:
    source = code()
    built = tuple(prefix for prefix in re.findall(r"\bt\(`([\w.]+\.)\$", source))
    for key in plain(catalogue("ru")):
        assert f'"{key}"' in source or key.startswith(built) or key.endswith(".title"), key


def test_the_page_holds_no_inline_code_and_no_foreign_address() -> None:
    index = (STATIC / "index.html").read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", index)
    assert "innerHTML" not in code()
