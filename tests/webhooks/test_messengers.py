"""WhatsApp, MAX, VK."""

import json

import pytest

from tests.webhooks.deliveries import (
    BASE,
    DUPLICATE,
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
    written,
)

WHATSAPP = {"app_secret": "wa", "verify_token": "wv"}
MAX = {"secret": "max-shared"}
MAX_HEADER = ("X-Max-Bot-Api-Secret", "max-shared")
VK = {"secret": "vk-shared", "group_id": 9001, "confirmation": "c0de"}


def whatsapp(body: bytes, signature: str | None = None):
    return post(body, JSON, ("X-Hub-Signature-256", signature or "sha256=" + mac("wa", body).hex()))


def escaped(name: str) -> bytes:
    """As Meta writes: ASCII escapes and escaped slashes."""
    return json.dumps(shape("whatsapp", name)).replace("/", "\\/").encode()


def test_whatsapp_messages_and_statuses():
    said = judged("whatsapp", whatsapp(escaped("message")), WHATSAPP).normalized
    assert (said["event"], said["from"]) == ("message.received", "+79261112233")
    assert said["text"] == "Ворота не открываются 🔧"
    assert judged("whatsapp", whatsapp(escaped("read")), WHATSAPP).normalized["status"] == "read"


MESSAGE = "message.received"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("document", {"event": MESSAGE, "text": "Акт прошлого раза", "file": {"id": "4001", "name": "акт.pdf"}}),
        ("voice", {"event": MESSAGE, "text": "", "file": {"id": "4002"}}),
        ("answer", {"event": MESSAGE, "text": "Да, ждём", "answers": "wamid.OURS", "name": "Вера", "at": 1789999990}),
        ("reaction", {"event": "message.reacted", "answers": "wamid.OURS", "text": ""}),
        ("place", {"event": MESSAGE, "text": "📍 Склад, ул. Мира, 5 55.75, 37.61"}),
        ("contacts", {"event": MESSAGE, "text": "👤 Иван Сторож +7 916 000-00-01"}),
        ("button", {"event": MESSAGE, "text": "Подтверждаю", "answers": "wamid.OURS"}),
        ("interactive", {"event": MESSAGE, "text": "Подходит"}),
        ("unsupported", {"event": MESSAGE, "text": "", "unread": True}),
        ("system", {"event": "message.system", "text": ""}),
        ("delivered", {"event": "told.delivered", "notice": "naryad-7", "phone": "+79261112233"}),
        ("failed", {"event": "told.undelivered", "notice": "naryad-7", "why": "131026 Message undeliverable"}),
        ("failed", {"lasting": True, "shut": False, "message_id": "wamid.C", "id": "wamid.C:failed"}),
        ("read", {"event": "message.status"}),
    ],
)
def test_whatsapp_in_the_desks_words(name, expected):
    said = judged("whatsapp", whatsapp(escaped(name)), WHATSAPP).normalized
    assert {key: said.get(key) for key in expected} == expected
    assert said["account"]
    assert ("unread" in said) is (name == "unsupported")


ODD = [None, 5, "x", [], {}, [5], {"id": 5}, {"body": None}, {"body": "\x00"}, [{"phones": 5}], {"type": {}}]
KINDS = ["text", "image", "audio", "reaction", "location", "contacts", "interactive", "button", "system", "", 5, None]


@pytest.mark.parametrize("kind", KINDS)
def test_whatsapp_of_any_shape_is_read(kind):
    for said in ODD:
        message = {"id": "wamid.E", "from": said, "type": kind, "context": said, str(kind): said}
        value = {"messages": [message, said], "contacts": said, "metadata": said}
        body = written({"object": "whatsapp_business_account", "entry": [{"changes": [{"value": value}]}]})
        assert judged("whatsapp", whatsapp(body), WHATSAPP).action == "process"
        value = {"statuses": [{"status": "failed", "biz_opaque_callback_data": "k", "errors": said}, said]}
        body = written({"object": "whatsapp_business_account", "entry": [{"changes": [{"value": value}]}]})
        assert judged("whatsapp", whatsapp(body), WHATSAPP).action == "process"


def test_whatsapp_signs_the_bytes_not_their_meaning():
    signature = "sha256=" + mac("wa", escaped("message")).hex()
    assert answer(judged("whatsapp", whatsapp(escaped("message"), signature), WHATSAPP)) == PROCESS
    resolved = whatsapp(written(shape("whatsapp", "message")), signature)
    assert answer(judged("whatsapp", resolved, WHATSAPP)) == refused(401)


@pytest.mark.parametrize(
    "signature",
    [
        mac("wa", escaped("message")).hex(),
        "sha256=" + mac("other", escaped("message")).hex(),
        "sha256=" + mac("wa", escaped("message")).hex().upper(),
        "sha1=" + mac("wa", escaped("message"), "sha1").hex(),
        "sha256=",
        "sha256=жжжж",
    ],
)
def test_whatsapp_takes_one_form_of_signature(signature):
    assert answer(judged("whatsapp", whatsapp(escaped("message"), signature), WHATSAPP)) == refused(401)


def test_whatsapp_needs_the_newer_header_once():
    body = escaped("message")
    older = ("X-Hub-Signature", "sha1=" + mac("wa", body, "sha1").hex())
    assert answer(judged("whatsapp", post(body, JSON, older), WHATSAPP)) == refused(401)
    right = ("x-hub-signature-256", "sha256=" + mac("wa", body).hex())
    assert answer(judged("whatsapp", post(body, right, right), WHATSAPP)) == refused(400)


