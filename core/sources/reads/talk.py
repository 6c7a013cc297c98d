"""A conversation in which a thing of another system is read whole: questions are yielded, what was answered is sent
back, what is returned is the thing, or None when it is not there. Pure.

Every vendor's thing has, beside its own fields, `customer` (tax number or name), `contact` (`name`, `phone`, `email`)
and `fields` (those that the company made there, by name), so far as the vendor knows them.
"""

import html
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

from core.ports import WebAnswer, WebCall
from core.sources.mapping import at, plain
from core.sources.polls.page import Trouble
from core.sources.queries import SourceView
from core.sources.settings import API_URLS

NOT_THERE = (404, 410)
MOST_TEXT = 20_000


def is_gone(answer: WebAnswer) -> bool:
    return answer.status in NOT_THERE


@dataclass(frozen=True, slots=True)
class Question:
    """`gone` says whether an answer means that there is no such thing. A `spare` one may be refused, or find nothing:
    then None is sent back, and the thing is made of what is known."""

    call: WebCall
    spare: bool = False
    gone: Callable[[WebAnswer], bool] = is_gone


Thing = dict[str, Any]
Talk = Generator[Question, Any, Thing | None]
Read = Callable[[SourceView, Mapping[str, Any], Thing | None], Talk | None]
"""Of an event, and of the thing itself where we were given it already; None: its like can't be read."""


def door(source: SourceView) -> tuple[str, str] | None:
    """The address of the system's API and the secret for it; None where one of them is not set."""
    config, secret = source.config, source.secret
    if source.needs.polled:
        base, token = config.get("poll_url"), secret.get("token")
    else:
        base, token = config.get("api_url") or API_URLS.get(source.kind), secret.get("api_token")
    return (str(base).rstrip("/"), str(token)) if base and token else None


def named(event: Mapping[str, Any]) -> str:
    """Their id of what an event is about."""
    return next((text for name in ("entity_id", "external_id", "id") if (text := plain(event.get(name)))), "")


def ref(event: Mapping[str, Any]) -> str:
    """What a thing is remembered by among those of one delivery."""
    return f"{event.get('event') or ''}:{named(event)}"


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text) < 19 and int(text) > 0


def whole(said: Any, name: str, number: str) -> Thing:
    """The thing that was asked for. Trouble other_thing: it is another, or none."""
    if not isinstance(said, dict) or plain(said.get(name)).lower() != number.lower():
        raise Trouble("other_thing")
    return said


def person(name: Any, phone: Any, email: Any = "") -> dict[str, str]:
    return {"name": plain(name), "phone": plain(phone), "email": plain(email)}


def own_fields(rows: Any, name: str, value: str) -> dict[str, str]:
    """Fields that a company made there, by their names: a space or a dot in one is written `_`, where a path ends."""
    known = {
        "_".join(plain(at(row, name)).replace(".", " ").split()): plain(at(row, value))
        for row in (rows if isinstance(rows, list) else [])
    }
    return {label: text for label, text in known.items() if label and text}


def bare(text: Any) -> str:
    """The words of a text with markup: lines stay lines."""
    said = plain(text)[:MOST_TEXT]
    said = re.sub(r"(?i)<br\s*/?>|</(?:p|div|li|tr|h\d)>", "\n", said)
    said = html.unescape(re.sub(r"<[A-Za-z/!][^<>]{0,500}>|\[/?(?:b|i|u|p|url|list|\*)\]", "", said))
    return "\n".join(line for part in said.splitlines() if (line := " ".join(part.split())))
