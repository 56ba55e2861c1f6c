-- Which other systems may send commands, and as whom. Never changed: the latest version of each counts.
CREATE TABLE registrations (
    system text NOT NULL CHECK (system ~ '^[a-z][a-z0-9-]{0,62}$'),
    version integer NOT NULL CHECK (version > 0),
    roles text[] NOT NULL,                    -- empty: withdrawn
    facility_ids uuid[],                      -- NULL: every facility
    registered_at timestamptz NOT NULL,
    registered_by text NOT NULL,              -- pseudonymous, or the command line
    PRIMARY KEY (system, version)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'registrations are never changed or deleted: register anew, or withdraw';
END
$$;

CREATE TRIGGER registrations_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON registrations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
