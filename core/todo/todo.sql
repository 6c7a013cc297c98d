WITH open AS MATERIALIZED (
  SELECT o.id, o.state, j.id AS job_id, j.state AS job_state, j.revision AS job_revision, j.title, j.needs_help,
    j.created_at, j.assignee_id, j.planned_from, j.planned_to, j.eta_at
  FROM orders_orders o
  LEFT JOIN orders_jobs j ON j.order_id = o.id AND j.state NOT IN ('done', 'closed', 'cancelled')
  WHERE o.state NOT IN ('closed', 'cancelled')
), main AS MATERIALIZED (
  SELECT DISTINCT ON (id) * FROM open
  ORDER BY id, job_state IS DISTINCT FROM state, coalesce(eta_at, planned_from), job_id
), found AS (
  SELECT 'nobody' AS kind, j.job_id AS id, j.id AS order_id, j.job_id, NULL::bigint AS member_id, ''::text AS who,
    ''::text AS phone, ''::text AS what, CASE WHEN EXISTS (SELECT FROM dispatch_offers f WHERE f.job_id = j.job_id
      AND f.state IN ('declined', 'expired')) AND j.needs_help <> 'manual' THEN 'exhausted' ELSE j.needs_help END
      AS detail,
    coalesce((SELECT max(e.at) FROM orders_entries e WHERE e.order_id = j.id AND e.kind = 'order.needs_help'
      AND coalesce(e.job_id, j.job_id) = j.job_id), j.created_at) AS since, NULL::timestamptz AS due_at
  FROM open j WHERE j.needs_help IS NOT NULL AND j.job_state = 'new'

  UNION ALL
  SELECT 'sla', d.order_id, d.order_id, NULL, NULL, '', '', '', d.kind, d.due_at, d.due_at
  FROM main o JOIN LATERAL (SELECT * FROM sla_deadlines d WHERE d.order_id = o.id AND d.job_id IS NULL
    AND d.met_at IS NULL AND d.cancelled_at IS NULL AND d.paused_at IS NULL
    AND (d.due_at <= $5 OR d.warned_at IS NOT NULL AND o.assignee_id IS NULL) ORDER BY d.due_at LIMIT 1) d ON true
  WHERE o.state IN ('new', 'offered', 'assigned')

  UNION ALL
  SELECT 'late', j.job_id, j.id, j.job_id, NULL, '', '', '', j.job_state, p.promised, j.eta_at
  FROM open j LEFT JOIN plan_visits v ON v.job_id = j.job_id,
    LATERAL (SELECT least(j.planned_to, v.told_at + make_interval(mins => $8)) AS promised) p
  WHERE j.job_state IN ('assigned', 'travelling')
    AND (p.promised < $1 OR j.job_state = 'travelling' AND j.eta_at > p.promised)

  UNION ALL
  SELECT 'message', o.id, o.id, NULL, NULL, m.who, '', left(m.text, 200), '', m.at, NULL
  FROM main o JOIN LATERAL (SELECT * FROM chats_messages m WHERE m.order_id = o.id
    AND (m.to_customer OR m.party LIKE 'contact:%') ORDER BY m.id DESC LIMIT 1) m ON true
  WHERE m.party LIKE 'contact:%' AND m.at <= $3

  UNION ALL
  SELECT 'paused', j.job_id, j.id, j.job_id, NULL, '', '', coalesce(e.facts ->> 'reason', ''), '', e.at, NULL
  FROM open j JOIN LATERAL (SELECT at, facts FROM orders_entries e WHERE e.order_id = j.id AND e.job_id = j.job_id
    AND e.kind = 'job.pause' ORDER BY e.id DESC LIMIT 1) e ON true
  WHERE j.job_state = 'paused' AND e.at <= $4

  UNION ALL
  SELECT 'left', j.id, o.id, NULL, NULL, coalesce(m.name, ''), '', j.comment, j.outcome, j.done_at, NULL
  FROM orders_orders o JOIN orders_jobs j ON j.order_id = o.id LEFT JOIN people_members m ON m.id = j.assignee_id
  WHERE o.state = 'done' AND j.done_at <= $3 AND :work_left

  UNION ALL
  SELECT 'plan', p.id, j.order_id, p.job_id, NULL, '', '', to_char(p.day, 'DD.MM'), p.cause, p.at, NULL
  FROM plan_changes p LEFT JOIN orders_jobs j ON j.id = p.job_id WHERE p.state = 'ready' AND p.day >= $2

  UNION ALL
  SELECT CASE WHEN r.kind = 'letter' AND r.facts ? 'stranger_in' THEN 'letter' WHEN r.state = 'missed' THEN 'call'
      ELSE 'request' END, r.id, (r.facts ->> 'stranger_in')::bigint, NULL, NULL, coalesce(r.facts ->> 'name', ''), r.phone,
    left(coalesce(r.facts ->> 'words', ''), 200), r.kind, r.created_at, r.due_at
  FROM sources_requests r WHERE r.state IN ('missed', 'waiting')

  UNION ALL
  SELECT 'unheard', k.id, NULL, NULL, NULL, k.name, k.phone, '', '', n.at, NULL
  FROM (SELECT x.party, max(x.at) AS at FROM (
    SELECT n.party, n.queued_at AS at FROM outbox_notices n
      WHERE n.state IN ('failed', 'unknown') AND n.party LIKE 'contact:%' AND n.queued_at > $6
    UNION ALL SELECT n.party, s.blocked_at FROM outbox_senders s
      JOIN outbox_notices n ON n.bot = s.bot AND n.chat_id = s.chat_id AND n.state IN ('queued', 'sending')
      WHERE s.blocked_at IS NOT NULL AND n.party LIKE 'contact:%') x GROUP BY x.party) n
  JOIN customers_contacts k ON k.id = split_part(n.party, ':', 2)::bigint

  UNION ALL
  SELECT 'rating', r.order_id, r.order_id, NULL, NULL, coalesce(k.name, ''), coalesce(k.phone, ''), left(r.comment, 200),
    concat_ws(' / ', r.speed, r.accuracy, r.communication), r.given_at, NULL
  FROM ratings_ratings r JOIN orders_orders o ON o.id = r.order_id LEFT JOIN customers_contacts k ON k.id = o.contact_id
  WHERE r.given_at > $6 AND least(r.speed, r.accuracy, r.communication) <= $7
    AND NOT EXISTS (SELECT FROM ratings_ratings n WHERE n.order_id = r.order_id AND n.id > r.id)

  UNION ALL
  SELECT 'twins', p.id, p.newer_id, NULL, NULL, '', '', '', p.older_id::text, p.created_at, NULL
  FROM twins_pairs p JOIN main n ON n.id = p.newer_id JOIN main a ON a.id = p.older_id WHERE p.state = 'open'

  UNION ALL
  SELECT 'absence', a.id, NULL, NULL, a.member_id, '', '', '', a.kind, a.asked_at, a.starts_at
  FROM schedule_absences a WHERE a.state = 'asked' AND a.ends_at > $1

  UNION ALL
  SELECT 'delivery', max(i.id), NULL, NULL, NULL, '', '', '', count(*)::text, max(i.dead_at), NULL
  FROM inbox_deliveries i WHERE i.dead_at IS NOT NULL HAVING count(*) > 0
)
SELECT f.kind, f.id, f.order_id AS "order", f.what, f.detail, f.since, f.due_at,
  coalesce(nullif(f.who, ''), m.name, c.name, '') AS who, coalesce(nullif(f.phone, ''), k.phone, '') AS phone,
  CASE WHEN f.job_id IS NOT NULL AND w.title <> '' THEN w.title ELSE coalesce(o.summary, '') END AS summary, o.group_id, w.job_id, coalesce(w.job_revision, 0) AS job_revision,
  w.assignee_id AS technician_id, t.name AS technician,
  CASE WHEN z.key IS NULL THEN false WHEN z.until IS NULL THEN f.since <= z.at
    ELSE z.until > $1 AND NOT (f.kind IN ('message', 'unheard', 'rating', 'delivery') AND f.since > z.at) END AS asleep
FROM found f
LEFT JOIN orders_orders o ON o.id = f.order_id
LEFT JOIN main ON main.id = f.order_id
LEFT JOIN open w ON w.id = f.order_id AND w.job_id = coalesce(f.job_id, main.job_id)
LEFT JOIN customers_customers c ON c.id = o.customer_id
LEFT JOIN customers_contacts k ON k.id = o.contact_id
LEFT JOIN people_members m ON m.id = f.member_id
LEFT JOIN people_members t ON t.id = w.assignee_id
LEFT JOIN todo_snoozes z ON z.key = f.kind || ':' || f.id
ORDER BY f.since
LIMIT 500
