"""Facts as the desk makes them, for every screen of the customer's and the technician's bot: (screen, case, facts)."""

from collections.abc import Iterator
from typing import Any

from tests.bot.outside_samples import job_cases
from tests.bot.rota_samples import rota_cases

Facts = dict[str, Any]

NOW = "2026-11-21T09:00:00+00:00"
SITE = {"id": 3, "name": "Магазин на Арбате", "address": "Москва, Арбат, 12", "hint": "вход со двора, код 45К",
        "lat": 55.7522, "lon": 37.5927}  # fmt: skip
FRIDGE = {"id": 9, "name": "Холодильная витрина", "model": "Aurora 250", "serial": "A-77", "inventory": "15",
          "place": "зал, у кассы", "criticality": 3, "type": {"ru": "Витрина", "en": "Display case"},
          "plan": None}  # fmt: skip
PYOTR = {"id": 5, "name": "Пётр Ким", "phone": "+79160000003", "rating": 4.8}
STAGES = {
    "new": {"ru": "Новый", "en": "New"}, "offered": {"ru": "Предложен", "en": "Offered"},
    "assigned": {"ru": "Назначен", "en": "Assigned"}, "travelling": {"ru": "В пути", "en": "On the way"},
    "on_site": {"ru": "На объекте", "en": "On site"}, "paused": {"ru": "Приостановлен", "en": "Paused"},
    "done": {"ru": "Выполнен", "en": "Done"}, "closed": {"ru": "Закрыт", "en": "Closed"},
    "cancelled": {"ru": "Отменён", "en": "Cancelled"},
}  # fmt: skip
OPEN_STATES = ("new", "assigned", "travelling", "on_site", "paused", "done", "closed", "cancelled")


def paper(state: str = "ready") -> Facts:
    return {"id": 31, "kind": "act", "number": "А-12", "version": 1, "state": state, "file_id": 81, "total": "4850.00",
            "signed_at": NOW if state == "signed" else None, "signed_by": "Ольга Смирнова", "how": "bot"}  # fmt: skip


def job(state: str = "on_site", **more: Any) -> Facts:
    facts = {
        "id": 21, "state": state, "stage": STAGES[state], "outcome": "done" if state in ("done", "closed") else None,
        "comment": "", "assignee": None if state in ("new", "offered") else PYOTR,
        "planned_from": "2026-11-21T12:00:00+00:00", "planned_to": "2026-11-21T15:00:00+00:00",
        "eta_at": "2026-11-21T09:40:00+00:00" if state == "travelling" else None, "accepted_at": NOW,
        "travelling_at": None, "arrived_at": None, "done_at": NOW if state == "done" else None, "duration": 60,
        "revision": 4, "return_of": None, "title": "", "created_at": NOW, "trail": [], "offers": [], "off_norm": [],
        "fee": None,
        "checklist": {"done": 3, "total": 7, "missing": ["pressure"]},
        "report": {"lines": 2, "total": "4850.00", "photos_before": 2, "photos_after": 0},
    }  # fmt: skip
    return facts | more


def order(state: str = "assigned", **more: Any) -> Facts:
    facts: Facts = {
        "number": 12, "kind": "repair", "summary": "Витрина не холодит",
        "words": "Витрина не холодит.\nВода на полу, товар портится!", "state": state, "urgency": "urgent",
        "priority": "urgent", "source": "telegram", "created_at": NOW, "closed_at": None,
        "promised_at": "2026-11-21T11:00:00+00:00", "wanted_from": "2026-11-21T12:00:00+00:00",
        "wanted_to": "2026-11-21T15:00:00+00:00", "revision": 7, "needs_help": None,
        "cancel_reason": "Уже починили" if state == "cancelled" else None, "group_id": 1,
        "merged_into": None, "absorbed": [], "outsiders": False,
        "address": SITE["address"], "lat": SITE["lat"], "lon": SITE["lon"], "zone": "Europe/Moscow",
        "customer": {"id": 1, "name": "Азбука", "private": False, "forbidden": None},
        "contact": {"id": 2, "name": "Ольга Смирнова", "phone": "+79161234567", "post": "управляющая"},
        "site": SITE, "plan": None, "assets": [FRIDGE], "contract": None, "needs": [], "jobs": [job(state)],
        "deadlines": [], "files": {"photos": 3, "videos": 0, "voices": 1, "documents": 0},
        "documents": [paper()] if state == "done" else [paper("signed")] if state == "closed" else [], "rating": None,
    }  # fmt: skip
    return facts | more


def with_job(state: str = "on_site", *, of_job: Facts | None = None, **more: Any) -> Facts:
    return order(state, **more) | {"job": job(state, **(of_job or {}))}


