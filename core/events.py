"""All that can happen. An event is named in the past tense and carries ids, never rows: reactions read what they
need, in the same transaction. What follows from each is told in `core/reactions/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class CompanyMoved:
    """The company's zone changed from `before` to `zone`."""

    before: str
    zone: str


@dataclass(frozen=True, slots=True)
class FileKept:
    """The bytes of a file that a bot was sent lie in the storage."""

    file_id: int


@dataclass(frozen=True, slots=True)
class FileFailed:
    """The bytes will never come; the row says why."""

    file_id: int


@dataclass(frozen=True, slots=True)
class FileUploaded:
    """A file came by a link that `party` was given; `purpose` and `subject_id` say what for."""

    file_id: int
    purpose: str
    subject_id: int
    party: str


@dataclass(frozen=True, slots=True)
class LabelSeen:
    """A label of ours is on a photo. `asset_id` None: it was revoked."""

    file_id: int
    asset_id: int | None


@dataclass(frozen=True, slots=True)
class PlanMarked:
    """`party`, who has the job, asked where it is: `file_id` is the floor plan `plan` with marks that say `labels`."""

    file_id: int
    plan: str
    party: str
    job_id: int
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderCreated:
    order_id: int


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """Words, place, time window, priority or urgency changed; `fields` names the columns."""

    order_id: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    order_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class OrderReopened:
    order_id: int
    job_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class OrderMerged:
    """The order goes on under the number of another one, which tells of the same trouble."""

    order_id: int
    into: int
    reason: str


@dataclass(frozen=True, slots=True)
class OrderUnmerged:
    """The order goes on by itself again, as it stood when it went into the other one at `merged_at`."""

    order_id: int
    out_of: int
    merged_at: datetime


@dataclass(frozen=True, slots=True)
class PairChanged:
    """Two orders look like one trouble, or a dispatcher said whether they are."""

    pair_id: int


@dataclass(frozen=True, slots=True)
class OrderClosed:
    order_id: int


@dataclass(frozen=True, slots=True)
class AttachmentAdded:
    order_id: int
    attachment_id: int


@dataclass(frozen=True, slots=True)
class JobCreated:
    """A job that nobody has yet; `return_of` is the job after which somebody must come again."""

    order_id: int
    job_id: int
    return_of: int | None = None


@dataclass(frozen=True, slots=True)
class OffersOpened:
    order_id: int
    job_id: int
    offer_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """`state`: declined, expired, lost, withdrawn, accepted."""

    order_id: int
    job_id: int
    offer_id: int
    state: str


@dataclass(frozen=True, slots=True)
class OffersUnanswered:
    """Whoever was asked and says nothing is reminded by `how`: chat, sms, voice."""

    order_id: int
    job_id: int
    how: str
    offer_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class JobUnclaimed:
    """Nobody has had the job for so many seconds. `how`: group, or chat, sms, voice to `member_ids`."""

    order_id: int
    job_id: int
    how: str
    seconds: int
    member_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NobodyFits:
    """The robot found nobody to ask; `reasons` counts the rejected by reason code, `help` as `dispatch/helping.py`."""

    order_id: int
    job_id: int
    reasons: tuple[tuple[str, int], ...]
    help: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class JobAssigned:
    """`by` is the party that decided: the technician who accepted, or a dispatcher."""

    order_id: int
    job_id: int
    member_id: int
    by: str


@dataclass(frozen=True, slots=True)
class JobUnassigned:
    order_id: int
    job_id: int
    member_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class JobMoved:
    """The planned time or the promised arrival changed by a person's decision."""

    order_id: int
    job_id: int


@dataclass(frozen=True, slots=True)
class JobTravelling:
    order_id: int
    job_id: int
    member_id: int


@dataclass(frozen=True, slots=True)
class EtaChanged:
    """The arrival time moved by more than the company's threshold."""

    order_id: int
    job_id: int


@dataclass(frozen=True, slots=True)
class PlaceShared:
    """Somebody on the way lets their place be followed from here on."""

    order_id: int
    job_id: int
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class VisitTimed:
    """The customer is to hear of the planned start of a visit: it is the first one, or it moved."""

    order_id: int
    job_id: int


@dataclass(frozen=True, slots=True)
class VanChanged:
    """Goods came into the technician's van or were taken out of it, other than on a job."""

    member_id: int


@dataclass(frozen=True, slots=True)
class PlanProposed:
    """An answer to what happened to a job waits on the planner's page; `cause`: absence or delay."""

    order_id: int
    job_id: int
    cause: str


@dataclass(frozen=True, slots=True)
class JobArrived:
    """`how`: geofence or hand; `distance` in metres from the site, None when unknown."""

    order_id: int
    job_id: int
    member_id: int
    how: str
    distance: float | None


@dataclass(frozen=True, slots=True)
class JobPaused:
    order_id: int
    job_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class JobResumed:
    order_id: int
    job_id: int


@dataclass(frozen=True, slots=True)
class JobStaged:
    """The job came to another stage of the state it is in."""

    order_id: int
    job_id: int
    stage: str


