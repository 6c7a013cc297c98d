"""Facts as the desk makes them, for every screen of the dispatcher's bot: (screen, case, facts)."""

from collections.abc import Iterator

from tests.bot.outside_samples import card_cases, chosen_cases
from tests.bot.rota_samples import decision_cases
from tests.bot.samples import ITEMS, NOW, OPEN_STATES, Facts, job, large_files, order, paper
from tests.bot.todo_samples import todo_cases

TERMS = [{"code": "travel", "minutes": 18.0}, {"code": "load", "minutes": 10.0}, {"code": "asset", "minutes": -6.0},
         {"code": "level", "minutes": -3.0}, {"code": "our_own", "minutes": 1.0}]  # fmt: skip
RANKED = [{"member_id": 5, "name": "Пётр Ким", "score": 19.0, "terms": TERMS},
          {"member_id": 6, "name": "Рашид Алиев", "score": 41.0, "terms": [{"code": "travel", "minutes": 41.0}]},
          {"member_id": 7, "name": "Светлана Юрьева", "score": 0.0, "terms": []}]  # fmt: skip
REJECTS = ("inactive", "off_shift", "skill", "area", "declined", "no_answer", "taken_away", "full", "by_own_rule")
REJECTED = [{"member_id": 20 + n, "name": f"Мастер {n}", "reason": code} for n, code in enumerate(REJECTS, 1)]
CLOCKS = [
    {"kind": "response", "started_at": NOW, "due_at": "2026-11-21T09:10:00+00:00", "met_at": NOW, "breached_at": None},
    {"kind": "arrival", "started_at": NOW, "due_at": "2026-11-21T11:00:00+00:00", "met_at": None, "breached_at": None},
]
LISTED: Facts = {
    "number": 12, "summary": "Витрина не холодит", "state": "assigned", "priority": "normal",
    "site": "Магазин на Арбате", "customer": "Азбука", "assignee": "Пётр Ким",
    "due_at": "2026-11-21T11:00:00+00:00",
}  # fmt: skip

NEEDS: list[Facts] = [
    {"what": "part", "name": "Реле пусковое", "level": 1, "quantity": 2, "unit": "шт."},
    {"what": "part", "name": "Фреон R404A", "level": 1, "quantity": 0.5, "unit": "кг"},
    {"what": "certificate", "name": {"ru": "Допуск до 1000 В", "en": "Up to 1000 V"}, "level": 1, "quantity": 1,
     "unit": None},
]  # fmt: skip
WAITS = {"ru": "Ждёт пропуск", "en": "Waits for a pass"}
TRAIL: list[Facts] = [
    {"verb": "assign", "state": "assigned", "at": "2026-11-21T09:05:00+00:00"},
    {"verb": "stage", "stage": WAITS, "at": "2026-11-21T09:20:00+00:00"},
    {"verb": "travel", "state": "travelling", "at": "2026-11-21T10:50:00+00:00"},
    {"verb": "arrive", "state": "on_site", "at": "2026-11-21T11:15:00+00:00"},
]
OFF_NORM = [ITEMS[0] | {"value": False}, ITEMS[1], *[ITEMS[2] | {"value": "other"}] * 5]


def dispatcher() -> Iterator[tuple[str, str, Facts]]:
    yield from _card()
    yield from _decisions()
    yield from _news()
    yield from large_files("dispatcher")
    yield from _lists()
    yield from _start()
    yield from _caller()
    yield from _requests()
    yield from decision_cases()
    yield from todo_cases()
    yield from chosen_cases()
    yield from card_cases(order, job, HELP)
    for why in ("failing", "gone"):
        off = {"id": 1, "name": "CRM <Азбука>", "host": "crm.example.com", "why": why}
        yield "dispatcher.hook_off", why, off
    deaf = {"name": "1С <Склад>", "back": False, "why": "", "about": {}, "times": 3}
    for why, about in (("denied", {"status": 401}), ("timeout", {}), ("said", {"text": "Нет <прав>"})):
        yield "dispatcher.source_poll", why, deaf | {"why": why, "about": about}
    yield "dispatcher.source_poll", "back", deaf | {"back": True}


