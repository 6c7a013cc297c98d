"""An act as a PDF: facts and a language become the texts of ``typst/act.typ``, and those a PDF/A-2b.

CPU-bound, tens of milliseconds: run it in a thread.
"""

import datetime as dt
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.documents.facts import ActAsset, ActFacts, ActLine, ActReading, ActSignature, ActVisit, Party
from core.documents.paper import press
from core.documents.proof import digest, short
from core.documents.stroke import stroke_png
from core.kernel import qr
from core.kernel.fonts import FONTS
from core.kernel.formats import phone, zone_name
from core.kernel.money import bare, in_words, show, total
from core.kernel.words import Words, words

WHOLE_NAME = 600
"""Signatures stay on one page unless somebody's name is longer than this."""
WATERMARK_WIDTH = 760
"""Points of size times letters that fill the page from corner to corner."""


def render_act(facts: ActFacts, locale: str, *, fonts_dir: Path = FONTS) -> bytes:
    """The act in ``locale`` as a PDF/A-2b; the same facts make the same bytes.

    ``Refusal("documents.signature_unreadable")`` when the picture of the signature is no picture; PaperError when
    the fonts are missing.
    """
    return press(fonts_dir).print("act", act_view(facts, locale), _moment(facts))


def act_view(facts: ActFacts, locale: str) -> dict[str, Any]:
    """All that the template prints, as ready texts."""
    said = words("documents", locale)
    watermark = "" if facts.state == "final" else said.text(f"act.watermark.{facts.state}")
    title = said.text("act.title", number=facts.number)
    date = said.date(facts.date)
    return {
        "locale": locale,
        "title": title,
        "dated": said.text("act.dated", date=date),
        "subject": said.text("act.subject", order=facts.order_number),
        "said": {name: said.text(f"act.{name}") for name in SAID}
        | {"page": said.text("act.page", page="{page}", pages="{pages}")},
        "executor": _party(facts.executor, said),
        "customer": _party(facts.customer, said),
        "site": [facts.site] if facts.site else [],
        "assets": [_asset(asset, said) for asset in facts.assets],
        "readings": [_reading(reading, said) for reading in facts.readings],
        "visits": _visits(facts, said),
        "helpers": [", ".join(facts.helpers)] if facts.helpers else [],
        "groups": _groups(facts.lines, said),
        "totals": _totals(facts, said),
        "counted": said.count("act.counted", len(facts.lines), sum=show(facts.due, locale)),
        "in_words": in_words(facts.due, locale),
        "note": facts.note.strip(),
        "technician": {"name": facts.technician, "post": "", "image": None, "stamp": ""}
        | {"caption": said.text("act.signature")},
        "signer": _signer(facts.signature, said, ZoneInfo(facts.zone)),
        "together": len(facts.technician) < WHOLE_NAME
        and (facts.signature is None or len(facts.signature.name + facts.signature.post) < WHOLE_NAME),
        "qr": qr.svg(facts.proof_url, quiet_zone=1) if facts.proof_url else "",
        "digest": short(digest(facts)),
        "footer": f"{_cut(title, 60)} {said.text('act.dated', date=date)} · {_cut(facts.executor.name, 60)}",
        "watermark": watermark,
        "watermark_size": WATERMARK_WIDTH // max(len(watermark), 1),
    }


SAID = (
    *(
        "check",
        "executor",
        "customer",
        "site",
        "assets",
        "readings",
        "visits",
        "helpers",
        "note",
        "statement",
        "nothing",
    ),
    *("no", "name", "unit", "quantity", "price", "sum"),
)


def _party(party: Party, said: Words) -> dict[str, Any]:
    numbers = [
        said.text(f"act.{name}", number=number) for name, number in (("inn", party.inn), ("kpp", party.kpp)) if number
    ]
    details = [", ".join(numbers), party.address, party.bank, phone(party.phone)]
    return {"name": party.name, "details": [detail for detail in details if detail]}


def _asset(asset: ActAsset, said: Words) -> str:
    parts = [asset.name]
    if asset.serial:
        parts.append(said.text("act.serial", number=asset.serial))
    if asset.inventory:
        parts.append(said.text("act.inventory", number=asset.inventory))
    return ", ".join(parts)


