"""What a dispatcher put off. What is to be done is no table: it is read from the orders themselves."""

from tortoise import fields

from core.kernel.model import Model


class Snooze(Model):
    """`key` is an item's (`late:12`), hidden until `until`; with `until` null it is settled, and comes back only when
    something new happens to it after `at`."""

    key = fields.CharField(48, primary_key=True)
    until = fields.DatetimeField(null=True)
    member_id = fields.BigIntField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "todo_snoozes"
