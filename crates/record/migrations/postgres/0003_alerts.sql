-- Where alerts go. kind: json, slack, teams, mail; `config` is a JSON object of its kind, secrets in it.
-- Of `failures` deliveries since the last that succeeded the last made nothing be tried before `paused`.
CREATE TABLE receivers (
    id       BIGINT PRIMARY KEY,
    name     BYTEA  NOT NULL UNIQUE,
    kind     BYTEA  NOT NULL,
    config   BYTEA  NOT NULL,
    enabled  BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    paused   BIGINT NOT NULL,
    created  BIGINT NOT NULL
);

-- Which alerts are raised, and at most how many within an hour of the clock; in the hour `hour` (hours
-- since the epoch) it were `raised`.
CREATE TABLE rules (
    kind    BYTEA PRIMARY KEY,
    enabled BIGINT NOT NULL,
    hourly  BIGINT NOT NULL,
    hour    BIGINT NOT NULL,
    raised  BIGINT NOT NULL
);

-- Alerts that were raised, each once for its key (a rule and what it is about). `event` is 0 where it is of
-- none; `time` is when it happened, `raised` when it was seen.
CREATE TABLE alerts (
    id      BIGINT PRIMARY KEY,
    uuid    BYTEA  NOT NULL UNIQUE,
    key     BYTEA  NOT NULL,
    rule    BYTEA  NOT NULL,
    time    BIGINT NOT NULL,
    event   BIGINT NOT NULL,
    worker  BYTEA,
    decky   BYTEA,
    service BYTEA,
    address BYTEA,
    title   BYTEA  NOT NULL,
    details BYTEA  NOT NULL,
    raised  BIGINT NOT NULL
);
-- A key may be longer than what an index of these holds.
CREATE UNIQUE INDEX alerts_key ON alerts (sha256(key));
CREATE INDEX alerts_by_key ON alerts USING hash (key);
CREATE INDEX alerts_raised ON alerts (raised);

-- Deliveries: each alert to each receiver. state: waiting, delivered, dead. It waits since `since`, and is
-- tried when it is `due`.
CREATE TABLE deliveries (
    alert    BIGINT NOT NULL,
    receiver BIGINT NOT NULL,
    state    BYTEA  NOT NULL,
    tries    BIGINT NOT NULL,
    due      BIGINT NOT NULL,
    since    BIGINT NOT NULL,
    error    BYTEA,
    changed  BIGINT NOT NULL,
    PRIMARY KEY (alert, receiver)
);
CREATE INDEX deliveries_due ON deliveries (receiver, state, due, alert);

-- One's own scanners, of which nothing is alerted: an address range, a MAC, or both, within a window of time.
-- What was `removed` covers nothing any more, and stays for the events that name it.
CREATE TABLE ignores (
    id       BIGINT PRIMARY KEY,
    subnet   BYTEA,
    mac      BYTEA,
    begins   BIGINT,
    ends     BIGINT,
    reason   BYTEA  NOT NULL,
    author   BYTEA  NOT NULL,
    created  BIGINT NOT NULL,
    removed  BIGINT,
    CHECK (subnet IS NOT NULL OR mac IS NOT NULL)
);
