-- A chunk of a long history: $1 appointments with two events each, after position $2; the states are the
-- production model's JSON with six places ($3 for the first event, $4 for the second, whose type is $6).
WITH life AS MATERIALIZED (
    SELECT n,
           uuidv7() AS appointment,
           gen_random_uuid() AS patient,
           $7::uuid[] AS providers,
           $8::uuid[] AS rooms,
           timestamp '2021-01-01' + ($2 + n) / cardinality($7::uuid[]) * interval '30 minutes' AS starts_at
      FROM generate_series(0, $1::bigint - 1) AS n
), event AS (
    SELECT life.*, version, $2 + (version - 1) * $1 + n + 1 AS place,
           CASE version WHEN 1 THEN $3::text ELSE $4::text END AS pattern,
           CASE version WHEN 1 THEN $5::text ELSE $6::text END AS type
      FROM generate_series(1, 2) AS version, life
)
INSERT INTO stored_events (originator_id, originator_version, topic, state, notification_id, kafka_topic,
                           sequence, meta, occurred_at, recorded_at)
SELECT appointment, version, type,
       convert_to(format(pattern, appointment, patient, providers[1 + n % cardinality(providers)],
                         rooms[1 + n % cardinality(rooms)], to_char(starts_at, 'YYYY-MM-DD"T"HH24:MI'),
                         to_char(starts_at + interval '30 minutes', 'YYYY-MM-DD"T"HH24:MI')), 'UTF8'),
       place, $9::text, place,
       jsonb_build_object('auth_type', 'user', 'auth_id', 'bench', 'correlation_id', gen_random_uuid(),
                          'decision_id', gen_random_uuid(), 'facility_id', gen_random_uuid(),
                          'roles', '["scheduler"]'::jsonb),
       now(), now()
  FROM event
 ORDER BY place
