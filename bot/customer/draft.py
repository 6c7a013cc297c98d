"""An order before it is one: what the customer has said so far, and what to ask next. Pure; kept in the dialogue."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

MAX_WORDS = 8000
MAX_FILES = 30
QUESTIONS = ("site", "place", "asset", "words", "urgency", "when", "check")


@dataclass(slots=True)
class Draft:
    """`number` tells one draft's buttons from another's. `site` is {id, name, address}; `place` {address, lat, lon}
    where the customer has no list of sites; `assets` [{id, name}]. `files` [{id, kind}]. `when` {from, to} in ISO,
    both None for as soon as possible. A question is asked while its answer is None. `album` and `card` keep the parts
    of an album to one answer. `known_sites` is how many sites the customer can choose from."""

    number: int
    known_sites: int = 0
    words: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)
    site: dict[str, Any] | None = None
    place: dict[str, Any] | None = None
    assets: list[dict[str, Any]] | None = None
    urgency: str | None = None
    when: dict[str, Any] | None = None
    wordless: bool = False
    album: str | None = None
    card: str | None = None
    editing: str | None = None

    @classmethod
    def of(cls, data: dict[str, Any] | None) -> Self | None:
        return cls(**data) if data else None

    def facts(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def question(self) -> str:
        """What to ask now; `check` when all is said."""
        if self.editing:
            return self.editing
        if self.site is None and self.place is None:
            return "site" if self.known_sites else "place"
        if self.site is not None and self.assets is None:
            return "asset"
        if not self.words and not (self.wordless and self.files):
            return "words"
        if self.urgency is None:
            return "urgency"
        return "when" if self.when is None else "check"

    def add_words(self, text: str) -> bool:
        """Take more words; False (and nothing is taken) when there would be too many."""
        joined = f"{self.words}\n{text}".strip()
        if len(joined) > MAX_WORDS:
            return False
        self.words = joined
        return True

    def choose_site(self, site: dict[str, Any], assets_there: int) -> None:
        """Another site makes the chosen equipment void; where there is none, nothing is asked about it."""
        self.site, self.place, self.editing = site, None, None
        self.assets = None if assets_there else []

    def choose_asset(self, asset: Any, site: dict[str, Any]) -> None:
        """A machine that was recognised, and the site where it stands. Others of the same site stay chosen."""
        here = self.assets if self.site and self.site["id"] == site["id"] else None
        self.choose_site(site, 1)
        self.assets = [*(a for a in here or [] if a["id"] != asset.id), {"id": asset.id, "name": asset.name}]

    def add_file(self, file_id: int, kind: str) -> None:
        """Put in a file that is not in yet, while there is room."""
        if len(self.files) < MAX_FILES and all(file["id"] != file_id for file in self.files):
            self.files.append({"id": file_id, "kind": kind})