def _card() -> Iterator[tuple[str, str, Facts]]:
    yield "dispatcher.topic", "open", order("assigned")
    yield "dispatcher.topic", "closed", order("closed", site=None)
    yield "dispatcher.topic", "passed", order("assigned", passed="Юг <2>")
    yield "dispatcher.passed", "to", order("assigned", passed="Юг <2>")
    for state in OPEN_STATES:
        yield "dispatcher.card", state, order(state, deadlines=CLOCKS)
    offered = job("offered", offers=[{"name": "Пётр Ким", "state": "open"}, {"name": "Рашид Алиев", "state": "lost"}])
    yield "dispatcher.card", "offered", order("offered", jobs=[offered])
    late = [CLOCKS[0], CLOCKS[1] | {"breached_at": NOW}]
    yield "dispatcher.card", "late", order("new", deadlines=late, needs_help="nobody_fits", priority="normal")
    for why in ("manual", "our_own"):
        yield "dispatcher.card", f"help_{why}", order("new", needs_help=why, contact=None)
    private = {"customer": {"id": 4, "name": "Ольга Смирнова", "private": True}, "site": None, "assets": []}
    yield "dispatcher.card", "private", order("new", **private)
    for outcome in ("partly", "no_access", "part_needed"):
        first = job("done", id=20, outcome=outcome)
        yield "dispatcher.card", outcome, order("done", jobs=[first], documents=[])
    visits = [job("closed", id=20, outcome="no_access", done_at=NOW), job("travelling", return_of=20)]
    yield "dispatcher.card", "second_visit", order("travelling", jobs=visits)
    for state in ("rendering", "refused"):
        yield "dispatcher.card", f"act_{state}", order("done", documents=[paper(state)])
    yield "dispatcher.card", "off_norm", order("on_site", jobs=[job("on_site", off_norm=OFF_NORM)])
    yield "dispatcher.card", "needs", order("on_site", kind="maintenance", needs=NEEDS, jobs=[job(trail=TRAIL)])
    beside = [job("on_site", trail=TRAIL), job("new", id=22, title="Заменить фильтр кондиционера", assignee=None)]
    yield "dispatcher.card", "parallel", order("on_site", jobs=beside)
    done = job("done", id=20, outcome="part_needed")
    yield "dispatcher.card", "one_of_two_is_done", order("travelling", jobs=[done, job("travelling")], documents=[])
    both = [done, job("done", id=22)]
    yield "dispatcher.card", "both_are_done", order("done", jobs=both, documents=[])
    rating = {"speed": 5, "accuracy": 2, "communication": None, "comment": "Долго ждали"}
    yield "dispatcher.card", "rated", order("closed", rating=rating)
    yield "dispatcher.card", "rated_silently", order("closed", rating=rating | {"comment": ""})


def _decisions() -> Iterator[tuple[str, str, Facts]]:
    asked: Facts = {"number": 12, "revision": 7}
    yield "dispatcher.assign", "plain", asked | {"job_id": 21, "ranked": RANKED, "rejected": REJECTED}
    yield "dispatcher.assign", "nobody", asked | {"job_id": 21, "ranked": [], "rejected": REJECTED[:2]}
    yield from _why(asked | {"job_id": 21})
    yield "dispatcher.priority", "plain", asked | {"priority": "high"}
    yield "dispatcher.move", "day", asked | {"now": NOW}
    yield "dispatcher.move", "next_month", asked | {"now": NOW, "shown": "2026-12-01"}
    yield "dispatcher.move", "window", asked | {"now": NOW, "day": "2026-11-25"}
    yield "dispatcher.cancel", "plain", asked
    yield "dispatcher.fix", "plain", asked | {"job_id": 21, "state": "on_site", "name": "Пётр Ким"}
    yield "dispatcher.reopen", "plain", asked
    for what, said in (
        ("assigned", {"name": "Пётр Ким"}),
        ("moved", {"start": "2026-11-25T09:00:00+00:00", "end": "2026-11-25T12:00:00+00:00"}),
        ("cancelled", {"reason": "Клиент передумал"}), ("reopened", {}), ("return", {}),
    ):  # fmt: skip
        yield "dispatcher.gone", what, asked | {"what": what, "who": "Дмитрий Орлов", "said": said}
    for code in ("urgent", "high", "normal", "low"):
        yield (
            "dispatcher.gone",
            f"priority.{code}",
            asked | {"what": f"priority.{code}", "who": "Дмитрий Орлов", "said": {}},
        )
    for state in ("assigned", "travelling", "on_site"):
        yield (
            "dispatcher.gone",
            f"fixed.{state}",
            asked | {"what": f"fixed.{state}", "who": "Дмитрий Орлов", "said": {}},
        )


HELP = [
    {"how": "later", "at": "2026-11-22T06:00:00+00:00", "id": 5, "name": "Пётр Ким", "detail": "", "what": "", "n": 1},
    *[
        {"how": how, "id": 6, "name": "Рашид Алиев", "detail": "x", "what": {"ru": "Газ", "en": "Gas"}, "n": 2}
        for how in ("overtime", "area", "full", "skill", "level", "certificate", "vehicle", "tool", "declined",
                    "no_answer", "taken_away")
    ],
    {"how": "contractor", "detail": "", "what": "", "n": 0},
]  # fmt: skip


