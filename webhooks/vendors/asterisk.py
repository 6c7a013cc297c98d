"""Asterisk ARI: what happens to calls on the customer's own exchange.

Trust: our side opens the WebSocket (`/ari/events`), so a frame is as genuine as the connection. Each text frame is a
JSON object, keyed by `type`. Each leg of a call is a channel of its own: one in the state `Ring` came in from outside
or from an extension, one that is dialled is `Ringing`. That somebody talks is told by `Dial` with the status ANSWER,
and by two channels in a bridge; `Up` alone may be a menu. A recording is of a channel or of a bridge, `target_uri`.
Channels that ARI itself puts into a bridge, to record it, are not told of. Source: the project's documentation of ARI.
"""

from typing import Any

from webhooks.fields import at, filled, phone, text, whole
from webhooks.request import Request, read_object
from webhooks.verdict import Outcome, Source, duplicate, ignore, process, reject

NAME = "asterisk"
MOST_BRIDGED = 20
EVENTS = {
    "StasisStart": "call.started",
    "StasisEnd": "call.left",
    "ChannelDestroyed": "call.ended",
    "ChannelHangupRequest": "call.ending",
    "ChannelLeftBridge": "call.left-bridge",
    "ChannelDtmfReceived": "call.keys",
    "RecordingStarted": "recording.started",
    "RecordingFinished": "recording.ready",
    "RecordingFailed": "recording.failed",
}
TARGETS = {"channel": "call_id", "bridge": "bridge_id"}


def judge(request: Request, source: Source) -> Outcome:
    said = read_object(request.text())
    kind = said.get("type")
    if not isinstance(kind, str):
        return reject(400, "a frame without a type")
    event = _event(kind, said)
    if event is None:
        return ignore("nothing follows from this event")
    subject = text(at(said, "channel", "id")) or text(at(said, "recording", "name")) or text(at(said, "peer", "id"))
    key = f"{kind}:{subject}:{text(said.get('timestamp'))}"
    return duplicate(key=key) if source.seen(key) else process(key=key, event=event, **_normalized(said))


def _event(kind: str, said: dict[str, Any]) -> str | None:
    """None where nothing follows."""
    state = at(said, "channel", "state")
    if kind == "ChannelStateChange":
        return "call.answered" if state == "Up" else None
    if kind == "ChannelCreated":
        return "call.started" if state == "Ring" else None
    if kind == "ChannelDestroyed" and state == "Ring":
        return "call.missed"
    if kind == "Dial":
        return "call.answered" if said.get("dialstatus") == "ANSWER" and "caller" in said else None
    if kind == "ChannelEnteredBridge":
        return "call.answered" if len(_bridged(said)) > 1 else None
    return EVENTS.get(kind)


def _bridged(said: dict[str, Any]) -> list[str]:
    listed = at(said, "bridge", "channels")
    return [text(one) for one in listed[:MOST_BRIDGED]] if isinstance(listed, list) else []


def _normalized(said: dict[str, Any]) -> dict[str, Any]:
    if "recording" in said:
        target, _, ident = text(at(said, "recording", "target_uri")).partition(":")
        known = {TARGETS[target]: ident} if target in TARGETS else {}
        duration = whole(at(said, "recording", "duration"))
        return filled(recording_id=text(at(said, "recording", "name")), duration=duration, **known)
    if said["type"] == "Dial":
        return {"call_id": text(at(said, "caller", "id")), "talk": True}
    if said["type"] == "ChannelEnteredBridge":
        talking = {"talk": True, "bridge_id": text(at(said, "bridge", "id"))}
        legs = [*dict.fromkeys([text(at(said, "channel", "id")), *_bridged(said)])]
        others = [{"event": "call.answered", "call_id": one, **talking} for one in legs[1:]]
        return {"call_id": legs[0], **talking, "others": others}
    if said["type"] == "ChannelLeftBridge":
        return {"call_id": text(at(said, "channel", "id")), "bridge_id": text(at(said, "bridge", "id"))}
    return {
        "call_id": text(at(said, "channel", "id")),
        "from": phone(at(said, "channel", "caller", "number")),
        "to": phone(at(said, "channel", "dialplan", "exten")),
    }
