"""The queue of what waits for a decision, one message with the likely answers as buttons."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared.voice import Html, Voice, line, lines, paragraphs, time_of, voice
from bot.view import Button, View
from core.kernel.links import links

Facts = dict[str, Any]
PARAMS = {
    "plan": {"day": "what"},
    "rating": {"marks": "detail"},
    "delivery": {"marks": "detail"},
    "twins": {"other": "detail"},
}
"""Kinds whose title names something, and where it stands."""
OF_ORDER = ("choose", "remind", "move", "reply")
"""Answers whose buttons carry the order, and the job as extra."""


@screen("dispatcher.todo")
def todo(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{items, count, window: {start, end}}."""
    v = voice(locale, zone)
    if not facts.get("items"):
        return View(v("dispatcher.todo.none"))
    items = list(enumerate(facts["items"], 1))
    left = facts["count"] - len(items)
    text = paragraphs(
        v("dispatcher.todo.head", n=facts["count"]),
        *(_item(v, place, one) for place, one in items),
        v("dispatcher.todo.more", n=left) if left > 0 else None,
    )
    rows = [row for place, one in items for row in _buttons(v, place, one, facts["window"])]
    page = links.page("admin/todo")
    if page:
        rows.append((Button(v.plain("dispatcher.todo.page"), url=page),))
    return View(text, tuple(rows))


def _item(v: Voice, place: int, one: Facts) -> Html:
    params = {name: line(str(one[value]), 40) for name, value in PARAMS.get(one["kind"], {}).items()}
    order = one["order"] and v("dispatcher.todo.order", order=one["order"], summary=line(one["summary"], 60))
    phone = v.words.phone(one["phone"]) if one["phone"] and one["answer"] == "call" else ""
    people = " · ".join(part for part in (line(one["who"], 60), line(one["technician"] or "", 40), phone) if part)
    quote = line(one["what"], 120) if one["kind"] != "plan" else ""
    return lines(
        v("dispatcher.todo.line", place=place, title=v.plain(f"dispatcher.todo.{one['why']}", **params)),
        order or None,
        v.words.html("dispatcher.todo.people", people=people) if people else None,
        v("dispatcher.todo.quote", text=quote) if quote else None,
        _when(v, one),
    )


def _when(v: Voice, one: Facts) -> Html:
    since, due = time_of(one, "since"), time_of(one, "due_at")
    assert since is not None
    if one["kind"] == "sla":
        return v("dispatcher.todo.due", at=v.stamp(due or since))
    told = v("dispatcher.todo.since", at=v.stamp(since))
    if due is None or one["kind"] not in ("late", "call"):
        return told
    return Html(
        f"{told} · {v('dispatcher.todo.eta' if one['kind'] == 'late' else 'dispatcher.todo.due', at=v.clock(due))}"
    )


def _buttons(v: Voice, place: int, one: Facts, window: Facts) -> list[tuple[Button, ...]]:
    later = v.button("dispatcher.todo.later", "todo.later", one["id"], extra=one["kind"], place=place)
    answer = _answer(v, place, one, window)
    row: tuple[Button, ...] = (answer, later) if answer else (later,)
    if one["done_by"] == "leave":
        label = _numbered(v, place, v.plain("dispatcher.todo.answer.leave"))
        return [row, (Button(label, "todo.leave", one["id"]),)]
    if not one.get("outside"):
        return [row]
    label = _numbered(v, place, v.plain("dispatcher.todo.answer.outside"))
    return [row, (Button(label, "todo.outside", one["order"], 0, str(one["job_id"])),)]


def _answer(v: Voice, place: int, one: Facts, window: Facts) -> Button | None:
    """The likely answer; where a telephone is the answer, the button says that the call was made."""
    verb, id, extra, revision, said = one["answer"], one["id"], "", 0, {}
    if verb in OF_ORDER:
        id, extra = one["order"], str(one["job_id"] or "")
    if verb == "give":
        id, revision, extra, said = one["job_id"], one["job_revision"], str(one["best"]["id"]), one["best"]
    elif verb == "remind":
        said = {"name": one["technician"] or ""}
    elif verb == "merge":
        said = {"other": one["detail"]}
    elif verb == "move":
        start, end = (time_of(window, name) for name in ("start", "end"))
        assert start is not None
        assert end is not None
        first, last = start.astimezone(v.zone), end.astimezone(v.zone)
        extra, said = f"{first:%Y%m%d}-{first:%H}{last:%H}", {"window": v.window(start, end)}
    elif verb in ("call", "open"):
        if one["done_by"] is None:
            page = links.page("admin/plumbing")
            return Button(_numbered(v, place, v.plain("dispatcher.todo.answer.open")), url=page) if page else None
        verb, extra = one["done_by"], one["kind"]
    label = v.plain(f"dispatcher.todo.answer.{verb}", **{name: line(str(value), 30) for name, value in said.items()})
    return Button(_numbered(v, place, label), f"todo.{verb}", id, revision, extra, style="primary")


def _numbered(v: Voice, place: int, label: str) -> str:
    return v.plain("dispatcher.todo.button", place=place, label=label)


@screen("dispatcher.todo_reply")
def reply(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{order}."""
    return View(voice(locale, zone)("dispatcher.todo.reply", order=facts["order"]))