DRAFT: Facts = {
    "number": 700, "known_sites": 3, "words": "Витрина не холодит, вода на полу", "files": [{"id": 1, "kind": "photo"}],
    "site": {"id": 3, "name": "Магазин на Арбате", "address": "Москва, Арбат, 12"}, "place": None,
    "assets": [{"id": 9, "name": "Холодильная витрина"}], "urgency": "urgent",
    "when": {"from": "2026-11-21T12:00:00+00:00", "to": "2026-11-21T15:00:00+00:00"}, "wordless": False,
    "album": None, "card": None, "editing": None,
}  # fmt: skip
EMPTY: Facts = DRAFT | {"words": "", "files": [], "site": None, "assets": None, "urgency": None, "when": None}
SITES = [{"id": 3, "name": "Магазин на Арбате", "address": "Москва, Арбат, 12"},
         {"id": 4, "name": "Склад", "address": "Москва, Тверская, 5"}]  # fmt: skip
ASSETS = [{"id": 9, "name": "Холодильная витрина", "model": "Aurora 250", "place": "зал, у кассы"},
          {"id": 10, "name": "Кондиционер", "model": "", "place": ""}]  # fmt: skip


def asked(draft: Facts, note: str | None = None, **more: Any) -> Facts:
    return {"draft": draft, "note": note, "now": NOW, **more}


ITEMS: list[Facts] = [
    {"code": "power", "text": {"ru": "Питание есть?", "en": "Is there power?"}, "type": "yesno", "required": True,
     "hint": {"ru": "Проверьте автомат", "en": "Check the breaker"}, "value": True, "ok": True, "file_id": None},
    {"code": "temperature", "text": {"ru": "Температура в камере", "en": "Temperature inside"}, "type": "number",
     "min": 2, "max": 6, "unit": "°C", "required": True, "value": 9.5, "ok": False, "file_id": None},
    {"code": "gas", "text": {"ru": "Какой хладагент?", "en": "Which refrigerant?"}, "type": "choice", "required": True,
     "choices": [{"code": "r404", "text": {"ru": "Р404А", "en": "R404A"}},
                 {"code": "other", "text": {"ru": "Другой", "en": "Other"}}],
     "value": None, "ok": None, "file_id": None},
    {"code": "noise", "text": {"ru": "Посторонние шумы", "en": "Unusual noise"}, "type": "text", "required": False,
     "value": None, "ok": None, "file_id": None},
    {"code": "plate", "text": {"ru": "Шильдик", "en": "Name plate"}, "type": "photo", "required": True,
     "value": None, "ok": None, "file_id": None},
]  # fmt: skip
LINES: list[Facts] = [
    {"item_id": 1, "kind": "work", "name": "Диагностика", "unit": "шт.", "quantity": "1", "price": "1500.00",
     "sum": "1500.00"},
    {"item_id": 2, "kind": "material", "name": "Фреон R404A", "unit": "кг", "quantity": "0.65", "price": "5153.85",
     "sum": "3350.00"},
]  # fmt: skip
PRICES: list[Facts] = [
    {"id": 1, "kind": "work", "name": "Диагностика", "unit": "шт.", "price": "1500.00"},
    {"id": 4, "kind": "work", "name": "Заправка контура", "unit": "шт.", "price": "2500.00"},
]
RATE: Facts = {"id": 6, "name": "Час инженера", "unit": "ч", "price": "1600.00", "written": "0"}
HOURS: Facts = {"minutes": 70, "pause": 0, "people": ["Пётр Ким"], "hours": "1.5", "outside": 0, "after": "0",
                "percent": 100, "calendar": {}, "number": "", "rates": [RATE]}  # fmt: skip
NIGHT: Facts = HOURS | {"outside": 40, "after": "1", "percent": 150,
                        "calendar": {"ru": "Офис <9–18>", "en": "Office <9–18>"}}  # fmt: skip
CREW: Facts = HOURS | {"pause": 20, "people": ["Пётр Ким", "Рашид Алиев"]}
FITTER = RATE | {"id": 7, "name": "Час монтажника", "price": "1100.00"}
VAN: list[Facts] = [
    {"id": 2, "kind": "material", "name": "Фреон R404A", "unit": "кг", "price": "5153.85", "left": "3.35"}
]
BRIEF: Facts = {
    "id": 21, "number": 12, "state": "assigned", "summary": "Витрина не холодит", "site": "Магазин на Арбате",
    "address": "Москва, Арбат, 12", "lat": 55.7522, "lon": 37.5927, "priority": "urgent", "outcome": None,
    "planned_from": "2026-11-21T12:00:00+00:00", "planned_to": "2026-11-21T15:00:00+00:00", "done_at": None,
    "metres": 3200.0, "due_at": None, "late": False,
}  # fmt: skip
OFFER = {"id": 44, "state": "open", "expires_at": "2026-11-21T09:05:00+00:00", "score": 12.0, "explain": [],
         "distance_km": 3.2, "pay": "1200.00"}  # fmt: skip


