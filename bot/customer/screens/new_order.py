"""A new order, question by question. Every screen says in one line what is known already and asks one thing."""

from datetime import date, datetime, tzinfo
from typing import Any

from bot.customer.screens.start import keyboard
from bot.routes import screen
from bot.shared.calendar import day_code, day_rows, first_day, read_day, window_rows
from bot.shared.orders import URGENCIES, attachments, urgency, words_of
from bot.shared.paging import arrows, page_of
from bot.shared.voice import Html, Voice, line, lines, paragraphs, time_of, voice
from bot.turn import moment
from bot.view import Button, View

Facts = dict[str, Any]
Rows = tuple[tuple[Button, ...], ...]
ASSETS_PAGE = 6


def _draft(facts: Facts) -> Facts:
    draft: Facts = facts["draft"]
    return draft


def _note(v: Voice, facts: Facts) -> Html | None:
    """What was made of the last message."""
    note, draft = facts.get("note"), _draft(facts)
    if note is None:
        return None
    if note == "files":
        return v.count_html("customer.new.note.files", len(draft["files"]))
    return v(f"customer.new.note.{note}")


def _join_row(v: Voice, facts: Facts) -> Rows:
    """What was said may belong to an order that stands already."""
    number = facts.get("open")
    if not number:
        return ()
    return ((v.button("customer.new.join", "new.join", number, _draft(facts)["number"], number=number),),)


def _drop(v: Voice, number: int) -> Button:
    return v.button("customer.new.drop.button", "new.drop", 0, number)


