-- How far the relay has come, noted about once a second: never trusted over Kafka itself, but it tells
-- when Kafka has lost what it had, and where to go on when retention has emptied every topic.
CREATE TABLE relay_cursor (
    relay text PRIMARY KEY,
    position bigint NOT NULL,
    noted_at timestamptz NOT NULL
);
