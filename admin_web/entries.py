"""The lines of an order's timeline in plain words. A line that nobody has words for yet is shown by its kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from admin_web.filters import answer, named
from core.kernel.money import Money, show
from core.kernel.words import Words
from core.orders.queries import EntryView

Facts = dict[str, Any]

ICONS = {
    "job.offer": "send", "job.accept": "user-check", "job.assign": "user-check", "job.unassign": "user-minus",
    "job.travel": "car", "job.arrive": "map-pin", "job.pause": "player-pause", "job.resume": "player-play",
    "job.finish": "check", "job.step_back": "arrow-back-up", "job.close": "lock", "job.cancel": "x",
    "job.left": "player-stop",
    "job.restore": "arrow-back-up",
    "job.created": "refresh", "job.fee": "coin",
    "job.comment": "message", "order.created": "plus", "order.changed": "pencil",
    "order.priority": "flame", "order.moved": "calendar", "order.cancelled": "x", "order.reopened": "refresh",
    "order.closed": "lock", "order.needs_help": "hand-stop", "order.attached": "paperclip", "order.rated": "star",
    "order.located": "map-pin", "order.not_located": "map-pin-off", "order.reminded": "bell",
    "order.link_revoked": "link-off", "order.passed": "arrows-exchange",
    "dispatch.offered": "send", "dispatch.declined": "user-x", "dispatch.reminded": "bell",
    "dispatch.not_reminded": "bell-off", "dispatch.escalated": "bell-ringing",
    "dispatch.not_escalated": "bell-off", "dispatch.unreached": "bell-off", "sla.near": "hourglass",
    "sla.breach": "alert-triangle", "act_drafted": "file-text", "act_signed": "signature", "act_refused": "file-x",
    "order.merged": "link", "order.absorbed": "link", "order.unmerged": "unlink", "order.gave_back": "unlink",
    "report.line": "list-details", "report.helper": "users", "report.helper_gone": "users",
    "checklist.off_norm": "alert-triangle",
    "checklist.opened": "plus", "checklist.mended": "check", "order.from_checklist": "checklist",
}  # fmt: skip
TONES = {
    "sla.breach": "red", "order.needs_help": "red", "order.cancelled": "red", "act_refused": "red",
    "checklist.off_norm": "orange", "sla.near": "orange", "job.pause": "orange", "dispatch.declined": "orange",
    "dispatch.escalated": "orange", "dispatch.not_reminded": "orange", "dispatch.not_escalated": "orange",
    "dispatch.unreached": "orange", "order.not_located": "orange",
    "job.finish": "green", "act_signed": "green", "order.closed": "green", "job.travel": "blue",
    "job.arrive": "blue", "order.created": "blue",
}  # fmt: skip


OTHER_ORDER = {
    "checklist.opened": "number", "checklist.mended": "number", "order.from_checklist": "number",
    "order.merged": "into", "order.absorbed": "number", "order.unmerged": "out_of", "order.gave_back": "number",
}  # fmt: skip
"""Which fact of a line is another order's number."""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry ready to be shown. `public`: the customer reads it too; `order`: another order that it speaks of."""

    text: str
    who: str
    at: datetime
    icon: str
    tone: str
    public: bool
    order: int | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: their language, the company's zone, and the members' names by id."""

    t: Words
    zone: ZoneInfo
    names: Mapping[int, str]

    def moment(self, iso: str) -> str:
        return self.t.datetime(datetime.fromisoformat(iso), self.zone)

    def name(self, facts: Facts) -> str:
        return self.names.get(facts.get("member_id") or 0) or self.t.text("entry.nobody")


def line(entry: EntryView, reader: Reader) -> Line:
    """The entry in the reader's words."""
    who = reader.t.text("entry.robot") if entry.party == "system" else entry.who
    return Line(
        words_of(entry.kind, entry.facts, reader),
        who,
        entry.at,
        ICONS.get(entry.kind, "point"),
        TONES.get(entry.kind, "secondary"),
        entry.public,
        entry.facts.get(OTHER_ORDER.get(entry.kind, "")),
    )


