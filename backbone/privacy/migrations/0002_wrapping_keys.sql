-- Key-encryption keys by name; the keys themselves are in the key file or a key management service, never here.
-- One is active: it wraps what is wrapped from now on. One that is retired wraps nothing, for good.
CREATE TABLE vault.wrapping_key (
    name        text PRIMARY KEY,
    active      boolean NOT NULL,
    active_from timestamptz NOT NULL,
    activated_by text NOT NULL,
    retired_at  timestamptz,
    CHECK (NOT active OR retired_at IS NULL)
);

CREATE UNIQUE INDEX wrapping_key_active ON vault.wrapping_key (active) WHERE active;

INSERT INTO vault.wrapping_key (name, active, active_from, activated_by)
SELECT wrapped_by, wrapped_by = 'file', min(created_at), 'migration' FROM vault.data_key GROUP BY wrapped_by;

-- What a key still wraps, for its rotation.
CREATE INDEX data_key_wrapped_by ON vault.data_key (wrapped_by, subject_id) WHERE wrapped IS NOT NULL;
