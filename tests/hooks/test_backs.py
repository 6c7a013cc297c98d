"""What is written back into the system that an order came from: each vendor's wire format, the mapping, the sender."""

import json
from contextlib import suppress
from typing import Any

import pytest

from core import ports
from core.hooks import backs
from core.hooks.comments import comment
from core.hooks.models import Outgoing, Subscription, Want
from core.hooks.rules import COMMENTS
from core.hooks.vendors import CONFIG, NO, VENDORS
from core.hooks.vendors.told import FileTold, WriteBack
from core.kernel.errors import NotFound, Outage, Refusal
from core.kernel.words import LOCALES
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job
from core.ports import WebAnswer, WebCall
from core.sources import actions as sources
from tests.hooks.conftest import Drain, Receiver
from tests.world import World

GIVEN: dict[str, Any] = {
    "name": "Битрикс", "token": "c0de", "settings": {"entity": "deal"},
    "statuses": {"assigned": "EXECUTING", "cancelled": "LOSE"}, "comments": ["order.created", "order.cancelled"],
}  # fmt: skip


def told(part: str, **more: Any) -> WriteBack:
    known: dict[str, Any] = {
        "part": part, "base": "https://x.test", "external": "42", "status": "WON", "text": "Готово", "secret": "s&c",
        "config": {}, "order_id": 7, "type": "order.closed", "key": "evt_1",
    }  # fmt: skip
    return WriteBack(**{**known, **more})


