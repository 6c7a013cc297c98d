from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """What a vendor reported as delivered."""

    dependencies = [("models", "0013_polls")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Notice",
            name="delivered_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
