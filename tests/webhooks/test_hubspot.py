import pytest

from tests.webhooks.deliveries import (
    BASE,
    DUPLICATE,
    NOW,
    PROCESS,
    answer,
    b64,
    judged,
    mac,
    post,
    refused,
    sha256,
    shape,
    written,
)

SECRET = {"client_secret": "hs"}
BODY = written(shape("hubspot", "batch"))


def v3(at: int | str = NOW * 1000, *, uri: str = BASE, method: str = "POST", body: bytes = BODY, key: str = "hs"):
    signature = b64(mac(key, f"{method}{uri}".encode() + body + str(at).encode()))
    return [("X-HubSpot-Signature-v3", signature), ("X-HubSpot-Request-Timestamp", str(at))]


def older(version: str, text: str) -> list[tuple[str, str]]:
    return [("X-HubSpot-Signature-Version", version), ("X-HubSpot-Signature", sha256(text.encode()))]


def test_a_batch():
    outcome = judged("hubspot", post(BODY, *v3()), SECRET)
    assert answer(outcome) == PROCESS
    assert (outcome.normalized["event"], outcome.normalized["entity_id"]) == ("crm.ticket.created", "501")
    assert [event["event"] for event in outcome.normalized["others"]] == ["crm.ticket.changed"]


def test_only_listed_escapes_of_the_uri_are_resolved():
    asked = BASE + "?a=%2Fx%20y%7Bz%3f&b=%D0%B6"
    signed = BASE + "?a=/x%20y%7Bz?&b=%D0%B6"
    assert answer(judged("hubspot", post(BODY, *v3(uri=signed), url=asked), SECRET)) == PROCESS
    assert answer(judged("hubspot", post(BODY, *v3(uri=asked), url=asked), SECRET)) == refused(401)


def test_the_public_url_counts_not_the_one_behind_the_proxy():
    request = post(BODY, *v3(), url="http://10.0.0.5:8000/hooks/s1")
    assert answer(judged("hubspot", request, SECRET, config={"public_url": BASE})) == PROCESS
    assert answer(judged("hubspot", request, SECRET)) == refused(401)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        v3(key="other"),
        v3(method="PUT"),
        v3(body=BODY + b" "),
        v3(NOW * 1000 - 300_001),
        v3(NOW * 1000 + 300_001),
        v3(NOW),
        v3("soon"),
        v3()[:1],
        [v3()[0], ("X-HubSpot-Request-Timestamp", str(NOW * 1000 - 1))],
        older("v1", "hs" + BODY.decode()),
        older("v2", f"hsPOST{BASE}" + BODY.decode()),
    ],
)
def test_what_v3_did_not_sign_now_is_refused(headers):
    assert answer(judged("hubspot", post(BODY, *headers), SECRET)) == refused(401)


@pytest.mark.parametrize("at", [NOW * 1000 - 300_000, NOW * 1000 + 300_000])
def test_five_minutes_are_fresh(at):
    assert answer(judged("hubspot", post(BODY, *v3(at)), SECRET)) == PROCESS


def test_older_versions_count_where_asked_for():
    config = {"accept_versions": ["v1", "v2", "v3"]}
    first, second = older("v1", "hs" + BODY.decode()), older("v2", f"hsPOST{BASE}" + BODY.decode())
    assert answer(judged("hubspot", post(BODY, *first), SECRET, config=config)) == PROCESS
    assert answer(judged("hubspot", post(BODY, *second), SECRET, config=config)) == PROCESS
    assert answer(judged("hubspot", post(BODY, *v3(key="other"), *first), SECRET, config=config)) == refused(401)
    assert answer(judged("hubspot", post(BODY, *older("v9", "hs")), SECRET, config=config)) == refused(401)


def test_repeats_are_known_by_event_id():
    some = judged("hubspot", post(BODY, *v3()), SECRET, state={"seen": [71]})
    assert some.normalized["entity_id"] == "502"
    assert answer(judged("hubspot", post(BODY, *v3()), SECRET, state={"seen": ["71", "72"]})) == DUPLICATE


@pytest.mark.parametrize("body", [b"{", b"[1]", b'[{"a":1,"a":1}]', b"\xff"])
def test_signed_nonsense_is_refused(body):
    assert answer(judged("hubspot", post(body, *v3(body=body)), SECRET)) == refused(400)


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_bytes_of_the_address_that_are_no_text_are_signed_as_they_came(version):
    url, raw = BASE + "?q=\udcff", BASE.encode() + b"?q=\xff"
    if version == "v3":
        at = str(NOW * 1000)
        proof = b64(mac("hs", b"POST" + raw + BODY + at.encode()))
        headers = [("X-HubSpot-Signature-v3", proof), ("X-HubSpot-Request-Timestamp", at)]
    else:
        headers = [*older("v2", "")[:1], ("X-HubSpot-Signature", sha256(b"hsPOST" + raw + BODY))]
    config = {"accept_versions": ["v2", "v3"]}
    assert answer(judged("hubspot", post(BODY, *headers, url=url), SECRET, config=config)) == PROCESS
