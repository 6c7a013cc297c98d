from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Works that are paid by the hour."""

    dependencies = [("models", "0020_help")]

    initial = False

    operations = [
        ops.AddField(
            model_name="PriceItem",
            name="hourly",
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
