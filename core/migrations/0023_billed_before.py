from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

BILLED = """
UPDATE documents_documents d SET job_ids = coalesce((
  SELECT jsonb_agg(j.id ORDER BY j.id) FROM orders_jobs j WHERE j.order_id = d.order_id AND j.done_at <= d.created_at), '[]')
WHERE job_ids IS NULL
"""


class Migration(migrations.Migration):
    """Acts from before it was written down bill what was done when they were made."""

    dependencies = [("models", "0022_floor_plans")]

    initial = False

    operations = [
        ops.RunSQL(BILLED),
        ops.AlterField(
            model_name="Document",
            name="job_ids",
            field=fields.JSONField(encoder=JSON_DUMPS, decoder=loads),
        ),
    ]
