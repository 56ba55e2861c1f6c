-- What the appointments still to come take: those of the last events ($1 of them), half an hour each of a
-- provider ($2), a room ($3) and a patient. The claims of the past are deleted once a day.
WITH appointment AS (
    SELECT row_number() OVER () - 1 AS n, originator_id AS owner, gen_random_uuid() AS patient
      FROM stored_events WHERE originator_version = 1
     ORDER BY notification_id DESC LIMIT $1
), taken AS (
    SELECT owner, resource_id,
           3000000 + n / cardinality($2::uuid[]) * 6 AS first_slot
      FROM appointment,
           LATERAL unnest(ARRAY[($2::uuid[])[1 + n % cardinality($2::uuid[])],
                                ($3::uuid[])[1 + n % cardinality($3::uuid[])], patient]) AS resource_id
), claimed AS (
    INSERT INTO claims (resource_id, owner, slot, lane, capacity)
    SELECT resource_id, owner, slot, 0, 1
      FROM taken, generate_series(first_slot, first_slot + 5) AS slot
)
INSERT INTO busy_weeks (resource_id, week, bits)
SELECT DISTINCT resource_id, first_slot / 2016, decode(repeat('00', 252), 'hex') FROM taken