@dataclass(frozen=True, slots=True)
class JobStepBack:
    """A mistaken step was corrected: the job went back from `before` to `state`."""

    order_id: int
    job_id: int
    before: str
    state: str


@dataclass(frozen=True, slots=True)
class ItemOpened:
    """What was found at an item of the job's checklist opened the order `number`."""

    order_id: int
    job_id: int
    item: str
    number: int


@dataclass(frozen=True, slots=True)
class ItemMended:
    """The item's answer is within its norm after all, or was taken back; the order `number` that it opened stays."""

    order_id: int
    job_id: int
    item: str
    number: int


@dataclass(frozen=True, slots=True)
class FeeAgreed:
    """What the contractor who has the job gets for it is another sum than before."""

    order_id: int
    job_id: int


@dataclass(frozen=True, slots=True)
class JobReported:
    """A line, an answer, a photo or the closing word was added to or taken from a running job."""

    order_id: int
    job_id: int


@dataclass(frozen=True, slots=True)
class JobFinished:
    """`outcome`: done, partly, no_access, part_needed."""

    order_id: int
    job_id: int
    member_id: int
    outcome: str


@dataclass(frozen=True, slots=True)
class JobClosed:
    order_id: int
    job_id: int


@dataclass(frozen=True, slots=True)
class JobCancelled:
    """`member_id` had it (None: nobody)."""

    order_id: int
    job_id: int
    member_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class GroupsChanged:
    """A dispatch group was let go, or `bound` (again), or speaks another language."""

    bound: int | None = None


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """Somebody wrote in an order's thread; `in_group`: the dispatch group has seen it already."""

    order_id: int
    message_id: int
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class DocumentReady:
    """The paper was rendered and may be shown and signed."""

    order_id: int
    document_id: int


@dataclass(frozen=True, slots=True)
class DocumentSigned:
    order_id: int
    document_id: int


@dataclass(frozen=True, slots=True)
class DocumentReplaced:
    """An act that somebody was asked to sign counts no more: there is another, or the work goes on."""

    order_id: int
    document_id: int


@dataclass(frozen=True, slots=True)
class DocumentRefused:
    """The customer does not agree with the act."""

    order_id: int
    document_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class RatingGiven:
    order_id: int


@dataclass(frozen=True, slots=True)
class DeadlineNear:
    """`job_id` and `stage` when it is the norm of a stage, whose code that is."""

    order_id: int
    kind: str
    job_id: int | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class DeadlineBreached:
    """As DeadlineNear."""

    order_id: int
    kind: str
    job_id: int | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class MemberLeft:
    """Somebody works here no more."""

    member_id: int


@dataclass(frozen=True, slots=True)
class ShiftOpened:
    member_id: int


@dataclass(frozen=True, slots=True)
class ShiftClosed:
    member_id: int


@dataclass(frozen=True, slots=True)
class LetterBounced:
    """A letter of ours did not reach this contact; None where it is not known about which order it was: the last of
    which they were told."""

    order_id: int | None
    contact_id: int


@dataclass(frozen=True, slots=True)
class WordDelivered:
    """A vendor reports that a word of ours, the notice with this `key`, reached its contact."""

    key: str


@dataclass(frozen=True, slots=True)
class WordUndelivered:
    """A vendor reports that a word of ours, the notice with this `key`, did not reach its contact. `lasting`: nor will
    any other."""

    key: str
    why: str
    lasting: bool


@dataclass(frozen=True, slots=True)
class ContactUnreached:
    """What was told to the order's contact did not arrive, and no other channel is left."""

    order_id: int
    contact_id: int
    why: str


@dataclass(frozen=True, slots=True)
class ContactReacted:
    """The order's contact put a mark to a message of ours: they have read it, and said so."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderFollowed:
    """Its customer opened the order's private link."""

    order_id: int


@dataclass(frozen=True, slots=True)
class RequestChanged:
    """A call, a message or an unfinished order that waits for a dispatcher appeared or changed its state."""

    request_id: int


@dataclass(frozen=True, slots=True)
class RequestOverdue:
    """Nobody has called back by the promised time."""

    request_id: int


@dataclass(frozen=True, slots=True)
class RotaChanged:
    """A person's shifts were planned otherwise, by hand or by another template; `days`: those, in ISO 8601."""

    member_id: int
    days: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AbsenceChanged:
    """Asked for, decided or taken back."""

    absence_id: int


@dataclass(frozen=True, slots=True)
class SwapChanged:
    """Offered, answered, decided, taken back or expired."""

    swap_id: int


@dataclass(frozen=True, slots=True)
class HookStopped:
    """Another system was told nothing for days, or does not want to be told: its subscription is off. `why`: failing,
    gone."""

    subscription_id: int
    why: str


@dataclass(frozen=True, slots=True)
class SourceDeaf:
    """A system that we ask by schedule has not answered for so often that dispatchers must know; `back`: it does
    again."""

    source_id: str
    back: bool = False
