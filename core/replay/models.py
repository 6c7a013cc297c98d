"""Past periods that were replayed by other rules."""

from tortoise import fields

from core.kernel.model import Model


class Replay(Model):
    """The days from `first_day` to `last_day` of the company's calendar. `state`: counting, ready, failed, stopped.
    `asked` is what is compared and `result` what came of it, as in `replay/rules.py`; `progress` in per cent."""

    id = fields.BigIntField(primary_key=True)
    state = fields.CharField(8)
    first_day = fields.DateField()
    last_day = fields.DateField()
    asked: dict = fields.JSONField(default=dict)
    result: dict = fields.JSONField(default=dict)
    progress = fields.SmallIntField(default=0)
    who = fields.CharField(200, default="")
    at = fields.DatetimeField()

    class Meta:
        table = "replay_runs"
