-- The event store of one service, in that service's schema (the migration runner sets search_path).

-- The layout of the eventsourcing library's PostgresApplicationRecorder, which can read this table,
-- and five columns more. Positions (notification_id) and sequences come from the batch that holds the
-- store's lock, never from a database sequence: that would leave a gap wherever a transaction rolls back.
CREATE TABLE stored_events (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,                      -- the CloudEvents type
    state bytea NOT NULL,                     -- the Kafka value
    notification_id bigint NOT NULL,          -- the position: 1, 2, 3 ... in this store
    kafka_topic text NOT NULL,                -- without installation prefix
    sequence bigint NOT NULL,                 -- 1, 2, 3 ... in this Kafka topic
    meta jsonb NOT NULL,                      -- who, in answer to what, and the decision it was part of
    occurred_at timestamptz NOT NULL,         -- when it happened (ce_time)
    recorded_at timestamptz NOT NULL,         -- when it was committed (ce_recordedtime)
    PRIMARY KEY (originator_id, originator_version)
) WITH (
    autovacuum_vacuum_threshold = 100000000,
    autovacuum_vacuum_scale_factor = 0.5,
    autovacuum_analyze_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.01
);
CREATE UNIQUE INDEX stored_events_notification_id_idx ON stored_events (notification_id);
CREATE UNIQUE INDEX stored_events_sequence_idx ON stored_events (kafka_topic, sequence);

-- Who has which lane of a resource in which slot. The primary key makes double booking impossible.
CREATE TABLE claims (
    resource_id uuid NOT NULL,
    owner uuid NOT NULL,
    expires_at timestamptz,                   -- a hold: free for the commit that finds it expired
    slot integer NOT NULL,                    -- 5-minute slots since 1970-01-01T00:00Z
    lane smallint NOT NULL,                   -- from capacity on: a named overbooking
    capacity smallint NOT NULL,
    PRIMARY KEY (resource_id, slot, lane)
);
-- Both ways to holds: those of an owner, and (all are few, so by going through them) those that are due.
CREATE INDEX claims_held_idx ON claims (owner, expires_at) WHERE expires_at IS NOT NULL;

-- What availability is computed from, kept with the claims in the same transaction: per resource and
-- stretch of 2016 slots (a week from Thursday 00:00 UTC, as 1970 began), bit n of byte n/8 from the right
-- is set when no normal lane is left in the n-th slot.
CREATE TABLE busy_weeks (
    resource_id uuid NOT NULL,
    week integer NOT NULL,
    bits bytea NOT NULL CHECK (length(bits) = 252),
    PRIMARY KEY (resource_id, week)
) WITH (fillfactor = 70);

-- What a request was answered, for when it comes again.
CREATE TABLE idempotency (
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('accepted', 'refused')),
    answer jsonb NOT NULL,                    -- of a refusal: type, detail, conflicts
    version bigint NOT NULL,
    position bigint NOT NULL,
    marks jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY (scope, key)
);
