"""The bare address in what mailers write."""

import pytest

from core.kernel.mailboxes import bare_address


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("ivan@example.com", "ivan@example.com"),
        ("Иван Лис <ivan@example.com>", "ivan@example.com"),
        ('"Лис, Иван" <ivan@example.com>, anna@example.com', "ivan@example.com"),
        (f"ivan@example.com, {'x@example.com, ' * 10_000}", "ivan@example.com"),
        ("", ""),
        (",", ""),
        (",;:" * 100_000, ""),
        ("(" * 100_000, ""),
    ],
)
def test_the_first_of_them(said: str, address: str) -> None:
    assert bare_address(said) == address
