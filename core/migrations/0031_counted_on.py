from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """What a route counts on in a store."""

    dependencies = [("models", "0030_after_hours")]

    initial = False

    operations = [
        ops.AddField(model_name="PlannedVisit", name="store_id", field=fields.IntField(null=True)),
        ops.AddField(model_name="PlannedVisit", name="takes", field=fields.JSONField(null=True)),
    ]
