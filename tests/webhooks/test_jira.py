import pytest

from tests.webhooks.deliveries import (
    DUPLICATE,
    IGNORE,
    JSON,
    PROCESS,
    answer,
    judged,
    mac,
    post,
    refused,
    shape,
    written,
)

SECRET = {"secret": "jira-shared"}
BODY = written(shape("jira", "created"))
ID = ("X-Atlassian-Webhook-Identifier", "wh-1")


def proof(body: bytes = BODY, key: str = "jira-shared") -> tuple[str, str]:
    return ("X-Hub-Signature", "sha256=" + mac(key, body).hex())


def test_a_ticket():
    outcome = judged("jira", post(BODY, JSON, ID, proof()), SECRET)
    assert answer(outcome) == PROCESS
    said = outcome.normalized
    assert (said["event"], said["external_id"], said["delivery_id"]) == ("ticket.created", "HELP-5", "wh-1")
    assert said["status"] == "Open"


def test_a_retry_is_known_by_its_identifier():
    request = post(BODY, JSON, ID, proof(), ("X-Atlassian-Webhook-Retry", "1"))
    assert answer(judged("jira", request, SECRET, state={"seen": ["wh-1"]})) == DUPLICATE


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [proof(BODY + b" ")],
        [proof(key="other")],
        [("X-Hub-Signature", mac("jira-shared", BODY).hex())],
        [("X-Hub-Signature", "sha1=" + mac("jira-shared", BODY, "sha1").hex())],
        [("X-Hub-Signature", "sha256=" + mac("jira-shared", BODY).hex().upper())],
    ],
)
def test_what_is_not_signed_is_refused(headers):
    assert answer(judged("jira", post(BODY, JSON, ID, *headers), SECRET)) == refused(401)


def test_two_signatures_are_refused():
    assert answer(judged("jira", post(BODY, JSON, proof(), proof()), SECRET)) == refused(400)


def test_the_vendors_published_example_is_genuine_and_no_event():
    signature = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    request = post(b"Hello World!", ("X-Hub-Signature", signature))
    assert answer(judged("jira", request, {"secret": "It's a Secret to Everybody"})) == IGNORE


def test_other_events_are_passed_over():
    body = written(shape("jira", "sprint"))
    assert answer(judged("jira", post(body, JSON, proof(body)), SECRET)) == IGNORE


@pytest.mark.parametrize("body", [b"{", b'{"a":1,"a":1}', b'{"a":"\xff"}'])
def test_signed_nonsense_is_refused(body):
    assert answer(judged("jira", post(body, JSON, proof(body)), SECRET)) == refused(400)
