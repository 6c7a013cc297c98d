"""Telephones, names, codes and zones: what is believed and what is refused."""

import pytest

from core.kernel.errors import Refusal
from core.people import rules


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+7 916 123-45-67", "+79161234567"),
        ("8 (916) 123-45-67", "+79161234567"),
        ("79161234567", "+79161234567"),
        ("9161234567", "+79161234567"),
        ("+375291234567", "+375291234567"),
        ("375291234567", "+375291234567"),
        ("+44 20 7946 0958", "+442079460958"),
    ],
)
def test_a_telephone_becomes_e164(text: str, phone: str) -> None:
    assert rules.normalise_phone(text) == phone


@pytest.mark.parametrize("text", ["", "12", "hello", "+7 000 000-00-00", "9" * 60, "<b>+7916</b>"])
def test_what_is_no_telephone_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="bad_phone"):
        rules.normalise_phone(text)


def test_a_shared_card_is_believed_only_when_it_is_the_senders_own() -> None:
    assert rules.own_phone(5, 5, "79161234567") == "+79161234567"
    for card in (6, None):
        with pytest.raises(Refusal, match="phone_not_own"):
            rules.own_phone(5, card, "79161234567")


@pytest.mark.parametrize(
    ("text", "name"), [("  Иван \n Петров\u200f", "Иван Петров"), ("<b>X</b>", "<b>X</b>"), ("я" * 300, "я" * 200)]
)
def test_names_are_tidied_not_trusted(text: str, name: str) -> None:
    assert rules.clean_name(text) == name


def test_every_default_permission_is_listed() -> None:
    for _, permissions in rules.DEFAULT_ROLES.values():
        assert rules.check_permissions(set(permissions)) == set(permissions)
    with pytest.raises(Refusal):
        rules.check_permissions({"orders.eat"})


@pytest.mark.parametrize("party", ["member:", "group:3", "member:x", "system", "member:-1"])
def test_a_party_is_a_person(party: str) -> None:
    with pytest.raises(ValueError, match="no person"):
        rules.party_of(party)