@screen("customer.new.site")
def site(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, draft = voice(locale, zone), _draft(facts)
    number = draft["number"]
    rows: list[tuple[Button, ...]] = [
        (Button(_site_label(found), "new.site", found["id"], number),) for found in facts["sites"]
    ]
    rows += arrows("new.sites", 0, number, facts.get("page", 0), bool(facts.get("more")))
    rows += _join_row(v, facts)
    rows.append((v.button("customer.new.elsewhere", "new.elsewhere", 0, number), _drop(v, number)))
    text = paragraphs(_note(v, facts), v("customer.new.site"))
    return View(text, rows=tuple(rows), placeholder=v.plain("customer.new.site.placeholder"))


def _site_label(found: Facts) -> str:
    name, address = line(found.get("name") or "", 40), line(found.get("address") or "", 60)
    return f"🏠 {name} · {address}" if address and address != name else f"🏠 {name or address}"


@screen("customer.new.place")
def place(facts: Facts, locale: str, zone: tzinfo) -> View:
    """The location button stands above the usual ones, so that nothing has to be put back afterwards."""
    v = voice(locale, zone)
    share = Button(v.plain("customer.new.place.share"), ask="location", style="primary")
    text = paragraphs(_note(v, facts), v("customer.new.place"))
    return View(text, keyboard=((share,), *keyboard(v)), placeholder=v.plain("customer.new.place.placeholder"))


@screen("customer.new.asset")
def asset(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, draft = voice(locale, zone), _draft(facts)
    number = draft["number"]
    shown, page, more = page_of(facts["assets"], facts.get("page", 0), ASSETS_PAGE)
    rows: list[tuple[Button, ...]] = [
        (Button(_asset_label(found), "new.asset", found["id"], number),) for found in shown
    ]
    rows += arrows("new.assets", 0, number, page, more)
    rows.append((v.button("customer.new.asset.unknown", "new.asset", 0, number),))
    rows += _join_row(v, facts)
    text = paragraphs(_note(v, facts), _where(v, draft), v("customer.new.asset"))
    return View(text, rows=tuple(rows), placeholder=v.plain("customer.new.asset.placeholder"))


def _asset_label(found: Facts) -> str:
    name = line(" ".join(filter(None, (found.get("name"), found.get("model")))), 50)
    spot = line(found.get("place") or "", 30)
    return f"🔧 {name} · {spot}" if spot else f"🔧 {name}"


@screen("customer.new.words")
def words(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, draft = voice(locale, zone), _draft(facts)
    text = paragraphs(_note(v, facts), _where(v, draft), v("customer.new.words"))
    rows: Rows = ()
    if draft["files"]:
        rows = ((v.button("customer.new.wordless", "new.wordless", 0, draft["number"]),),)
    return View(text, rows=rows, placeholder=v.plain("customer.new.words.placeholder"))


@screen("customer.new.urgency")
def urgencies(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, draft = voice(locale, zone), _draft(facts)
    number = draft["number"]
    rows: list[tuple[Button, ...]] = [
        (Button(f"{urgency(v, code)} — {v.plain('customer.new.urgency.' + code)}", "new.urgency", 0, number, code),)
        for code in URGENCIES
    ]
    rows += _join_row(v, facts)
    return View(paragraphs(_note(v, facts), _said(v, draft), v("customer.new.urgency")), rows=tuple(rows))


@screen("customer.new.when")
def when(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, draft = voice(locale, zone), _draft(facts)
    number, today = draft["number"], _today(facts, zone)
    tomorrow = date.fromordinal(today.toordinal() + 1)
    days = [v.button("shared.tomorrow", "new.when", 0, number, day_code(tomorrow))]
    if first_day(_now(facts), zone) == today:
        days.insert(0, v.button("shared.today", "new.when", 0, number, day_code(today)))
    rows = (
        (v.button("customer.new.when.soon", "new.when", 0, number, "soon", style="primary"),),
        tuple(days),
        (v.button("customer.new.when.pick", "new.when", 0, number, "pick"),),
    )
    return View(paragraphs(_note(v, facts), v("customer.new.when")), rows=rows)


@screen("customer.new.day")
def day(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number = voice(locale, zone), _draft(facts)["number"]
    rows = day_rows(v, "new.when", 0, number, first_day(_now(facts), zone), read_day(facts.get("day") or ""))
    return View(v("customer.new.day"), rows=(*rows, (v.button("shared.back", "new.back", 0, number),)))


@screen("customer.new.window")
def window(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number = voice(locale, zone), _draft(facts)["number"]
    chosen = read_day(facts["day"]) or _today(facts, zone)
    rows = window_rows(v, "new.when", 0, number, chosen, _now(facts))
    back = v.button("customer.new.when.pick", "new.when", 0, number, "pick")
    text = v("customer.new.window", day=v.words.date(chosen, style="day"))
    return View(text, rows=(*rows, (back,)))


@screen("customer.new.check")
def check(facts: Facts, locale: str, zone: tzinfo) -> View:
    """All that was said, each part with a button that corrects it."""
    v, draft = voice(locale, zone), _draft(facts)
    number = draft["number"]
    told = draft["when"] or {}
    text = paragraphs(
        _note(v, facts),
        v("customer.new.check"),
        lines(
            _where(v, draft),
            _assets(v, draft),
            v("customer.new.check.urgency", urgency=urgency(v, draft["urgency"])),
            v("shared.wanted", window=v.window(time_of(told, "from"), time_of(told, "to"))),
            attachments(v, _counts(draft)),
        ),
        words_of(draft) if draft["words"] else None,
    )

    def edit(what: str) -> Button:
        return v.button(f"customer.new.edit.{what}", "new.edit", 0, number, what)

    where = (edit("site"), edit("asset")) if draft["site"] else (edit("site"),)
    rows = (
        (v.button("customer.new.send", "new.send", 0, number, style="success"),),
        (edit("words"), *where),
        (edit("urgency"), edit("when")),
        (_drop(v, number),),
    )
    return View(text, rows=rows, placeholder=v.plain("customer.new.check.placeholder"))


@screen("customer.new.drop")
def drop(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number = voice(locale, zone), _draft(facts)["number"]
    yes = v.button("customer.new.drop.yes", "new.drop", 0, number, "yes", style="danger")
    return View(v("customer.new.drop"), rows=((v.button("shared.back", "new.back", 0, number),), (yes,)))


@screen("customer.new.dropped")
def dropped(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("customer.new.dropped"))


@screen("customer.new.gone")
def gone(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("customer.new.gone"))


@screen("customer.created")
def created(facts: Facts, locale: str, zone: tzinfo) -> View:
    """The number, and by when somebody will be there."""
    v, order = voice(locale, zone), facts["order"]
    promised = time_of(order, "promised_at")
    text = v("customer.created", number=order["number"])
    return View(paragraphs(text, v("customer.created.promised", at=v.stamp(promised)) if promised else None,
                           v("customer.created.next")))  # fmt: skip


def _where(v: Voice, draft: Facts) -> Html | None:
    site, place = draft["site"], draft["place"]
    if site:
        return v("shared.where.one", place=line(site.get("name") or site.get("address") or "", 120))
    if place:
        address = line(place.get("address") or "", 200)
        return v("shared.where.one", place=address) if address else v("shared.where.pin")
    return None


def _assets(v: Voice, draft: Facts) -> Html | None:
    return lines(*(v("shared.asset.bare", name=line(found["name"], 120)) for found in draft["assets"] or [])) or None


def _said(v: Voice, draft: Facts) -> Html | None:
    return lines(_where(v, draft), _assets(v, draft), words_of(draft, 200) if draft["words"] else None) or None


def _counts(draft: Facts) -> dict[str, int]:
    names = {"photo": "photos", "video": "videos", "voice": "voices", "audio": "voices"}
    counts: dict[str, int] = {}
    for file in draft["files"]:
        name = names.get(file["kind"], "documents")
        counts[name] = counts.get(name, 0) + 1
    return counts


def _now(facts: Facts) -> datetime:
    found = moment(facts["now"])
    assert found is not None
    return found


def _today(facts: Facts, zone: tzinfo) -> date:
    return _now(facts).astimezone(zone).date()
