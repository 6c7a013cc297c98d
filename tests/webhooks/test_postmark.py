import pytest

from tests.webhooks.deliveries import DUPLICATE, JSON, PROCESS, answer, b64, judged, post, refused, shape, written

SECRET = {"basic": "desk:pm"}
BASIC = ("Authorization", f"Basic {b64(b'desk:pm')}")


def delivery(name: str, *headers: tuple[str, str]):
    return post(written(shape("postmark", name)), JSON, *(headers or (BASIC,)))


def test_a_letter():
    outcome = judged("postmark", delivery("letter"), SECRET)
    assert answer(outcome) == PROCESS
    assert outcome.normalized["thread_token"] == "t77.aB3d"
    assert outcome.normalized["text"] == "Завтра."
    assert outcome.normalized["may_autoreply"] is True


def test_out_of_office_is_taken_and_never_answered():
    said = judged("postmark", delivery("out_of_office"), SECRET).normalized
    assert (said["is_auto"], said["may_autoreply"], said["text"]) == (True, False, "Я в отпуске")


def test_a_bounce():
    outcome = judged("postmark", delivery("bounce"), SECRET)
    assert (answer(outcome), outcome.normalized["event"]) == (PROCESS, "mail.failed")


@pytest.mark.parametrize(
    "header",
    [
        ("X-Nothing", ""),
        ("Authorization", f"Basic {b64(b'desk:other')}"),
        ("Authorization", "Basic !!"),
        ("Authorization", "Bearer pm"),
        ("Authorization", "desk:pm"),
    ],
)
def test_the_credentials_are_required(header):
    assert answer(judged("postmark", delivery("letter", header), SECRET)) == refused(401)


def test_credentials_are_given_once():
    assert answer(judged("postmark", delivery("letter", BASIC, BASIC), SECRET)) == refused(400)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a":1,"a":2}', b"\xff"])
def test_what_would_be_no_better_next_time_stops_the_retries(body):
    assert answer(judged("postmark", post(body, JSON, BASIC), SECRET)) == refused(403)


def test_a_repeat_is_known_by_its_message_id():
    assert answer(judged("postmark", delivery("letter"), SECRET, state={"seen": ["pm-1"]})) == DUPLICATE
