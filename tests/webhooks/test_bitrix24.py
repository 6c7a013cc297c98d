import pytest

from tests.webhooks.deliveries import (
    DUPLICATE,
    FORM,
    IGNORE,
    PROCESS,
    answer,
    judged,
    post,
    refused,
    shape,
    urlencoded,
)

SECRET = {"application_token": "token-1", "member_id": "member-1"}
DEAL = shape("bitrix24", "deal_update")
BARE = {name: value for name, value in DEAL.items() if not name.startswith("data")}


def hook(fields, **more):
    return judged("bitrix24", post(urlencoded(fields), FORM), SECRET, **more)


def test_a_deal_is_read_back_by_its_id():
    outcome = hook(DEAL)
    assert answer(outcome) == PROCESS
    assert outcome.normalized["event"] == "crm.deal.updated"
    assert outcome.normalized["entity_id"] == "318"
    assert outcome.normalized["then"].startswith("read crm.deal.get")


@pytest.mark.parametrize(
    ("fields", "event", "then"),
    [
        ({"event": "ONTASKADD", "data[FIELDS_AFTER][ID]": "9"}, "task.added", "read tasks.task.get"),
        ({"event": "ONTASKDELETE", "data[FIELDS_BEFORE][ID]": "9"}, "task.deleted", "read tasks.task.get"),
        ({"event": "oncrmleaddelete", "data[FIELDS][ID]": "9"}, "crm.lead.deleted", "read crm.lead.get"),
        (
            {"event": "ONCRMDYNAMICITEMADD", "data[FIELDS][ID]": "9", "data[FIELDS][ENTITY_TYPE_ID]": "180"},
            "crm.dynamicitem.added",
            "read crm.item.get",
        ),
    ],
)
def test_each_event_names_how_it_is_read_back(fields, event, then):
    said = hook(BARE | fields).normalized
    assert said["event"] == event
    assert said["then"].startswith(then)


def test_an_application_is_switched_off():
    assert hook(BARE | {"event": "ONAPPUNINSTALL"}).normalized["event"] == "app.uninstalled"


def test_an_event_of_no_interest_is_passed_over():
    assert answer(hook(BARE | {"event": "ONIMBOTMESSAGE"})) == IGNORE


def test_an_old_time_of_queueing_is_no_fault():
    assert answer(hook(DEAL | {"ts": "1700000000"})) == PROCESS


def test_the_same_event_counts_once():
    assert answer(hook(DEAL, state={"seen": [hook(DEAL).key]})) == DUPLICATE


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"auth[application_token]": ""}, 403),
        ({"auth[application_token]": "token-2"}, 403),
        ({"auth[application_token]": "TOKEN-1"}, 403),
        ({"auth[member_id]": "member-2"}, 403),
        ({"auth[client_endpoint]": "https://evil.test/rest/"}, 400),
        ({"auth[client_endpoint]": "https://teplo.bitrix24.ru@evil.test/rest/"}, 400),
        ({"event": ""}, 400),
        ({"data[FIELDS][ID]": ""}, 400),
        ({"data[FIELDS][ID]": "7 OR 1=1"}, 400),
        ({"data[FIELDS][ID]": "٣"}, 400),
        ({"data" + "[a]" * 3000: "1"}, 400),
    ],
)
def test_what_is_not_proved_or_not_an_id_is_refused(change, status):
    assert answer(hook(DEAL | change)) == refused(status)


def test_a_repeated_token_is_refused():
    assert answer(hook([*DEAL.items(), ("auth[application_token]", "token-1")])) == refused(400)


def test_without_a_token_of_ours_nothing_is_let_in():
    assert answer(judged("bitrix24", post(urlencoded(DEAL), FORM), {"application_token": ""})) == refused(503)


ITEM = BARE | {"event": "ONCRMDYNAMICITEMUPDATE", "data[FIELDS][ID]": "24", "data[FIELDS][ENTITY_TYPE_ID]": "1220"}
NAMED = {"crm_types": "147, 1220"}


@pytest.mark.parametrize(
    ("change", "event"),
    [
        ({}, "crm.item.updated"),
        ({"event": "onCrmDynamicItemAdd_1220"}, "crm.item.added"),
        ({"event": "ONCRMDYNAMICITEMDELETE_1220", "data[FIELDS][ENTITY_TYPE_ID]": ""}, "crm.item.deleted"),
    ],
)
def test_an_item_of_a_named_process_has_its_type_with_its_id(change, event):
    outcome = hook(ITEM | change, config=NAMED)
    assert answer(outcome) == PROCESS
    said = {"event": event, "entity_id": "1220:24", "entity_type": "1220"}
    assert said.items() <= outcome.normalized.items()
    assert outcome.normalized["then"].startswith("read crm.item.get")


def test_one_event_under_both_of_its_names_counts_once():
    typed = hook(ITEM | {"event": "ONCRMDYNAMICITEMUPDATE_1220"}, config=NAMED)
    assert typed.key == hook(ITEM, config=NAMED).key
    assert typed.key != hook(ITEM | {"data[FIELDS][ENTITY_TYPE_ID]": "147"}, config=NAMED).key


@pytest.mark.parametrize("config", [{}, {"crm_types": ""}, {"crm_types": "122,12200"}])
def test_items_of_other_processes_are_as_they_were(config):
    assert hook(ITEM, config=config).normalized["event"] == "crm.dynamicitem.updated"
    assert hook(ITEM, config=config).normalized["entity_id"] == "24"
    assert answer(hook(ITEM | {"event": "ONCRMDYNAMICITEMUPDATE_1220"}, config=config)) == IGNORE
    assert hook(ITEM | {"data[FIELDS][ENTITY_TYPE_ID]": ""}, config=config).normalized["entity_id"] == "24"