def words_of(kind: str, facts: Facts, reader: Reader) -> str:
    tell = TELL.get(kind)
    if tell is not None:
        return tell(facts, reader)
    key = f"entry.{kind}"
    if not reader.t.has(key):
        return reader.t.text("entry.other", kind=kind)
    plain = {name: value for name, value in facts.items() if isinstance(value, str | int | float)}
    return reader.t.text(key, **{"reason": "", "name": reader.name(facts), "text": "", **plain})


def member_ids(entries: list[EntryView]) -> set[int]:
    """Whose names the lines need."""
    return {entry.facts["member_id"] for entry in entries if isinstance(entry.facts.get("member_id"), int)}


def _reason(facts: Facts, r: Reader) -> str:
    """In people's words, or our own for what the desk does by itself."""
    reason = str(facts.get("reason") or "")
    return r.t.text(f"entry.{reason}") if reason in ("reassigned", "planner", "step_back") else reason


def _unassign(facts: Facts, r: Reader) -> str:
    return r.t.text("entry.job.unassign", name=r.name(facts), reason=_reason(facts, r))


def _cancel(facts: Facts, r: Reader) -> str:
    return r.t.text("entry.job.cancel", reason=_reason(facts, r))


def _arrive(facts: Facts, r: Reader) -> str:
    if facts.get("how") == "geofence":
        return r.t.text("entry.job.arrive.geofence")
    metres = facts.get("distance")
    if metres is None:
        return r.t.text("entry.job.arrive")
    return r.t.text("entry.job.arrive.distance", distance=r.t.distance(metres))


def _window(facts: Facts, r: Reader) -> str:
    start, end = facts.get("wanted_from"), facts.get("wanted_to")
    if start and end:
        return f"{r.moment(start)}–{r.t.time(datetime.fromisoformat(end), r.zone)}"
    return r.moment(start or end or "") if start or end else r.t.text("entry.any_time")


def _moved(facts: Facts, r: Reader) -> str:
    key = "entry.order.moved.reason" if facts.get("reason") else "entry.order.moved"
    return r.t.text(key, window=_window(facts, r), reason=facts.get("reason", ""))


def _changed(facts: Facts, r: Reader) -> str:
    names = dict.fromkeys(r.t.text(f"field.{name}") for name in facts.get("fields", {}) if r.t.has(f"field.{name}"))
    return r.t.text("entry.order.changed", fields=", ".join(names))


def _help(facts: Facts, r: Reader) -> str:
    key = f"entry.order.needs_help.{facts.get('code')}"
    return r.t.text(key if r.t.has(key) else "entry.order.needs_help")


def _offered(facts: Facts, r: Reader) -> str:
    names = ", ".join(one["name"] for one in facts.get("members", ()))
    if facts.get("fee") is None:
        return r.t.text("entry.dispatch.offered", names=names)
    return r.t.text("entry.dispatch.offered_for", names=names, fee=_money(facts["fee"], r))


def _fee(facts: Facts, r: Reader) -> str:
    if facts.get("fee") is None:
        return r.t.text("entry.job.fee.none")
    return r.t.text("entry.job.fee", fee=_money(facts["fee"], r))


def _money(amount: str, r: Reader) -> str:
    return show(Money(Decimal(amount)), r.t.locale)


def _rated(facts: Facts, r: Reader) -> str:
    marks = [
        f"{r.t.text(f'order.rating.{mark}')} {facts[mark]}"
        for mark in ("speed", "accuracy", "communication")
        if facts.get(mark)
    ]
    if marks or not facts.get("comment"):
        return r.t.text("entry.order.rated", marks=", ".join(marks) or "—")
    return r.t.text("entry.order.rated.comment", comment=facts["comment"])


def _clock(kind: str) -> Callable[[Facts, Reader], str]:
    def tell(facts: Facts, r: Reader) -> str:
        name, stage = facts["kind"], facts.get("stage")
        what = r.t.text("deadline.stage", stage=named(stage, r.t)) if stage else r.t.text(f"deadline.{name}")
        return r.t.text(f"entry.{kind}", kind=what, at=r.moment(facts["due_at"]))

    return tell


