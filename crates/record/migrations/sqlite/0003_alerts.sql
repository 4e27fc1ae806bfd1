-- Where alerts go. kind: json, slack, teams, mail; `config` is a JSON object of its kind.
CREATE TABLE receivers (
    id      INTEGER PRIMARY KEY,
    name    TEXT    NOT NULL UNIQUE,
    kind    TEXT    NOT NULL,
    config  TEXT    NOT NULL,
    enabled INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT;

-- Which alerts are raised. kind: first_touch, credential, bait_used, new_attacker, worker_lost, lag, certificate_expiring.
CREATE TABLE rules (
    kind    TEXT PRIMARY KEY,
    enabled INTEGER NOT NULL,
    config  TEXT    NOT NULL
) STRICT;

-- Alerts that were raised, each once for its key (a rule and what it is about).
CREATE TABLE alerts (
    id     INTEGER PRIMARY KEY,
    uuid   BLOB    NOT NULL UNIQUE,
    key    TEXT    NOT NULL UNIQUE,
    rule   TEXT    NOT NULL,
    time   INTEGER NOT NULL,
    event  INTEGER NOT NULL,
    title  TEXT    NOT NULL,
    body   TEXT    NOT NULL
) STRICT;

-- Deliveries: each alert to each receiver. state: waiting, delivered, dead.
CREATE TABLE deliveries (
    alert    INTEGER NOT NULL,
    receiver INTEGER NOT NULL,
    state    TEXT    NOT NULL,
    tries    INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    error    TEXT,
    changed  INTEGER NOT NULL,
    PRIMARY KEY (alert, receiver)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (state, due);

-- One's own scanners, of which nothing is alerted: an address range, a MAC, or both, within a window of time.
CREATE TABLE ignores (
    id       INTEGER PRIMARY KEY,
    subnet   TEXT,
    mac      TEXT,
    begins   INTEGER,
    ends     INTEGER,
    reason   TEXT    NOT NULL,
    author   TEXT    NOT NULL,
    created  INTEGER NOT NULL,
    CHECK (subnet IS NOT NULL OR mac IS NOT NULL)
) STRICT;