def customer() -> Iterator[tuple[str, str, Facts]]:
    yield from _customer_start()
    yield from _customer_new()
    yield from _customer_files()
    yield from _customer_orders()
    yield from _customer_notices()
    yield from _customer_act()


def _customer_start() -> Iterator[tuple[str, str, Facts]]:
    ours = {"company": "Холод-Сервис", "legal_name": "ООО «Холод-Сервис»", "phone": "+74951234567"}
    for note in (None, "kept", "full"):
        yield "customer.consent", note or "plain", {**ours, "note": note}
    yield "customer.consented", "plain", {"at": NOW}
    for note in (None, "kept", "full", "not_own", "bad_invite"):
        yield "customer.phone", note or "plain", {**ours, "note": note}
    yield "customer.stranger", "plain", ours
    yield "customer.welcome", "plain", {"name": "Ольга Смирнова", **ours, "note": None}
    yield "customer.welcome", "bad_invite", {"name": "Ольга Смирнова", **ours, "note": "bad_invite"}
    yield "customer.menu", "plain", {}
    yield "customer.menu", "draft", {"draft": True}
    yield "customer.settings", "plain", {"name": "Ольга Смирнова"}
    yield "customer.withdraw", "plain", {}
    yield "customer.withdrawn", "plain", {}
    yield "customer.help", "plain", ours
    proof = {"genuine": True, "digest": "3f2a 9c11 07de 55b0", "number": "А-12", "state": "ready", "total": "4850.00"}
    yield "customer.proof", "unsigned", proof | {"signed_at": None, "signed_by": ""}
    yield "customer.proof", "signed", proof | {"signed_at": NOW, "signed_by": "Ольга Смирнова"}
    yield "customer.proof", "forged", {"genuine": False}


def _customer_new() -> Iterator[tuple[str, str, Facts]]:
    yield "customer.new.site", "plain", asked(EMPTY, sites=SITES, page=0, more=True, open=None)
    yield (
        "customer.new.site",
        "words",
        asked(EMPTY | {"words": "Течёт"}, "added", sites=SITES, page=1, more=False, open=8),
    )
    yield "customer.new.place", "plain", asked(EMPTY)
    yield "customer.new.asset", "plain", asked(EMPTY | {"site": SITES[0]}, assets=ASSETS, page=0, open=None)
    yield "customer.new.words", "plain", asked(EMPTY | {"site": SITES[0], "assets": []}, "scanned")
    yield "customer.new.words", "files", asked(DRAFT | {"words": ""}, "files")
    yield "customer.new.urgency", "plain", asked(DRAFT, open=8)
    yield "customer.new.when", "plain", asked(DRAFT, "many_files")
    yield "customer.new.day", "this_month", asked(DRAFT, day="")
    yield "customer.new.day", "next_month", asked(DRAFT, day="20261201")
    yield "customer.new.window", "today", asked(DRAFT, day="20261121")
    yield "customer.new.window", "later", asked(DRAFT, day="20261125")
    yield "customer.new.check", "plain", asked(DRAFT)
    stranger = {"site": None, "assets": None, "place": {"address": "", "lat": 55.7, "lon": 37.6}, "words": "",
                "wordless": True, "when": {"from": None, "to": None}}  # fmt: skip
    yield "customer.new.check", "stranger", asked(DRAFT | stranger, "too_long")
    for note in ("found", "near", "bad_tag", "resumed", "unreadable"):
        yield "customer.new.site", note, asked(EMPTY, note, sites=SITES[:1], page=0, more=False, open=None)
    yield "customer.new.drop", "plain", asked(DRAFT)
    yield "customer.new.dropped", "plain", {}
    yield "customer.new.gone", "plain", {}
    yield "customer.created", "promised", {"order": order("new")}
    yield "customer.created", "plain", {"order": order("new", promised_at=None)}


def _customer_files() -> Iterator[tuple[str, str, Facts]]:
    yield from large_files("customer")
    yield from _failed_files("customer")
    machine = {"id": 9, "name": "Холодильная витрина", "model": "Aurora 250", "place": "зал, у кассы",
               "site": "Магазин на Арбате", "address": "Москва, Арбат, 12"}  # fmt: skip
    yield "customer.label", "plain", {"file_id": 5, "asset": machine}
    yield "customer.label", "bare", {"file_id": 5, "asset": machine | {"model": "", "place": "", "address": ""}}
    yield "customer.label", "revoked", {"file_id": 5, "asset": None}
    video = {"id": 5, "kind": "video", "name": "течь.mp4", "size": 63_000_000}
    for where in ("draft", "order", "chat"):
        yield "customer.uploaded", where, {"where": where, "number": 12, "file": video}
    yield "customer.uploaded", "loose", {"where": "loose", "file": video | {"name": ""}}