def _why(asked: Facts) -> Iterator[tuple[str, str, Facts]]:
    gas = {"rule": "certificate", "what": {"ru": "Газ", "en": "Gas"}, "names": ["Мастер 1", "Мастер 2"], "n": 2}
    more = {"rule": "by_own_rule", "what": "", "names": [f"Мастер {n}" for n in range(8)], "n": 40}
    usual = {"ru": "Обычные правила", "en": "Usual rules"}
    best = [{"id": 5, "name": "Пётр Ким", "score": 19.75, "terms": [*TERMS[:3], {"code": "fair", "minutes": -2.25}]}]
    choice = {"at": NOW, "rules": usual, "fits": 9, "best": best, "rejected": [gas, more], "help": []}
    yield "dispatcher.why", "offered", asked | {"choice": choice | {"outcome": "offered"}}
    nobody = choice | {"outcome": "nobody", "best": [], "fits": 0}
    yield "dispatcher.why", "none", asked | {"choice": None}
    for one in HELP:
        yield "dispatcher.why", f"nobody_{one['how']}", asked | {"choice": nobody | {"help": [one]}}
    yield "dispatcher.why", "nobody", asked | {"choice": nobody | {"help": HELP}}


def _twins(told: Facts) -> Iterator[tuple[str, str, Facts]]:
    other = {"number": 9, "summary": "Не морозит витрина", "state": "assigned", "source": "phone", "created_at": NOW}
    codes = ("site", "address", "customer", "asset", "other_asset", "other_kind", "time", "words")
    signs = [{"code": code, "points": 1, "shared": ["витрина", "морозит"] if code == "words" else []} for code in codes]
    asked = told | {"pair_id": 3, "state": "open", "who": "", "signs": signs, "other": other}
    yield "dispatcher.twins", "open", asked
    for state in ("merged", "apart"):
        yield "dispatcher.twins", state, asked | {"state": state, "who": "Дмитрий Орлов"}
    yield "dispatcher.card", "merged", order("cancelled", merged_into=9, cancel_reason="→ № 9")
    yield "dispatcher.card", "absorbed", order("assigned", absorbed=[{"number": 15, "words": "Тает мороженое"}])


