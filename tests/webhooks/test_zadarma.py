import hashlib
from urllib.parse import urlencode

import pytest

from tests.webhooks.deliveries import (
    BASE,
    DUPLICATE,
    FORM,
    MULTIPART,
    NOW,
    PROCESS,
    answer,
    b64,
    get,
    judged,
    mac,
    multipart,
    post,
    refused,
    shape,
    urlencoded,
)
from webhooks.vendors import zadarma
from webhooks.verdict import Source

SECRET = {"api_key": "zk", "api_secret": "zs"}
COVERED = {
    "start": ("caller_id", "called_did", "call_start"),
    "end_missed": ("caller_id", "called_did", "call_start"),
    "end_answered": ("caller_id", "called_did", "call_start"),
    "answer": ("caller_id", "destination", "call_start"),
    "out_end": ("internal", "destination", "call_start"),
    "record": ("pbx_call_id", "call_id_with_rec"),
    "sms": ("result",),
}


def proof(joined: str, key: str = "zs") -> str:
    return b64(mac(key, joined.encode(), "sha1").hex().encode())


def delivery(name: str, key: str = "zs", **changed: str):
    fields = shape("zadarma", name)
    signature = proof("".join(fields[field] for field in COVERED[name]), key)
    return post(urlencoded(fields | changed), FORM, ("Signature", signature))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("start", {"event": "call.started", "from": "+79261112233", "to": "+74957778899"}),
        ("end_missed", {"event": "call.missed", "answered": False, "seconds": 0}),
        ("end_answered", {"event": "call.ended", "answered": True, "seconds": 73, "recording_id": "1790000000.77"}),
        ("answer", {"event": "call.answered", "extension": "104"}),
        ("out_end", {"event": "call.ended", "answered": False}),
        ("record", {"event": "recording.ready", "recording_id": "1790000000.77"}),
        ("sms", {"event": "message.received", "from": "+79261112233", "text": "Ворота не открываются"}),
    ],
)
def test_each_event_is_checked_by_its_own_fields(name, said):
    outcome = judged("zadarma", delivery(name), SECRET)
    assert answer(outcome) == PROCESS
    assert said.items() <= outcome.normalized.items()


def test_the_check_of_the_address_is_echoed_as_text():
    outcome = judged("zadarma", get(f"{BASE}?zd_echo=abc123"), SECRET)
    assert answer(outcome) == ("valid", "respond_challenge", 200)
    assert outcome.response == ("text/plain", "abc123")


def test_a_post_is_never_taken_for_the_check():
    request = post(b"event=NOTIFY_START", FORM, url=f"{BASE}?zd_echo=abc123")
    assert answer(judged("zadarma", request, SECRET)) == refused(401)


def test_multipart_is_read_too():
    fields = shape("zadarma", "start")
    body = multipart([(name, value.encode()) for name, value in fields.items()])
    signature = proof("".join(fields[name] for name in COVERED["start"]))
    assert answer(judged("zadarma", post(body, MULTIPART, ("Signature", signature)), SECRET)) == PROCESS


@pytest.mark.parametrize("changed", [{"caller_id": "+79260000000"}, {"call_start": "2026-09-21 10:15:01"}])
def test_a_covered_field_cannot_be_changed(changed):
    assert answer(judged("zadarma", delivery("start", **changed), SECRET)) == refused(401)


def test_duration_is_not_covered_and_the_call_is_still_taken():
    assert answer(judged("zadarma", delivery("end_missed", duration="900"), SECRET)) == PROCESS


def test_digits_moved_over_a_boundary_are_caught_by_our_numbers():
    moved = delivery("start", caller_id="+792611122337", called_did="4957778899")
    assert answer(judged("zadarma", moved, SECRET, config={"own_numbers": ["+7 495 777-88-99"]})) == refused(401)
    assert answer(judged("zadarma", delivery("start"), SECRET, config={"own_numbers": ["74957778899"]})) == PROCESS


def test_digits_moved_into_the_time_are_caught():
    moved = delivery("start", called_did="7495777889", call_start="92026-09-21 10:15:00")
    assert answer(judged("zadarma", moved, SECRET)) == refused(401)


def test_a_signature_is_required_once_and_right():
    body = urlencoded(shape("zadarma", "start"))
    assert answer(judged("zadarma", post(body, FORM), SECRET)) == refused(401)
    assert answer(judged("zadarma", delivery("start", key="other"), SECRET)) == refused(401)
    right = ("Signature", proof("+79261112233749577788992026-09-21 10:15:00"))
    assert answer(judged("zadarma", post(body, FORM, right, right), SECRET)) == refused(400)


def test_base64_of_the_raw_digest_is_not_the_vendors_signature():
    raw = b64(mac("zs", b"+79261112233749577788992026-09-21 10:15:00", "sha1"))
    request = post(urlencoded(shape("zadarma", "start")), FORM, ("Signature", raw))
    assert answer(judged("zadarma", request, SECRET)) == refused(401)


def test_a_repeated_field_is_refused():
    fields = [*shape("zadarma", "start").items(), ("caller_id", "+79260000000")]
    signature = proof("+79261112233749577788992026-09-21 10:15:00")
    assert answer(judged("zadarma", post(urlencoded(fields), FORM, ("Signature", signature)), SECRET)) == refused(400)


def test_an_event_without_a_signing_rule_is_refused():
    request = post(b"event=NOTIFY_NEW&caller_id=1", FORM, ("Signature", proof("1")))
    assert answer(judged("zadarma", request, SECRET)) == refused(400)


def test_a_lookup_may_answer_with_a_list():
    result = '[{"number":"79261112233"}]'
    request = post(urlencoded({"event": "NUMBER_LOOKUP", "result": result}), FORM, ("Signature", proof(result)))
    assert judged("zadarma", request, SECRET).normalized["event"] == "number.looked_up"
    broken = post(urlencoded({"event": "SMS", "result": "{"}), FORM, ("Signature", proof("{")))
    assert answer(judged("zadarma", broken, SECRET)) == refused(400)


def test_a_repeat_is_known_by_event_and_call():
    first = judged("zadarma", delivery("end_missed"), SECRET)
    again = judged("zadarma", delivery("end_missed"), SECRET, state={"seen": [first.key]})
    assert answer(again) == DUPLICATE
    assert answer(judged("zadarma", delivery("start"), SECRET, state={"seen": [first.key]})) == PROCESS


def test_without_a_secret_nothing_is_believed():
    assert answer(judged("zadarma", delivery("start", key=""), {"api_secret": ""})) == refused(503)


def test_our_own_call_of_the_api_is_signed():
    query = urlencode([("from", "104"), ("to", "79261112233")])
    joined = "/v1/request/callback/" + query + hashlib.md5(query.encode(), usedforsecurity=False).hexdigest()
    url = f"https://api.zadarma.com/v1/request/callback/?{query}"
    right, wrong = (("Authorization", f"zk:{proof(joined, key)}") for key in ("zs", "other"))
    ours = post(b"", right, url=url, method="GET", kind="outbound_request")
    assert answer(judged("zadarma", ours, SECRET)) == ("valid", "send", None)
    theirs = post(b"", wrong, url=url, method="GET", kind="outbound_request")
    assert answer(judged("zadarma", theirs, SECRET)) == refused(None)
    params = [("to", "79261112233"), ("from", "104")]
    assert zadarma.authorization("/v1/request/callback/", params, Source(NOW, SECRET)) == right[1]