def large_files(bot: str) -> Iterator[tuple[str, str, Facts]]:
    """Files over 20 MB, and what is corrected afterwards."""
    yield f"{bot}.edited", "plain", {}
    told = {"name": "течь.mp4", "kind": "video", "size": 63_000_000, "limit": 104_857_600}
    yield f"{bot}.upload", "page", told | {"url": "https://desk.example/upload/abc"}
    yield f"{bot}.upload", "no_page", told | {"name": "", "url": None}
    yield f"{bot}.upload", "huge", told | {"size": 300_000_000, "url": None}


def _failed_files(bot: str) -> Iterator[tuple[str, str, Facts]]:
    for code in ("files.empty", "files.bomb", "files.gone"):
        yield f"{bot}.file_failed", code, {"code": code, "file": {"id": 5, "kind": "photo", "name": ""}}


def _customer_orders() -> Iterator[tuple[str, str, Facts]]:
    for state in OPEN_STATES:
        yield "customer.order", state, order(state)
    bare = order("assigned", site=None, assets=[], words="", summary="", files=None, priority="normal", address="")
    beside = [job("travelling"), job("new", id=22), job("assigned", id=23, assignee=PYOTR | {"name": "Рашид Алиев"})]
    yield "customer.order", "beside", order("travelling", jobs=beside)
    yield "customer.order", "bare", bare | {"jobs": [job("assigned", planned_from=None)]}
    listed = {"orders": [order("travelling"), order("new", number=11, summary="")], "open": True, "more": True}
    yield "customer.orders", "open", listed | {"first": True}
    yield (
        "customer.orders",
        "all",
        listed | {"orders": [order("closed"), order("cancelled")], "open": False, "more": False},
    )
    yield "customer.orders", "none", {"orders": [], "open": True, "more": False}
    yield "customer.orders", "none_done", {"orders": [], "open": False, "more": False}
    yield "customer.cancel", "plain", {"order": order()}
    yield "customer.reopen", "plain", {"order": order("closed")}
    yield "customer.reason.own", "cancel", {"verb": "cancel", "number": 12}
    yield "customer.reason.own", "reopen", {"verb": "reopen", "number": 12, "note": "long"}
    yield "customer.move", "plain", {"order": order(), "now": NOW, "day": ""}
    yield "customer.move.window", "plain", {"order": order(), "now": NOW, "day": "20261122"}
    yield "customer.document", "plain", {"number": "А-12", "state": "signed", "file_id": 81}
    yield "customer.chat", "plain", {"number": 12}
    yield "customer.chat.left", "plain", {"number": 12}
    yield "customer.chat.joined", "plain", {"number": 12}
    yield "customer.chat.long", "plain", {"limit": 4096}
    yield "customer.chat.unreadable", "plain", {}


def _customer_notices() -> Iterator[tuple[str, str, Facts]]:
    for name, state in (("assigned", "assigned"), ("on_the_way", "travelling"), ("eta", "travelling"),
                        ("arrived", "on_site")):  # fmt: skip
        yield f"customer.{name}", "plain", {"order": order(state), "job": job(state)}
    yield "customer.eta", "unknown", {"order": order(), "job": job("travelling", eta_at=None)}
    yield "customer.slot", "plain", {"order": order(), "job": job("assigned"), "start": NOW}
    yield "customer.slot", "nobody", {"order": order(), "job": job("new"), "start": NOW}
    yield "customer.slot.agreed", "plain", {"order": order(), "job": job("assigned")}
    free = [["2026-11-22T06:00:00+00:00", "2026-11-22T09:00:00+00:00"]]
    yield "customer.slots", "some", {"order": order(), "slots": free}
    yield "customer.slots", "none", {"order": order(), "slots": []}
    for outcome in ("done", "partly", "no_access", "part_needed"):
        ended = job("done", outcome=outcome, comment="Заменил реле, проверил давление.")
        yield "customer.finished", outcome, {"order": order("done"), "job": ended, "outcome": outcome}
    yield "customer.cancelled", "plain", {"order": order("cancelled"), "job": None, "reason": "Уже починили"}
    merged = order("cancelled", merged_into=9, cancel_reason="→ № 9")
    yield "customer.merged", "plain", {"order": merged, "job": None, "into": 9}
    yield "customer.order", "merged", merged
    yield "customer.unmerged", "plain", {"order": order("new"), "job": job("new"), "out_of": 9}
    yield "customer.rescheduled", "plain", {"order": order(), "job": job("assigned")}
    yield "customer.received", "plain", {"order": order("new"), "job": job("new")}
    yield "customer.reopened", "plain", {"order": order("new"), "job": job("new"), "reason": "Сломалось снова"}
    yield "customer.live", "moving", {"order": order(), "job": job(), "lat": 55.75, "lon": 37.6, "live": 3600}
    yield "customer.live", "stopped", {"order": order(), "job": job(), "live": 0}
    said = {"order_number": 12, "who": "Дмитрий Орлов", "text": "Мастер выезжает из центра.", "file": None}
    yield "customer.message", "text", said
    yield "customer.message", "photo", said | {"text": "", "file": {"id": 5, "kind": "photo"}}


