import hashlib
import json

import pytest

from tests.webhooks.deliveries import (
    BASE,
    DUPLICATE,
    FORM,
    IGNORE,
    NOW,
    PROCESS,
    answer,
    judged,
    post,
    refused,
    shape,
    urlencoded,
    written,
)
from webhooks.vendors import mango
from webhooks.verdict import Source

REPEATED = [("call", "call"), ("summary", "summary_missed"), ("recording", "recording")]
SECRET = {"vpbx_api_key": "mk", "vpbx_api_salt": "ms"}


def sign(text: str, key: str = "mk", salt: str = "ms") -> str:
    return hashlib.sha256((key + text + salt).encode()).hexdigest()


def delivery(path: str, text: str, *, key: str = "mk", signature: str | None = None):
    fields = {"vpbx_api_key": key, "sign": signature or sign(text, key), "json": text}
    return post(urlencoded(fields), FORM, url=f"{BASE}/events/{path}")


def text_of(name: str) -> str:
    return written(shape("mango", name)).decode()


@pytest.mark.parametrize(
    ("path", "name", "said"),
    [
        ("call", "call", {"event": "call.answered", "from": "+79261112233", "to": "+74957778899", "seq": 2}),
        ("call", "call_strings", {"event": "call.ended", "seq": 2, "disconnect_reason": 1110}),
        ("summary", "summary_missed", {"event": "call.missed", "answered": False, "seconds": 0}),
        ("summary", "summary_talked", {"event": "call.ended", "answered": True, "seconds": 50, "from": None}),
        ("recording", "recording", {"event": "recording.ready", "ready": True, "recording_id": "cmVjLTE="}),
        ("record/added", "recording_added", {"event": "recording.ready", "ready": True}),
    ],
)
def test_each_path_says_its_own_thing(path, name, said):
    outcome = judged("mango", delivery(path, text_of(name)), SECRET)
    assert answer(outcome) == PROCESS
    assert said.items() <= outcome.normalized.items()


def test_the_text_is_signed_as_it_came_not_as_we_would_write_it():
    spaced = json.dumps(shape("mango", "call"), indent=1).replace("/", "\\/")
    assert answer(judged("mango", delivery("call", spaced), SECRET)) == PROCESS
    reserialised = delivery("call", text_of("call"), signature=sign(spaced))
    assert answer(judged("mango", reserialised, SECRET)) == refused(401)


def test_cyrillic_is_signed_in_utf_8():
    said = shape("mango", "call") | {"from": {"number": "sip:анна@firma.test"}}
    outcome = judged("mango", delivery("call", written(said).decode()), SECRET)
    assert (answer(outcome), outcome.normalized["from"]) == (PROCESS, "sip:анна@firma.test")


@pytest.mark.parametrize(
    "request_",
    [
        delivery("call", text_of("call"), key="other"),
        delivery("call", text_of("call"), signature=sign(text_of("call"), salt="other")),
        delivery("call", text_of("call"), signature=sign(text_of("call")).upper()),
        delivery("call", text_of("call_strings"), signature=sign(text_of("call"))),
    ],
    ids=["another key", "another salt", "upper case", "another text"],
)
def test_what_is_not_signed_with_our_key_and_salt_is_refused(request_):
    assert answer(judged("mango", request_, SECRET)) == refused(401)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"seq":1,"seq":2}', "[" * 5000, "null"])
def test_signed_nonsense_is_refused(text):
    assert answer(judged("mango", delivery("call", text), SECRET)) == refused(400)


def test_a_repeated_field_is_refused():
    text = text_of("call")
    pairs = [("vpbx_api_key", "mk"), ("sign", sign(text)), ("json", text), ("json", "{}")]
    assert answer(judged("mango", post(urlencoded(pairs), FORM, url=f"{BASE}/events/call"), SECRET)) == refused(400)


@pytest.mark.parametrize(("path", "body"), [("", b""), ("/events/call", b""), ("", b"vpbx_api_key=mk")])
def test_the_connection_check_is_answered(path, body):
    assert answer(judged("mango", post(body, FORM, url=BASE + path), SECRET)) == IGNORE


def test_an_event_without_its_text_is_refused():
    request = post(urlencoded({"vpbx_api_key": "mk", "sign": sign("")}), FORM, url=f"{BASE}/events/call")
    assert answer(judged("mango", request, SECRET)) == refused(400)


def test_a_path_of_tomorrow_is_acknowledged_when_signed():
    assert answer(judged("mango", delivery("record/tagged", "{}"), SECRET)) == IGNORE
    assert answer(judged("mango", delivery("record/tagged", "{}", signature=sign("[]")), SECRET)) == refused(401)


@pytest.mark.parametrize(("known", "expected"), [(1, PROCESS), (2, PROCESS), (3, IGNORE)])
def test_a_lower_seq_comes_too_late(known, expected):
    state = {"last_seq": {"Y2FsbC0x": known}}
    assert answer(judged("mango", delivery("call", text_of("call")), SECRET, state=state)) == expected


@pytest.mark.parametrize(
    ("path", "name"), [("call", "call"), ("summary", "summary_missed"), ("recording", "recording")]
)
def test_a_repeat_is_known_by_its_key(path, name):
    request = delivery(path, text_of(name))
    key = judged("mango", request, SECRET).key
    assert answer(judged("mango", request, SECRET, state={"seen": [key]})) == DUPLICATE


def test_a_recording_too_short_has_no_file():
    said = shape("mango", "recording") | {"completion_code": "4002"}
    assert judged("mango", delivery("recording", written(said).decode()), SECRET).normalized["ready"] is False


def test_our_command_is_signed_and_goes_to_the_exchange_only():
    payload = {"command_id": "c1", "from": {"extension": "104"}, "to_number": "79261112233"}
    ours = mango.command("commands/callback", payload, Source(NOW, SECRET))
    assert ours.url == "https://app.mango-office.ru/vpbx/commands/callback"
    assert dict(ours.form())["sign"] == sign(dict(ours.form())["json"])
    assert answer(judged("mango", ours, SECRET)) == ("valid", "send", None)
    elsewhere = post(ours.body, FORM, url="https://app.mango-office.ru.evil.test/vpbx/", kind="outbound_request")
    assert answer(judged("mango", elsewhere, SECRET)) == refused(None)
