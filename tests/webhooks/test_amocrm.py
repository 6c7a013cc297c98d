import pytest

from tests.webhooks.deliveries import (
    DUPLICATE,
    FORM,
    IGNORE,
    JSON,
    PROCESS,
    answer,
    get,
    judged,
    mac,
    post,
    refused,
    shape,
    urlencoded,
    written,
)

URL = "https://desk.firma.test/hooks/s1/amocrm/p4th"
HOOK = {"path_token": "p4th", "account_id": "77001", "subdomain": "teplo"}
CHAT = {"channel_secret": "channel-1"}
APP = {"client_id": "app-1", "client_secret": "app-secret"}
OURS = {"account[id]": "77001"}


def hook(fields, url=URL, **more):
    return judged("amocrm", post(urlencoded(fields), FORM, url=url), HOOK, **more)


def test_a_lead_changes_its_status():
    outcome = hook(shape("amocrm", "lead_status"))
    assert answer(outcome) == PROCESS
    assert (outcome.normalized["event"], outcome.normalized["entity_id"]) == ("crm.lead.status_changed", "5500101")


@pytest.mark.parametrize(
    ("fields", "event"),
    [
        ({"leads[add][0][id]": "1"}, "crm.lead.added"),
        ({"contacts[delete][0][id]": "1"}, "crm.contact.deleted"),
        ({"task[update][0][0][id]": "1"}, "crm.task.updated"),
        ({"talk[add][0][talk_id]": "1"}, "crm.talk.added"),
        ({"unsorted[add][0][uid]": "1"}, "crm.unsorted.added"),
        ({"leads[note][0][note][id]": "1"}, "crm.lead.noted"),
        ([("leads[add]", "x"), ("leads[add][0][id]", "1"), ("leads", "y")], "crm.lead.added"),
    ],
)
def test_entities_are_told_by_their_keys(fields, event):
    outcome = hook(fields)
    assert answer(outcome) == PROCESS
    assert outcome.normalized["event"] == event


def test_every_entity_of_a_batch_is_told_once():
    fields = {f"leads[add][{n}][{name}]": str(n + 1) for n in range(3) for name in ("id", "name", "talk_id")}
    found = hook({**fields, "contacts[update][0][id]": "9", **OURS}).normalized
    assert (found["event"], found["entity_id"]) == ("crm.lead.added", "1")
    assert [(one["event"], one["entity_id"]) for one in found["others"]] == [
        ("crm.lead.added", "2"),
        ("crm.lead.added", "3"),
        ("crm.contact.updated", "9"),
    ]


@pytest.mark.parametrize("fields", [{}, OURS, {"leads[add]": "1"}, {"weather[add][0][id]": "1"}, {"{}": ""}])
def test_what_is_only_odd_is_answered_well(fields):
    assert answer(hook(fields)) == IGNORE


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"leads[add][0][id]": "1", "account[id]": "5"}, 403),
        ({"leads[add][0][id]": "1", "account[id]": "77001", "account[subdomain]": "evil"}, 403),
        ([("leads[add][0][id]", "1"), ("account[id]", "5"), ("account[id]", "77001")], 403),
        ({"leads" + "[a]" * 9: "1"}, 400),
        ({f"leads[add][{n}][id]": "1" for n in range(1001)}, 400),
        ({"leads[add][0][name]": "x" * (1 << 20)}, 413),
    ],
)
def test_foreign_and_hostile_forms_are_refused(fields, status):
    assert answer(hook(fields)) == refused(status)


def test_the_path_is_the_secret():
    assert answer(hook(OURS, url=URL + "x")) == refused(404)


def test_the_same_bytes_count_once():
    key = hook(shape("amocrm", "lead_status")).key
    assert answer(hook(shape("amocrm", "lead_status"), state={"seen": [key]})) == DUPLICATE


def chat(body, signature, **more):
    headers = (JSON,) if signature is None else (JSON, ("X-Signature", signature))
    return judged("amocrm", post(body, *headers), CHAT, **more)


def test_a_chat_message_is_signed():
    body = written(shape("amocrm", "chat_message"))
    signature = mac("channel-1", body, "sha1").hex()
    outcome = chat(body, signature)
    assert answer(outcome) == PROCESS
    assert (outcome.key, outcome.normalized["text"]) == ("m-31", "Мастер в пути")
    assert answer(chat(body, signature, state={"seen": ["m-31"]})) == DUPLICATE
    assert answer(chat(body + b" ", signature)) == refused(401)
    assert answer(chat(body, None)) == refused(401)


def gone(signature, client="app-1", account="77001"):
    query = f"account_id={account}&client_id={client}&signature={signature}"
    return judged("amocrm", get(f"https://desk.firma.test/hooks/s1/amocrm/disconnect?{query}"), APP)


def test_the_notice_of_disconnecting_is_signed():
    signature = mac("app-secret", b"app-1|77001").hex()
    assert answer(gone(signature)) == PROCESS
    assert answer(gone(signature, account="77002")) == refused(401)
    assert answer(gone(signature, client="app-2")) == refused(401)
    assert answer(gone("0" * 64)) == refused(401)
    assert answer(judged("amocrm", get("https://desk.firma.test/hooks/s1/amocrm/disconnect"), APP)) == refused(401)
