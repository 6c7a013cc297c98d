"""A quotation or a piece of code stands on lines of its own, as people see it in Telegram."""

import pytest

from simulator.markup import to_html


@pytest.mark.parametrize(
    ("text", "quote", "shown"),
    [
        ("что\nтечёт\n\nитог", "течёт", "что<blockquote>течёт</blockquote>\nитог"),
        ("течёт\nитог", "течёт", "<blockquote>течёт</blockquote>итог"),
        ("что\n\nтечёт", "течёт", "что\n<blockquote>течёт</blockquote>"),
        ("🔧\nтечёт\n", "течёт", "🔧<blockquote>течёт</blockquote>"),
        ("течёт", "течёт", "<blockquote>течёт</blockquote>"),
    ],
)
def test_the_line_breaks_around_a_quotation_are_its_own(text: str, quote: str, shown: str) -> None:
    start = len(text[: text.index(quote)].encode("utf-16-le")) // 2
    assert to_html(text, [{"type": "blockquote", "offset": start, "length": len(quote)}]) == shown
    bold = shown.replace("<blockquote>", "<b>").replace("</blockquote>", "</b>")
    assert to_html(text, [{"type": "bold", "offset": start, "length": len(quote)}]).replace("\n", "") == bold.replace(
        "\n", ""
    )
