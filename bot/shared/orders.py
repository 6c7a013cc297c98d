"""How an order is told to people: the texts that several screens share. Facts are `overview.order_facts`."""

from datetime import datetime
from typing import Any

from bot.shared.voice import Html, Voice, clean, line, lines, paragraphs, time_of
from core.orders.stints import stints

Facts = dict[str, Any]

STEPS = ("accepted", "assigned", "travelling", "on_site", "done")
REACHED = {"new": 0, "offered": 0, "assigned": 1, "travelling": 2, "on_site": 3, "paused": 3, "done": 4, "closed": 4}
OVER = frozenset({"done", "closed", "cancelled"})
URGENCIES = ("urgent", "high", "normal", "low")
URGENCY_MARKS = {"urgent": "🔴", "high": "🟠", "normal": "🟢", "low": "⚪️"}


def order_of(facts: Facts) -> Facts:
    """The order's facts, whether they are the whole or a part of what a notice carries."""
    return facts.get("order") or facts


def number_of(facts: Facts) -> int:
    return int(order_of(facts)["number"])


def progress(v: Voice, state: str) -> Html:
    """«🟢 Принята → 🟢 Мастер назначен → 🔵 В пути → ⚪️ …»; a cancelled order says only that."""
    if state == "cancelled":
        return v("shared.state.cancelled")
    here = REACHED[state]
    return Html(" → ".join(f"{_light(n, here)} {v('shared.step.' + step)}" for n, step in enumerate(STEPS)))


def bar(v: Voice, state: str) -> Html:
    """The same in five lights and one word, for lists."""
    if state == "cancelled":
        return v("shared.state.cancelled")
    here = REACHED[state]
    return Html("".join(_light(n, here) for n in range(len(STEPS))) + f" {v('shared.step.' + STEPS[here])}")


def _light(n: int, here: int) -> str:
    if n < here or here == len(STEPS) - 1:
        return "🟢"
    return "🔵" if n == here else "⚪️"


def where(v: Voice, order: Facts) -> Html | None:
    """«📍 Магазин на Ленина — ул. Ленина, 1», the verbal way below it."""
    site = order.get("site") or {}
    name, address = line(site.get("name") or ""), line(order.get("address") or "", 200)
    if not name and not address:
        return v("shared.where.pin") if order.get("lat") is not None else None
    place = (
        v("shared.where.both", name=name, address=address)
        if name and address
        else v("shared.where.one", place=name or address)
    )
    hint = line(site.get("hint") or "", 300)
    return lines(place, v("shared.where.hint", hint=hint) if hint else None)


def assets(v: Voice, order: Facts) -> Html | None:
    """A line for each piece of equipment, at most five."""
    found = order.get("assets") or []
    shown = [v("shared.asset", name=_asset_name(asset), place=line(asset.get("place") or "")) if asset.get("place")
             else v("shared.asset.bare", name=_asset_name(asset)) for asset in found[:5]]  # fmt: skip
    more = v("shared.more", n=len(found) - 5) if len(found) > 5 else None
    return lines(*shown, more) or None


def critical(v: Voice, order: Facts) -> Html | None:
    """How much hangs on the most important of the machines; an ordinary one is not worth a line."""
    most = max((asset["criticality"] for asset in order.get("assets") or ()), default=2)
    return None if most == 2 else v(f"shared.critical.{most}")


def needs(v: Voice, order: Facts) -> Html | None:
    """«🧰 Понадобится: Реле пусковое — 2 шт., допуск до 1000 В», at most eight."""
    told = [_need(v, need) for need in order.get("needs") or ()]
    return v("shared.needs", list="; ".join(told[:8]) + ("…" if len(told) > 8 else "")) if told else None


def _need(v: Voice, need: Facts) -> str:
    name = line(v.named(need["name"]) if isinstance(need["name"], dict) else need["name"], 60)
    if need["what"] != "part":
        return name
    return f"{name} — {v.amount(str(need['quantity']), need.get('unit') or '')}"


def stages(v: Voice, job: Facts, *, several: bool = False) -> Html | None:
    """«⏱ поиск мастера 5 мин · в пути 25 мин»: what a job has behind it. A card is not drawn anew each minute, so the
    time that runs is not told."""
    if not job.get("trail"):
        return None
    since = datetime.fromisoformat(job["created_at"])
    told = [f"{line(v.named(one.name), 40) or v.plain(f'shared.stage.{one.state}')} {v.words.duration(one.time)}"
            for one in stints(job["trail"], since, since) if one.seconds >= 60]  # fmt: skip
    if not told:
        return None
    number = v("dispatcher.card.job.number", id=job["id"]) if several else ""
    return v("shared.stages", number=number, list=" · ".join(told))


def _asset_name(asset: Facts) -> str:
    return line(" ".join(filter(None, (asset.get("name"), asset.get("model")))), 120)


def words_of(order: Facts, limit: int = 500) -> Html:
    """What is wrong, as a quotation."""
    return Html(f"<blockquote>{_escaped(clean(order.get('words') or order.get('summary') or '—', limit))}</blockquote>")


def title_of(v: Voice, job: Facts) -> Html | None:
    """What this job is about, where the order has several."""
    title = line(job.get("title") or "", 200)
    return v("shared.job.title", title=title) if title else None


def absorbed(v: Voice, order: Facts) -> Html | None:
    """What the orders say that went into this one."""
    told = [
        lines(v("shared.absorbed", number=one["number"]), words_of(one, 300)) for one in order.get("absorbed") or ()
    ]
    return paragraphs(*told[:3]) if told else None


def attachments(v: Voice, counts: dict[str, int] | None) -> Html | None:
    """«📎 3 фото, 1 голосовое»."""
    found = [v.count(f"shared.files.{kind}", counts[kind]) for kind in ("photos", "videos", "voices", "documents")
             if counts and counts.get(kind)]  # fmt: skip
    return v("shared.files", list=", ".join(found)) if found else None


def wanted(v: Voice, order: Facts) -> Html:
    """The time window that suits the customer."""
    start, end = time_of(order, "wanted_from"), time_of(order, "wanted_to")
    return v("shared.wanted", window=v.window(start, end))


def urgency(v: Voice, code: str) -> str:
    return f"{URGENCY_MARKS.get(code, '🟢')} {v.plain('shared.urgency.' + code)}" if code in URGENCY_MARKS else code


def deadline_name(v: Voice, kind: str, stage: dict[str, str] | None) -> str:
    """«Приезд», or «Этап «В пути»» where the norm of a stage is meant."""
    if stage:
        return v.plain("dispatcher.deadline.stage", stage=line(v.named(stage)))
    return v.plain(f"dispatcher.deadline.{kind}")


def header(v: Voice, order: Facts) -> Html:
    """«Заявка № 12 · 🔴 Срочно»: the urgency only when it stands out."""
    code = order.get("priority") or "normal"
    if code in ("urgent", "high"):
        return v("shared.header.urgent", number=order["number"], urgency=urgency(v, code))
    return v("shared.header", number=order["number"])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
