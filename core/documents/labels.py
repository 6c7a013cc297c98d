"""Sheets of QR labels for assets: A4, a few standard die-cut formats, printed on any office printer.

CPU-bound, a few milliseconds a label: run it in a thread.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.documents.paper import press
from core.kernel import qr
from core.kernel.errors import Refusal
from core.kernel.fonts import FONTS
from core.kernel.words import words

MAX_LABELS = 2000


@dataclass(frozen=True, slots=True)
class Format:
    """How labels lie on a sheet; millimetres. ``code`` is the side of the QR with its quiet zone."""

    columns: int
    rows: int
    width: float
    height: float
    code: float


FORMATS: dict[int, Format] = {
    8: Format(2, 4, 105, 74.25, 58),
    24: Format(3, 8, 70, 37.125, 28),
    40: Format(4, 10, 52.5, 29.7, 22),
}
"""By labels on a sheet."""


@dataclass(frozen=True, slots=True)
class AssetLabel:
    """One label. ``link`` is what the QR code holds: the deep link of the customer bot."""

    name: str
    link: str
    inventory: str = ""


def render_labels(
    labels: Sequence[AssetLabel],
    company: str,
    locale: str,
    *,
    per_page: int = 24,
    skip: int = 0,
    fonts_dir: Path = FONTS,
) -> bytes:
    """A PDF of labels, ``skip`` places of the first sheet left empty because they are used up.

    Names too long for their label end in «…». Refuses with documents.no_labels, documents.too_many_labels,
    documents.no_such_sheet.
    """
    if not labels:
        raise Refusal("documents.no_labels")
    if len(labels) > MAX_LABELS:
        raise Refusal("documents.too_many_labels", limit=MAX_LABELS)
    if per_page not in FORMATS or not 0 <= skip < per_page:
        raise Refusal("documents.no_such_sheet", sheets=sorted(FORMATS))
    return press(fonts_dir).print("labels", labels_view(labels, company, locale, per_page, skip), _EPOCH)


_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def labels_view(labels: Sequence[AssetLabel], company: str, locale: str, per_page: int, skip: int) -> dict[str, Any]:
    """All that the template prints, as ready texts."""
    said, sheet = words("documents", locale), FORMATS[per_page]
    cells: list[dict[str, str] | None] = [None] * skip
    for label in labels:
        inventory = said.text("label.inventory", number=label.inventory) if label.inventory else ""
        cells.append(
            {
                "name": " ".join(label.name.split()),
                "inventory": " ".join(inventory.split()),
                "qr": qr.svg(label.link, quiet_zone=2),
            }
        )
    return {
        "locale": locale,
        "title": said.count("label.sheet", len(labels)),
        "company": " ".join(company.split()),
        "hint": said.text("label.hint"),
        "columns": sheet.columns,
        "rows": sheet.rows,
        "width": sheet.width,
        "height": sheet.height,
        "code": sheet.code,
        "cells": cells,
    }
