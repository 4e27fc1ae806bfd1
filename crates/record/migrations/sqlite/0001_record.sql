-- Words that rows say often, each once. Ids begin at 1; 0 stands for none.
-- sort: 1 worker, 2 decky, 3 service, 4 kind of event, 5 address.
CREATE TABLE words (
    id   INTEGER PRIMARY KEY,
    sort INTEGER NOT NULL,
    text TEXT    NOT NULL,
    UNIQUE (sort, text)
) STRICT;

-- Every event, by id in the order in which they came. Times are microseconds since the Unix epoch, UTC.
CREATE TABLE events (
    id      INTEGER PRIMARY KEY,
    time    INTEGER NOT NULL,
    worker  INTEGER NOT NULL,
    decky   INTEGER NOT NULL,
    service INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    address INTEGER NOT NULL,
    session INTEGER NOT NULL,
    line    BLOB    NOT NULL
) STRICT;
CREATE INDEX events_decky   ON events (decky);
CREATE INDEX events_service ON events (service);
CREATE INDEX events_kind    ON events (kind);
CREATE INDEX events_address ON events (address);

-- Which numbers of a run of an emitter came: all below `next`, but those in `holes`
-- (pairs of 8 bytes, little-endian: first and last missing number).
CREATE TABLE streams (
    id     INTEGER PRIMARY KEY,
    worker INTEGER NOT NULL,
    decky  INTEGER NOT NULL,
    boot   INTEGER NOT NULL,
    next   INTEGER NOT NULL,
    holes  BLOB    NOT NULL,
    seen   INTEGER NOT NULL,
    UNIQUE (worker, decky, boot)
) STRICT;

-- How many events there were with a word in a quarter of an hour (quarters since the epoch); word 0
-- stands for every event.
CREATE TABLE tallies (
    word    INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    events  INTEGER NOT NULL,
    PRIMARY KEY (word, quarter)
) STRICT, WITHOUT ROWID;

-- Between which ids the events of a quarter of an hour are.
CREATE TABLE quarters (
    quarter INTEGER PRIMARY KEY,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL
) STRICT;

-- Conversations. `name` is what the emitter calls it, as a number.
CREATE TABLE sessions (
    id          INTEGER PRIMARY KEY,
    stream      INTEGER NOT NULL,
    name        INTEGER NOT NULL,
    worker      INTEGER NOT NULL,
    decky       INTEGER NOT NULL,
    service     INTEGER NOT NULL,
    address     INTEGER NOT NULL,
    port        INTEGER NOT NULL,
    first       INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    first_event INTEGER NOT NULL,
    last_event  INTEGER NOT NULL,
    events      INTEGER NOT NULL,
    commands    INTEGER NOT NULL,
    bytes_in    INTEGER NOT NULL,
    bytes_out   INTEGER NOT NULL,
    ended       TEXT,
    username    TEXT,
    UNIQUE (stream, name)
) STRICT;
CREATE INDEX sessions_address ON sessions (address);

-- Who did something; `id` is the word of the address. `proven`: at least one connection was completed, so
-- that the address was not made up.
CREATE TABLE attackers (
    id          INTEGER PRIMARY KEY,
    uuid        BLOB    NOT NULL UNIQUE,
    first       INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    events      INTEGER NOT NULL,
    deckies     INTEGER NOT NULL,
    services    INTEGER NOT NULL,
    bounties    INTEGER NOT NULL,
    credentials INTEGER NOT NULL,
    commands    INTEGER NOT NULL,
    artifacts   INTEGER NOT NULL,
    proven      INTEGER NOT NULL
) STRICT;
CREATE INDEX attackers_last   ON attackers (last);
CREATE INDEX attackers_events ON attackers (events);

-- What an attacker touched.
CREATE TABLE contacts (
    attacker INTEGER NOT NULL,
    decky    INTEGER NOT NULL,
    service  INTEGER NOT NULL,
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    events   INTEGER NOT NULL,
    PRIMARY KEY (attacker, decky, service)
) STRICT, WITHOUT ROWID;

-- Secrets that were shown, each once. kind: password, hash, key, community; principal: user name.
CREATE TABLE credentials (
    id        INTEGER PRIMARY KEY,
    digest    BLOB    NOT NULL UNIQUE,
    kind      TEXT    NOT NULL,
    principal TEXT,
    secret    TEXT    NOT NULL,
    first     INTEGER NOT NULL,
    last      INTEGER NOT NULL,
    uses      INTEGER NOT NULL
) STRICT;
CREATE INDEX credentials_last ON credentials (last);

-- What was learnt of an attacker: each once for what identifies it. type: credential, fingerprint.
CREATE TABLE bounties (
    id         INTEGER PRIMARY KEY,
    digest     BLOB    NOT NULL UNIQUE,
    type       TEXT    NOT NULL,
    attacker   INTEGER NOT NULL,
    decky      INTEGER NOT NULL,
    service    INTEGER NOT NULL,
    credential INTEGER NOT NULL,
    first      INTEGER NOT NULL,
    last       INTEGER NOT NULL,
    uses       INTEGER NOT NULL,
    payload    TEXT    NOT NULL
) STRICT;
CREATE INDEX bounties_attacker   ON bounties (attacker);
CREATE INDEX bounties_credential ON bounties (credential);

-- Commands of attackers; `event` is the id of the event.
CREATE TABLE commands (
    event    INTEGER PRIMARY KEY,
    attacker INTEGER NOT NULL,
    service  INTEGER NOT NULL
) STRICT;
CREATE INDEX commands_attacker ON commands (attacker);

-- Files that were captured; `event` is the id of the event that told it.
CREATE TABLE artifacts (
    event     INTEGER PRIMARY KEY,
    time      INTEGER NOT NULL,
    attacker  INTEGER NOT NULL,
    decky     INTEGER NOT NULL,
    service   INTEGER NOT NULL,
    sha256    TEXT    NOT NULL,
    size      INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    source    TEXT    NOT NULL,
    truncated INTEGER NOT NULL
) STRICT;
CREATE INDEX artifacts_attacker ON artifacts (attacker);
CREATE INDEX artifacts_sha256   ON artifacts (sha256);

-- How far each file of the log is kept. The one that moved last has the highest `moved`.
CREATE TABLE marks (
    generation BLOB    NOT NULL PRIMARY KEY,
    place      INTEGER NOT NULL,
    moved      INTEGER NOT NULL
) STRICT;

-- Numbers and small values by name.
CREATE TABLE state (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Stretches of events whose words can be searched: each has a table of its own, `text_<id>`, so that
-- what is old can go at once. Events from `next` of the newest on are not in yet.
CREATE TABLE texts (
    id    INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    next  INTEGER NOT NULL
) STRICT;
