"""Asterisk ARI: what happens to calls on the customer's own exchange.

Trust: our side opens the WebSocket (`/ari/events`), so a frame is as genuine as the connection. Each text frame is a
JSON object, keyed by `type`. Source: the project's documentation of ARI.
"""

from typing import Any

from webhooks.fields import at, phone, text
from webhooks.request import Request, read_object
from webhooks.verdict import Outcome, Source, duplicate, ignore, process, reject

NAME = "asterisk"
EVENTS = {
    "StasisStart": "call.started",
    "StasisEnd": "call.left",
    "ChannelDestroyed": "call.ended",
    "ChannelHangupRequest": "call.ending",
    "ChannelDtmfReceived": "call.keys",
    "RecordingStarted": "recording.started",
    "RecordingFinished": "recording.ready",
    "RecordingFailed": "recording.failed",
}


def judge(request: Request, source: Source) -> Outcome:
    said = read_object(request.text())
    kind = said.get("type")
    if not isinstance(kind, str):
        return reject(400, "a frame without a type")
    event = "call.answered" if _answered(said) else EVENTS.get(kind)
    if event is None:
        return ignore("nothing follows from this event")
    key = f"{kind}:{text(at(said, 'channel', 'id'))}:{text(said.get('timestamp'))}"
    return duplicate(key=key) if source.seen(key) else process(key=key, event=event, **_normalized(said))


def _answered(said: dict[str, Any]) -> bool:
    return bool(said["type"] == "ChannelStateChange" and at(said, "channel", "state") == "Up")


def _normalized(said: dict[str, Any]) -> dict[str, Any]:
    if "recording" in said:
        return {"recording_id": text(at(said, "recording", "name"))}
    return {
        "call_id": text(at(said, "channel", "id")),
        "from": phone(at(said, "channel", "caller", "number")),
        "to": phone(at(said, "channel", "dialplan", "exten")),
    }
