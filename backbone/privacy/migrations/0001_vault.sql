-- Data keys and access records: only the backbone's privacy code reads and writes here.

-- One data key per subject (a patient; or a session, a visit, for free text about nobody in particular).
-- Destroyed: the wrapped key is gone, the row and its commitment stay.
CREATE TABLE vault.data_key (
    subject_id   uuid PRIMARY KEY,
    kind         text NOT NULL,
    wrapped      bytea,
    wrapped_by   text NOT NULL,
    commitment   bytea NOT NULL,
    created_at   timestamptz NOT NULL,
    destroyed_at timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

CREATE INDEX data_key_destroyed ON vault.data_key (subject_id) WHERE destroyed_at IS NOT NULL;

-- Who saw what, why, and with what outcome. Positions are gapless and rise in the order of commits.
CREATE TABLE vault.access (
    position     bigint PRIMARY KEY,
    access_id    uuid NOT NULL UNIQUE,
    occurred_at  timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor_id     text NOT NULL,
    auth_type    text NOT NULL,
    roles        text[] NOT NULL,
    purpose      text NOT NULL,
    action       text NOT NULL,
    outcome      text NOT NULL,
    patient_ids  uuid[] NOT NULL,
    fields       text[] NOT NULL,
    facility_ids uuid[] NOT NULL,
    request_id   text NOT NULL,
    traceparent  text
);

CREATE TABLE vault.access_head (
    is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one),
    last bigint NOT NULL
) WITH (fillfactor = 10);

INSERT INTO vault.access_head (last) VALUES (0);

CREATE FUNCTION vault.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'access records are never changed or deleted';
END
$$;

CREATE TRIGGER access_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON vault.access
    FOR EACH STATEMENT EXECUTE FUNCTION vault.refuse_change();
