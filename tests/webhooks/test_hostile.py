"""Whatever bytes come, every vendor answers with an outcome, and soon."""

import time
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webhooks.deliveries import NOW, written
from webhooks.judge import judge
from webhooks.request import Request
from webhooks.vendors import VENDORS
from webhooks.verdict import Action, Source

KINDS = ("inbound_webhook", "outbound_request", "mail", "file", "qr", "link", "stream_event")
TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/xml", "\0")
HEADERS = (
    "Authorization",
    "Signature",
    "X-Signature",
    "X-Twilio-Signature",
    "X-Twilio-Email-Event-Webhook-Signature",
    "X-Twilio-Email-Event-Webhook-Timestamp",
    "X-HubSpot-Signature-v3",
    "X-HubSpot-Request-Timestamp",
    "X-Hub-Signature",
    "X-Hub-Signature-256",
    "X-Max-Bot-Api-Secret",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
)
NAMES = (
    "event",
    "json",
    "sign",
    "type",
    "Type",
    "Message",
    "data",
    "object",
    "entry",
    "secret",
    "signature",
    "channel",
)
SECRET = {
    "api_key": "k",
    "api_secret": "s",
    "vpbx_api_key": "k",
    "vpbx_api_salt": "s",
    "auth_token": "t",
    "signature_secret": "s",
    "webhook_signing_key": "k",
    "verification_key_spki_b64": "AAAA",
    "basic": "a:b",
    "bearer": "b",
    "cert_pem_served_at": {},
    "whsec": "whsec_AAAA",
    "app_secret": "s",
    "verify_token": "v",
    "secret": "s",
    "confirmation": "c",
    "client_id": "i",
    "client_secret": "s",
    "application_token": "a",
    "path_token": "p",
    "salt": "s",
    "secretKey": "s",
}

any_text = st.text(max_size=60)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | any_text, inner, max_size=4),
    max_leaves=12,
)
bodies = st.one_of(
    st.binary(max_size=300),
    values.map(lambda value: written(value) if _encodes(value) else b"{"),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["NOTIFY_START", "SMS", "{}", "a[", "\x00", "1"])).map(
        lambda fields: "&".join(f"{name}={value}" for name, value in fields.items()).encode()
    ),
    st.binary(max_size=60).map(lambda raw: b'--b\r\nContent-Disposition: form-data; name="' + raw + b'"\r\n\r\n--b--'),
)
header_values = st.one_of(
    any_text, st.sampled_from(["", "1", str(NOW), "sha256=", "v1,AAAA", "Basic YTpi", "Bearer a.b.c"])
)
requests = st.builds(
    Request,
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "LMTP", "FILE", "QR", "WS", ""]),
    st.sampled_from(["", "http://[", "https://a.test:x/", "https://a.test/p", "https://a.test/events/call"]) | any_text,
    st.lists(
        st.tuples(st.sampled_from(HEADERS), header_values)
        | st.tuples(st.just("Content-Type"), st.sampled_from(TYPES) | any_text),
        max_size=6,
    ).map(tuple),
    bodies,
    st.sampled_from(KINDS),
)
states = st.dictionaries(st.sampled_from(["seen", "seen_tokens", "seen_jti", "last_seq"]), values, max_size=2)


def _encodes(value: object) -> bool:
    try:
        written(value)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("vendor", sorted(VENDORS))
@settings(max_examples=100)
@given(request_=requests, state=states, config=states)
def test_any_delivery_gets_an_outcome(vendor, request_, state, config):
    outcome = judge(vendor, request_, Source(NOW, SECRET, config, state))
    assert outcome.verdict in ("valid", "invalid")
    assert outcome.action in get_args(Action)
    assert outcome.http_status is None or request_.kind == "inbound_webhook"
    assert len(outcome.reason) < 300


@pytest.mark.parametrize("vendor", sorted(VENDORS))
@settings(max_examples=30)
@given(request_=requests, secret=st.dictionaries(st.sampled_from(sorted(SECRET)), values, max_size=6))
def test_a_strange_setting_breaks_nothing(vendor, request_, secret):
    assert judge(vendor, request_, Source(NOW, secret)).verdict in ("valid", "invalid")


WORST = {
    "deep json": (TYPES[0], b'{"a":' * 150_000),
    "wide json": (TYPES[0], b"[" + b"{}," * 300_000 + b"1]"),
    "many values": (TYPES[0], b"[" + b"1," * 500_000 + b"1]"),
    "deep keys": (TYPES[1], b"a" + b"[b]" * 300_000 + b"=1"),
    "many fields": (TYPES[1], b"a=1&" * 250_000),
    "many parts": (TYPES[2], b"--b\r\n\r\n\r\n" * 90_000),
    "deep mime": (TYPES[3], b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' * 15_000),
    "deep xml": (TYPES[3], b"<a>" * 300_000),
    "many lines": (TYPES[3], b"\r\n" * 500_000),
    "many quotes": (TYPES[3], b"> " * 500_000),
    "one long line": (TYPES[3], b"x" * 1_000_000),
}


@pytest.mark.parametrize("vendor", sorted(VENDORS))
@pytest.mark.parametrize("worst", WORST.values(), ids=WORST)
def test_the_worst_bodies_are_judged_soon(vendor, worst):
    content_type, body = worst
    request = Request("POST", "https://a.test/events/call", (("Content-Type", content_type),), body)
    begun = time.process_time()
    judge(vendor, request, Source(NOW, SECRET))
    assert time.process_time() - begun < 2
