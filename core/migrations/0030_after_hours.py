from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Hours outside of working hours, and what they cost."""

    dependencies = [("models", "0029_contractors")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Contract",
            name="after_hours",
            field=fields.SmallIntField(null=True),
        ),
        ops.AddField(
            model_name="Line",
            name="after",
            field=fields.DecimalField(default=0, db_default=0, max_digits=12, decimal_places=3),
        ),
        ops.AddField(
            model_name="Line",
            name="percent",
            field=fields.SmallIntField(default=100, db_default=100),
        ),
    ]