def _told(kind: str) -> Callable[[Facts, Reader], str]:
    """Who was told again, or why not."""

    def tell(facts: Facts, r: Reader) -> str:
        why, lasts = facts.get("why"), r.t.duration(facts.get("after", 0))
        said = facts.get("reason") or (r.t.text(f"entry.ladder.{why}") if why else "")
        if facts["how"] == "group":
            return r.t.text(f"entry.{kind}.group", why=said, lasts=lasts)
        how = r.t.text(f"entry.ladder.{facts['how']}")
        whom = " — ".join(filter(None, (", ".join(facts["names"]), said)))
        return r.t.text(f"entry.{kind}", how=how, who=whom, lasts=lasts)

    return tell


def _signed(facts: Facts, r: Reader) -> str:
    key = f"entry.act_signed.{facts.get('how')}"
    known = key if r.t.has(key) else "entry.act_signed"
    return r.t.text(known, number=facts["number"], name=facts.get("name", ""))


def _drafted(facts: Facts, r: Reader) -> str:
    total = show(Money(Decimal(str(facts["total"]))), r.t.locale)
    return r.t.text("entry.act_drafted", number=facts["number"], total=total)


def _report(facts: Facts, r: Reader) -> str:
    if facts.get("quantity") in ("0", None):
        return r.t.text("entry.report.line.none", name=facts["name"])
    quantity = r.t.number(Decimal(str(facts["quantity"])))
    return r.t.text("entry.report.line", name=facts["name"], quantity=quantity, unit=r.t.unit(facts.get("unit")))


def _off_norm(facts: Facts, r: Reader) -> str:
    asked = named(facts.get("text"), r.t) or facts.get("item", "")
    return r.t.text("entry.checklist.off_norm", text=asked, value=answer(facts, r.t))


def _of_checklist(kind: str) -> Callable[[Facts, Reader], str]:
    """A line that names the item, its answer and the other order; `opened`: on the order that the item opened."""

    def tell(facts: Facts, r: Reader) -> str:
        asked = named(facts.get("text"), r.t) or facts.get("item", "")
        key = f"entry.{kind}.opened" if facts.get("opened") else f"entry.{kind}"
        return r.t.text(key, text=asked, value=answer(facts, r.t), number=facts["number"])

    return tell


def _step_back(facts: Facts, r: Reader) -> str:
    return r.t.text("entry.job.step_back", state=r.t.text(f"state.{facts['state']}"))


def _stage(facts: Facts, r: Reader) -> str:
    stage = facts.get("stage") or {}
    return r.t.text("entry.job.stage", stage=stage.get(r.t.locale) or stage.get("ru") or "")


def _created(facts: Facts, r: Reader) -> str:
    title = facts.get("title")
    return r.t.text("entry.job.created.beside", title=title) if title else r.t.text("entry.job.created")


TELL: dict[str, Callable[[Facts, Reader], str]] = {
    "job.unassign": _unassign,
    "job.cancel": _cancel,
    "job.arrive": _arrive,
    "job.finish": lambda facts, r: r.t.text("entry.job.finish", outcome=r.t.text(f"outcome.{facts['outcome']}")),
    "job.step_back": _step_back,
    "job.stage": _stage,
    "job.created": _created,
    "order.changed": _changed,
    "order.priority": lambda facts, r: r.t.text(
        "entry.order.priority",
        before=r.t.text(f"level.{facts['before']}"),
        priority=r.t.text(f"level.{facts['priority']}"),
    ),
    "order.moved": _moved,
    "order.needs_help": _help,
    "order.attached": lambda facts, r: r.t.text(
        "entry.order.attached", kind=r.t.text(f"file.{facts['kind']}"), phase=r.t.text(f"order.phase.{facts['phase']}")
    ),
    "order.rated": _rated,
    "dispatch.offered": _offered,
    "job.fee": _fee,
    **{
        kind: _told(kind)
        for kind in (
            "dispatch.reminded",
            "dispatch.not_reminded",
            "dispatch.escalated",
            "dispatch.not_escalated",
            "dispatch.unreached",
        )
    },
    "plan.told": lambda facts, r: r.t.text("entry.plan.told", at=r.moment(facts["starts_at"])),
    "sla.near": _clock("sla.near"),
    "sla.breach": _clock("sla.breach"),
    "act_drafted": _drafted,
    "act_signed": _signed,
    "report.line": _report,
    "checklist.off_norm": _off_norm,
    **{kind: _of_checklist(kind) for kind in ("checklist.opened", "checklist.mended", "order.from_checklist")},
}
