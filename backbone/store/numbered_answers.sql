-- Answers that are counted, as those to another system's commands are: 1, 2, 3 ... in their series.
CREATE TABLE numbered_answers (
    series text NOT NULL,
    number bigint NOT NULL,
    scope text NOT NULL,                      -- with key: the answer, as in idempotency
    key text NOT NULL,
    position bigint NOT NULL,                 -- of the last event that was committed by then
    answered_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (series, number),
    UNIQUE (scope, key)
);
