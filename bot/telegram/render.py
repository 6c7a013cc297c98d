"""A `View` becomes calls of the Bot API. Pure: files are named by slots that the sender fills."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, Literal

from bot.telegram.markup import CAPTION, TEXT, cut, length, split
from bot.view import Button, Media, Person, Place, View
from core.kernel.links import fits_button, loopback

Kind = Literal["text", "photo", "video", "voice", "audio", "document", "album", "location", "live", "venue", "contact"]
METHODS = {
    "photo": "sendPhoto",
    "video": "sendVideo",
    "voice": "sendVoice",
    "audio": "sendAudio",
    "document": "sendDocument",
}
SAME_ALBUM = {"photo": "seen", "video": "seen", "document": "document", "audio": "audio"}
ALBUM = 10
LIVE = range(60, 86_401)
COPY_LENGTH = 256
TOPIC_LENGTH = 128
PLACEHOLDER_LENGTH = 64
NO_PREVIEW = {"is_disabled": True}
Json = dict[str, Any]


@dataclass(slots=True)
class Part:
    """One call without its chat. `media` are the files whose names go into the call; `main` is the message that a card
    stands for."""

    kind: Kind
    method: str
    params: Json
    media: tuple[Media, ...] = ()
    main: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """What a button may do depends on the place: Mini Apps open in private chats only, under `app_url`
    (None: nowhere), which is on loopback where our Telegram is the simulator."""

    bot: str
    private: bool = True
    app_url: str | None = None
    username: str = ""


@dataclass(slots=True)
class Letter:
    """All calls that show a view, in order; exactly one is `main`."""

    parts: list[Part] = field(default_factory=list)

    @property
    def main(self) -> Part:
        return next(part for part in self.parts if part.main)


def letter(view: View, where: Where) -> Letter:
    """How to send a view as new messages."""
    return _letter(_spelled(view, where), where)


def _letter(view: View, where: Where) -> Letter:
    markup = _markup(view, where)
    common: Json = {"disable_notification": True} if view.silent else {}
    if view.media:
        parts = _with_media(view, markup)
    elif view.place:
        parts = _with_place(view, view.place, markup)
    elif view.person:
        parts = _with_person(view, view.person, markup)
    else:
        parts = _texts(view.text, markup)
    for part in parts:
        part.params.update(common)
    return Letter(parts)


def _texts(text: str, markup: Json | None) -> list[Part]:
    """What one message can't hold goes on in the next ones; the buttons, and the card, are the last one's."""
    *first, last = split(text, TEXT)
    return [*(_text(piece, None, main=False) for piece in first), _text(last, markup)]


def _text(text: str, markup: Json | None, *, main: bool = True) -> Part:
    params: Json = {"text": cut(text, TEXT) or "…", "parse_mode": "HTML", "link_preview_options": NO_PREVIEW}
    if markup:
        params["reply_markup"] = markup
    return Part("text", "sendMessage", params, main=main)


def _with_media(view: View, markup: Json | None) -> list[Part]:
    """One file carries the text as its caption; several are albums, the text rides on the first one if it can."""
    apart = length(view.text) > CAPTION or (len(view.media) > 1 and markup is not None)
    caption = "" if apart else view.text
    parts = []
    for group in _albums(view.media):
        parts.append(_single(group[0], caption) if len(group) == 1 else _album(group, caption))
        caption = ""
    if apart:
        return [*parts, *_texts(view.text, markup)]
    parts[0].main = True
    if markup:
        parts[0].params["reply_markup"] = markup
    return parts


def _albums(media: Iterable[Media]) -> list[list[Media]]:
    """Neighbours that may share an album, ten at most; Telegram mixes photos with videos only."""
    groups: list[list[Media]] = []
    for one in media:
        kin = SAME_ALBUM.get(one.kind)
        if groups and kin and len(groups[-1]) < ALBUM and SAME_ALBUM.get(groups[-1][0].kind) == kin:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _single(media: Media, caption: str) -> Part:
    kind = media.kind if media.kind in METHODS else "document"
    params: Json = {"caption": caption, "parse_mode": "HTML"} if caption else {}
    return Part(kind, METHODS[kind], params, (media,))  # type: ignore[arg-type]


def _album(media: Sequence[Media], caption: str) -> Part:
    items: list[Json] = [{"type": one.kind} for one in media]
    if caption:
        items[0] |= {"caption": caption, "parse_mode": "HTML"}
    return Part("album", "sendMediaGroup", {"media": items}, tuple(media))


def _with_place(view: View, place: Place, markup: Json | None) -> list[Part]:
    """A moving point is its own card; a still one goes with the words that name it."""
    spot: Json = {"latitude": place.lat, "longitude": place.lon}
    if place.live is not None:
        spot["live_period"] = min(max(place.live, LIVE.start), LIVE.stop - 1)
        part = Part("live", "sendLocation", spot, main=True)
    elif place.title and place.address:
        part = Part("venue", "sendVenue", {**spot, "title": place.title, "address": place.address})
    else:
        part = Part("location", "sendLocation", spot)
    return _beside(view, part, markup)


def _with_person(view: View, person: Person, markup: Json | None) -> list[Part]:
    params = {"phone_number": person.phone, "first_name": person.name[:64] or person.phone}
    return _beside(view, Part("contact", "sendContact", params), markup)


def _beside(view: View, part: Part, markup: Json | None) -> list[Part]:
    if part.main or not view.text:
        part.main = True
        if markup:
            part.params["reply_markup"] = markup
        return [_text(view.text, None, main=False), part] if view.text else [part]
    return [_text(view.text, markup), part]


def edit(view: View, where: Where, shown: str) -> Part | None:
    """How to turn the message of kind `shown` into this view; None when it can't be: send anew. An empty `shown`
    means that we don't know and may try text. An edited text stays one message and is cut: cards are kept short."""
    view = _spelled(view, where)
    made = _letter(view, where)
    part = made.main
    markup = part.params.get("reply_markup")
    if markup and "inline_keyboard" not in markup:
        return None
    inline = markup
    if shown == "live" and view.place and view.place.live == 0:
        return Part("live", "stopMessageLiveLocation", {"reply_markup": inline} if inline else {})
    if part.kind != (shown or part.kind):
        return None
    params: Json = {}
    if part.kind == "text":
        whole = part.params if len(made.parts) == 1 else _text(view.text, None).params
        params = {key: whole[key] for key in ("text", "parse_mode", "link_preview_options")}
        method = "editMessageText"
    elif part.kind == "live":
        params = {key: part.params[key] for key in ("latitude", "longitude")}
        method = "editMessageLiveLocation"
    elif part.kind in METHODS and part.kind != "voice":
        params = {"media": {"type": part.kind, "caption": part.params.get("caption", ""), "parse_mode": "HTML"}}
        method = "editMessageMedia"
    else:
        return None
    if inline:
        params["reply_markup"] = inline
    return Part(part.kind, method, params, part.media if method == "editMessageMedia" else ())