def test_whatsapp_batches_reach_three_megabytes():
    padded = escaped("message") + b" " * 2_900_000
    assert answer(judged("whatsapp", whatsapp(padded), WHATSAPP)) == PROCESS
    assert answer(judged("whatsapp", whatsapp(padded + b" " * 500_000), WHATSAPP)) == refused(413)


def test_whatsapp_repeats_are_known_by_wamid():
    two = whatsapp(escaped("two_messages"))
    some = judged("whatsapp", two, WHATSAPP, state={"seen": ["wamid.A"]})
    assert (some.normalized["id"], some.normalized["others"]) == ("wamid.B", [])
    assert answer(judged("whatsapp", two, WHATSAPP, state={"seen": ["wamid.A", "wamid.B"]})) == DUPLICATE


@pytest.mark.parametrize("said", [{}, {"object": "page"}, {"object": "whatsapp_business_account", "entry": 5}])
def test_whatsapp_says_nothing(said):
    assert answer(judged("whatsapp", whatsapp(written(said)), WHATSAPP)) == IGNORE


def test_whatsapp_handshake():
    asked = f"{BASE}?hub.mode=subscribe&hub.challenge=42&hub.verify_token="
    outcome = judged("whatsapp", get(asked + "wv"), WHATSAPP)
    assert (outcome.action, outcome.response) == ("respond_challenge", ("text/plain", "42"))
    assert answer(judged("whatsapp", get(asked + "other"), WHATSAPP)) == refused(403)
    assert answer(judged("whatsapp", get(asked + "other&hub.verify_token=wv"), WHATSAPP)) == refused(403)
    assert answer(judged("whatsapp", get(asked), {"app_secret": "wa", "verify_token": ""})) == refused(503)


def test_max_message_and_button():
    said = judged("max", post(written(shape("max", "message")), JSON, MAX_HEADER), MAX).normalized
    assert (said["event"], said["chat"], said["text"]) == ("message.received", "22", "Когда приедете?")
    said = judged("max", post(written(shape("max", "button")), JSON, MAX_HEADER), MAX).normalized
    assert (said["event"], said["data"], said["user"]) == ("button.pressed", "yes:77", "11")


@pytest.mark.parametrize("secret", ["", "max-shareD", "max-shared ", "ж"])
def test_max_needs_the_secret(secret):
    body = written(shape("max", "message"))
    assert answer(judged("max", post(body, JSON, ("X-Max-Bot-Api-Secret", secret)), MAX)) == refused(401)
    assert answer(judged("max", post(body, JSON), MAX)) == refused(401)
    assert answer(judged("max", post(body, MAX_HEADER, MAX_HEADER), MAX)) == refused(400)


def test_max_repeats_are_known_by_mid_and_an_edit_is_no_repeat():
    message = shape("max", "message")
    state = {"seen": ["mid.0001"]}
    assert answer(judged("max", post(written(message), MAX_HEADER), MAX, state=state)) == DUPLICATE
    edited = written(message | {"update_type": "message_edited"})
    assert answer(judged("max", post(edited, MAX_HEADER), MAX, state=state)) == PROCESS
    other = written(message | {"update_type": "user_added"})
    assert answer(judged("max", post(other, MAX_HEADER), MAX, state=state)) == IGNORE


def test_vk_message():
    outcome = judged("vk", post(written(shape("vk", "message"))), VK)
    assert answer(outcome) == PROCESS
    assert outcome.response == ("text/plain", "ok")
    assert outcome.normalized["text"] == "Когда приедете?"


@pytest.mark.parametrize("sender", [None, "", "nobody", True, 0, -9001, 2_000_000_000, "1" * 30, [1], {"id": 1}])
def test_vk_takes_only_numbers_of_people_for_people(sender):
    """At once, whatever stands there."""
    said = shape("vk", "message")
    said["object"]["message"] |= {"from_id": sender, "peer_id": sender}
    outcome = judged("vk", post(written(said)), VK)
    assert "person" not in (outcome.normalized or {})


def test_vk_confirmation_is_for_our_group():
    outcome = judged("vk", post(written(shape("vk", "confirmation"))), VK)
    assert (outcome.action, outcome.response) == ("respond_challenge", ("text/plain", "c0de"))
    for changed in ({"group_id": 1}, {"group_id": None}, {"secret": "other"}):
        request = post(written(shape("vk", "confirmation") | changed))
        assert answer(judged("vk", request, VK)) == refused(403)


@pytest.mark.parametrize("changed", [{"secret": "other"}, {"secret": None}, {"secret": ["vk-shared"]}, {"group_id": 1}])
def test_vk_needs_the_secret_and_our_group(changed):
    assert answer(judged("vk", post(written(shape("vk", "message") | changed)), VK)) == refused(403)


def test_vk_answers_ok_to_repeats_and_to_what_does_not_matter():
    repeat = judged("vk", post(written(shape("vk", "message"))), VK, state={"seen": ["e1"]})
    other = judged("vk", post(written(shape("vk", "message") | {"type": "wall_post_new"})), VK)
    assert (answer(repeat), repeat.response) == (DUPLICATE, ("text/plain", "ok"))
    assert (answer(other), other.response) == (IGNORE, ("text/plain", "ok"))