def _customer_act() -> Iterator[tuple[str, str, Facts]]:
    for state in ("ready", "signed", "refused"):
        yield "customer.sign", state, {"order": order("done"), "job": job("done"), "document": paper(state)}
    yield "customer.refuse", "plain", {"number": "А-12", "document_id": 31}
    yield "customer.refuse.own", "plain", {"number": "А-12", "note": "text"}
    yield "customer.refused", "plain", {"number": "А-12", "reason": "Не согласен с суммой"}
    yield "customer.act", "plain", {"order": order("closed"), "document": paper("signed")}
    given: Facts = {"speed": None, "accuracy": None, "communication": None, "comment": ""}
    yield "customer.rate", "first", {"order": order("closed"), "rating": given}
    yield "customer.rate", "second", {"order": order("closed"), "rating": given | {"speed": 5}}
    all_given = {"speed": 5, "accuracy": 4, "communication": 2, "comment": ""}
    yield "customer.rate", "given", {"order": order("closed"), "rating": all_given}
    yield "customer.rate", "commented", {"order": order("closed"), "rating": all_given | {"comment": "Спасибо!"}}
    yield "customer.rate", "again", {"order": order("closed"), "rating": all_given, "asking": "speed"}
    yield "customer.rate.thanks", "plain", {"number": 12}
    yield "customer.rate.text_only", "plain", {"number": 12}
    yield "customer.rate.long", "plain", {"limit": 2000}


def technician() -> Iterator[tuple[str, str, Facts]]:
    yield from _technician_home()
    yield from _technician_offer()
    yield from job_cases(with_job, paper, LINES, HOURS)
    yield from _technician_job()
    yield from _technician_report()
    yield from _technician_finish()
    yield from _technician_talk()
    yield from rota_cases()


def _technician_home() -> Iterator[tuple[str, str, Facts]]:
    yield "technician.stranger", "plain", {"company": "Холод-Сервис"}
    yield "technician.stranger", "bad_invite", {"company": "Холод-Сервис", "note": "bad_invite"}
    home: Facts = {"name": "Пётр Ким", "on_duty_at": None, "jobs": 0, "running": None, "note": None}
    yield "technician.home", "off_duty", home
    yield "technician.home", "opened", home | {"on_duty_at": NOW, "note": "opened"}
    yield "technician.home", "busy", home | {"on_duty_at": NOW, "jobs": 2, "running": 12}
    yield "technician.home", "running", home | {"on_duty_at": NOW, "jobs": 0, "running": 12}
    yield "technician.home", "closed", home | {"note": "closed"}
    yield "technician.home", "bad_invite", home | {"note": "bad_invite"}
    yield "technician.settings", "plain", {"name": "Пётр Ким", "locale": "ru"}
    yield "technician.help", "plain", {}
    items = [
        {"name": "Фреон R404A", "unit": "кг", "quantity": "3.350"},
        {"name": "Реле", "unit": "шт.", "quantity": "2"},
    ]
    yield "technician.stock", "plain", {"items": items, "page": 0}
    yield "technician.stock", "empty", {"items": [], "page": 0}
    jobs = [
        BRIEF,
        BRIEF | {"id": 22, "number": 14, "state": "done", "priority": "normal", "metres": None, "summary": ""},
    ]
    yield "technician.day", "plain", {"now": NOW, "jobs": [*jobs, BRIEF | {"id": 23, "number": 15, "lat": 55.7}]}
    at = {"starts_at": "2026-11-21T11:20:00+00:00", "travel": 1260}
    relays: Facts = {"items": [["Реле пусковое", "2", "шт."]], "left": []}
    spot: Facts = {"address": "ул. Угрешская, 2", "lat": 55.7135, "lon": 37.6956}
    fetch: Facts = {"job": 21, "id": 3, "store": "Склад", "starts_at": "2026-11-21T10:50:00+00:00", "travel": 900}
    fetch = fetch | relays | spot | {"mark": "0f3a9c21d4"}
    yield (
        "technician.day",
        "planned",
        {"now": NOW, "jobs": [BRIEF | {"id": 21, "state": "assigned"} | at], "pickup": fetch},
    )
    bare = BRIEF | {"id": 21, "state": "assigned", "planned_from": None, "planned_to": None} | at
    nowhere = relays | {"job": 21, "id": None, "store": None, "left": relays["items"]}
    yield "technician.day", "empty_store", {"now": NOW, "jobs": [bare], "pickup": nowhere}
    unplaced = fetch | {"address": "", "lat": None, "lon": None, "starts_at": None, "travel": 0}
    some = unplaced | {"left": [["Реле пусковое", "0.5", "шт."]]}
    yield "technician.day", "store_without_place", {"now": NOW, "jobs": [bare], "pickup": some}
    yield "technician.day", "none", {"now": NOW, "jobs": []}
    clock = {"due_at": "2026-11-21T08:30:00+00:00", "late": True}
    due = BRIEF | {"id": 22, "number": 14, "due_at": "2026-11-22T08:30:00+00:00"}
    yield "technician.day", "deadlines", {"now": NOW, "jobs": [BRIEF | clock, due], "kind": "all", "all": 2}
    yield "technician.day", "late", {"now": NOW, "jobs": [BRIEF | clock], "kind": "late", "all": 2}
    yield "technician.day", "none_such", {"now": NOW, "jobs": [], "kind": "fresh", "all": 2}
    past = [BRIEF | {"state": "closed", "outcome": "done", "done_at": NOW}, BRIEF | {"state": "cancelled", "number": 9}]
    yield "technician.archive", "plain", {"jobs": past, "more": True}
    yield "technician.archive", "none", {"jobs": [], "more": False}