def caption_edit(part: Part) -> Part:
    """The same words as the caption of a message that turned out to be a file."""
    params: Json = {"caption": cut(part.params["text"], CAPTION), "parse_mode": "HTML"}
    if "reply_markup" in part.params:
        params["reply_markup"] = part.params["reply_markup"]
    return Part("text", "editMessageCaption", params)


def topic_name(view: View) -> str:
    return (view.topic or view.text or "…")[:TOPIC_LENGTH]


def _spelled(view: View, where: Where) -> View:
    """What Telegram would not take behind a button is told in the text."""
    said = [button for row in view.rows for button in row if _refused(button, where)]
    if not said:
        return view
    rows = tuple(tuple(button for button in row if not _refused(button, where)) for row in view.rows)
    words = "\n".join(f"{escape(button.label)}: {escape(button.url or '')}" for button in said)
    return replace(view, text=f"{view.text}\n\n{words}".strip(), rows=rows)


def _refused(button: Button, where: Where) -> bool:
    """Telegram takes no address of the machine's own; the simulator does, whose Mini Apps lie there too."""
    if button.verb is not None or not button.url or fits_button(button.url):
        return False
    return not (where.app_url and loopback(where.app_url) and loopback(button.url))


def _markup(view: View, where: Where) -> Json | None:
    rows = [[made for button in row if (made := _inline(button, where))] for row in view.rows]
    rows = [row for row in rows if row]
    if rows:
        return {"inline_keyboard": rows}
    if view.keyboard is None:
        return None
    if not view.keyboard:
        return {"remove_keyboard": True}
    keys = [[_key(button, where) for button in row] for row in view.keyboard]
    markup: Json = {"keyboard": keys, "resize_keyboard": True, "is_persistent": True}
    if view.placeholder:
        markup["input_field_placeholder"] = view.placeholder[:PLACEHOLDER_LENGTH]
    return markup


def _inline(button: Button, where: Where) -> Json | None:
    made: Json = {"text": button.label}
    if button.verb is not None:
        made["callback_data"] = button.data
    elif button.url:
        made["url"] = button.url
    elif button.app is not None:
        if not (where.app_url and where.private):
            return None
        made["web_app"] = {"url": f"{where.app_url.rstrip('/')}/app/{where.bot}/{button.app}"}
    elif button.copy:
        made["copy_text"] = {"text": button.copy[:COPY_LENGTH]}
    else:
        return None
    if button.style:
        made["style"] = button.style
    return made


def _key(button: Button, where: Where) -> Json:
    made: Json = {"text": button.label}
    if button.ask == "contact":
        made["request_contact"] = True
    elif button.ask == "location":
        made["request_location"] = True
    elif button.app is not None and where.app_url and where.private:
        made["web_app"] = {"url": f"{where.app_url.rstrip('/')}/app/{where.bot}/{button.app}"}
    if button.style:
        made["style"] = button.style
    return made
