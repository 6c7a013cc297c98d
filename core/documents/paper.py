"""The printing press: a Typst template and its facts become a PDF/A-2b.

Facts go in as JSON and come out as text, never as markup. The fonts are PT Sans, and Noto for emoji, Arabic and
Hebrew where they lie beside it; a character that none of them has is printed as «◊», for a PDF/A may not
hold one without a glyph. Rendering is CPU-bound, tens of milliseconds: run it in a thread.
"""

import datetime as dt
import json
import re
import threading
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.kernel.fonts import FONTS

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).parent / "typst"
MORE_FONTS = ("noto-emoji", "noto-sans-arabic", "noto-sans-hebrew")

NO_GLYPH = "◊"
STAND_INS = {"′": "'", "″": '"', "→": "->", "←": "<-", "⌀": "Ø", "‐": "-", "‒": "–", "―": "—", "☐": "[ ]"}
_KEPT = {"\n", "\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufe0e", "\ufe0f"}
_BIDI = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


class PaperError(Exception):
    """A template of ours does not compile, or its fonts are not there. Trying again will not help."""


class Press:
    """Fonts read once, a compiler for each thread. Typst is loaded with the first press: it takes memory."""

    def __init__(self, fonts_dir: Path = FONTS) -> None:
        paths = [fonts_dir, *(fonts_dir.parent / name for name in MORE_FONTS)]
        import typst

        self._typst = typst
        self._files = [file for path in paths for file in sorted(path.glob("*.ttf"))]
        if not any("PTSans" in file.name for file in self._files):
            raise PaperError(f"PT Sans is not in {fonts_dir}: run `make setup`")
        self._fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[path for path in paths if path.is_dir()],
        )
        self._covered = frozenset().union(_KEPT, *map(_characters, self._files))
        self._mine = threading.local()

    def print(self, template: str, facts: Mapping[str, Any], at: dt.datetime) -> bytes:
        """The PDF of ``typst/<template>.typ``, which reads ``sys.inputs.facts``. The same facts and moment
        (written into the file) make the same bytes."""
        compiler: typst.Compiler | None = getattr(self._mine, "compiler", None)
        if compiler is None:
            compiler = self._typst.Compiler(root=TEMPLATES, font_paths=self._fonts, ignore_system_fonts=True)
            self._mine.compiler = compiler
        text = json.dumps(self._printable(facts), ensure_ascii=False)
        try:
            pdf = compiler.compile(
                input=TEMPLATES / f"{template}.typ",
                format="pdf",
                sys_inputs={"facts": text},
                pdf_standards="a-2b",
                timestamp=int(at.timestamp()),
            )
        except self._typst.TypstError as error:
            raise PaperError(f"{template}: {error.message}") from error
        if not isinstance(pdf, bytes):
            raise PaperError(f"{template}: no PDF came out")
        return pdf

    def _printable(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.printable(value)
        if isinstance(value, Mapping):
            return {name: self._printable(item) for name, item in value.items()}
        if isinstance(value, list | tuple) and not (value and isinstance(value[0], int)):
            return [self._printable(item) for item in value]
        return value

    def printable(self, text: str) -> str:
        """The text in NFC, with a stand-in for each character without a glyph. Controls become spaces; marks
        that turn text around are dropped, lest a paper read otherwise than it was written."""
        if self._covered.issuperset(text) and text.isprintable() and unicodedata.is_normalized("NFC", text):
            return text
        text = unicodedata.normalize("NFC", _BIDI.sub("", text.replace("\r\n", "\n")))
        return "".join(self._glyph(character) for character in text)

    def _glyph(self, character: str) -> str:
        if character in self._covered:
            return character
        category = unicodedata.category(character)
        if category == "Zs":
            return character
        if category in {"Cc", "Zl", "Zp"}:
            return " "
        stand_in = STAND_INS.get(character) or unicodedata.normalize("NFKC", character)
        return stand_in if self._covered.issuperset(stand_in) else NO_GLYPH


def _characters(file: Path) -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(file, lazy=True) as font:
        return frozenset(character for character in map(chr, font.getBestCmap()) if character >= " ")


@cache
def press(fonts_dir: Path = FONTS) -> Press:
    """The press with these fonts, made once."""
    return Press(fonts_dir)