def _reading(reading: ActReading, said: Words) -> dict[str, Any]:
    """«Температура в камере — 7,5 °C (норма от 2 до 5)», and whether it is within the norm."""
    value = " ".join(filter(None, [said.number(reading.value), said.unit(reading.unit)]))
    limits = {name: said.number(limit) for name in ("low", "high") if (limit := getattr(reading, name)) is not None}
    norm = "" if not limits else said.text(f"act.norm.{'both' if len(limits) > 1 else next(iter(limits))}", **limits)
    off = "" if reading.ok else said.text("act.off_norm")
    return {"text": said.text("act.reading", name=reading.name, value=value) + norm, "off": off}


def _visits(facts: ActFacts, said: Words) -> list[str]:
    """«22.11.2026, 13:05–14:20 (1 ч 15 мин), мастер Пётр Иванов», and all of it together when there are several."""
    told = [_visit(visit, said, ZoneInfo(facts.zone)) for visit in facts.visits]
    if len(told) > 1:
        worked = sum((visit.worked for visit in facts.visits), dt.timedelta())
        told.append(said.text("act.visits_total", time=said.duration(worked)))
    return told


def _visit(visit: ActVisit, said: Words, zone: ZoneInfo) -> str:
    same_day = visit.arrived.astimezone(zone).date() == visit.left.astimezone(zone).date()
    arrived = said.datetime(visit.arrived, zone)
    span = f"{arrived}–{said.time(visit.left, zone)}" if same_day else f"{arrived} – {said.datetime(visit.left, zone)}"
    return said.text(
        "act.visit.paused" if visit.pause else "act.visit",
        span=span,
        time=said.duration(visit.worked),
        pause=said.duration(visit.pause * 60),
        name=visit.technician,
    )


def _groups(lines: tuple[ActLine, ...], said: Words) -> list[dict[str, Any]]:
    """Works, then materials; titled with their own sums when there are both."""
    ordered = sorted(lines, key=lambda line: line.kind != "work")
    numbered = enumerate(ordered, start=1)
    groups = [(kind, list(group)) for kind, group in groupby(numbered, key=lambda pair: pair[1].kind)]
    return [
        {
            "title": said.text(f"act.kind.{kind}") if len(groups) > 1 else "",
            "sum": bare(total(line.sum for _, line in group), said.locale),
            "rows": [_row(number, line, said) for number, line in group],
        }
        for kind, group in groups
    ]


def _row(number: int, line: ActLine, said: Words) -> dict[str, str]:
    return {
        "no": str(number),
        "name": line.name,
        "unit": said.unit(line.unit),
        "quantity": said.number(line.quantity),
        "price": bare(line.price, said.locale),
        "sum": bare(line.sum, said.locale),
    }


def _totals(facts: ActFacts, said: Words) -> list[dict[str, Any]]:
    def row(key: str, amount: str, main: bool = False, **params: str) -> dict[str, Any]:
        return {"name": said.text(f"act.{key}", **params), "sum": amount, "main": main}

    vat, locale = facts.vat, said.locale
    if vat is None or facts.vat_rate is None:
        return [row("total", show(facts.due, locale), main=True), row("vat", said.text("act.no_vat"))]
    rate = said.number(facts.vat_rate)
    if facts.vat_included:
        return [
            row("total", show(facts.due, locale), main=True),
            row("vat_included", show(vat.tax, locale), rate=rate),
        ]
    return [
        row("net", show(vat.net, locale)),
        row("vat_on_top", show(vat.tax, locale), rate=rate),
        row("total", show(vat.gross, locale), main=True),
    ]


def _signer(signature: ActSignature | None, said: Words, zone: ZoneInfo) -> dict[str, Any]:
    if signature is None:
        return {"name": "", "post": "", "image": None, "stamp": "", "caption": said.text("act.signature")}
    moment = f"{said.datetime(signature.at, zone)} ({zone_name(signature.at, zone)})"
    image = stroke_png(signature.image) if signature.image else None
    stamp = said.text(f"act.stamp.{signature.how}") if image is None and signature.how != "paper" else ""
    return {
        "name": signature.name,
        "post": signature.post,
        "image": None if image is None else list(image),
        "stamp": stamp,
        "caption": said.text(f"act.signed.{signature.how}", moment=moment),
    }


def _cut(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _moment(facts: ActFacts) -> dt.datetime:
    if facts.signature is not None:
        return facts.signature.at
    return dt.datetime.combine(facts.date, dt.time(12), ZoneInfo(facts.zone))
