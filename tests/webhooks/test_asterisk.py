import pytest

from tests.webhooks.deliveries import answer, judged, post, shape, written

URL = "ws://pbx.firma.test:8088/ari/events?app=desk"


def frame(body: bytes):
    return judged("asterisk", post(body, url=URL, method="WS", kind="stream_event"), {})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("stasis_start", {"event": "call.started", "from": "+79261112233", "to": "+74957778899"}),
        ("state_up", {"event": "call.answered", "call_id": "1790000000.7"}),
    ],
)
def test_frames_that_matter(name, said):
    outcome = frame(written(shape("asterisk", name)))
    assert answer(outcome) == ("valid", "process", None)
    assert said.items() <= outcome.normalized.items()


def test_other_frames_are_passed_over():
    assert answer(frame(written(shape("asterisk", "dialplan")))) == ("valid", "ack_ignore", None)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"type":1}', b'{"type":"A","type":"StasisStart"}'])
def test_what_is_no_frame_is_refused(body):
    assert answer(frame(body)) == ("invalid", "reject", None)
