"""How a bot introduces itself: the menu of commands and the texts of its profile, in every language."""

from dataclasses import dataclass

from core.kernel.words import LOCALES, words


@dataclass(frozen=True, slots=True)
class Profile:
    """`name` at most 64 characters, `about` (short description) 120, `description` (in an empty chat) 512."""

    name: str
    about: str
    description: str


def commands(bot: str, names: tuple[str, ...]) -> dict[str, list[tuple[str, str]]]:
    """`{locale: [(command, description)]}`, in the order given."""
    return {
        locale: [(name, words("bot", locale).text(f"{bot}.command.{name}")) for name in names] for locale in LOCALES
    }


def profile(bot: str) -> dict[str, Profile]:
    """Texts `<bot>.profile.name`, `.about`, `.description`."""
    return {
        locale: Profile(
            *(words("bot", locale).text(f"{bot}.profile.{part}") for part in ("name", "about", "description"))
        )
        for locale in LOCALES
    }
