"""A screen as a letter and as a few words for a telephone. Pure."""

import re
from dataclasses import dataclass
from datetime import tzinfo
from email.message import EmailMessage
from email.utils import formataddr
from html import escape, unescape
from typing import Any

from bot.routes import SCREENS
from bot.shared.orders import number_of
from bot.shared.voice import line, time_of, voice
from core.channels.rules import COSTLY
from core.kernel.clip import clip
from core.kernel.mailboxes import bare_address

Facts = dict[str, Any]
LOOP_HEADER = "X-Desk-Loop"
_TAG = re.compile(r"<(/?)([a-z-]+)[^>]*>")
_KEPT = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "s": "s", "code": "code", "blockquote": "blockquote"}
_HEAD = (
    '<!doctype html><html><body style="margin:0;background:#f3f5f8"><div style="max-width:36em;margin:0 auto;'
    'padding:24px;font:16px/1.5 Arial,sans-serif;color:#1c2733"><p style="color:#5b6876;margin:0 0 12px">{company}</p>'
    '<div style="background:#fff;border-radius:12px;padding:20px;border-top:4px solid {colour}">{text}{button}</div>'
    '<p style="color:#5b6876;font-size:13px;margin:16px 0 0">{foot}</p></div></body></html>'
)
_BUTTON = (
    '<p style="margin:20px 0 0"><a href="{link}" style="display:inline-block;background:{colour};color:#fff;'
    'text-decoration:none;font-weight:bold;padding:12px 20px;border-radius:10px">{label}</a></p>'
)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a letter needs beside its screen. `link`: the order's private page, None where the desk has no address."""

    company: str
    colour: str
    sender: str
    recipient: str
    reply_to: str
    message_id: str
    root_id: str
    link: str | None
    files: tuple[tuple[str, str, bytes], ...] = ()


def screen_of(facts: Facts) -> int:
    """The order's number in any notice's facts."""
    return int(facts["order_number"]) if "order_number" in facts else number_of(facts)


def letter(screen: str, facts: Facts, locale: str, zone: tzinfo, sent: Sent) -> EmailMessage:
    """Plain text and simple HTML of the same screen; an answer comes back into the order's thread."""
    v, view = voice(locale, zone), SCREENS[screen](facts, locale, zone)
    number = screen_of(facts)
    foot = v.plain("email.foot", company=sent.company)
    message = EmailMessage()
    message["From"] = formataddr((line(sent.company) or None, bare_address(sent.sender)))
    message["To"] = sent.recipient
    message["Reply-To"] = sent.reply_to
    message["Subject"] = v.plain("email.subject", number=number, company=line(sent.company))
    message["Message-ID"] = sent.message_id
    message["In-Reply-To"] = message["References"] = sent.root_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message[LOOP_HEADER] = "1"
    label = v.plain("email.open")
    body = plain(view.text)
    message.set_content("\n\n".join(filter(None, [body, f"{label}: {sent.link}" if sent.link else "", f"-- \n{foot}"])))
    button = _BUTTON.format(link=escape(sent.link), colour=sent.colour, label=escape(label)) if sent.link else ""
    html = _HEAD.format(
        company=escape(sent.company), colour=sent.colour, text=simple(view.text), button=button, foot=escape(foot)
    )
    message.add_alternative(html, subtype="html")
    for name, mime, data in sent.files:
        kind, _, sub = mime.partition("/")
        message.add_attachment(data, maintype=kind, subtype=sub or "octet-stream", filename=name)
    return message


def plain(html: str) -> str:
    """A screen's text without its marks; quotations begin with «>»."""
    quoted = re.sub(
        r"<blockquote[^>]*>(.*?)</blockquote>",
        lambda found: "\n".join(f"> {row}" for row in found[1].strip().split("\n")),
        html,
        flags=re.DOTALL,
    )
    return unescape(_TAG.sub("", quoted)).strip()


def simple(html: str) -> str:
    """Only the plainest marks, none with attributes; lines as lines."""

    def mark(found: re.Match[str]) -> str:
        name = _KEPT.get(found[2])
        return f"<{found[1]}{name}>" if name else ""

    return _TAG.sub(mark, html).replace("\n", "<br>\n")


def whole(screen: str, facts: Facts, locale: str, zone: tzinfo, link: str | None, most: int) -> str:
    """The screen for a messenger without marks and buttons, cut to `most`; the link stands below."""
    return _with_link(plain(SCREENS[screen](facts, locale, zone).text), "\n\n", link, most)


def row(screen: str, facts: Facts, locale: str, zone: tzinfo, link: str | None, most: int) -> str:
    """The same on one line: as by SMS, where there are such words."""
    if screen in COSTLY["sms"]:
        return short(screen, facts, locale, zone, link, most, spoken=False)
    return _with_link(" ".join(plain(SCREENS[screen](facts, locale, zone).text).split()), " ", link, most)


def _with_link(text: str, between: str, link: str | None, most: int) -> str:
    tail = f"{between}{link}" if link else ""
    return clip(text, most - len(tail)) + tail if most > len(tail) else clip(text, most)


def short(screen: str, facts: Facts, locale: str, zone: tzinfo, link: str | None, most: int, *, spoken: bool) -> str:
    """A line for a telephone, cut to `most` at a word; a link only where it can be read. Its spaces are those that
    every alphabet of SMS knows."""
    v = voice(locale, zone)
    job = facts.get("job") or {}
    eta = time_of(job, "eta_at") or time_of(job, "planned_from")
    key = f"sms.{screen.removeprefix('customer.')}"
    name = line((job.get("assignee") or {}).get("name") or "", 30)
    at = v.stamp(eta) if eta else v.plain("sms.soon")
    lasts = v.words.duration(facts.get("seconds", 0))
    told = v.plain(key, number=screen_of(facts), name=name, at=at, into=facts.get("into", ""), lasts=lasts)
    told = told.replace("\u00a0", " ")
    room = most - len(link) - 1 if link else most
    if spoken or not link or room <= 0:
        return clip(told, most)
    return f"{clip(told, room)} {link}"
