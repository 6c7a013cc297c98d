SELECT jsonb_build_object(
  'number', o.id, 'kind', o.kind, 'summary', o.summary, 'words', o.words, 'state', o.state,
  'urgency', o.urgency, 'priority', o.priority, 'source', o.source, 'revision', o.revision,
  'created_at', o.created_at, 'closed_at', o.closed_at, 'promised_at', o.promised_at,
  'wanted_from', o.wanted_from, 'wanted_to', o.wanted_to, 'needs_help', o.needs_help,
  'cancel_reason', o.cancel_reason, 'merged_into', o.merged_into, 'absorbed', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('number', d.id, 'words', d.words) ORDER BY d.id), '[]')
    FROM twins_merges y JOIN orders_orders d ON d.id = y.drop_id WHERE y.keep_id = o.id AND y.undone_at IS NULL),
  'group_id', o.group_id,
  'address', coalesce(nullif(o.address, ''), s.address, ''),
  'lat', coalesce(o.lat, s.lat), 'lon', coalesce(o.lon, s.lon),
  'zone', (SELECT zone FROM company_company WHERE id = 1),
  'customer', jsonb_build_object('id', c.id, 'name', c.name, 'private', c.private, 'forbidden',
    (SELECT x.forbidden FROM channels_customers x WHERE x.customer_id = c.id)),
  'contact', CASE WHEN k.id IS NOT NULL THEN
    jsonb_build_object('id', k.id, 'name', k.name, 'phone', k.phone, 'post', k.post) END,
  'site', CASE WHEN s.id IS NOT NULL THEN jsonb_build_object(
    'id', s.id, 'name', s.name, 'address', s.address, 'hint', s.hint, 'lat', s.lat, 'lon', s.lon) END,
  'assets', (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'id', a.id, 'name', a.name, 'model', a.model, 'serial', a.serial, 'inventory', a.inventory, 'place', a.place,
      'criticality', a.criticality, 'type', t.name, 'plan', n.plan_id) ORDER BY a.id), '[]')
    FROM orders_order_assets l JOIN assets_assets a ON a.id = l.asset_id JOIN assets_types t ON t.id = a.type_id
    LEFT JOIN assets_pins n ON n.asset_id = a.id AND a.site_id = o.site_id WHERE l.order_id = o.id),
  'plan', (SELECT n.plan_id FROM assets_pins n JOIN assets_floor_plans p ON p.id = n.plan_id
           WHERE n.order_id = o.id AND p.site_id = o.site_id),
  'contract', CASE WHEN deal.id IS NOT NULL THEN jsonb_build_object('id', deal.id, 'number', deal.number) END,
  'needs', CASE WHEN $2 THEN (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'what', n.what, 'level', n.level, 'quantity', trim_scale(n.quantity), 'unit', i.unit,
      'name', coalesce(to_jsonb(i.name), to_jsonb(k.name), to_jsonb(h.name), to_jsonb(e.name), to_jsonb(n.code)))
      ORDER BY n.what <> 'part', n.what, n.code), '[]')
    FROM (
      WITH RECURSIVE asked(what, code, level, quantity) AS (
        SELECT d.what::text, d.code::text, d.level::int, d.quantity::numeric FROM (
          VALUES ('order', o.id::text), ('kind', o.kind), ('customer', o.customer_id::text), ('site', o.site_id::text),
            ('contract', deal.id::text)
          UNION SELECT 'type', a.type_id::text FROM orders_order_assets l JOIN assets_assets a ON a.id = l.asset_id
            WHERE l.order_id = o.id
        ) AS of(scope, key) JOIN dispatch_demands d ON d.scope = of.scope AND d.key = of.key
        UNION ALL SELECT 'skill', y.code, 1, 1 FROM orders_order_assets l JOIN assets_assets a ON a.id = l.asset_id
          JOIN assets_types t ON t.id = a.type_id JOIN people_skills y ON y.id = t.skill_id WHERE l.order_id = o.id
        UNION SELECT d.what::text, d.code::text, d.level::int, d.quantity::numeric FROM asked JOIN dispatch_demands d
          ON asked.what = 'skill' AND d.scope = 'skill' AND d.key = asked.code
      ) SELECT what, code, max(level) AS level, max(quantity) AS quantity FROM asked GROUP BY 1, 2) n
    LEFT JOIN contracts_price_items i ON n.what = 'part' AND i.code = n.code
    LEFT JOIN people_skills k ON n.what = 'skill' AND k.code = n.code
    LEFT JOIN people_certificate_kinds h ON n.what = 'certificate' AND h.code = n.code
    LEFT JOIN people_equipment e ON n.what IN ('tool', 'vehicle') AND e.code = n.code) END,
  'outsiders', CASE WHEN $2 THEN EXISTS (SELECT FROM people_members x WHERE x.contractor AND x.active) END,
  'jobs', (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'id', j.id, 'state', j.state, 'outcome', j.outcome, 'comment', j.comment, 'revision', j.revision,
      'stage', (SELECT step.v -> 'name' FROM jsonb_array_elements(f.stages) AS step(v) WHERE step.v ->> 'code' = j.stage),
      'assignee', CASE WHEN m.id IS NOT NULL THEN
        jsonb_build_object('id', m.id, 'name', m.name, 'phone', m.phone, 'rating', m.rating, 'contractor', m.contractor,
          'firm', m.firm) END,
      'fee', j.fee::text,
      'planned_from', j.planned_from, 'planned_to', j.planned_to, 'eta_at', j.eta_at, 'accepted_at', j.accepted_at,
      'travelling_at', j.travelling_at, 'arrived_at', j.arrived_at, 'done_at', j.done_at, 'duration', j.duration,
      'return_of', j.return_of_id, 'title', j.title, 'created_at', j.created_at,
      'trail', CASE WHEN $2 THEN (
        SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
          'verb', substr(e.kind, 5), 'state', e.facts -> 'state', 'stage', e.facts -> 'stage', 'at', e.at))
          ORDER BY e.id), '[]')
        FROM orders_entries e WHERE e.order_id = o.id AND e.job_id = j.id AND e.kind LIKE 'job.%'
          AND (e.facts ? 'state' OR e.kind = 'job.stage')) END,
      'off_norm', (
        SELECT coalesce(jsonb_agg(item.v || jsonb_build_object('value', a.value) ORDER BY item.n), '[]')
        FROM checklists_answers a JOIN checklists_templates y ON y.id = a.template_id,
          jsonb_array_elements(y.items) WITH ORDINALITY AS item(v, n)
        WHERE a.job_id = j.id AND a.ok = false AND item.v ->> 'code' = a.item),
      'offers', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
          'id', p.id, 'member_id', p.member_id, 'name', q.name, 'state', p.state, 'score', p.score,
          'reason', p.reason, 'fee', p.fee::text, 'expires_at', p.expires_at, 'explain', p.explain) ORDER BY p.id), '[]')
        FROM dispatch_offers p JOIN people_members q ON q.id = p.member_id WHERE p.job_id = j.id)
    ) ORDER BY j.id), '[]')
    FROM orders_jobs j LEFT JOIN people_members m ON m.id = j.assignee_id
    JOIN orders_lifecycles f ON f.id = j.lifecycle_id WHERE j.order_id = o.id),
  'deadlines', (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'kind', d.kind, 'started_at', d.started_at, 'due_at', d.due_at, 'met_at', d.met_at,
      'breached_at', d.breached_at, 'paused_at', d.paused_at, 'job_id', d.job_id,
      'stage', CASE WHEN d.stage IS NOT NULL THEN jsonb_build_object('code', d.stage, 'name', d.policy -> 'stage') END)
      ORDER BY d.due_at), '[]')
    FROM sla_deadlines d WHERE d.order_id = o.id AND d.cancelled_at IS NULL),
  'files', (
    SELECT jsonb_build_object(
      'photos', count(*) FILTER (WHERE file.kind = 'photo' OR file.kind = 'document' AND file.mime LIKE 'image/%'),
      'videos', count(*) FILTER (WHERE file.kind = 'video'),
      'voices', count(*) FILTER (WHERE file.kind IN ('voice', 'audio')),
      'documents', count(*) FILTER (WHERE file.kind = 'document' AND file.mime NOT LIKE 'image/%'))
    FROM orders_attachments x JOIN files_files file ON file.id = x.file_id
    WHERE x.order_id = o.id AND x.phase = 'request' AND file.error IS NULL),
  'documents', (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'id', d.id, 'kind', d.kind, 'number', d.number, 'version', d.version, 'state', d.state, 'file_id', d.file_id,
      'total', d.total, 'signed_at', g.at, 'signed_by', g.name, 'how', g.how) ORDER BY d.version), '[]')
    FROM documents_documents d LEFT JOIN documents_signatures g ON g.document_id = d.id
    WHERE d.order_id = o.id AND d.replaced_by IS NULL),
  'rating', (
    SELECT jsonb_build_object(
      'speed', r.speed, 'accuracy', r.accuracy, 'communication', r.communication, 'comment', r.comment)
    FROM ratings_ratings r WHERE r.order_id = o.id ORDER BY r.id DESC LIMIT 1)
)::text AS facts
FROM orders_orders o
JOIN customers_customers c ON c.id = o.customer_id
LEFT JOIN customers_contacts k ON k.id = o.contact_id
LEFT JOIN customers_sites s ON s.id = o.site_id
LEFT JOIN LATERAL (
  SELECT d.id, d.number FROM contracts_contracts d
  CROSS JOIN (SELECT (coalesce(o.wanted_from, o.created_at) AT TIME ZONE y.zone)::date AS day
    FROM company_company y WHERE y.id = 1) its
  WHERE $2 AND d.customer_id = o.customer_id AND d.starts_on <= its.day AND (d.ends_on IS NULL OR d.ends_on >= its.day)
  ORDER BY d.starts_on DESC, d.id DESC LIMIT 1) deal ON true
WHERE o.id = $1
