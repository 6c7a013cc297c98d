"""What must be looked at, and what was found."""

from tortoise import fields

from core.kernel.model import Model


class Template(Model):
    """A version of a checklist; the newest active one of a code is used for new jobs. `items` as in rules.py."""

    id = fields.IntField(primary_key=True)
    code = fields.CharField(32, db_index=True)
    version = fields.IntField(default=1)
    name: dict = fields.JSONField()
    items: list = fields.JSONField()
    active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "checklists_templates"
        unique_together = (("code", "version"),)


class Answer(Model):
    """The current answer to one item of a job's checklist. `value` is typed by the item; `ok` is whether it is
    within the norm; photos are attachments' file ids."""

    id = fields.BigIntField(primary_key=True)
    job_id = fields.BigIntField()
    template = fields.ForeignKeyField("models.Template", related_name="answers", on_delete=fields.RESTRICT)
    template_id: int
    item = fields.CharField(32)
    value: object = fields.JSONField(null=True)
    ok = fields.BooleanField(null=True)
    file_id = fields.BigIntField(null=True)
    party = fields.CharField(32)
    at = fields.DatetimeField()

    class Meta:
        table = "checklists_answers"
        unique_together = (("job_id", "item"),)
