"""Contractors, as dispatchers choose among them and as they see their own jobs: (screen, case, facts)."""

from collections.abc import Iterator
from typing import Any

Facts = dict[str, Any]

FROST: Facts = {
    "member_id": 30, "name": "Игорь Снегов", "firm": "ООО «Мороз»", "phone": "+79160000030", "by_bot": True,
    "asked": False, "fee": None, "score": 22.0, "terms": [{"code": "travel", "minutes": 22.0}], "reason": None,
    "what": "",
}  # fmt: skip
ALONE = FROST | {"member_id": 31, "name": "Олег <Ветров>", "firm": "", "by_bot": False, "score": 30.0}
ASKED = FROST | {"member_id": 32, "name": "Инна Льдова", "asked": True, "fee": "3500.50"}
UNFIT = FROST | {"member_id": 33, "name": "Пётр Жаров", "terms": [], "reason": "skill",
                 "what": {"ru": "Холод", "en": "Cold"}}  # fmt: skip
PERSON = {"id": 30, "name": "Игорь Снегов", "phone": "+79160000030", "rating": None, "contractor": True,
          "firm": "ООО «Мороз»"}  # fmt: skip


def chosen_cases() -> Iterator[tuple[str, str, Facts]]:
    asked: Facts = {"number": 12, "revision": 7, "job_id": 21}
    yield "dispatcher.outside", "plain", asked | {"people": [FROST, ALONE, ASKED, UNFIT]}
    yield "dispatcher.outside", "none", asked | {"people": []}
    yield "dispatcher.outside", "unfit", asked | {"people": [UNFIT] * 9}
    for case, person, fee, free in (
        ("plain", FROST, None, True),
        ("fee", FROST, "3500.50", True),
        ("free_of_charge", FROST, "0.00", True),
        ("taken", FROST, "3500.50", False),
        ("by_phone", ALONE, None, True),
        ("no_phone", ALONE | {"phone": ""}, None, True),
        ("asked", ASKED, None, True),
        ("asked_for_nothing", ASKED | {"fee": None}, None, True),
        ("unfit", UNFIT, None, True),
    ):
        yield "dispatcher.outside.one", case, asked | {"person": person, "fee": fee, "free": free}
    for what in ("outside_asked", "outside_asked_for", "outside_given", "outside_given_for"):
        said = {"name": "Игорь Снегов"} | ({"fee": "3 500,50 ₽"} if what.endswith("for") else {})
        yield "dispatcher.gone", what, asked | {"what": what, "who": "Дмитрий Орлов", "said": said}


def card_cases(order: Any, job: Any, help: list[Facts]) -> Iterator[tuple[str, str, Facts]]:
    """Cards of the group; `order` and `job` make facts, `help` is what would help."""
    yield "dispatcher.card", "outsiders", order("new", outsiders=True)
    both = [job("new"), job("assigned", id=22, assignee=PERSON)]
    yield "dispatcher.card", "outsiders_beside", order("assigned", jobs=both, outsiders=True)
    for name, fee, firm in (("plain", None, ""), ("fee", "3500.50", "ООО «Мороз»")):
        mine = job("on_site", assignee=PERSON | {"firm": firm}, fee=fee)
        yield "dispatcher.card", f"outside_{name}", order("on_site", jobs=[mine], outsiders=True)
    asked: Facts = {"number": 12, "revision": 7, "job_id": 21, "ranked": [], "rejected": [], "outsiders": True}
    yield "dispatcher.assign", "outsiders", asked
    named = {"how": "contractor", "detail": "", "what": "", "id": 30, "name": "Игорь Снегов", "n": 2}
    new = {"order": order("new", outsiders=True), "job": job("new"), "kind": "nobody_fits"}
    reasons = [["contractor", 2], ["by_phone", 1]]
    yield "dispatcher.alert", "nobody_fits_outsiders", new | {"reasons": reasons, "help": [*help[:1], named]}


def job_cases(with_job: Any, paper: Any, lines: list[Facts], hours: Facts) -> Iterator[tuple[str, str, Facts]]:
    """A contractor's own: what they get is told, what the customer pays is not."""
    offer = {"id": 7, "state": "open", "expires_at": None, "score": 22.0, "explain": [], "distance_km": None,
             "pay": "3500.50", "outside": True}  # fmt: skip
    yield "technician.offer", "outside", with_job("offered") | {"offer": offer}
    yield "technician.offer", "outside_no_fee", with_job("offered") | {"offer": offer | {"pay": None}}
    mine: Facts = {"assignee": PERSON, "fee": "3500.50"}
    for state in ("assigned", "on_site"):
        yield "technician.job", f"outside_{state}", with_job(state, of_job=mine)
    for state in ("draft", "rendering", "ready", "refused", "signed"):
        done = with_job("done", of_job=mine, documents=[paper(state)])
        yield "technician.job", f"outside_paper_{state}", done
        yield "technician.sign", f"outside_{state}", done | {"document": paper(state), "app": True}
    yield "technician.job", "outside_lost", with_job("on_site", of_job={"outside": True})
    bare = [{**one, "price": None} for one in lines]
    rates = [{"id": 9, "name": "Час инженера", "unit": "ч", "price": None, "written": "1.5"}] * 2
    yield "technician.lines", "outside", with_job(of_job=mine) | {"lines": bare, "note": None}
    yield "technician.lines", "outside_none", with_job(of_job=mine) | {"lines": [], "note": None}
    choice: Facts = {"job_id": 21, "which": "work", "page": 0, "search": "", "items": [{**bare[0], "id": 1}]}
    yield "technician.lines.choose", "outside", choice
    yield "technician.line", "outside", {"job_id": 21, "line": bare[0], "left": None, "note": None}
    told = {"number": 12, "job_id": 21, "labour": hours | {"rates": rates}}
    yield "technician.labour", "outside", told
