"""What happened, by rows: triggers of the soak's own database write down each effect at the end of the transaction that
commits it, with the real time. The desk knows nothing of them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.kernel.read import fetch

TABLES = """
CREATE TABLE soak_effects (what text NOT NULL, key text NOT NULL, at timestamptz NOT NULL);
CREATE TABLE soak_ledger (id bigserial PRIMARY KEY, what text NOT NULL, key text NOT NULL, at timestamptz,
  real float8 NOT NULL DEFAULT extract(epoch FROM clock_timestamp()),
  began float8 NOT NULL DEFAULT extract(epoch FROM transaction_timestamp()));
CREATE TABLE soak_workers (number int NOT NULL, real float8 NOT NULL DEFAULT extract(epoch FROM clock_timestamp()));
CREATE TABLE soak_beats (due float8 NOT NULL, real float8 NOT NULL);
CREATE TABLE soak_looks (key text NOT NULL, real float8 NOT NULL DEFAULT extract(epoch FROM clock_timestamp()),
  began float8 NOT NULL DEFAULT extract(epoch FROM transaction_timestamp()));
CREATE FUNCTION soak_look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO soak_looks (key) VALUES (OLD.key);
  RETURN NULL; END $$;
CREATE TRIGGER soak AFTER DELETE ON timers_timers
  FOR EACH ROW WHEN (OLD.kind = 'dispatch.remind') EXECUTE FUNCTION soak_look();
CREATE FUNCTION soak_effect() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO soak_ledger (what, key, at) VALUES (NEW.what, NEW.key, NEW.at);
  RETURN NULL; END $$;
CREATE FUNCTION soak_round(job bigint, moment timestamptz) RETURNS text LANGUAGE sql AS
  'SELECT job || '':'' || max(round) FROM dispatch_offers WHERE job_id = job AND opened_at <= moment';
CREATE FUNCTION soak_entry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO soak_ledger (what, key, at)
  SELECT x.what, x.key, NEW.at FROM (VALUES
    ('sla.near', 'near', NEW.order_id || ':' || (NEW.facts ->> 'kind')),
    ('sla.breach', 'breach', NEW.order_id || ':' || (NEW.facts ->> 'kind')),
    ('dispatch.reminded', 'remind', soak_round(NEW.job_id, NEW.at) || ':' || (NEW.facts ->> 'after')),
    ('dispatch.not_reminded', 'remind', soak_round(NEW.job_id, NEW.at) || ':' || (NEW.facts ->> 'after')),
    ('dispatch.escalated', 'escalate', NEW.job_id || ':' || (NEW.facts ->> 'after')),
    ('dispatch.not_escalated', 'escalate', NEW.job_id || ':' || (NEW.facts ->> 'after')),
    ('order.closed', 'close', NEW.order_id::text)) x(kind, what, key) WHERE x.kind = NEW.kind;
  RETURN NULL; END $$;
CREATE FUNCTION soak_offer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO soak_ledger (what, key, at) VALUES ('offer', NEW.id::text, NEW.ended_at);
  RETURN NULL; END $$;
CREATE FUNCTION soak_shift() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO soak_ledger (what, key, at) VALUES ('rota', NEW.member_id::text, NULL);
  RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER soak AFTER INSERT ON soak_effects DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION soak_effect();
CREATE CONSTRAINT TRIGGER soak AFTER INSERT ON orders_entries DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION soak_entry();
CREATE CONSTRAINT TRIGGER soak AFTER UPDATE ON dispatch_offers DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.state = 'expired' AND OLD.state <> 'expired') EXECUTE FUNCTION soak_offer();
CREATE CONSTRAINT TRIGGER soak AFTER INSERT ON schedule_shifts DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.rota_id IS NOT NULL) EXECUTE FUNCTION soak_shift();
"""

KINDS = {
    "near": "SLA: warnings",
    "breach": "SLA: breaches",
    "offer": "offers that ended unanswered",
    "remind": "reminders of offers",
    "escalate": "steps of ladders",
    "close": "orders closed by time",
    "rota": "rotas drawn on, daily",
    "once": "set, moved, taken back",
    "every": "repeated",
    "task": "tasks for later",
}


@dataclass(frozen=True, slots=True)
class Effect:
    """`at` is what the desk's clock told in the transaction, which `began` and ended at a `real` second."""

    at: datetime | None
    began: float
    real: float


@dataclass(frozen=True, slots=True)
class Look:
    """A worker took up the reminders of a job's offers in one round, or they were taken back."""

    began: float
    real: float


async def looks() -> dict[str, list[Look]]:
    """By job and round, in order."""
    found: dict[str, list[Look]] = defaultdict(list)
    for row in await fetch("SELECT key, began, real FROM soak_looks ORDER BY real"):
        found[row["key"]].append(Look(row["began"], row["real"]))
    return found


async def effects() -> dict[tuple[str, str], list[Effect]]:
    """By kind and key, in the order in which they were committed. A step of which several people were told, and some
    could not be, is one."""
    found: dict[tuple[str, str], list[Effect]] = defaultdict(list)
    columns = "what, key, at, min(began) AS began, min(real) AS real, min(id) AS id"
    sql = f"SELECT {columns} FROM soak_ledger GROUP BY what, key, at ORDER BY id"
    plain = "SELECT what, key, at, began, real, id FROM soak_ledger ORDER BY id"
    rows: list[Any] = [row for row in await fetch(plain) if row["what"] not in ("remind", "escalate")]
    rows += [row for row in await fetch(sql) if row["what"] in ("remind", "escalate")]
    for row in sorted(rows, key=lambda one: one["id"]):
        found[row["what"], row["key"]].append(Effect(row["at"], row["began"], row["real"]))
    return found
