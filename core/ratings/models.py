"""What the customer thought of it."""

from tortoise import fields

from core.kernel.model import Model


class Rating(Model):
    """Scores 1 to 5; null until given. A row for each time an order was done: whoever mends it after a reopening has
    marks of their own, and those of the former stay."""

    id = fields.BigIntField(primary_key=True)
    order = fields.ForeignKeyField("models.Order", related_name="ratings", on_delete=fields.CASCADE, db_index=True)
    order_id: int
    member_id = fields.BigIntField(null=True, db_index=True)
    speed = fields.SmallIntField(null=True)
    accuracy = fields.SmallIntField(null=True)
    communication = fields.SmallIntField(null=True)
    comment = fields.TextField(default="")
    asked_at = fields.DatetimeField()
    given_at = fields.DatetimeField(null=True)

    class Meta:
        table = "ratings_ratings"
