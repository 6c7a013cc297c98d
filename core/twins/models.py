"""Orders that look like one trouble, and those that were made one."""

from tortoise import fields

from core.kernel.model import Model


class Pair(Model):
    """Two orders that are alike, `older_id` < `newer_id`. `state`: open (a dispatcher is asked), merged, apart (they
    are two troubles; never asked again). `signs` as in `rules.Sign`: code, points, shared."""

    id = fields.BigIntField(primary_key=True)
    older = fields.ForeignKeyField("models.Order", related_name="newer_twins", on_delete=fields.CASCADE)
    older_id: int
    newer = fields.ForeignKeyField("models.Order", related_name="older_twins", on_delete=fields.CASCADE)
    newer_id: int
    score = fields.SmallIntField()
    signs: list = fields.JSONField(default=list)
    state = fields.CharField(8, default="open")
    revision = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    settled_by = fields.CharField(200, default="")
    settled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "twins_pairs"
        unique_together = (("older", "newer"),)
        indexes = (("newer_id",),)


class Merge(Model):
    """`drop` went into `keep`. `moved` is all that went along, so that it can be given back: ids of messages,
    attachments and links, the machines, and its jobs as they stood."""

    id = fields.BigIntField(primary_key=True)
    keep = fields.ForeignKeyField("models.Order", related_name="absorbed", on_delete=fields.CASCADE)
    keep_id: int
    drop = fields.ForeignKeyField("models.Order", related_name="merges", on_delete=fields.CASCADE)
    drop_id: int
    moved: dict = fields.JSONField(default=dict)
    by = fields.CharField(200, default="")
    at = fields.DatetimeField()
    undone_by = fields.CharField(200, default="")
    undone_at = fields.DatetimeField(null=True)

    class Meta:
        table = "twins_merges"
        indexes = (("drop_id",), ("keep_id",))
