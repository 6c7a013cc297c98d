import base64
import json

import pytest

from tests.webhooks.deliveries import (
    BASE,
    DUPLICATE,
    IGNORE,
    JSON,
    NOW,
    PROCESS,
    answer,
    judged,
    mac,
    post,
    refused,
    sha256,
    shape,
    written,
)

KEY = "a-signature-secret-of-thirty-two-chars"
SECRET = {"signature_secret": KEY}
BODY = written(shape("vonage", "answered"))


def url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def token(alg: str = "HS256", key: str = KEY, **claims) -> tuple[str, str]:
    said = {"iat": NOW - 5, "jti": "j1", "payload_hash": sha256(BODY)} | claims
    said = {name: value for name, value in said.items() if value is not None}
    signed = url64(json.dumps({"typ": "JWT", "alg": alg}).encode()) + "." + url64(json.dumps(said).encode())
    return ("Authorization", f"Bearer {signed}.{url64(mac(key, signed.encode()))}")


def test_an_answered_call():
    outcome = judged("vonage", post(BODY, JSON, token()), SECRET)
    assert (answer(outcome), outcome.normalized["event"]) == (PROCESS, "call.answered")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Authorization", "Basic YTpi")],
        [("Authorization", "Bearer a.b.c")],
        [("Authorization", "Bearer ..")],
        [token(key="another-secret-of-thirty-two-chars-xx")],
        [token(alg="none")],
        [token(alg="HS512")],
        [token(payload_hash=None)],
        [token(payload_hash=sha256(b"other"))],
        [token(iat=None)],
        [token(iat=NOW - 301)],
        [token(iat=NOW + 301)],
        [token(exp=NOW - 1)],
    ],
)
def test_a_token_that_does_not_prove_this_body_now_is_refused(headers):
    assert answer(judged("vonage", post(BODY, JSON, *headers), SECRET)) == refused(401)


@pytest.mark.parametrize("age", [-300, 300])
def test_five_minutes_are_fresh(age):
    assert answer(judged("vonage", post(BODY, JSON, token(iat=NOW + age)), SECRET)) == PROCESS


def test_a_changed_body_is_refused():
    assert answer(judged("vonage", post(BODY + b" ", JSON, token()), SECRET)) == refused(401)


def test_two_tokens_are_refused():
    assert answer(judged("vonage", post(BODY, JSON, token(), token()), SECRET)) == refused(400)


def test_a_repeat_is_known_by_its_jti():
    assert answer(judged("vonage", post(BODY, JSON, token()), SECRET, state={"seen": ["j1"]})) == DUPLICATE


REPORTS = f"{BASE}?notice=naryad-7"


def report(name: str, url: str = REPORTS, jti: str = "j9", **changed: str | None):
    body = written(shape("vonage", name) | changed)
    return post(body, JSON, token(payload_hash=sha256(body), jti=jti), url=url)


def test_a_report_names_our_notice_and_the_number():
    outcome = judged("vonage", report("unanswered"), SECRET)
    told = {"event": "told.undelivered", "notice": "naryad-7", "phone": "+79261112233", "why": "unanswered"}
    assert (answer(outcome), outcome.normalized) == (PROCESS, told)
    again = report("unanswered", jti="j10")
    assert answer(judged("vonage", again, SECRET, state={"seen": [outcome.key]})) == DUPLICATE


@pytest.mark.parametrize("status", ["busy", "cancelled", "failed", "rejected", "timeout", "unanswered"])
def test_a_call_that_nobody_took(status):
    assert judged("vonage", report("unanswered", status=status), SECRET).normalized["why"] == status


def test_a_call_that_was_heard():
    outcome = judged("vonage", report("completed"), SECRET)
    assert outcome.normalized == {"event": "told.delivered", "notice": "naryad-7", "phone": "+79261112233"}


@pytest.mark.parametrize("changed", [{"status": s} for s in ("started", "ringing", "answered", "x")] + [{"to": None}])
def test_a_call_under_way_is_not_kept(changed):
    assert answer(judged("vonage", report("completed", **changed), SECRET)) == IGNORE


def test_another_body_is_forged():
    good, other = report("unanswered"), report("completed")
    assert answer(judged("vonage", post(other.body, *good.headers, url=REPORTS), SECRET)) == refused(401)
