"""The company's switches and their defaults. A rule that is not set has the value told here."""

from typing import Any

from core.kernel.errors import Refusal

RULES: dict[str, Any] = {
    "strangers_may_order": True,
    "offer_seconds": 300,
    "offer_width": 1,
    "eta_threshold_minutes": 10,
    "geofence_metres": 200,
    "low_rating": 3,
    "consent_version": "1",
    "inbox_days": 14,
    "require_before_photo": True,
    "require_after_photo": True,
    "require_signature": False,
    "close_after_hours": 72,
    "channels": "bot email whatsapp max vk sms voice",
    "reaction_minutes": 15,
    "answer_minutes": 10,
    "pause_minutes": 120,
    "form_orders": True,
    "form_hourly": 10,
    "follow_days": 30,
    "break_minutes": 45,
    "pickup_minutes": 15,
    "labour_step": 30,
    "labour_minimum": 60,
    "labour_after_hours": 100,
    "plan_auto": False,
    "act_prefix": "А",
    "sla": {
        "urgent": {"response": 10, "arrival": 120, "resolution": 480},
        "high": {"response": 20, "arrival": 240, "resolution": 960},
        "normal": {"response": 60, "arrival": 1440, "resolution": 2880},
        "low": {"response": 240, "arrival": 4320, "resolution": 10080},
    },
    "priorities": {str(n): {level: level for level in ("low", "normal", "high", "urgent")} for n in (1, 2, 3)},
}

RANGES: dict[str, tuple[int, int]] = {
    "offer_seconds": (15, 86_400),
    "offer_width": (1, 50),
    "eta_threshold_minutes": (1, 240),
    "geofence_metres": (20, 5_000),
    "low_rating": (1, 5),
    "inbox_days": (1, 3_650),
    "close_after_hours": (1, 8_760),
    "reaction_minutes": (1, 1_440),
    "answer_minutes": (1, 1_440),
    "pause_minutes": (5, 10_080),
    "form_hourly": (1, 1_000),
    "follow_days": (1, 3_650),
    "break_minutes": (0, 180),
    "pickup_minutes": (0, 180),
    "labour_minimum": (0, 480),
    "labour_after_hours": (100, 1_000),
}
CHOICES: dict[str, tuple[int, ...]] = {"labour_step": (15, 30, 60)}
"""Minutes that are whole thousandths of an hour, as quantities are."""
MAX_SLA_MINUTES = 525_600
WORDS = {"channels": tuple(RULES["channels"].split())}
"""Rules that are a list of these, each once at most."""
TEXT_LENGTHS = {"consent_version": 16, "act_prefix": 8, "channels": 60}


def checked(name: str, value: Any) -> Any:
    """The value as it is stored. `Refusal("company.unknown_rule")`, or `company.bad_rule` with the rule's name."""
    if name not in RULES:
        raise Refusal("company.unknown_rule", name=name)
    if name in WORDS and isinstance(value, str):
        value = " ".join(value.lower().replace(",", " ").split())
    if not _fits(name, value):
        raise Refusal("company.bad_rule", name=name, range=list(RANGES.get(name, CHOICES.get(name, ()))))
    return value


def _fits(name: str, value: Any) -> bool:
    if isinstance(RULES[name], bool):
        return isinstance(value, bool)
    if name in RANGES:
        low, high = RANGES[name]
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    if name in CHOICES:
        return type(value) is int and value in CHOICES[name]
    if name in WORDS:
        return isinstance(value, str) and _are_words(value.split(" "), WORDS[name])
    if name in TEXT_LENGTHS:
        return isinstance(value, str) and 0 < len(value.strip()) <= TEXT_LENGTHS[name]
    return _is_sla(value) if name == "sla" else _is_matrix(value)


def _are_words(words: list[str], known: tuple[str, ...]) -> bool:
    return set(words) <= set(known) and len(set(words)) == len(words)


def _is_sla(value: Any) -> bool:
    """Minutes for every priority and kind, none missing and none added: response ≤ arrival ≤ resolution."""
    defaults = RULES["sla"]
    if not isinstance(value, dict) or set(value) != set(defaults):
        return False
    return all(_is_promise(value[priority], kinds) for priority, kinds in defaults.items())


def _is_matrix(value: Any) -> bool:
    """A priority for every criticality of a machine and every stated urgency."""
    rows: dict[str, dict[str, str]] = RULES["priorities"]
    if not isinstance(value, dict) or set(value) != set(rows):
        return False
    return all(
        isinstance(value[critical], dict)
        and set(value[critical]) == set(row)
        and all(isinstance(level, str) and level in row for level in value[critical].values())
        for critical, row in rows.items()
    )


def _is_promise(minutes: Any, kinds: dict[str, int]) -> bool:
    if not isinstance(minutes, dict) or set(minutes) != set(kinds):
        return False
    if not all(type(n) is int and 1 <= n <= MAX_SLA_MINUTES for n in minutes.values()):
        return False
    return bool(minutes["response"] <= minutes["arrival"] <= minutes["resolution"])
