-- The projection engine's tables, in the schema of the service whose projections they serve.

-- A projection's tables exist in generations: one is read, and beside it the next may be built.
CREATE TABLE projection_generations (
    projection text NOT NULL,
    generation integer NOT NULL,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('live', 'building', 'retired')),
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz,
    PRIMARY KEY (projection, generation)
);
CREATE UNIQUE INDEX projection_generations_live_idx ON projection_generations (projection)
    WHERE state = 'live';
CREATE UNIQUE INDEX projection_generations_building_idx ON projection_generations (projection)
    WHERE state = 'building';

-- How far each partition has been applied. Moved in the transaction that changes the state, by the owner
-- of the current epoch only.
CREATE TABLE projection_checkpoints (
    projection text NOT NULL,
    generation integer NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    epoch bigint NOT NULL DEFAULT 1,
    sequence bigint NOT NULL DEFAULT 0,       -- the highest applied: ce_sequence
    position bigint NOT NULL DEFAULT 0,       -- the highest applied: ce_position
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, generation, topic, partition),
    FOREIGN KEY (projection, generation) REFERENCES projection_generations ON DELETE CASCADE
) WITH (fillfactor = 50);

-- Records that could not be applied, and those of the same key that came after them, in order of id.
CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    projection text NOT NULL,
    generation integer NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    key_text text NOT NULL,
    ce_type text NOT NULL,
    ce_id text NOT NULL,
    cause text NOT NULL CHECK (cause IN ('poison', 'behind')),
    error text NOT NULL,                      -- what kind of fault, never the content
    record_key bytea,
    record_value bytea,
    record_timestamp bigint NOT NULL,
    header_names text[] NOT NULL,
    header_values bytea[] NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,                 -- to <topic>.dead-letter
    retry_requested_at timestamptz,
    attempts integer NOT NULL DEFAULT 1,
    FOREIGN KEY (projection, generation) REFERENCES projection_generations ON DELETE CASCADE
);
CREATE INDEX dead_letter_key_idx ON dead_letter (projection, generation, topic, partition, key_text, id);
CREATE INDEX dead_letter_unpublished_idx ON dead_letter (projection, generation, id)
    WHERE published_at IS NULL;
CREATE INDEX dead_letter_retry_idx ON dead_letter (projection, generation) WHERE retry_requested_at IS NOT NULL;