def _technician_offer() -> Iterator[tuple[str, str, Facts]]:
    yield "technician.offer", "open", with_job("offered") | {"offer": OFFER}
    plain = with_job("offered", priority="normal", files=None)
    titled = with_job("offered", of_job={"title": "Заменить фильтр кондиционера"})
    yield "technician.offer", "titled", titled | {"offer": OFFER}
    yield "technician.offer", "unknown", plain | {"offer": OFFER | {"distance_km": None, "pay": None}}
    for state in ("accepted", "declined", "lost", "expired", "withdrawn"):
        yield "technician.offer", state, with_job("assigned") | {"offer": OFFER | {"state": state}}
    yield "technician.offer.kept", "plain", {}
    yield "technician.offer.reminder", "chat", with_job("offered") | {"offer": OFFER}
    yield "technician.offer.reminder", "no end", plain | {"offer": {"id": 7, "expires_at": None}}
    yield "technician.decline", "plain", {"offer_id": 44}
    yield "technician.decline.own", "plain", {"offer_id": 44, "note": "long"}
    yield "technician.declined", "plain", {"reason": "Слишком далеко"}


def _technician_job() -> Iterator[tuple[str, str, Facts]]:
    for state in OPEN_STATES[1:]:
        yield "technician.job", state, with_job(state)
    ready = {"checklist": {"done": 7, "total": 7, "missing": []}, "comment": "Заменил реле",
             "report": {"lines": 2, "total": "4850.00", "photos_before": 1, "photos_after": 1},
             "return_of": 20}  # fmt: skip
    yield "technician.job", "ready", with_job("on_site", of_job=ready)
    yield "technician.job", "titled", with_job("assigned", of_job={"title": "Заменить фильтр кондиционера"})
    yield "technician.job", "absorbed", with_job("assigned", absorbed=[{"number": 15, "words": "Тает мороженое"}])
    yield "technician.job", "off_norm", with_job("on_site", of_job={"off_norm": [ITEMS[1]]})
    nothing = {"checklist": {"done": 0, "total": 0, "missing": []},
               "report": {"lines": 0, "total": "0", "photos_before": 0, "photos_after": 0}}  # fmt: skip
    yield "technician.job", "nothing_yet", with_job("on_site", of_job=nothing, contact=None)
    came = [{"id": 7, "kind": "document"}, {"id": 5, "kind": "photo"}, {"id": 6, "kind": "photo"}]
    yield "technician.files", "plain", {"number": 12, "job_id": 21, "files": came}
    pinned = {"assets": [FRIDGE | {"plan": 4}]}
    yield "technician.job", "on a plan", with_job("on_site", **pinned)
    yield "technician.job", "pinned itself", with_job("assigned", assets=[], plan=4)
    shown = {"file_id": 8, "plan": "2 этаж, торговый зал", "number": 12, "job_id": 21}
    yield "technician.plan", "plain", shown | {"labels": ["Холодильная витрина", "Морозильник"]}
    yield "technician.files", "none", {"number": 12, "job_id": 21, "files": []}
    yield from large_files("technician")
    yield from _failed_files("technician")
    video = {"id": 5, "kind": "video", "name": "течь.mp4", "size": 63_000_000}
    yield "technician.uploaded", "job", {"where": "job", "number": 12, "job_id": 21, "file": video}
    yield "technician.uploaded", "chat", {"where": "chat", "number": 12, "file": video}
    yield "technician.job.none", "plain", {}
    yield "technician.job.none", "said", {"said": True}
    for state in ("assigned", "travelling", "on_site", "done"):
        yield "technician.more", state, with_job(state)
    yield "technician.pause", "plain", {"job_id": 21}
    yield "technician.pause.own", "plain", {"job_id": 21, "note": "text"}
    yield "technician.contact", "plain", {"name": "Ольга Смирнова", "phone": "+79161234567"}
    pin = {"lat": 55.7522, "lon": 37.5927, "address": "Москва, Арбат, 12", "number": 12}
    yield "technician.pin", "site", pin | {"title": "Магазин на Арбате"}
    yield "technician.pin", "nameless", pin | {"title": ""}
    yield "technician.pin", "stop", pin | {"n": 2, "title": "Магазин на Арбате"}
    yield "technician.share", "plain", {"number": 12}
    yield "technician.shared", "job", {"job_id": 21}
    yield "technician.shared", "idle", {"job_id": None}
    yield "technician.spotted", "plain", {"job_id": 21}


