from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.webhooks.deliveries import (
    DUPLICATE,
    JSON,
    MULTIPART,
    NOW,
    PROCESS,
    answer,
    b64,
    judged,
    multipart,
    post,
    refused,
    shape,
    written,
)

EVENTS = written(shape("sendgrid", "events")) + b"\r\n"
NAME = "X-Twilio-Email-Event-Webhook-"


@cache
def pair(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def secret() -> dict[str, str]:
    public = pair("ours").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {"verification_key_spki_b64": b64(public)}


def proof(body: bytes, at: int | str = NOW - 4, key: str = "ours") -> list[tuple[str, str]]:
    signature = pair(key).sign(str(at).encode() + body, ec.ECDSA(SHA256()))
    return [(f"{NAME}Signature", b64(signature)), (f"{NAME}Timestamp", str(at))]


def events(*headers: tuple[str, str], body: bytes = EVENTS):
    return post(body, JSON, *(headers or proof(EVENTS)))


def test_a_batch_of_events():
    outcome = judged("sendgrid", events(), secret())
    assert answer(outcome) == PROCESS
    assert [event["event"] for event in outcome.normalized["events"]] == ["mail.failed", "mail.delivered"]


def test_only_what_was_not_seen_counts():
    some = judged("sendgrid", events(), secret(), state={"seen": ["ev-1"]})
    assert [event["event_id"] for event in some.normalized["events"]] == ["ev-2"]
    assert answer(judged("sendgrid", events(), secret(), state={"seen": ["ev-1", "ev-2"]})) == DUPLICATE


def test_a_letter_in_its_own_charset():
    said = shape("sendgrid", "letter")
    fields = [(name, value.encode("cp1251" if name == "text" else "utf-8")) for name, value in said.items()]
    body = multipart(fields)
    outcome = judged("sendgrid", post(body, MULTIPART, *proof(body)), secret())
    assert answer(outcome) == PROCESS
    assert outcome.normalized["text"] == "Завтра после двух."
    assert outcome.normalized["thread_token"] == "t77.aB3d"
    assert outcome.normalized["message_id"] == "<a1@client.test>"


def test_a_raw_letter_in_another_charset():
    raw = "Message-ID: <a1@client.test>\nContent-Type: text/plain; charset=koi8-r\n\nПривет\n".encode("koi8-r")
    body = multipart([("email", raw), ("to", b"desk@in.firma.test")])
    outcome = judged("sendgrid", post(body, MULTIPART, *proof(body)), secret())
    assert (outcome.normalized["text"], outcome.key) == ("Привет", "<a1@client.test>")


@pytest.mark.parametrize("charset", ["klingon", "zlib", "windows-1259", 5])
def test_an_unknown_charset_does_not_lose_the_letter(charset):
    said = [("text", "Завтра".encode()), ("charsets", written({"text": charset}))]
    body = multipart(said)
    assert judged("sendgrid", post(body, MULTIPART, *proof(body)), secret()).normalized["text"] == "Завтра"


@pytest.mark.parametrize(
    "request_",
    [
        events(body=EVENTS.rstrip()),
        events(body=EVENTS.replace(b"boris", b"denis")),
        events(*proof(EVENTS, key="theirs")),
        events(proof(EVENTS)[0], (f"{NAME}Timestamp", str(NOW))),
        events(proof(EVENTS)[0]),
        events(proof(EVENTS)[1]),
        events((f"{NAME}Signature", "!!"), proof(EVENTS)[1]),
        events(*proof(EVENTS, NOW - 301)),
        events(*proof(EVENTS, NOW + 301)),
        events(*proof(EVENTS, "soon")),
    ],
    ids=[
        "end of line stripped",
        "content changed",
        "another key",
        "another time",
        "no time",
        "no signature",
        "not base64",
        "old",
        "of the future",
        "no number",
    ],
)
def test_what_the_key_did_not_sign_now_is_refused(request_):
    assert answer(judged("sendgrid", request_, secret())) == refused(401)


def test_two_signatures_are_refused():
    signature, at = proof(EVENTS)
    assert answer(judged("sendgrid", events(signature, signature, at), secret())) == refused(400)


@pytest.mark.parametrize("body", [b"{}", b"[1]", b"", b"null", b"[" * 9999])
def test_signed_nonsense_is_refused(body):
    assert answer(judged("sendgrid", post(body, JSON, *proof(body)), secret())) == refused(400)


@pytest.mark.parametrize("key", ["!!", b64(b"x" * 91)])
def test_a_broken_key_proves_nothing(key):
    assert answer(judged("sendgrid", events(), {"verification_key_spki_b64": key})) == refused(401)
