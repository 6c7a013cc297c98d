"""Papers and who signed them."""

from tortoise import fields

from core.kernel.model import Model


class Document(Model):
    """An act. `facts` is exactly what was printed; `digest` is its canonical sha256. `state`: draft, rendering, ready,
    signed, refused. A corrected act is a new version; `replaced_by` marks the old one, or itself while there is none
    yet because the work goes on. `job_ids` are the jobs that it bills."""

    id = fields.BigIntField(primary_key=True)
    order = fields.ForeignKeyField("models.Order", related_name="documents", on_delete=fields.CASCADE)
    order_id: int
    kind = fields.CharField(16, default="act")
    number = fields.CharField(32)
    version = fields.IntField(default=1)
    state = fields.CharField(10, default="draft")
    facts: dict = fields.JSONField()
    digest = fields.CharField(64)
    job_ids: list[int] = fields.JSONField()
    total = fields.DecimalField(12, 2, default=0)
    file = fields.ForeignKeyField("models.File", related_name="documents", null=True, on_delete=fields.RESTRICT)
    file_id: int | None
    replaced_by = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "documents_documents"
        unique_together = (("order", "kind", "version"),)


class Signature(Model):
    """`how`: screen (finger on the technician's screen), bot (button in the customer bot). `key` makes a retried
    upload the same signature."""

    id = fields.BigIntField(primary_key=True)
    document = fields.OneToOneField("models.Document", related_name="signature", on_delete=fields.CASCADE)
    document_id: int
    how = fields.CharField(8)
    name = fields.CharField(200)
    post = fields.CharField(100, default="")
    file = fields.ForeignKeyField("models.File", related_name="signatures", null=True, on_delete=fields.RESTRICT)
    file_id: int | None
    party = fields.CharField(32)
    key = fields.CharField(64, null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "documents_signatures"
