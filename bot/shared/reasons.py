"""Ready-made reasons: a press instead of typing. What is kept is the text in the person's language."""

from core.kernel.words import words

CANCEL = ("fixed", "later", "other_company", "mistake")
REOPEN = ("again", "not_fixed", "new_trouble")
DECLINE = ("busy", "far", "skill", "part", "ill")
PAUSE = ("part", "lunch", "customer", "urgent")
REFUSE = ("work", "price", "quantity", "not_mine")


def reason_text(kind: str, code: str, locale: str) -> str:
    """`reason_text("cancel", "fixed", "ru")` is «Починили сами»."""
    return words("bot", locale).text(f"shared.reason.{kind}.{code}")
