"""How the dialplan of an exchange names its recordings: a template such as `calls/{call}`. Pure.

ARI tells nothing of MixMonitor, but serves every file below `<astspooldir>/recording` by its path there without the
extension; a path that leads out of it is not found. Source: Asterisk, res/stasis_recording/stored.c.
"""

import re

MOST = 200
CALL = "{call}"
_STEP = r"(?:[\w @+=,.-]|\{call\})+"
_TEMPLATE = re.compile(rf"{_STEP}(?:/{_STEP}){{0,7}}")
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,5}$")


def is_template(text: str) -> bool:
    """It names each call's own file, below the folder, and no extension."""
    return (
        len(text) <= MOST
        and CALL in text
        and _TEMPLATE.fullmatch(text) is not None
        and _is_below(text)
        and _EXTENSION.search(text) is None
    )


def name_of(template: str, call: str) -> str:
    """The recording of this call; empty where there can be none."""
    if not template or not call.isprintable() or "/" in call:
        return ""
    name = template.replace(CALL, call)
    return name if len(name) <= MOST and _is_below(name) else ""


def _is_below(path: str) -> bool:
    return ".." not in path and all(step.strip(" .") for step in path.split("/"))
