from tortoise import fields, migrations
from tortoise.migrations import operations as ops

FORWARD = """
UPDATE orders_jobs j SET needs_help = o.needs_help FROM orders_orders o
WHERE o.id = j.order_id AND j.state = 'new' AND o.needs_help IS NOT NULL;
UPDATE orders_orders o SET needs_help = NULL WHERE needs_help IS NOT NULL
  AND NOT EXISTS (SELECT FROM orders_jobs j WHERE j.order_id = o.id AND j.needs_help IS NOT NULL);
CREATE INDEX orders_jobs_help ON orders_jobs (id) WHERE needs_help IS NOT NULL
"""
BACKWARD = "DROP INDEX orders_jobs_help"


class Migration(migrations.Migration):
    """Which job of an order it is that waits for a dispatcher's decision."""

    dependencies = [("models", "0019_crew")]

    initial = False

    operations = [
        ops.AddField(model_name="Job", name="needs_help", field=fields.CharField(null=True, max_length=64)),
        ops.RunSQL(FORWARD, BACKWARD),
    ]