def _technician_report() -> Iterator[tuple[str, str, Facts]]:
    for place, item in enumerate(ITEMS):
        asking = {"job_id": 21, "item": item, "place": place, "total": len(ITEMS), "done": 2, "note": None}
        yield "technician.check.item", item["code"], asking
    for note in ("number_needed", "text_needed", "press_needed", "photo_needed", "long", "saved_file"):
        asking = {"job_id": 21, "item": ITEMS[1], "place": 1, "total": 5, "done": 2, "note": note}
        yield "technician.check.item", note, asking
    asking = {
        "job_id": 21,
        "item": ITEMS[1] | {"phone": "+79161234567", "opens": True},
        "place": 1,
        "total": 5,
        "done": 2,
        "note": None,
    }
    yield "technician.check.item", "phone", asking
    failed = with_job() | {"opened": 15, "item": ITEMS[1] | {"value": 9.5, "ok": False}}
    yield "technician.check.opened", "plain", failed
    warm = ITEMS[1] | {"value": 9.5, "ok": False}
    for note in (None, "saved_file", "text_needed", "long"):
        doubt = {"job_id": 21, "item": warm, "place": 1, "total": len(ITEMS), "note": note}
        yield "technician.check.off", note or "plain", doubt
    yield "technician.check", "plain", with_job() | {"items": ITEMS}
    yield "technician.check", "none", with_job() | {"items": []}
    yield "technician.photos", "before", with_job() | {"phase": "before", "note": None}
    yield "technician.photos", "after", with_job() | {"phase": "after", "note": "photo_needed"}
    yield "technician.lines", "plain", with_job() | {"lines": LINES, "note": None}
    yield "technician.lines", "none", with_job() | {"lines": [], "note": "search"}
    yield "technician.lines", "materials", with_job() | {"lines": LINES, "note": None, "step": 2}
    yield from _technician_labour()
    for which, items in (("work", PRICES), ("material", []), ("van", VAN), ("often", PRICES), ("search", PRICES)):
        choice = {"job_id": 21, "which": which, "page": 0, "search": "фреон" if which == "search" else ""}
        yield "technician.lines.choose", which, choice | {"items": items}
    for which in ("work", "van", "often", "search"):
        yield "technician.lines.choose", f"no_{which}", {"job_id": 21, "which": which, "items": [], "search": "зубр"}
    yield "technician.line", "work", {"job_id": 21, "line": LINES[0], "left": None, "note": None}
    night = LINES[0] | {"unit": "ч", "quantity": "2.5", "after": "1", "percent": 150, "sum": "4500.00"}
    yield "technician.line", "after_hours", {"job_id": 21, "line": night, "left": None, "note": None}
    yield "technician.line", "material", {"job_id": 21, "line": LINES[1], "left": "3.35", "note": "number_needed"}
    crew: Facts = {"number": 12, "job_id": 21, "page": 0}
    people = [{"id": 6, "name": "Рашид Алиев", "there": True}, {"id": 7, "name": "Светлана Юрьева", "there": False}]
    yield "technician.crew", "named", crew | {"people": people}
    yield "technician.crew", "asked", crew | {"people": people[1:]}
    yield "technician.crew", "nobody", crew | {"people": []}
    yield "technician.comment", "plain", with_job() | {"note": None}
    yield "technician.comment", "again", with_job(of_job={"comment": "Заменил реле"}) | {"note": "text"}


