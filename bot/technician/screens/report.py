"""Photos, works and materials, the comment."""

from datetime import tzinfo
from decimal import Decimal
from typing import Any

from bot.routes import screen
from bot.shared import orders as told
from bot.shared.paging import arrows, page_of
from bot.shared.voice import Html, Voice, clean, line, lines, paragraphs, voice
from bot.technician.screens import labour
from bot.technician.screens.job import outside
from bot.view import Button, View

Facts = dict[str, Any]
ITEMS_PAGE = 8
STEPS = {"material": "2", "van": "2"}
"""Which step of the report a list belongs to, as buttons say it; works are the first."""


def _note(v: Voice, facts: Facts) -> Html | None:
    note = facts.get("note")
    return v(f"technician.note.{note}") if note else None


@screen("technician.photos")
def photos(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, mine, phase = voice(locale, zone), facts["job"], facts["phase"]
    id, revision, report = mine["id"], mine.get("revision", 0), mine["report"]
    before, after = report["photos_before"], report["photos_after"]
    count = before if phase == "before" else after
    got = v.count_html("technician.photos.count", count) if count else None
    step = v("technician.photos.step3") if phase == "after" else None
    text = paragraphs(_note(v, facts), lines(step, v(f"technician.photos.{phase}")), got)
    other = "after" if phase == "before" else "before"
    n = after if other == "after" else before
    rows = [
        (v.button("technician.photos.done", "job.open", id, revision, style="primary" if count else None),),
        (v.button(f"technician.photos.to_{other}", "job.photo", id, revision, other, n=n),),
    ]
    if phase == "after":
        rows.append((v.button("technician.do.comment", "job.comment", id, revision),))
    return View(text, rows=tuple(rows))


@screen("technician.lines")
def report_lines(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Steps 1 and 2: what stands in the act so far; each line opens. The first tells the hours."""
    v, mine, step = voice(locale, zone), facts["job"], facts.get("step", 1)
    id, found = mine["id"], facts["lines"]
    priced = found and not outside(mine)
    total = sum((Decimal(row["sum"]) for row in found if priced), Decimal(0))
    listed = lines(*(_line(v, n, row) for n, row in enumerate(found, 1)))
    hours = facts.get("labour")
    text = paragraphs(
        _note(v, facts),
        v(f"technician.lines.step{step}", number=facts["number"]),
        labour.told(v, hours) if hours else None,
        listed or v("technician.lines.none"),
        v("technician.lines.total", total=v.money(total)) if priced else None,
    )
    edits = [Button(f"✏️ {n}", "line.open", id, 0, str(row["item_id"])) for n, row in enumerate(found[:24], 1)]
    rows: list[tuple[Button, ...]] = list(labour.offer(v, id, hours)) if hours else []
    rows += _tabs(v, id, step, {row["kind"] for row in found})
    rows += [tuple(edits[n : n + 6]) for n in range(0, len(edits), 6)]
    onward = (
        v.button("technician.lines.to_materials", "job.lines", id, extra="2", style="primary" if found else None)
        if step == 1
        else v.button("technician.lines.to_photos", "job.photo", id, extra="after", style="primary")
    )
    rows.append((v.button("technician.to_job", "job.open", id), onward))
    return View(text, rows=tuple(rows), placeholder=v.plain("technician.lines.placeholder"))


def _tabs(v: Voice, id: int, step: int, kinds: set[str]) -> list[tuple[Button, ...]]:
    """The lists of the step, two in a row, where their names fit; the first is big while nothing was taken from it."""
    often = v.button("technician.lines.often", "line.list", id, extra="often.0")
    if step == 1:
        works = v.button(
            "technician.lines.works", "line.list", id, extra="work.0", style=None if "work" in kinds else "primary"
        )
        return [(works, often)]
    van = v.button("technician.lines.van", "line.list", id, extra="van.0")
    return [(van, v.button("technician.lines.tab.material", "line.list", id, extra="material.0")), (often,)]


def _line(v: Voice, n: int, row: Facts) -> Html:
    quantity = Decimal(row["quantity"])
    if row["price"] is None:
        return v("technician.lines.line.plain", n=n, name=line(row["name"], 80),
                 quantity=v.amount(quantity, row["unit"]))  # fmt: skip
    return v("technician.lines.line", n=n, name=line(row["name"], 80), quantity=v.amount(quantity, row["unit"]),
             sum=v.money(row["sum"]))  # fmt: skip


@screen("technician.lines.choose")
def choose(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Works, the van's stock, or what was found: a press adds one."""
    v, id, which = voice(locale, zone), facts["job_id"], facts["which"]
    shown, page, more = page_of(facts["items"], facts.get("page", 0), ITEMS_PAGE)
    told = {"search": line(facts.get("search") or "", 60)} if which == "search" else {}
    text = v(f"technician.lines.{'choose' if shown else 'empty'}.{which}", **told)
    rows: list[tuple[Button, ...]] = [(Button(_choice(v, row), "line.open", id, 0, str(row["id"])),) for row in shown]
    if which != "search":
        rows += arrows("line.list", id, 0, page, more, f"{which}.")
    others = [name for name in ("work", "material", "van", "often") if name != which]
    tabs = [v.button(f"technician.lines.tab.{name}", "line.list", id, extra=f"{name}.0") for name in others]
    rows += [tuple(tabs[n : n + 2]) for n in range(0, len(tabs), 2)]
    rows.append((v.button("technician.lines.back", "job.lines", id, extra=STEPS.get(which, "")),))
    return View(text, rows=tuple(rows), placeholder=v.plain("technician.lines.placeholder"))


def _choice(v: Voice, row: Facts) -> str:
    if row.get("left"):
        return v.plain("technician.lines.stocked", name=line(row["name"], 40), left=v.amount(row["left"], row["unit"]))
    if row["price"] is None:
        return line(row["name"], 60)
    return v.plain("technician.lines.priced", name=line(row["name"], 45), price=v.money(row["price"]))


@screen("technician.line")
def one_line(facts: Facts, locale: str, zone: tzinfo) -> View:
    """One line with − and +, and the quantity typed if that is quicker."""
    v, id, row = voice(locale, zone), facts["job_id"], facts["line"]
    quantity, item = Decimal(row["quantity"]), row["item_id"]
    left = facts.get("left")
    text = paragraphs(
        _note(v, facts),
        _one(v, row, quantity),
        v("technician.line.left", left=v.amount(left, row["unit"])) if left is not None else None,
        v("technician.line.type"),
    )

    def to(label: str, amount: Decimal) -> Button:
        return Button(label, "line.set", id, 0, f"{item}={_exact(max(amount, Decimal(0)))}")

    rows = (
        (
            to("−1", quantity - 1),
            Button(v.amount(quantity, row["unit"]), "idle"),
            to("+1", quantity + 1),
            to("+5", quantity + 5),
        ),
        (v.button("technician.line.done", "job.lines", id, extra=STEPS.get(row["kind"], ""), style="primary"),),
        (v.button("technician.line.remove", "line.set", id, extra=f"{item}=0"),),
    )
    return View(text, rows=rows, placeholder=v.plain("technician.line.placeholder"))


def _one(v: Voice, row: Facts, quantity: Decimal) -> Html:
    said = {"name": line(row["name"], 120), "quantity": v.amount(quantity, row["unit"])}
    if row["price"] is None:
        return v("technician.line.plain", **said)
    told = v("technician.line", price=v.money(row["price"]), sum=v.money(row["sum"]), **said)
    after = Decimal(row.get("after") or 0)
    factor = v.words.number(Decimal(row["percent"]) / 100) if after else ""
    dear = v("technician.line.after", quantity=v.amount(after, row["unit"]), factor=factor) if after else None
    return lines(told, dear)


def _exact(amount: Decimal) -> str:
    """«2», «0.65»: no exponent, no idle zeros."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@screen("technician.comment")
def comment(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, mine = voice(locale, zone), facts["job"]
    now = clean(mine.get("comment") or "", 1000)
    quote = Html(f"<blockquote>{v('shared.as_is', text=now)}</blockquote>") if now else None
    text = paragraphs(_note(v, facts), quote, v("technician.comment.again" if now else "technician.comment"))
    back = v.button("technician.to_job", "job.open", mine["id"], mine.get("revision", 0))
    return View(
        paragraphs(told.header(v, facts), text), rows=((back,),), placeholder=v.plain("technician.comment.placeholder")
    )


@screen("technician.crew")
def crew(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Who helped; the act names them."""
    v, id, people = voice(locale, zone), facts["job_id"], facts["people"]
    shown, page, more = page_of(people, facts["page"], ITEMS_PAGE)
    rows = [
        (Button(("✅ " if one["there"] else "") + line(one["name"], 50), "crew.set", id, 0, f"{one['id']}.{page}"),)
        for one in shown
    ]
    named = ", ".join(line(one["name"], 50) for one in people if one["there"])
    text = v("technician.crew.named", number=facts["number"], names=named) if named else v(
        "technician.crew" if people else "technician.crew.nobody", number=facts["number"])  # fmt: skip
    turns = arrows("job.crew", id, 0, page, more)
    return View(text, rows=(*rows, *turns, (v.button("technician.to_job", "job.open", id),)))
