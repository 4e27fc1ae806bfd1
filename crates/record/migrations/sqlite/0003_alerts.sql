-- Where alerts go. kind: json, slack, teams, mail; `config` is a JSON object of its kind, secrets in it.
-- Of `failures` deliveries since the last that succeeded the last made nothing be tried before `paused`.
CREATE TABLE receivers (
    id       INTEGER PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE,
    kind     TEXT    NOT NULL,
    config   TEXT    NOT NULL,
    enabled  INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    paused   INTEGER NOT NULL,
    created  INTEGER NOT NULL
) STRICT;

-- Which alerts are raised, and at most how many within an hour of the clock; in the hour `hour` (hours
-- since the epoch) it were `raised`.
CREATE TABLE rules (
    kind    TEXT PRIMARY KEY,
    enabled INTEGER NOT NULL,
    hourly  INTEGER NOT NULL,
    hour    INTEGER NOT NULL,
    raised  INTEGER NOT NULL
) STRICT;

-- Alerts that were raised, each once for its key (a rule and what it is about). `event` is 0 where it is of
-- none; `time` is when it happened, `raised` when it was seen.
CREATE TABLE alerts (
    id      INTEGER PRIMARY KEY,
    uuid    BLOB    NOT NULL UNIQUE,
    key     TEXT    NOT NULL UNIQUE,
    rule    TEXT    NOT NULL,
    time    INTEGER NOT NULL,
    event   INTEGER NOT NULL,
    worker  TEXT,
    decky   TEXT,
    service TEXT,
    address TEXT,
    title   TEXT    NOT NULL,
    details TEXT    NOT NULL,
    raised  INTEGER NOT NULL
) STRICT;
CREATE INDEX alerts_raised ON alerts (raised);

-- Deliveries: each alert to each receiver. state: waiting, delivered, dead. It waits since `since`, and is
-- tried when it is `due`.
CREATE TABLE deliveries (
    alert    INTEGER NOT NULL,
    receiver INTEGER NOT NULL,
    state    TEXT    NOT NULL,
    tries    INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    since    INTEGER NOT NULL,
    error    TEXT,
    changed  INTEGER NOT NULL,
    PRIMARY KEY (alert, receiver)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (receiver, state, due, alert);

-- One's own scanners, of which nothing is alerted: an address range, a MAC, or both, within a window of time.
-- What was `removed` covers nothing any more, and stays for the events that name it.
CREATE TABLE ignores (
    id       INTEGER PRIMARY KEY,
    subnet   TEXT,
    mac      TEXT,
    begins   INTEGER,
    ends     INTEGER,
    reason   TEXT    NOT NULL,
    author   TEXT    NOT NULL,
    created  INTEGER NOT NULL,
    removed  INTEGER,
    CHECK (subnet IS NOT NULL OR mac IS NOT NULL)
) STRICT;
