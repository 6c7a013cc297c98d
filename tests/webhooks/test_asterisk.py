import pytest

from tests.webhooks.deliveries import answer, judged, post, shape, written

URL = "ws://pbx.firma.test:8088/ari/events?app=desk"


def frame(body: bytes):
    return judged("asterisk", post(body, url=URL, method="WS", kind="stream_event"), {})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("stasis_start", {"event": "call.started", "from": "+79261112233", "to": "+74957778899"}),
        ("created", {"event": "call.started", "from": "+79261112233", "to": "+74957778899"}),
        ("state_up", {"event": "call.answered", "call_id": "1790000000.7"}),
        ("dial_answer", {"event": "call.answered", "call_id": "1790000000.7", "talk": True}),
        ("entered_bridge", {"event": "call.answered", "call_id": "1790000000.7", "talk": True}),
        ("entered_bridge", {"bridge_id": "b1"}),
        ("left_bridge", {"event": "call.left-bridge", "call_id": "1790000000.7", "bridge_id": "b1"}),
        ("destroyed_unanswered", {"event": "call.missed", "call_id": "1790000000.7"}),
        ("destroyed", {"event": "call.ended", "call_id": "1790000000.7"}),
        ("recording_finished", {"event": "recording.ready", "recording_id": "calls/7", "call_id": "1790000000.7"}),
        ("recording_finished_bridge", {"event": "recording.ready", "bridge_id": "b1", "duration": 30}),
        ("recording_started_bridge", {"event": "recording.started", "bridge_id": "b1"}),
    ],
)
def test_frames_that_matter(name, said):
    outcome = frame(written(shape("asterisk", name)))
    assert answer(outcome) == ("valid", "process", None)
    assert said.items() <= outcome.normalized.items()


@pytest.mark.parametrize("name", ["dialplan", "created_leg", "dial_begins"])
def test_other_frames_are_passed_over(name):
    assert answer(frame(written(shape("asterisk", name)))) == ("valid", "ack_ignore", None)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"type":1}', b'{"type":"A","type":"StasisStart"}'])
def test_what_is_no_frame_is_refused(body):
    assert answer(frame(body)) == ("invalid", "reject", None)