def _news() -> Iterator[tuple[str, str, Facts]]:
    told = {"order": order("assigned"), "job": job("assigned")}
    for kind in (
        "declined",
        "expired",
        "refused_act",
        "moved_by_customer",
        "cancelled_by_customer",
        "reopened",
        "paused",
    ):
        yield "dispatcher.alert", kind, told | {"kind": kind, "who": "Пётр Ким", "reason": "Слишком далеко"}
    yield "dispatcher.alert", "unreachable", {"kind": "unreachable", "who": "Ольга Смирнова", "order": None}
    new = {"order": order("new"), "job": job("new")}
    for deadline in ("response", "arrival", "resolution"):
        yield "dispatcher.alert", f"near_{deadline}", new | {"kind": "near", "deadline": deadline}
        yield "dispatcher.alert", f"breach_{deadline}", told | {"kind": "breach", "deadline": deadline}
    stage = {"deadline": "stage.7.2", "stage": {"ru": "В <пути>", "en": "On the way"}}
    yield "dispatcher.alert", "near_stage", new | {"kind": "near"} | stage
    shops = {"ru": "Магазины", "en": "Shops"}
    for name, at, rule in (
        ("usual", new, {"name": None, "paused": 0}),
        ("policy", told, {"name": shops, "paused": 95}),
    ):
        breach = {"kind": "breach", "deadline": "arrival", "rule": {"minutes": 120, **rule}}
        yield "dispatcher.alert", f"breach_of_{name}", at | breach
    for kind in ("absorbed", "gave_back", "check_opened", "check_mended"):
        yield "dispatcher.alert", kind, told | {"kind": kind, "number": 15}
    yield from _twins(new)
    reasons = [["off_shift", 3], ["skill", 8], ["by_own_rule", 1]]
    yield "dispatcher.alert", "nobody_fits", new | {"kind": "nobody_fits", "reasons": reasons}
    yield "dispatcher.alert", "nobody_fits_help", new | {"kind": "nobody_fits", "reasons": reasons, "help": HELP}
    yield "dispatcher.alert", "unclaimed", new | {"kind": "unclaimed", "seconds": 900}
    filter_ = job("new", id=22, title="Заменить <фильтр>")
    beside = order("travelling", jobs=[job("travelling"), filter_])
    about = {"order": beside, "job": filter_}
    yield (
        "dispatcher.alert",
        "nobody_fits_beside",
        about | {"kind": "nobody_fits", "reasons": reasons, "help": HELP[:2]},
    )
    yield "dispatcher.alert", "unclaimed_beside", about | {"kind": "unclaimed", "seconds": 900}
    way = {"order": beside, "job": beside["jobs"][0]}
    yield "dispatcher.alert", "breach_stage_beside", way | {"kind": "breach"} | stage
    yield "dispatcher.alert", "near_beside", way | {"kind": "near", "deadline": "arrival"}
    paused = job("paused")
    waits = {"order": order("paused", jobs=[paused, filter_]), "job": paused, "kind": "paused", "reason": "Нет детали"}
    yield "dispatcher.alert", "paused_beside", waits
    for outcome in ("partly", "no_access", "part_needed"):
        yield "dispatcher.alert", f"return_{outcome}", told | {"kind": "return_needed", "outcome": outcome}
    yield "dispatcher.alert", "step_back", told | {"kind": "step_back", "before": "on_site", "state": "travelling"}
    for cause in ("absence", "delay"):
        yield "dispatcher.alert", f"plan_{cause}", told | {"kind": "plan_proposed", "cause": cause}
    rating = {"speed": 2, "accuracy": 5, "communication": None, "comment": None}
    low = {"order": order("closed", rating=rating), "job": job("closed"), "kind": "low_rating"}
    yield "dispatcher.alert", "low_rating", low
    commented = low | {"order": order("closed", rating=rating | {"comment": "Долго ждали"})}
    yield "dispatcher.alert", "low_rating_with_words", commented
    said = {"who": "Ольга Смирнова", "text": "Нужен ли пропуск?", "file": None, "by_customer": True, "message_id": 5}
    yield "dispatcher.message", "customer", said
    yield "dispatcher.message", "customer_photo", said | {"text": "", "file": {"id": 9, "kind": "photo"}}
    yield "dispatcher.message", "team", said | {"who": "Пётр Ким", "text": "Нужен компрессор", "by_customer": False}
    yield "dispatcher.pad", "team", {"message_id": 5}
    yield "dispatcher.pad", "sent", {"sent": True, "who": "Дмитрий Орлов"}
    pictures = [{"id": 1, "kind": "photo", "caption": "Вот так течёт"}, {"id": 2, "kind": "photo", "caption": ""}]
    for phase in ("request", "before", "after"):
        yield "dispatcher.files", phase, {"phase": phase, "who": "Ольга Смирнова", "files": pictures}
    live = {"at": "2026-11-21T10:05:00+00:00", "when_by": "sent", "place_by": "live", "metres": 40.0, "doubts": []}
    doubted = live | {"when_by": "camera", "place_by": "camera", "metres": 1240.0, "doubts": ["far", "old"]}
    for name, proof in (("live", live), ("doubted", doubted), ("no_site", live | {"metres": None})):
        proved = [one | {"proof": proof} for one in pictures]
        yield "dispatcher.files", name, {"phase": "after", "who": "Пётр Ким", "files": proved}
    yield "dispatcher.act", "plain", {"order": order("closed"), "job": None, "document": paper("signed")}


def _lists() -> Iterator[tuple[str, str, Facts]]:
    orders = [
        LISTED, LISTED | {"number": 13, "priority": "urgent", "due_at": "2026-11-21T08:00:00+00:00"},
        LISTED | {"number": 14, "state": "new", "assignee": None, "site": None, "due_at": None},
    ]  # fmt: skip
    yield "dispatcher.orders", "plain", {"orders": orders, "page": 1, "more": True, "now": NOW}
    yield "dispatcher.orders", "none", {"orders": [], "page": 0, "more": False, "now": NOW}
    yield "dispatcher.found", "plain", {"orders": orders[:1], "words": "витрина", "now": NOW}
    yield "dispatcher.found", "nothing", {"orders": [], "words": "зубр", "now": NOW}
    off: Facts = {"name": "Пётр Ким", "on_duty": False, "state": None, "order": None, "seen_seconds": None}
    on = off | {"on_duty": True}
    people = [
        on | {"state": "travelling", "order": 12, "seen_seconds": 42},
        on | {"name": "Рашид Алиев", "seen_seconds": 7300},
        off | {"name": "Светлана Юрьева"}, off | {"name": "Лев Тарасов"},
    ]  # fmt: skip
    yield "dispatcher.who", "plain", {"people": people}
    yield "dispatcher.who", "none_on_duty", {"people": people[2:]}
    yield "dispatcher.who", "nobody", {"people": []}
    yield "dispatcher.note", "words_long", {"key": "dispatcher.words_long", "limit": 300}
    for key in ("words_needed", "find.what", "bind.private", "unbound", "language.set", "caller.stopped"):
        yield "dispatcher.note", key, {"key": f"dispatcher.{key}"}
    yield "dispatcher.note", "admin.private", {"key": "dispatcher.admin.private", "bot": "holod_desk_bot"}
    yield "dispatcher.note", "caller.done", {"key": "dispatcher.caller.done", "number": 12}


