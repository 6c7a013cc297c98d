from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """What a job is about, where an order has several."""

    dependencies = [("models", "0017_billed")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Job",
            name="title",
            field=fields.CharField(default="", db_default="", max_length=200),
        ),
    ]
