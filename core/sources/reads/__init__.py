"""Things of other systems that are read back by their API: which system's are, and how. One module a vendor, each a
pure conversation; another vendor is a module and a line here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from core.sources.polls.amocrm import GAP_S
from core.sources.reads import amocrm, bitrix24, moysklad, okdesk
from core.sources.reads.talk import Read
from core.sources.settings import API_URLS


@dataclass(frozen=True, slots=True)
class Reader:
    """`gap_s`: the system is asked no sooner after the question before."""

    read: Read
    gap_s: float = 0.0


READERS: Mapping[str, Reader] = {
    **dict.fromkeys(("bitrix24", "bitrix24-poll"), Reader(bitrix24.read, bitrix24.GAP_S)),
    **dict.fromkeys(("amocrm", "amocrm-poll"), Reader(amocrm.read, GAP_S)),
    **dict.fromkeys(("okdesk", "okdesk-poll"), Reader(okdesk.read)),
    "moysklad": Reader(moysklad.read, moysklad.GAP_S),
}


def reads_back(kind: str, secrets: Collection[str], config: Mapping[str, Any]) -> bool | None:
    """Whether things of a source that sends by itself are read back, by the names of its secrets and its settings; None
    where nobody can."""
    if kind not in READERS or kind.endswith("-poll"):
        return None
    return "api_token" in secrets and bool(config.get("api_url") or kind in API_URLS)
