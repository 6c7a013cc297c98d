"""The API keeps what its document promises: schemathesis makes requests of the document, good and bad ones, the same in
every run. A longer campaign: NARYAD_API_EXAMPLES=300 pytest tests/api/test_schema.py (300 of each kind an operation).
"""

import asyncio
import copy
import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from api.document import document
from api.endpoint import ENDPOINTS
from tests.api.conftest import Caller
from tests.world import World

EXAMPLES = int(os.environ.get("NARYAD_API_EXAMPLES", "1"))
TAKEN = ["2xx", "401", "403", "404", "409", "412", "422"]
"""What may be answered to a request that is as the document says: it may name what is not there, or has changed."""


def campaign(doc: dict[str, Any], call: Caller, mode: GenerationMode) -> list[str]:
    """What was not as promised, by operation."""
    schema = schemathesis.openapi.from_dict(doc)
    schema.config.update(base_url=call.base)
    schema.config.checks.positive_data_acceptance.expected_statuses = TAKEN
    wrong: list[str] = []
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case: Any) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {call.token}"}, timeout=20)

        try:
            check()
        except (Exception, BaseExceptionGroup) as error:
            wrong.append(f"{operation.label}: {error} {error.exceptions}")
    return wrong


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.name.lower())
async def test_the_api_is_as_its_document_says(call: Caller, world: World, mode: GenerationMode) -> None:
    wrong = await asyncio.to_thread(campaign, document("en"), call, mode)
    assert not wrong, "\n\n".join(wrong)


async def test_a_promise_that_is_not_kept_is_found(call: Caller, world: World) -> None:
    doc = copy.deepcopy(document("en"))
    doc["paths"] = {"/me": doc["paths"]["/me"]}
    doc["components"]["schemas"]["Me"]["required"].append("nothing")
    wrong = await asyncio.to_thread(campaign, doc, call, GenerationMode.POSITIVE)
    assert len(wrong) == 1
    assert "nothing" in wrong[0]


async def test_the_document_and_its_page_name_every_endpoint(call: Caller) -> None:
    async with call.http.get(f"{call.base}/openapi.json", headers={"Accept-Language": "en"}) as answer:
        doc = await answer.json()
    assert {(one.method.lower(), one.path) for one in ENDPOINTS} == {
        (method, path) for path, methods in doc["paths"].items() for method in methods
    }
    for language, word in (("ru", "Новая заявка"), ("en", "Create an order")):
        async with call.http.get(f"{call.base}/docs", headers={"Accept-Language": language}) as answer:
            page = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert word in page
        assert "<script" not in page
        assert " style=" not in page
        assert all(f'id="{one.name}"' in page for one in ENDPOINTS)