def _start() -> Iterator[tuple[str, str, Facts]]:
    ours = {"company": "Холод-Сервис"}
    yield "dispatcher.help", "private", ours | {"private": True, "known": True}
    yield "dispatcher.help", "group", ours | {"private": False, "known": True}
    yield "dispatcher.help", "stranger", ours | {"private": True, "known": False}
    yield "dispatcher.stranger", "plain", ours
    yield "dispatcher.stranger", "nameless_company", {"company": ""}
    yield "dispatcher.welcome", "plain", ours | {"name": "Дмитрий Орлов"}
    yield "dispatcher.bound", "forum", {"title": "Диспетчерская", "is_forum": True}
    yield "dispatcher.bound", "plain", {"title": "Диспетчерская", "is_forum": False}
    yield (
        "dispatcher.login",
        "plain",
        {"url": "https://desk.example/admin/login/abc", "tunnel": None, "minutes": 10},
    )
    yield (
        "dispatcher.login",
        "here",
        {"url": "http://127.0.0.1:8080/admin/login/abc", "tunnel": "8080:127.0.0.1:8080", "minutes": 10},
    )
    yield "dispatcher.language", "plain", {"locale": "ru"}


def _caller() -> Iterator[tuple[str, str, Facts]]:
    found = [{"id": 2, "name": "Ольга Смирнова", "phone": "+79161234567", "customer": "Азбука"},
             {"id": 3, "name": "Марат", "phone": "+79161234568", "customer": "Марат"}]  # fmt: skip
    for ask in ("who", "phone", "words"):
        yield "dispatcher.caller", ask, {"ask": ask}
    yield "dispatcher.caller", "choose", {"ask": "choose", "found": found, "typed": "ольга"}
    yield "dispatcher.caller", "unknown", {"ask": "choose", "found": [], "typed": "зубр"}
    sites = [{"id": 3, "name": "Магазин на Арбате", "address": "Москва, Арбат, 12"}]
    yield "dispatcher.caller", "where", {"ask": "where", "sites": sites}
    yield "dispatcher.caller", "address", {"ask": "where", "sites": []}
    yield "dispatcher.caller", "urgency", {"ask": "urgency", "words": "Не холодит", "kind": "maintenance"}


def _requests() -> Iterator[tuple[str, str, Facts]]:
    known = {"contact_id": 2, "name": "Ольга Белова", "customer_id": 1, "customer": "Азбука", "private": False,
             "sites": ["Арбат", "Тверская"], "orders": [1001, 1002]}  # fmt: skip
    asked: Facts = {
        "id": 5, "kind": "call", "state": "ringing", "revision": 1, "source": "АТС", "phone": "+79161000001",
        "name": "", "words": "", "missing": [], "due_at": None, "order": None, "caller": known,
    }  # fmt: skip
    yield "dispatcher.request", "ringing", asked
    private = known | {"private": True, "customer": "Ольга Белова", "sites": [], "orders": []}
    yield "dispatcher.request", "answered", asked | {"state": "answered", "caller": private}
    yield "dispatcher.request", "over", asked | {"state": "over"}
    missed = asked | {"state": "missed", "due_at": "2026-11-21T09:15:00+00:00", "caller": {}}
    yield "dispatcher.request", "missed", missed
    yield "dispatcher.request", "overdue", missed | {"overdue": True}
    yield "dispatcher.request", "called_back", missed | {"state": "done"}
    yield "dispatcher.request", "became_an_order", asked | {"state": "done", "order": 1003}
    unfinished = asked | {"kind": "order", "state": "waiting", "phone": "", "caller": {}, "words": "Не морозит витрина"}
    yield "dispatcher.request", "order", unfinished | {"missing": ["words", "customer", "site"]}
    for kind in ("message", "letter"):
        yield "dispatcher.request", kind, unfinished | {"kind": kind, "name": "Марат"}
