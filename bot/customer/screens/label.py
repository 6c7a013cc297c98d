"""What came after the message was answered: a machine recognised on a photo, a file by a link."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared.screens import file_name
from bot.shared.voice import Voice, line, lines, paragraphs, voice
from bot.view import Button, View

Facts = dict[str, Any]


@screen("customer.label")
def label(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Which machine it is, and one button. Without a machine: the label hangs there but is good no more."""
    v, asset = voice(locale, zone), facts.get("asset")
    if not asset:
        return View(v("customer.label.revoked"))
    name = line(" ".join(filter(None, (asset["name"], asset.get("model")))), 120)
    place = line(asset.get("place") or "")
    where = line(", ".join(filter(None, (asset.get("site"), asset.get("address")))), 200)
    text = paragraphs(
        v("customer.label"),
        lines(
            v("shared.asset", name=name, place=place) if place else v("shared.asset.bare", name=name),
            v("shared.where.one", place=where) if where else None,
        ),
    )
    order = v.button("customer.label.order", "new.label", asset["id"], extra=str(facts["file_id"]), style="primary")
    return View(text, rows=((order,),))


@screen("customer.uploaded")
def uploaded(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Where the file is: draft, order, chat, or nowhere yet."""
    v, where, number = voice(locale, zone), facts["where"], facts.get("number") or 0
    text = v(f"customer.uploaded.{where}", name=file_name(v, facts["file"]), number=number)
    return View(text, rows=((_next(v, where, number, facts["file"]["id"]),),))


def _next(v: Voice, where: str, number: int, file_id: int) -> Button:
    if where == "draft":
        return v.button("customer.uploaded.go_on", "new.back", 0, number, style="primary")
    if where == "loose":
        return v.button("customer.uploaded.begin", "new.file", file_id, style="primary")
    return v.button("customer.orders.one", "order.open", number, number=number)
