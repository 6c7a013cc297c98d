"""What Tortoise's models can't say: partial indexes, checks, and the number of the first order."""

from tortoise import migrations
from tortoise.migrations import operations as ops

FORWARD = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
ALTER SEQUENCE orders_orders_id_seq RESTART WITH 1001;

CREATE INDEX inbox_undone ON inbox_deliveries (source, id) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE INDEX inbox_received ON inbox_deliveries (received_at) WHERE done_at IS NOT NULL;
CREATE INDEX inbox_dead ON inbox_deliveries (id) WHERE dead_at IS NOT NULL;

CREATE INDEX outbox_queued ON outbox_notices (bot, chat_id, seq) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_stuck ON outbox_notices (id) WHERE state IN ('unknown', 'failed');
CREATE INDEX outbox_sent ON outbox_notices (sent_at) WHERE state IN ('sent', 'skipped');
CREATE INDEX outbox_card_message ON outbox_cards (bot, chat_id, message_id);
CREATE INDEX outbox_card_thread ON outbox_cards (bot, chat_id, thread_id) WHERE thread_id IS NOT NULL;
CREATE INDEX outbox_address_chat ON outbox_addresses (bot, chat_id);

CREATE UNIQUE INDEX tasks_waiting ON tasks_tasks (kind, key) WHERE key IS NOT NULL AND state = 'queued';

CREATE UNIQUE INDEX offers_one_accepted ON dispatch_offers (job_id) WHERE state = 'accepted';
CREATE UNIQUE INDEX offers_one_open ON dispatch_offers (job_id, member_id) WHERE state = 'open';
CREATE UNIQUE INDEX jobs_one_running ON orders_jobs (assignee_id) WHERE state IN ('travelling', 'on_site');
CREATE INDEX jobs_open ON orders_jobs (assignee_id) WHERE state NOT IN ('done', 'closed', 'cancelled');
CREATE INDEX orders_open ON orders_orders (id) WHERE state NOT IN ('closed', 'cancelled');
CREATE INDEX orders_search ON orders_orders USING gin ((id >> 16), (lower(summary || ' ' || words)) gin_trgm_ops);
CREATE INDEX sites_search ON customers_sites USING gin ((lower(name || ' ' || address)) gin_trgm_ops);
CREATE INDEX customers_search ON customers_customers USING gin ((lower(name)) gin_trgm_ops);
CREATE INDEX orders_contact ON orders_orders (contact_id, id);
CREATE INDEX orders_created ON orders_orders (created_at, id);
CREATE INDEX orders_closed ON orders_orders (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX orders_help ON orders_orders (id) WHERE needs_help IS NOT NULL AND state NOT IN ('closed', 'cancelled');
CREATE INDEX jobs_done ON orders_jobs (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX jobs_of_member ON orders_jobs (assignee_id, order_id);
CREATE INDEX attachments_file ON orders_attachments (file_id);
CREATE INDEX documents_file ON documents_documents (file_id) WHERE file_id IS NOT NULL;
CREATE INDEX signatures_file ON documents_signatures (file_id) WHERE file_id IS NOT NULL;
CREATE INDEX messages_file ON chats_messages (file_id) WHERE file_id IS NOT NULL;
CREATE INDEX deadlines_due ON sla_deadlines (due_at) WHERE met_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX presence_live ON presence_live_shares (member_id) WHERE stopped_at IS NULL;

ALTER TABLE orders_jobs ADD CONSTRAINT jobs_state CHECK (state IN
  ('new', 'offered', 'assigned', 'travelling', 'on_site', 'paused', 'done', 'closed', 'cancelled'));
ALTER TABLE orders_jobs ADD CONSTRAINT jobs_assigned CHECK
  (assignee_id IS NOT NULL OR state IN ('new', 'offered', 'cancelled'));
ALTER TABLE orders_orders ADD CONSTRAINT orders_state CHECK (state IN
  ('new', 'offered', 'assigned', 'travelling', 'on_site', 'paused', 'done', 'closed', 'cancelled'));
ALTER TABLE warehouse_stock ADD CONSTRAINT stock_not_negative CHECK (quantity >= 0);
ALTER TABLE reports_lines ADD CONSTRAINT lines_positive CHECK (quantity > 0 AND price >= 0);
ALTER TABLE ratings_ratings ADD CONSTRAINT ratings_range CHECK
  (speed BETWEEN 1 AND 5 AND accuracy BETWEEN 1 AND 5 AND communication BETWEEN 1 AND 5);
ALTER TABLE company_company ADD CONSTRAINT company_single CHECK (id = 1);
"""


class Migration(migrations.Migration):
    """Runs after the tables exist; nothing here is reversible by itself: drop the database instead."""

    dependencies = [("models", "0001_initial")]
    operations = [ops.RunSQL(FORWARD)]