def _technician_labour() -> Iterator[tuple[str, str, Facts]]:
    none = with_job() | {"lines": [], "note": None}
    wrote = LINES[0] | {"item_id": 6, "name": "Час инженера", "unit": "ч", "quantity": "1.5", "price": "1600.00"}
    some = with_job() | {"lines": [wrote], "note": None}
    right, less = HOURS | {"rates": [RATE | {"written": "1.5"}]}, CREW | {"rates": [RATE | {"written": "1.5"}]}
    yield "technician.lines", "hours", none | {"labour": HOURS}
    yield "technician.lines", "hours_written", some | {"labour": right}
    yield "technician.lines", "hours_differ", some | {"labour": less}
    yield "technician.lines", "no_rates", some | {"labour": CREW | {"rates": []}}
    yield "technician.lines", "not_there", none | {"labour": HOURS | {"minutes": 0, "hours": "0"}}
    several = CREW | {"rates": [RATE | {"written": "1.5"}, FITTER]}
    yield "technician.lines", "after_hours", none | {"labour": NIGHT}
    yield "technician.lines", "after_hours_by_contract", none | {"labour": NIGHT | {"number": "12/<3>"}}
    yield "technician.lines", "several_rates", some | {"labour": several}
    yield "technician.lines", "long", none | {"labour": HOURS | {"minutes": 1800, "hours": "30"}}
    asked = {"number": 12, "job_id": 21}
    yield "technician.labour", "several", asked | {"labour": several}
    yield "technician.labour", "not_there", asked | {"labour": HOURS | {"minutes": 0, "hours": "0"}}


def _technician_finish() -> Iterator[tuple[str, str, Facts]]:
    yield "technician.finish", "plain", with_job()
    for outcome in ("partly", "no_access", "part_needed"):
        yield "technician.finish.why", outcome, with_job() | {"outcome": outcome}
    wanted: list[Facts] = [
        {"code": "checklist", "item": "gas", "text": ITEMS[2]["text"]},
        {"code": "checklist", "item": "plate", "text": ITEMS[4]["text"]},
        {"code": "photo_after"},
        {"code": "work_line"},
        {"code": "photo_before"},
    ]
    yield "technician.missing", "plain", with_job() | {"missing": wanted, "outcome": "done"}
    own = [{"code": "permit", "text": {"ru": "Наряд-допуск", "en": "Permit to work"}}]
    yield "technician.missing", "own_guard", with_job() | {"missing": own, "outcome": "done"}
    again = with_job("done") | {"now": NOW}
    yield "technician.again", "plain", again
    yield "technician.again.day", "plain", again | {"day": "pick"}
    yield "technician.again.window", "plain", again | {"day": "20261125"}
    set_for = {"number": 12, "from": "2026-11-25T06:00:00+00:00", "to": "2026-11-25T09:00:00+00:00"}
    yield "technician.again.set", "window", set_for
    yield "technician.again.set", "soon", {"number": 12, "from": None, "to": None}
    yield "technician.again.no", "plain", again
    for state in ("draft", "rendering", "ready", "signed", "refused"):
        yield "technician.sign", state, with_job("done") | {"document": paper(state), "app": True}
    yield "technician.sign", "no_app", with_job("done") | {"document": paper(), "app": False}


def _technician_talk() -> Iterator[tuple[str, str, Facts]]:
    yield "technician.changed", "time", with_job("assigned") | {"fields": ["wanted_from", "wanted_to", "words"]}
    yield "technician.changed", "place", with_job("assigned") | {"fields": ["site_id", "priority", "assets"]}
    yield "technician.changed", "other", with_job("assigned") | {"fields": ["kind"]}
    yield "technician.cancelled", "cancelled", with_job("cancelled") | {"reason": "Уже починили"}
    yield "technician.cancelled", "taken", with_job("new") | {"reason": "Рядом другой мастер"}
    said = with_job() | {"order_number": 12, "who": "Ольга Смирнова", "text": "Вход со двора", "file": None}
    yield "technician.message", "customer", said | {"side": "customer", "by_customer": True}
    photo = {"file": {"id": 5, "kind": "photo"}, "who": "Дмитрий Орлов", "side": "team", "by_customer": False}
    yield "technician.message", "team", said | photo
    yield "technician.signed", "plain", with_job("done") | {"document": paper("signed")}
    yield "technician.reminder", "plain", with_job("assigned") | {"text": "Клиент ждёт", "due_at": NOW}
    yield "technician.talk", "team", {"number": 12, "job_id": 21, "side": "team"}
    yield "technician.talk", "customer", {"number": 12, "job_id": 21, "side": "customer"}
    yield "technician.sort", "photos", {"number": 12, "job_id": 21, "files": 3, "text": "компрессор"}
    yield "technician.sort", "words", {"number": 12, "job_id": 21, "files": 0, "text": "Заменил реле"}
    for kind in ("before", "after", "team", "customer", "comment"):
        yield "technician.sorted", kind, with_job() | {"kind": kind}
    yield "technician.sort.gone", "plain", {}
    yield "technician.too_long", "plain", {"limit": 4000}
    yield "technician.unreadable", "plain", {}
