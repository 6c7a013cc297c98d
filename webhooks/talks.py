"""Sources whose deliveries are not each a thing of its own: a conversation of many steps, a letter in an envelope.

`TALKS` by kind: what is done with a delivery that was judged genuine, instead of keeping it as it is. It returns the
outcome to answer with, or None for a delivery to be kept like any other. `PROOFS` by kind: what the check needs that
only the network has, by the name of the secret that it stands for. A talk is loaded with its first delivery.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from core.sources.queries import SourceView
from webhooks.intake import Intake
from webhooks.request import Request
from webhooks.verdict import Outcome

Talk = Callable[[Intake, SourceView, Request, Outcome], Awaitable[Outcome | None]]
Proof = Callable[[SourceView, Request], Awaitable[Mapping[str, Any]]]


async def _onec(intake: Intake, source: SourceView, request: Request, outcome: Outcome) -> Outcome | None:
    from webhooks.commerceml.talk import answer

    return await answer(intake, source, request, outcome)


async def _amazon(intake: Intake, source: SourceView, request: Request, outcome: Outcome) -> Outcome | None:
    from webhooks.amazon import answer

    return await answer(intake, source, request, outcome)


async def _amazons(source: SourceView, request: Request) -> Mapping[str, Any]:
    from webhooks.amazon import proof

    return await proof(source, request)


TALKS: dict[str, Talk] = {"1c-commerceml": _onec, "ses-sns": _amazon}
PROOFS: dict[str, Proof] = {"ses-sns": _amazons}
