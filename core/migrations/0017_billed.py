from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Which jobs an act bills."""

    dependencies = [("models", "0016_replay")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Document",
            name="job_ids",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
    ]
