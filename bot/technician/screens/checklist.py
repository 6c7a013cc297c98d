"""The checklist: one item at a time, and the whole list with what was found."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared import orders as told
from bot.shared.checks import value_text
from bot.shared.voice import Html, Voice, line, lines, paragraphs, voice
from bot.view import Button, View

Facts = dict[str, Any]
PER_ROW = 6


def answered(item: Facts) -> bool:
    return item.get("value") is not None or item.get("file_id") is not None


def norm(v: Voice, item: Facts) -> Html | None:
    """«Норма: от 2 до 6 °C»."""
    if item["type"] != "number":
        return None
    low, high, unit = item.get("min"), item.get("max"), item.get("unit") or ""
    if low is not None and high is not None:
        return v("technician.check.norm.both", low=v.words.number(low), high=v.amount(high, unit))
    if low is not None:
        return v("technician.check.norm.low", low=v.amount(low, unit))
    return v("technician.check.norm.high", high=v.amount(high, unit)) if high is not None else None


@screen("technician.check.item")
def item(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, it, id = voice(locale, zone), facts["item"], facts["job_id"]
    note = facts.get("note")
    hint = v.named(it.get("hint"))
    head = v("technician.check.item", place=facts["place"] + 1, total=facts["total"], text=v.named(it["text"]))
    text = paragraphs(
        v(f"technician.note.{note}") if note else None,
        lines(head, v("technician.check.hint", hint=hint) if hint else None, norm(v, it), _phone(v, it)),
        v("technician.check.opens") if it.get("opens") else None,
        _given(v, it) if answered(it) else None,
        v(f"technician.check.ask.{it['type']}") if it["type"] in ("number", "text", "photo") else None,
    )
    rows = _answer_rows(v, id, facts["place"], it)
    if not it.get("required") and facts["place"] + 1 < facts["total"]:
        rows.append((v.button("technician.check.skip", "job.check", id, extra=str(facts["place"] + 1)),))
    if it.get("phone"):
        rows.append((v.button("technician.check.call", "check.call", id, it.get("template", 0), str(facts["place"])),))
    rows.append(_moves(v, id, facts))
    return View(text, rows=tuple(rows))


def _phone(v: Voice, it: Facts) -> Html | None:
    return v("technician.check.phone", phone=v.words.phone(it["phone"])) if it.get("phone") else None


def _given(v: Voice, it: Facts) -> Html:
    mark = "⚠️" if it.get("ok") is False else "✅"
    key = "technician.check.given.bad" if it.get("ok") is False else "technician.check.given"
    return v(key, mark=mark, value=value_text(v, it))


def _answer_rows(v: Voice, id: int, place: int, it: Facts) -> list[tuple[Button, ...]]:
    of = it.get("template", 0)
    if it["type"] == "yesno":
        yes = v.button("technician.check.yes", "check.set", id, of, f"{place}.yes", style="primary")
        return [(yes, v.button("technician.check.no", "check.set", id, of, f"{place}.no"))]
    if it["type"] == "choice":
        return [
            (Button(v.named(choice["text"]), "check.set", id, of, f"{place}.{n}"),)
            for n, choice in enumerate(it["choices"])
        ]
    return []


def _moves(v: Voice, id: int, facts: Facts) -> tuple[Button, ...]:
    row = []
    if facts["place"] > 0:
        row.append(Button("‹", "job.check", id, extra=str(facts["place"] - 1)))
    row.append(
        v.button("technician.check.all", "job.check", id, extra="list", done=facts["done"], total=facts["total"])
    )
    row.append(v.button("technician.to_job", "job.open", id))
    return tuple(row)


@screen("technician.check.off")
def doubt(facts: Facts, locale: str, zone: tzinfo) -> View:
    """A number off the norm: it stands, and is looked at once more."""
    v, it, id, place = voice(locale, zone), facts["item"], facts["job_id"], facts["place"]
    note = facts.get("note")
    text = paragraphs(
        v(f"technician.note.{note}") if note else None,
        lines(
            v("technician.check.item", place=place + 1, total=facts["total"], text=v.named(it["text"])),
            v("technician.check.off", value=value_text(v, it)),
            norm(v, it),
        ),
        v("technician.check.off.how"),
    )
    keep = v.button("technician.check.off.keep", "check.keep", id, it.get("template", 0), str(place), style="primary")
    return View(text, rows=((keep,), (v.button("technician.check.off.fix", "job.check", id, extra=str(place)),)))


@screen("technician.check")
def whole(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Every item with its answer; its number opens it."""
    v, mine, items = voice(locale, zone), facts["job"], facts["items"]
    id, revision = mine["id"], mine.get("revision", 0)
    if not items:
        return View(v("technician.check.none"), rows=((v.button("technician.to_job", "job.open", id, revision),),))
    done = sum(map(answered, items))
    told_items = lines(*(_line(v, n, it) for n, it in enumerate(items)))
    text = paragraphs(told.header(v, facts), v("technician.check", done=done, total=len(items)), told_items)
    numbers = [Button(str(n + 1), "job.check", id, revision, str(n)) for n in range(len(items))]
    rows: list[tuple[Button, ...]] = []
    if done < len(items):
        rows.append((v.button("technician.check.go_on", "job.check", id, revision, style="primary"),))
    rows += [tuple(numbers[n : n + PER_ROW]) for n in range(0, len(numbers), PER_ROW)]
    rows.append((v.button("technician.to_job", "job.open", id, revision),))
    return View(text, rows=tuple(rows))


def _line(v: Voice, n: int, it: Facts) -> Html:
    text = line(v.named(it["text"]), 100)
    if not answered(it):
        return v(
            "technician.check.line.required" if it.get("required") else "technician.check.line", n=n + 1, text=text
        )
    mark = "⚠️" if it.get("ok") is False else "✅"
    return v("technician.check.line.done", mark=mark, n=n + 1, text=text, value=value_text(v, it))


@screen("technician.check.opened")
def opened(facts: Facts, locale: str, zone: tzinfo) -> View:
    """A bad answer has opened an order: under which number somebody will come for it."""
    v, it = voice(locale, zone), facts["item"]
    text = line(v.named(it["text"]), 100)
    return View(v("technician.check.opened", text=text, value=value_text(v, it), number=facts["opened"]), silent=True)
