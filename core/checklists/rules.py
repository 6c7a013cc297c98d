"""What a checklist is made of, and whether an answer is within the norm. Pure.

An item: `{code, text {locale}, type, required?, hint? {locale}, phone?, opens?}` and, by type:
  yesno   `norm`? (true or false: the good answer; true when not said)       value: bool
  number  `min`?, `max`? (the norm, both included), `unit`?                  value: int or float
  text                                                                      value: str of 1 to 2,000 characters
  choice  `choices` [{code, text {locale}, ok?}] (`ok` false: off the norm)  value: a choice's code
  photo                                                                     a file instead of a value

`phone` is whom to call about the item (E.164). `opens`: an answer off the norm opens a new order, so the item has one.
"""

import math
from collections.abc import Iterable
from typing import Any

from core.kernel.errors import Refusal
from core.kernel.words import LOCALES
from core.people.rules import normalise_phone

Item = dict[str, Any]

TYPES = ("yesno", "number", "text", "choice", "photo")
KEYS = {"code", "text", "type", "required", "hint", "phone", "opens"}
KEYS_OF = {
    "yesno": {"norm"},
    "number": {"min", "max", "unit"},
    "text": set[str](),
    "choice": {"choices"},
    "photo": set[str](),
}
MAX_ITEMS = 100
MAX_CODE = 32
MAX_TEXT = 2_000


def validate_template(items: list[Item]) -> list[Item]:
    """The items as they are stored. `checklists.bad_template` with `reason` and the item's `item` otherwise."""
    if not items or len(items) > MAX_ITEMS:
        raise Refusal("checklists.bad_template", reason="count", item="")
    seen: set[str] = set()
    for item in items:
        code = str(item.get("code", "")) if isinstance(item, dict) else ""
        reason = "code" if not code or len(code) > MAX_CODE or code in seen else _fault(item)
        if reason:
            raise Refusal("checklists.bad_template", reason=reason, item=code)
        seen.add(code)
    return [{"required": False, **item} for item in items]


def order_key(job_id: int, item: str) -> str:
    """The key of the order that a failed item opens: one item of a job opens one."""
    return f"check:{job_id}:{item}"


def _fault(item: Item) -> str | None:
    kind = item.get("type")
    if kind not in TYPES:
        return "type"
    if item.keys() - KEYS - KEYS_OF[kind]:
        return "key"
    if not _said(item.get("text")) or ("hint" in item and not _said(item["hint"])):
        return "text"
    if not isinstance(item.get("required", False), bool):
        return "required"
    if "phone" in item and not _is_phone(item["phone"]):
        return "phone"
    return _fault_of_kind(item, kind) or _fault_of_opening(item, kind)


def _fault_of_kind(item: Item, kind: str) -> str | None:
    if kind == "number":
        return _fault_of_norm(item)
    if kind == "choice":
        return _fault_of_choices(item.get("choices"))
    if kind == "yesno" and not isinstance(item.get("norm", True), bool):
        return "norm"
    return None


def _fault_of_opening(item: Item, kind: str) -> str | None:
    """Only what has a norm can be off it."""
    opens = item.get("opens", False)
    if not isinstance(opens, bool):
        return "opens"
    has_norm = (
        kind == "yesno"
        or (kind == "number" and (item.get("min") is not None or item.get("max") is not None))
        or (kind == "choice" and any(one.get("ok", True) is False for one in item["choices"]))
    )
    return "opens" if opens and not has_norm else None


def _is_phone(value: Any) -> bool:
    try:
        return isinstance(value, str) and normalise_phone(value) == value
    except Refusal:
        return False


def _fault_of_norm(item: Item) -> str | None:
    ends = [item[end] for end in ("min", "max") if item.get(end) is not None]
    if not all(_is_number(end) for end in ends) or (len(ends) == 2 and ends[0] > ends[1]):
        return "norm"
    return None if isinstance(item.get("unit", ""), str) else "unit"


def _fault_of_choices(choices: Any) -> str | None:
    if not isinstance(choices, list) or len(choices) < 2 or not all(isinstance(one, dict) for one in choices):
        return "choices"
    codes = [str(one.get("code", "")) for one in choices]
    good = all(0 < len(code) <= MAX_CODE for code in codes) and len(set(codes)) == len(codes)
    return None if good and all(_said(one.get("text")) for one in choices) else "choices"


def _said(text: Any) -> bool:
    return isinstance(text, dict) and all(str(text.get(locale, "")).strip() for locale in LOCALES)


def read_value(item: Item, value: Any) -> Any:
    """What a person typed or pressed as the item's type keeps it: «-18,5» is -18.5. Unreadable comes back as it is."""
    if item["type"] == "number" and isinstance(value, str):
        try:
            number = float(value.strip().replace("−", "-").replace(",", ".").replace(" ", ""))
        except ValueError:
            return value
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    return value.strip() if item["type"] == "text" and isinstance(value, str) else value


def judge(item: Item, value: Any) -> tuple[bool | None, str | None]:
    """`(ok, error)`: whether a value is within the norm (None: the item knows none), or why it is no answer at all:
    checklists.not_yesno, not_number, no_text, too_long, no_choice, needs_photo."""
    kind = item["type"]
    if kind == "yesno":
        return (value is item.get("norm", True), None) if isinstance(value, bool) else (None, "checklists.not_yesno")
    if kind == "number":
        return _judge_number(item, value)
    if kind == "text":
        if not isinstance(value, str) or not value.strip():
            return None, "checklists.no_text"
        return None, "checklists.too_long" if len(value) > MAX_TEXT else None
    if kind == "choice":
        chosen = next((one for one in item["choices"] if one["code"] == value), None)
        return (None, "checklists.no_choice") if chosen is None else (chosen.get("ok", True) is not False, None)
    return None, "checklists.needs_photo"


def _judge_number(item: Item, value: Any) -> tuple[bool | None, str | None]:
    if not _is_number(value):
        return None, "checklists.not_number"
    low, high = item.get("min"), item.get("max")
    if low is None and high is None:
        return None, None
    return (low is None or value >= low) and (high is None or value <= high), None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < 1e12


def answered(item: Item) -> bool:
    """Of an item with its answer beside it (`value`, `file_id`)."""
    return item["file_id"] is not None if item["type"] == "photo" else item["value"] is not None


def missing(items: Iterable[Item]) -> list[str]:
    """The codes of required items that nobody answered yet."""
    return [item["code"] for item in items if item.get("required") and not answered(item)]
