"""Addresses are asked for as each service wants, and only a house or a street is an answer."""

from collections.abc import AsyncIterator

import pytest

from core.adapters.geocoders import BadGeocoder, check_service
from core.kernel.errors import Outage
from core.ports import Found
from tests.adapters.gazetteer import ARBAT, Gazetteer, gazetteer, geocoder

SERVICES = ["nominatim", "yandex"]
STREET, TOWN = (55.7, 37.6, "улица Арбат, Москва", 26), (55.75, 37.61, "Москва", 16)


@pytest.fixture
async def town() -> AsyncIterator[Gazetteer]:
    async with gazetteer() as one:
        yield one


@pytest.mark.parametrize("service", SERVICES)
async def test_a_house_and_a_street_are_answers_a_town_is_none(town: Gazetteer, service: str) -> None:
    town.knows = [TOWN, ARBAT, STREET]
    async with geocoder(town.url(service)) as one:
        found = await one.find("Арбат, 10", "ru")
    assert found == (Found(*ARBAT[:3]), Found(*STREET[:3]))
    (asked,) = town.asked
    if service == "nominatim":
        assert (asked["q"], asked["accept-language"], asked["agent"]) == ("Арбат, 10", "ru", "naryad-service-desk")
    else:
        assert (asked["geocode"], asked["lang"], asked["apikey"]) == ("Арбат, 10", "ru_RU", "KEY")


@pytest.mark.parametrize("service", SERVICES)
async def test_an_address_that_nobody_knows_is_no_answer(town: Gazetteer, service: str) -> None:
    town.knows = []
    async with geocoder(town.url(service)) as one:
        assert await one.find("нигде", "ru") == ()


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    ("status", "why"),
    [(401, "GeocoderAuthenticationFailure"), (429, "GeocoderRateLimited"), (500, "GeocoderServiceError")],
)
async def test_a_service_that_refuses_is_an_outage(town: Gazetteer, service: str, status: int, why: str) -> None:
    """Its key stands in the address that was asked; the words of the error don't tell it."""
    town.status = status
    async with geocoder(town.url(service)) as one:
        with pytest.raises(Outage, match=f"^geocoder: {why}$"):
            await one.find("Арбат, 10", "ru")


async def test_a_server_of_our_own_network_must_be_named(town: Gazetteer) -> None:
    async with geocoder(town.url("nominatim"), trusted=()) as one:
        with pytest.raises(Outage, match="GeocoderUnavailable"):
            await one.find("Арбат, 10", "ru")
    assert town.asked == []


async def test_an_answer_that_is_none_of_theirs_is_an_outage(town: Gazetteer) -> None:
    town.knows = [("север", 37.6, "Арбат", 30)]  # type: ignore[list-item]
    async with geocoder(town.url("nominatim")) as one:
        with pytest.raises(Outage, match="strange answer"):
            await one.find("Арбат, 10", "ru")


@pytest.mark.parametrize(
    "url",
    ["", "google://KEY@", "nominatim://", "yandex://", "yandex+http://KEY@", "nominatim://h:x", "nominatim+ftp://host"],
)
def test_a_service_that_cannot_be_asked(url: str) -> None:
    with pytest.raises(BadGeocoder):
        check_service(url)
