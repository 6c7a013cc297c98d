"""Two orders that may be one trouble: why it looks so, and the question; then what was decided."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared.voice import Html, Voice, line, lines, paragraphs, time_of, voice
from bot.view import Button, View

Facts = dict[str, Any]


@screen("dispatcher.twins")
def twins(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{order, pair_id, state, who, signs: [{code, shared}], other: {number, summary, state, source, created_at}}."""
    v, other = voice(locale, zone), facts["other"]
    if facts["state"] != "open":
        key = "dispatcher.twins.merged" if facts["state"] == "merged" else "dispatcher.twins.apart.told"
        return View(v(key, who=line(facts["who"] or "—"), number=other["number"]), silent=True)
    made = time_of(other, "created_at")
    said = v(
        "dispatcher.twins.other",
        number=other["number"],
        summary=line(other["summary"] or "—", 120),
        state=v.plain(f"dispatcher.state.{other['state']}"),
        at=v.stamp(made) if made else "—",
    )
    return View(paragraphs(v("dispatcher.twins.ask", number=other["number"]), said, _why(v, facts)), _answers(v, facts))


def _why(v: Voice, facts: Facts) -> Html:
    signs = []
    for sign in facts["signs"]:
        shared = ", ".join(sign["shared"][:6])
        signs.append(v(f"dispatcher.twins.sign.{sign['code']}", words=line(shared, 100)))
    return lines(*signs)


def _answers(v: Voice, facts: Facts) -> tuple[tuple[Button, ...], ...]:
    pair = facts["pair_id"]
    return (
        (
            v.button("dispatcher.twins.merge", "twin.merge", pair, style="primary"),
            v.button("dispatcher.twins.apart", "twin.apart", pair),
        ),
    )
