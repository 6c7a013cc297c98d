"""How a customer wants, and must not, be told."""

from tortoise import fields

from core.kernel.model import Model


class CustomerChannels(Model):
    """`forbidden`: channels that are never used for this customer; `ranks`: theirs, tried in this order (empty: the
    company's)."""

    customer_id = fields.BigIntField(primary_key=True, generated=False)
    forbidden: list = fields.JSONField(default=list)
    ranks: list = fields.JSONField(default=list)

    class Meta:
        table = "channels_customers"
