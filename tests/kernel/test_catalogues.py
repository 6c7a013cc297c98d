"""The catalogues of all domains say the same in every language."""

import re

import pytest

from core.kernel.words import DEFAULT, FORMS, LOCALES, ROOT, Entry, catalogue, domains, parameters

SAME_IN_BOTH: frozenset[tuple[str, str]] = frozenset()
"""(domain, key) of texts that rightly are the same: the name of a language or a brand."""

CYRILLIC = re.compile("[а-яёА-ЯЁ]")
LETTERS = re.compile("[A-Za-zа-яёА-ЯЁ]{2,}")
TAG = re.compile(r"</?[a-z-]+")
NOT_WORDS = re.compile(r"«[^»]*»|<[^>]*>|\{[^}]*\}|&\w+;|/\w+|https?://\S+|[@#]\w+")
NAMES = re.compile(r"\b(Redis|Valkey|PostgreSQL|Telegram|BotFather|Bot API|Mini App|Naryad|PDF|QR|URL|API|SLA|S3)\b")
DOMAINS = sorted(domains())
PAIRS = [(domain, locale) for domain in DOMAINS for locale in LOCALES]


def all_parameters(entry: Entry) -> frozenset[str]:
    return frozenset().union(*(parameters(form) for form in entry.forms)) - {"n"}


@pytest.mark.parametrize(("domain", "locale"), PAIRS)
def test_every_language_has_the_same_keys(domain: str, locale: str) -> None:
    assert catalogue(domain, locale).keys() == catalogue(domain, DEFAULT).keys()


@pytest.mark.parametrize(("domain", "locale"), PAIRS)
def test_every_text_is_whole(domain: str, locale: str) -> None:
    for key, entry in catalogue(domain, locale).items():
        forms = len(FORMS[locale]) if entry.counted else 1
        assert len(entry.forms) == forms, f"{key}: {len(entry.forms)} forms, not {forms}"
        assert all(form.strip() for form in entry.forms), f"{key}: empty"
        assert not entry.fuzzy, f"{key}: fuzzy"
        for form in entry.forms:
            form.format(**dict.fromkeys(all_parameters(entry) | {"n"}, ""))
            assert "{}" not in form, f"{key}: a parameter without a name"


@pytest.mark.parametrize(("domain", "locale"), PAIRS)
def test_every_language_takes_the_same(domain: str, locale: str) -> None:
    for key, entry in catalogue(domain, locale).items():
        other = catalogue(domain, DEFAULT)[key]
        assert entry.counted == other.counted, f"{key}: counted in one language only"
        assert all_parameters(entry) == all_parameters(other), f"{key}: other parameters"
        tags, others = (sorted(TAG.findall(each.forms[0])) for each in (entry, other))
        assert tags == others, f"{key}: other tags"


@pytest.mark.parametrize("domain", DOMAINS)
def test_nothing_is_left_untranslated(domain: str) -> None:
    for key in catalogue(domain, DEFAULT).keys() - {key for d, key in SAME_IN_BOTH if d == domain}:
        for form in catalogue(domain, "en")[key].forms:
            assert not CYRILLIC.search(NOT_WORDS.sub(" ", form)), f"{key}: untranslated"
        for form in catalogue(domain, "ru")[key].forms:
            words = NAMES.sub(" ", NOT_WORDS.sub(" ", form))
            assert CYRILLIC.search(words) or not LETTERS.search(words), f"{key}: untranslated"


def test_only_known_languages_are_there() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/*/*.po")}
    assert folders == set(LOCALES)
