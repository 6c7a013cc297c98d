"""How a thing of each system is read whole: what is asked, what is made of the answers, and whatever else is said."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.clock import now
from core.ports import WebAnswer
from core.sources.follow.seen import seen
from core.sources.kept import Kept
from core.sources.mapping import Mapped, mapped, paths_of
from core.sources.polls.page import Trouble
from core.sources.queries import SourceView
from core.sources.reads import READERS, reads_back
from core.sources.reads.readings import pause
from core.sources.reads.talk import Talk, Thing, bare
from core.sources.rules import KINDS

SHAPES = Path(__file__).parent / "shapes"
UUID = "7944ef04-f831-11e5-7a69-971500188b19"


def shape(name: str) -> Any:
    return json.loads((SHAPES / f"{name}.json").read_text())


def source(kind: str, **config: Any) -> SourceView:
    url = {"poll_url" if KINDS[kind].polled else "api_url": "https://a.test/"}
    secrets = {"token": "k&y", "api_token": "k&y", "path_token": "p"}
    return SourceView("crm", kind, "Их", True, secrets, {**url, **config}, {})


def hold(talk: Talk, answers: list[Any]) -> tuple[list[str], Thing | None]:
    """What is asked, and what came of it."""
    asked, left = [], iter(answers)
    try:
        question = next(talk)
        while True:
            asked.append(f"{question.call.method} {question.call.url.removeprefix('https://a.test')}")
            question = talk.send(next(left))
    except StopIteration as end:
        return asked, end.value


def found(kind: str, event: dict[str, Any], thing: Thing | None, body: bytes = b"") -> Mapped:
    known = source(kind)
    kept = Kept("POST", "", (), body, "process", now(), "", event)
    return mapped(seen(known, event, kept, thing), paths_of(known.needs, {}, read=thing is not None))


LEAD = {"event": "crm.lead.added", "entity_id": "19619"}
DEAL = {"event": "crm.deal.added", "entity_id": "77"}
ITEM = {"event": "crm.item.added", "entity_id": "1220:24", "entity_type": "1220"}
ISSUE = {"event": "ticket.created", "external_id": "153", "title": "Подделка"}
ORDER = {"event": "crm.order.created", "id": UUID}
PAVEL = {"name": "Павел Ильин"}

TALKS: dict[str, tuple[str, dict[str, Any], list[Any], list[str], Mapped]] = {
    "a lead": (
        "amocrm", LEAD, [shape("amocrm_lead"), shape("amocrm_contact")],
        ["GET /api/v4/leads/19619?with=contacts", "GET /api/v4/contacts/10971463"],
        Mapped(words="Не морозит витрина", external="19619", address="Москва, Тверская, 5", phone="+7 916 555-00-01",
               **PAVEL),
    ),
    "a lead whose contact is not shown": (
        "amocrm", LEAD, [shape("amocrm_lead"), None],
        ["GET /api/v4/leads/19619?with=contacts", "GET /api/v4/contacts/10971463"],
        Mapped(words="Не морозит витрина", external="19619", address="Москва, Тверская, 5"),
    ),
    "what is not sorted yet": (
        "amocrm", {"event": "crm.unsorted.added", "entity_id": "98fb03"},
        [{"uid": "98fb03", "_embedded": {"leads": [{"id": 19619}]}}, {"id": 19619, "name": "С сайта"}],
        ["GET /api/v4/leads/unsorted/98fb03", "GET /api/v4/leads/19619?with=contacts"],
        Mapped(words="С сайта", external="98fb03"),
    ),
    "a deal": (
        "bitrix24", DEAL,
        [shape("bitrix24_deal"), {"result": {"ID": "5", "TITLE": "Азбука"}}, shape("bitrix24_contact")],
        ["POST /k%26y/crm.deal.get", "POST /k%26y/crm.company.get", "POST /k%26y/crm.contact.get"],
        Mapped(words="Сделка №77\nВитрина не морозит\nСрочно & важно", external="77", customer="Азбука",
               phone="+79165550001", **PAVEL),
    ),
    "a lead that is its own contact": (
        "bitrix24", {"event": "crm.lead.added", "entity_id": "8"},
        [{"result": {"ID": "8", "TITLE": "Лид", "NAME": "Павел", "LAST_NAME": "Ильин", "PHONE": [{"VALUE": "+7916"}],
                     "COMPANY_TITLE": "ООО", "ADDRESS": "Арбат, 1", "COMPANY_ID": "0", "CONTACT_ID": None}}],
        ["POST /k%26y/crm.lead.get"],
        Mapped(words="Лид", external="8", customer="ООО", address="Арбат, 1", phone="+7916", **PAVEL),
    ),
    "an item of a smart process": (
        "bitrix24", ITEM,
        [shape("bitrix24_item"), {"result": {"ID": "5", "TITLE": "Азбука"}}, shape("bitrix24_contact")],
        ["POST /k%26y/crm.item.get", "POST /k%26y/crm.company.get", "POST /k%26y/crm.contact.get"],
        Mapped(words="Не морозит витрина", external="1220:24", customer="Азбука", phone="+79165550001", **PAVEL),
    ),
    "an item of a process that is only mapped": (
        "bitrix24", {"event": "crm.dynamicitem.added", "entity_id": "24", "entity_type": "1220"},
        [{"result": {"item": {"id": 24, "title": "Лента", "companyId": 0}}}], ["POST /k%26y/crm.item.get"],
        Mapped(words="Лента", external="24"),
    ),
    "an issue": (
        "okdesk", ISSUE, [shape("okdesk_issue"), {"id": 3020, "phone": "+7916"}, {"id": 40, "name": "Азбука"}],
        ["GET /api/v1/issues/153?api_token=k%26y", "GET /api/v1/contacts?id=3020&api_token=k%26y",
         "GET /api/v1/companies?id=40&api_token=k%26y"],
        Mapped(words="Требуется мастер на выезд\nВитрина не морозит,\nшумит", external="153", customer="Азбука",
               address="г Пенза ул Гагарина д 13", name="Егор Егоров", phone="+7916"),
    ),
    "an order": (
        "moysklad", ORDER, [shape("moysklad_order")], [f"GET /api/remap/1.2/entity/customerorder/{UUID}?expand=agent"],
        Mapped(words="Заменить термостат", external=UUID, customer="7702345678", address="Москва, Арбат, 1",
               name="Азбука", phone="+7 916 100-00-01"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TALKS)
def test_a_thing_is_read_whole(name: str) -> None:
    kind, event, answers, asked, told = TALKS[name]
    talk = READERS[kind].read(source(kind), event, None)
    assert talk is not None
    questions, thing = hold(talk, answers)
    assert (questions, found(kind, event, thing, b'{"issue": {"title": "\\u041f"}}')) == (asked, told)


def test_what_a_list_gave_is_not_asked_for_again() -> None:
    event = {"event": "item.found", "external_id": "77"}
    deal = shape("bitrix24_deal")["result"]
    talk = READERS["bitrix24-poll"].read(source("bitrix24-poll"), event, deal)
    assert talk is not None
    asked, thing = hold(talk, [None, shape("bitrix24_contact")])
    assert asked == ["POST /k%26y/crm.company.get", "POST /k%26y/crm.contact.get"]
    told = found("bitrix24-poll", event, thing, json.dumps(deal).encode())
    assert (told.words, told.name) == ("Сделка №77\nВитрина не морозит\nСрочно & важно", "Павел Ильин")


NOT_READ: list[tuple[str, dict[str, Any]]] = [
    ("amocrm", {"event": "crm.contact.added", "entity_id": "1"}),
    ("amocrm", {"event": "crm.lead.added", "entity_id": "1/../2"}),
    ("amocrm", {"event": "crm.lead.added", "entity_id": "٣"}),
    ("amocrm", {"event": "crm.unsorted.added", "entity_id": "a/b"}),
    ("amocrm", {"event": "crm.lead.added"}),
    ("bitrix24", {"event": "crm.contact.added", "entity_id": "1"}),
    ("bitrix24", {"event": "crm.deal.added", "entity_id": "0"}),
    ("bitrix24", ITEM | {"entity_type": "x"}),
    ("bitrix24", ITEM | {"entity_id": "1220:"}),
    ("bitrix24", {"event": "crm.dynamicitem.added", "entity_id": "24"}),
    ("okdesk", {"event": "ticket.created", "external_id": "9" * 30}),
    ("moysklad", {"event": "crm.order.created", "id": "../../x"}),
    ("moysklad", {"event": "crm.shipment.created", "id": UUID}),
]


@pytest.mark.parametrize(("kind", "event"), NOT_READ)
def test_what_can_not_be_read_is_left_as_it_came(kind: str, event: dict[str, Any]) -> None:
    assert READERS[kind].read(source(kind), event, None) is None


@pytest.mark.parametrize("kind", READERS)
def test_without_a_key_nothing_is_asked(kind: str) -> None:
    known = SourceView("crm", kind, "Их", True, {}, {"api_url": "https://a.test"}, {})
    for event in (LEAD, DEAL, ISSUE, ORDER):
        assert READERS[kind].read(known, event, None) is None


def test_whose_things_are_read_back() -> None:
    url = {"api_url": "https://a.test"}
    given = [
        ("okdesk", ("api_token",), url, True),
        ("okdesk", ("api_token",), {}, False),
        ("okdesk", (), url, False),
        ("moysklad", ("api_token",), {}, True),
        ("jira", ("api_token",), url, None),
        ("okdesk-poll", ("token",), {}, None),
    ]
    assert [reads_back(*one[:3]) for one in given] == [one[3] for one in given]


TEXTS = [
    ("<p>a</p><p>b&nbsp;&lt;c&gt;</p>", "a\nb <c>"),
    ("a<br/>b<BR>c", "a\nb\nc"),
    ("[b]x[/b] [*]y", "x y"),
    ("2 < 3 и 4 > 1", "2 < 3 и 4 > 1"),
    (None, ""),
    ("<" * 30_000, "<" * 20_000),
]


@pytest.mark.parametrize(("text", "words"), TEXTS)
def test_the_words_of_markup(text: Any, words: str) -> None:
    assert bare(text) == words


def test_pauses_grow_to_an_hour_and_heed_the_other_side() -> None:
    assert [pause(n).total_seconds() for n in (1, 2, 3, 6, 7, 99)] == [10, 30, 90, 2430, 3600, 3600]
    assert [pause(1, s).total_seconds() for s in (5, 900, 999_999)] == [10, 900, 86_400]


def test_what_bitrix24_says_of_a_thing_that_is_not_there() -> None:
    talk = READERS["bitrix24"].read(source("bitrix24"), DEAL, None)
    assert talk is not None
    gone = next(talk).gone
    answers = [
        (400, b'{"error":"","error_description":"Not found"}'),
        (404, b""),
        (400, b'{"error":"NOT_FOUND","error_description":"\\u042d..."}'),
        (400, b'{"error":"QUERY"}'),
        (500, b""),
    ]
    assert [gone(WebAnswer(status, body, {})) for status, body in answers] == [True, True, True, False, False]


NAMES = (
    *("id", "ID", "uid", "result", "error", "TITLE", "COMPANY_ID", "CONTACT_ID", "PHONE", "VALUE", "NAME", "_embedded"),
    *("contacts", "leads", "is_main", "custom_fields_values", "field_name", "values", "value", "field_code", "agent"),
    *(
        "item",
        "contactId",
        "contactIds",
        "companyId",
        "attributes",
        "name",
        "inn",
        "contact",
        "company",
        "company_id",
        "parameters",
        "description",
        "title",
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(["19619", "77", "153", UUID]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=25,
)


@pytest.mark.parametrize(
    ("kind", "event"),
    [("amocrm", LEAD), ("bitrix24", DEAL), ("bitrix24", ITEM), ("okdesk", ISSUE), ("moysklad", ORDER)],
)
@given(said=st.lists(JSON, min_size=4, max_size=4), more=JSON)
def test_whatever_is_answered_is_a_thing_or_a_trouble(kind: str, event: dict[str, Any], said: Any, more: Any) -> None:
    number = event.get("entity_id") or event.get("external_id") or event["id"]
    whole = {**(more if isinstance(more, dict) else {}), "id": number, "ID": number}
    for first in (said[0], {**whole, "result": whole}):
        talk = READERS[kind].read(source(kind), event, None)
        assert talk is not None
        try:
            _, thing = hold(talk, [first, *said])
        except Trouble:
            continue
        found(kind, event, thing)
        json.dumps(thing)
