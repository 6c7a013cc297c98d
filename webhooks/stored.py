"""Letters that Amazon SES put into a bucket: fetched after the notice was answered, then on the way of all letters."""

from core.kernel.errors import NotFound, Outage, Refusal
from core.kernel.work import work
from core.sources.follow import stored
from core.sources.kept import Kept
from core.sources.queries import SourceView, delivery, source
from core.sources.vault import Locked
from core.tasks.actions import OUTSIDE, TaskRun, task
from webhooks.aws4 import AccessKey
from webhooks.bucket import Bucket
from webhooks.letterbox import Letterbox
from webhooks.request import MAX_LETTER, Request
from webhooks.vendors.ses_sns import envelope_in

ATTEMPTS = 20
"""Three hours, with the pauses of tasks."""
PATIENCE = 5
"""After so many failures a dispatcher is shown whose letter it is: people must not wait for another's server."""


@task(stored.FETCH, attempts=ATTEMPTS + 1, lane=OUTSIDE)
async def fetch(run: TaskRun) -> None:
    """{source, delivery}. Dying anywhere does no harm: a letter that was taken already is a copy."""
    number = run.args["delivery"]
    try:
        _, kept = await delivery(number)
    except NotFound:
        return
    if kept is None:
        raise Locked(run.args["source"])
    known = await source(run.args["source"])
    try:
        taken = await _take(known, kept)
    except Refusal as refusal:
        why = refusal
    except Outage as outage:
        if run.attempt < ATTEMPTS and not outage.permanent:
            if run.attempt >= PATIENCE:
                async with work():
                    await stored.show(known.id, number, kept.normalized)
            raise
        why = Refusal("sources.letter_away", said=outage.reason)
    else:
        async with run.commit():
            await stored.fetched(known.id, number, kept, taken)
        return
    async with run.commit():
        await stored.refused(known.id, number, kept, why)


async def _take(known: SourceView, kept: Kept) -> str:
    """What the letterbox says of it. Outage, and the Refusals of `stored.check` and `Bucket.read`."""
    stored.check(known, kept.normalized)
    config = known.config
    key = AccessKey(config["s3_access_key_id"], known.secret[stored.SECRET], config["s3_region"])
    thing = kept.normalized["stored"]["key"]
    raw = await Bucket(config["s3_bucket"], key).read(thing, MAX_LETTER)
    sender, recipients = envelope_in(Request(kept.method, kept.url, kept.headers, kept.body))
    box = Letterbox()
    try:
        return await box.take(known, raw, sender, recipients)
    finally:
        await box.intake.close()