FILE = FileTold(7, 'акт "1".pdf', "application/pdf", 4, b"%PDF")
LARGE = FileTold(7, "видео.mp4", "video/mp4", 31 << 20, None, "https://desk.test/handed/1a")
ITEM = "POST https://x.test/c0de/crm.item.update"
FIXTURES: dict[str, tuple[WriteBack, str, dict[str, Any] | list[Any], str]] = {
    "bitrix24": (
        told("status", base="https://p.bitrix24.ru/rest/1", secret="c0de"),
        "POST https://p.bitrix24.ru/rest/1/c0de/crm.item.update",
        {"entityTypeId": 2, "id": 42, "fields": {"stageId": "WON"}}, "",
    ),
    "bitrix24 another funnel": (
        told("status", secret="c0de", status="C3:WON"), ITEM,
        {"entityTypeId": 2, "id": 42, "fields": {"stageId": "C3:WON", "categoryId": 3}}, "",
    ),
    "bitrix24 lead": (
        told("status", secret="c0de", config={"entity": "lead"}), ITEM,
        {"entityTypeId": 1, "id": 42, "fields": {"stageId": "WON"}}, "",
    ),
    "bitrix24 smart process": (
        told("comment", secret="c0de", config={"entity": "1046"}),
        "POST https://x.test/c0de/crm.timeline.comment.add",
        {"fields": {"ENTITY_ID": 42, "ENTITY_TYPE": "dynamic_1046", "COMMENT": "Готово"}}, "",
    ),
    "bitrix24 an item that came by itself": (
        told("status", secret="c0de", external="1046:42", status="DT1046_5:NEW", config={"entity": "lead"}), ITEM,
        {"entityTypeId": 1046, "id": 42, "fields": {"stageId": "DT1046_5:NEW"}}, "",
    ),
    "bitrix24 comment": (
        told("comment", secret="c0de"), "POST https://x.test/c0de/crm.timeline.comment.add",
        {"fields": {"ENTITY_ID": 42, "ENTITY_TYPE": "deal", "COMMENT": "Готово"}}, "",
    ),
    "bitrix24 fields": (
        told("fields", secret="c0de", fields={"UF_CRM_1": -18.5}), ITEM,
        {"entityTypeId": 2, "id": 42, "fields": {"UF_CRM_1": -18.5}, "useOriginalUfNames": "Y"}, "",
    ),
    "bitrix24 file": (
        told("file", secret="c0de", file=FILE), "POST https://x.test/c0de/crm.timeline.comment.add",
        {"fields": {"ENTITY_ID": 42, "ENTITY_TYPE": "deal", "COMMENT": "Готово",
                    "FILES": [['акт "1".pdf', "JVBERg=="]]}}, "",
    ),
    "bitrix24 large file": (
        told("file", secret="c0de", file=LARGE), "POST https://x.test/c0de/crm.timeline.comment.add",
        {"fields": {"ENTITY_ID": 42, "ENTITY_TYPE": "deal", "COMMENT": "Готово"}}, "",
    ),
    "amocrm": (
        told("status", status="31:142"), "PATCH https://x.test/api/v4/leads/42",
        {"status_id": 142, "pipeline_id": 31}, "Bearer s&c",
    ),
    "amocrm comment": (
        told("comment"), "POST https://x.test/api/v4/leads/42/notes",
        [{"note_type": "common", "params": {"text": "Готово"}}], "Bearer s&c",
    ),
    "amocrm fields": (
        told("fields", fields={"123": "А-1", "ACT": 5}), "PATCH https://x.test/api/v4/leads/42",
        {"custom_fields_values": [{"field_id": 123, "values": [{"value": "А-1"}]},
                                  {"field_code": "ACT", "values": [{"value": 5}]}]}, "Bearer s&c",
    ),
    "amocrm large file": (
        told("file", file=LARGE), "POST https://x.test/api/v4/leads/42/notes",
        [{"note_type": "common", "params": {"text": "Готово"}}], "Bearer s&c",
    ),
    "okdesk": (
        told("status", status="completed"), "POST https://x.test/api/v1/issues/42/statuses?api_token=s%26c",
        {"code": "completed"}, "",
    ),
    "okdesk comment": (
        told("comment", config={"author_id": "3"}, text="Сделано <всё>\n• Реле & кабель"),
        "POST https://x.test/api/v1/issues/42/comments?api_token=s%26c",
        {"comment": {"content": "Сделано &lt;всё&gt;<br>• Реле &amp; кабель", "public": True, "author_id": 3,
                     "author_type": "employee"}}, "",
    ),
    "jira": (
        told("status", external="SD-1", status="5"), "POST https://x.test/rest/api/2/issue/SD-1/transitions",
        {"transition": {"id": "5"}}, "Bearer s&c",
    ),
    "jira comment": (
        told("comment", external="SD/1", config={"email": "a@b.c"}),
        "POST https://x.test/rest/api/2/issue/SD%2F1/comment", {"body": "Готово"}, "Basic YUBiLmM6cyZj",
    ),
    "jira fields": (
        told("fields", external="SD-1", fields={"customfield_7": 3}), "PUT https://x.test/rest/api/2/issue/SD-1",
        {"fields": {"customfield_7": 3}}, "Bearer s&c",
    ),
    "rest": (
        told("status"), "POST https://x.test",
        {"part": "status", "event": "order.closed", "external_id": "42", "order_id": 7, "status": "WON"}, "Bearer s&c",
    ),
    "rest fields": (
        told("fields", fields={"акт": "1"}), "POST https://x.test",
        {"part": "fields", "event": "order.closed", "external_id": "42", "order_id": 7, "fields": {"акт": "1"}},
        "Bearer s&c",
    ),
    "rest large file": (
        told("file", file=LARGE), "POST https://x.test",
        {"part": "file", "event": "order.closed", "external_id": "42", "order_id": 7, "text": "Готово",
         "file": {"name": "видео.mp4", "mime": "video/mp4", "size": 31 << 20, "url": "https://desk.test/handed/1a"}},
        "Bearer s&c",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FIXTURES)
def test_the_wire_is_as_the_vendor_documents_it(name: str) -> None:
    given, line, body, proof = FIXTURES[name]
    call = VENDORS[name.split()[0]](given)
    assert isinstance(call, WebCall)
    assert (f"{call.method} {call.url}", json.loads(call.body or b"")) == (line, body)
    assert call.headers.get("Authorization", "") == proof


FORMS = {
    "jira": ("https://x.test/rest/api/2/issue/42/attachments", "file", {}),
    "okdesk": (
        "https://x.test/api/v1/issues/42/comments?api_token=s%26c", "comment[attachments][0][attachment]",
        {"comment[content]": "Готово", "comment[public]": "true", "comment[author_id]": "3",
         "comment[author_type]": "employee"},
    ),
    "rest": (
        "https://x.test", "file",
        {"part": "file", "event": "order.closed", "external_id": "42", "order_id": "7", "text": "Готово"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMS)
async def test_a_file_goes_as_a_form_that_a_server_reads(kind: str, receiver: Receiver) -> None:
    """Read by aiohttp's own parser, not by ours."""
    url, name, fields = FORMS[kind]
    call = VENDORS[kind](told("file", file=FILE, config={"author_id": "3"}))
    assert isinstance(call, WebCall)
    assert (call.method, call.url) == ("POST", url)
    assert call.headers.get("X-Atlassian-Token") == ("no-check" if kind == "jira" else None)
    again = VENDORS[kind](told("file", file=FILE, config={"author_id": "3"}))
    assert again == call, "the same for every attempt"
    await ports.web().call(WebCall("POST", receiver.url, call.headers, call.body))
    parts = {part["name"]: part for part in receiver.forms[0]}
    assert {one: part["text"] for one, part in parts.items() if one != name} == fields
    assert (parts[name]["filename"], parts[name]["type"]) == ("акт %221%22.pdf", "application/pdf")
    assert parts[name]["data"] == b"%PDF"


def test_okdesk_is_asked_the_older_way_where_it_does_not_know_the_newer() -> None:
    for status, methods in ((200, ["POST"]), (404, ["POST", "PATCH"]), (405, ["POST", "PATCH"]), (422, ["POST"])):
        talk = VENDORS["okdesk"](told("fields", fields={"act": "А-1"}))
        assert not isinstance(talk, WebCall)
        asked, answer = [], None
        with suppress(StopIteration):
            while True:
                call = talk.send(answer)
                assert isinstance(call, WebCall)
                assert call.url == "https://x.test/api/v1/issues/42/parameters?api_token=s%26c"
                assert json.loads(call.body or b"") == {"custom_parameters": {"act": "А-1"}}
                asked.append(call.method)
                answer = WebAnswer(status, b"", {})
        assert asked == methods, status


def test_the_token_goes_to_the_vendors_own_hosts_only() -> None:
    for drive, is_theirs in (
        ("https://drive-b.amocrm.ru", True), ("https://drive-c.kommo.com/", True), ("https://x.test", True),
        ("https://evilamocrm.ru", False), ("https://amocrm.ru.evil.org", False), ("https://test", False),
    ):  # fmt: skip
        talk = VENDORS["amocrm"](told("file", file=FILE))
        assert not isinstance(talk, WebCall)
        first = next(talk)
        assert isinstance(first, WebCall)
        assert first.url == "https://x.test/api/v4/account?with=drive_url"
        answer = WebAnswer(200, json.dumps({"drive_url": drive}).encode(), {})
        if is_theirs:
            second = talk.send(answer)
            assert isinstance(second, WebCall)
            assert second.url == drive.rstrip("/") + "/v1.0/sessions"
        else:
            with pytest.raises(Outage, match="bad_answer"):
                talk.send(answer)


def test_bitrix_says_no_with_a_yes() -> None:
    for body, is_no in ((b'{"error":"QUERY_LIMIT_EXCEEDED"}', True), (b'{"result":1}', False), (b"<html>", False)):
        assert NO["bitrix24"](body) is is_no


def test_an_id_that_is_none_is_not_called() -> None:
    for kind in ("bitrix24", "amocrm", "okdesk", "hubex"):
        for external in ("", "x", "1/../2", "٣", "9" * 30, "x:1", "1:x", ":1", "1:2:3"):
            with pytest.raises(Outage) as outage:
                VENDORS[kind](told("status", external=external))
            assert outage.value.permanent


def test_every_comment_has_words() -> None:
    data = {"order": {"id": 7}, "readings": [{"code": "t", "text": {"ru": "Температура", "en": "Temperature"},
            "value": -18, "unit": "°C"}], "lines": [{"name": "Реле", "quantity": "1", "unit": "шт."}]}  # fmt: skip
    for locale in LOCALES:
        assert all(comment(kind, data, locale) for kind in COMMENTS)
    assert "• Температура: −18 °C" in comment("order.finished", data)
    assert comment("order.commented", {"comment": {"who": "Ольга", "text": "Когда?"}}) == "Ольга: Когда?"


async def connected(receiver: Receiver, **more: Any) -> int:
    async with work():
        await sources.add_source("crm", "bitrix24", "Их CRM", {"application_token": "x"})
        return await backs.write_back("crm", "bitrix24", **{**GIVEN, "url": receiver.url, **more})


async def test_an_order_answers_where_it_came_from(world: World, receiver: Receiver, drain: Drain) -> None:
    number = await connected(receiver)
    async with work():
        await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="Чужая", source="desk")
        ours = await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="Их", source="crm")
        await sources.link("crm", "42", ours)
    async with work():
        await orders.assign((await Job.get(order_id=ours)).id, world.pyotr)
        await orders.cancel(ours, "Передумали")
    await drain()
    said = [(path, json.loads(body)) for path, (_, body) in zip(receiver.paths, receiver.got, strict=True)]
    assert [path.rpartition("/")[2] for path, _ in said] == [
        "crm.timeline.comment.add", "crm.item.update", "crm.item.update", "crm.timeline.comment.add"
    ]  # fmt: skip
    assert said[1][1] == {"entityTypeId": 2, "id": 42, "fields": {"stageId": "EXECUTING"}}
    assert said[3][1]["fields"]["COMMENT"] == "Заявка отменена: Передумали."
    assert await Outgoing.filter(state="sent", subscription_id=number).count() == 4
    assert b"c0de" not in bytes((await Subscription.get(id=number)).secret)


async def test_it_is_changed_and_wrong_ones_are_refused(world: World, receiver: Receiver) -> None:
    number = await connected(receiver)
    given = {**GIVEN, "url": receiver.url}
    async with work():
        await backs.change_back(number, **{**given, "token": "", "statuses": {}, "comments": ["act.signed"]})
    assert [(one.type, one.part) for one in await Want.all()] == [("act.signed", "comment")]
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"token": " "}, "hooks.no_token"), ({"statuses": {}, "comments": []}, "hooks.nothing_back"),
        ({"statuses": {"lost": "x"}}, "hooks.bad_event"), ({"comments": ["x"]}, "hooks.bad_event"),
        ({"url": "https://10.0.0.1"}, "addresses.inside"), ({"name": ""}, "hooks.no_name"),
        ({"files": ["order.created"]}, "hooks.bad_event"), ({"settings": {"entity": "order"}}, "hooks.bad_entity"),
        ({"fields": {"weather": "UF_1"}}, "hooks.bad_fact"), ({"fields": {"eta": "два слова"}}, "hooks.bad_field"),
        ({"fields": {"eta": "UF_1", "score": "UF_1:text"}}, "hooks.field_twice"),
    ]  # fmt: skip
    for change, code in wrong:
        with pytest.raises(Refusal) as refused:
            async with work():
                await backs.write_back("crm", "bitrix24", **{**given, **change})
        assert refused.value.code == code
    for kind, settings, code in (
        ("okdesk", {}, "hooks.no_author"), ("okdesk", {"author_id": "Иванов"}, "hooks.no_author"),
        ("amocrm", {"entity": "deal"}, "hooks.bad_entity"), ("rest", {"files": "zip"}, "hooks.bad_files"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            async with work():
                await backs.write_back("crm", kind, **{**given, "settings": settings})
        assert refused.value.code == code
    with pytest.raises(NotFound):
        async with work():
            await backs.write_back("none", "bitrix24", **given)
    assert set(CONFIG) == set(VENDORS)


PASS = b'{"access_token": "jwt-1", "expires_in": 1800}'
HUBEX: dict[str, tuple[WriteBack, str, Any]] = {
    "status": (told("status", status="5"), "/WORK/TaskStagingHistory", {"taskID": 42, "taskStageID": 5}),
    "comment": (
        told("comment"), "/WORK/Tasks/42/conversation", {"message": "Готово", "isExternal": True, "attachments": []},
    ),
    "fields": (
        told("fields", fields={"7": True, "13": "А-1"}), "/WORK/taskAttributes",
        [{"taskID": 42, "data": [{"attributeID": 7, "value": True}, {"attributeID": 13, "value": "А-1"}]}],
    ),
    "large file": (
        told("file", file=LARGE), "/WORK/Tasks/42/conversation",
        {"message": "Готово", "isExternal": True, "attachments": []},
    ),
}  # fmt: skip


def talked(given: WriteBack, answers: list[WebAnswer]) -> list[WebCall]:
    """What HubEx is asked, when it answers so."""
    talk, asked = VENDORS["hubex"](given), []
    assert not isinstance(talk, WebCall)
    with suppress(StopIteration):
        step = next(talk)
        for answer in answers:
            assert isinstance(step, WebCall)
            asked.append(step)
            step = talk.send(answer)
    return asked


@pytest.mark.parametrize("name", HUBEX)
def test_hubex_is_told_with_a_pass(name: str) -> None:
    given, path, body = HUBEX[name]
    gate, call = talked(given, [WebAnswer(200, PASS, {}), WebAnswer(201, b"", {})])
    assert (gate.url, json.loads(gate.body or b"")) == ("https://x.test/AUTHZ/AccessTokens", {"serviceToken": "s&c"})
    assert (f"{call.method} {call.url}", json.loads(call.body or b"")) == (f"POST https://x.test{path}", body)
    assert (call.headers["Authorization"], call.headers["X-Application-ID"]) == ("Bearer jwt-1", "5")


def test_a_file_is_attached_to_a_task_of_hubex() -> None:
    _, call = talked(told("file", file=FILE), [WebAnswer(200, PASS, {}), WebAnswer(201, b"", {})])
    assert call.url == "https://x.test/WORK/taskAttachments/upload/fromForm"
    assert call.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="taskID"\r\n\r\n42\r\n' in (call.body or b"")


def test_without_a_pass_hubex_is_told_nothing() -> None:
    assert len(talked(told("comment"), [WebAnswer(401, b"", {}), WebAnswer(200, b"", {})])) == 1
    for body in (b"<html>", b"{}", b"[]", b'{"access_token": "a\\nb"}'):
        with pytest.raises(Outage):
            talked(told("comment"), [WebAnswer(200, body, {})])


async def test_hubex_hears_back(world: World, receiver: Receiver, drain: Drain) -> None:
    receiver.answers = [(200, {}, PASS.decode()), 201]
    given = {"token": "s3rvice", "settings": {}, "statuses": {}, "comments": ["order.created"]}
    async with work():
        await sources.add_source("crm", "hubex", "Их HubEx", {"token": "x"}, {"poll_url": receiver.url})
        number = await backs.write_back("crm", "hubex", **{**GIVEN, **given, "url": receiver.url})
        ours = await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="Их", source="crm")
        await sources.link("crm", "5135", ours)
    await drain()
    assert [path.rpartition("/hook")[2] for path in receiver.paths] == [
        "/AUTHZ/AccessTokens", "/WORK/Tasks/5135/conversation"
    ]  # fmt: skip
    assert await Outgoing.filter(state="sent", subscription_id=number).count() == 1
