"""What a vendor is told of a notice and tells again in its reports. Pure."""

NOTICE = "naryad-"


def notice_key(notice_id: int) -> str:
    return f"{NOTICE}{notice_id}"


def notice_of(key: str) -> int | None:
    """None for what is no key of ours."""
    number = key.removeprefix(NOTICE)
    is_ours = key.startswith(NOTICE) and number.isascii() and number.isdigit() and len(number) < 19
    return int(number) if is_ours else None
