"""Shorten words for those who pay by the letter. Pure."""

MARK = "..."
"""Three plain dots: one letter outside of a telephone's own alphabet would halve what an SMS holds."""


def clip(text: str, most: int) -> str:
    """At most `most` letters, cut between words where there are any; what was cut ends with dots."""
    if len(text) <= most:
        return text
    room = most - len(MARK)
    if room <= 0:
        return text[: max(most, 0)]
    kept = text[: room + 1]
    at = kept.rfind(" ")
    return (kept[:at] if at > 0 else text[:room]).rstrip(" ,;:—-") + MARK
