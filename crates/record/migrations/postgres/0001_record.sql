-- Texts are bytes here: these have one order and one equality, and may have a NUL.
-- Words that rows say often, each once. Ids begin at 1; 0 stands for none.
-- sort: 1 worker, 2 decky, 3 service, 4 kind of event, 5 address.
CREATE TABLE words (
    id   BIGINT PRIMARY KEY,
    sort BIGINT NOT NULL,
    text BYTEA  NOT NULL,
    UNIQUE (sort, text)
);

-- Every event, by id in the order in which they came. Times are microseconds since the Unix epoch, UTC.
CREATE TABLE events (
    id      BIGINT PRIMARY KEY,
    time    BIGINT NOT NULL,
    worker  BIGINT NOT NULL,
    decky   BIGINT NOT NULL,
    service BIGINT NOT NULL,
    kind    BIGINT NOT NULL,
    address BIGINT NOT NULL,
    session BIGINT NOT NULL,
    line    BYTEA  NOT NULL
);
CREATE INDEX events_decky   ON events (decky);
CREATE INDEX events_service ON events (service);
CREATE INDEX events_kind    ON events (kind);
CREATE INDEX events_address ON events (address);

-- Which numbers of a run of an emitter came: all below `next`, but those in `holes`
-- (pairs of 8 bytes, little-endian: first and last missing number).
CREATE TABLE streams (
    id     BIGINT PRIMARY KEY,
    worker BIGINT NOT NULL,
    decky  BIGINT NOT NULL,
    boot   BIGINT NOT NULL,
    next   BIGINT NOT NULL,
    holes  BYTEA  NOT NULL,
    seen   BIGINT NOT NULL,
    UNIQUE (worker, decky, boot)
);

-- How many events there were with a word in a quarter of an hour (quarters since the epoch); word 0
-- stands for every event.
CREATE TABLE tallies (
    word    BIGINT NOT NULL,
    quarter BIGINT NOT NULL,
    events  BIGINT NOT NULL,
    PRIMARY KEY (word, quarter)
);

-- Between which ids the events of a quarter of an hour are.
CREATE TABLE quarters (
    quarter BIGINT PRIMARY KEY,
    first   BIGINT NOT NULL,
    last    BIGINT NOT NULL
);

-- Conversations. `name` is what the emitter calls it, as a number.
CREATE TABLE sessions (
    id          BIGINT PRIMARY KEY,
    stream      BIGINT NOT NULL,
    name        BIGINT NOT NULL,
    worker      BIGINT NOT NULL,
    decky       BIGINT NOT NULL,
    service     BIGINT NOT NULL,
    address     BIGINT NOT NULL,
    port        BIGINT NOT NULL,
    first       BIGINT NOT NULL,
    last        BIGINT NOT NULL,
    first_event BIGINT NOT NULL,
    last_event  BIGINT NOT NULL,
    events      BIGINT NOT NULL,
    commands    BIGINT NOT NULL,
    bytes_in    BIGINT NOT NULL,
    bytes_out   BIGINT NOT NULL,
    ended       BYTEA,
    username    BYTEA,
    UNIQUE (stream, name)
);
CREATE INDEX sessions_address ON sessions (address);

-- Who did something; `id` is the word of the address. `proven`: at least one connection was completed, so
-- that the address was not made up.
CREATE TABLE attackers (
    id          BIGINT PRIMARY KEY,
    uuid        BYTEA  NOT NULL UNIQUE,
    first       BIGINT NOT NULL,
    last        BIGINT NOT NULL,
    events      BIGINT NOT NULL,
    deckies     BIGINT NOT NULL,
    services    BIGINT NOT NULL,
    bounties    BIGINT NOT NULL,
    credentials BIGINT NOT NULL,
    commands    BIGINT NOT NULL,
    artifacts   BIGINT NOT NULL,
    proven      BIGINT NOT NULL
);
CREATE INDEX attackers_last   ON attackers (last);
CREATE INDEX attackers_events ON attackers (events);

-- What an attacker touched.
CREATE TABLE contacts (
    attacker BIGINT NOT NULL,
    decky    BIGINT NOT NULL,
    service  BIGINT NOT NULL,
    first    BIGINT NOT NULL,
    last     BIGINT NOT NULL,
    events   BIGINT NOT NULL,
    PRIMARY KEY (attacker, decky, service)
);

-- Secrets that were shown, each once. kind: password, hash, key, community; principal: user name.
CREATE TABLE credentials (
    id        BIGINT PRIMARY KEY,
    digest    BYTEA  NOT NULL UNIQUE,
    kind      BYTEA  NOT NULL,
    principal BYTEA,
    secret    BYTEA  NOT NULL,
    first     BIGINT NOT NULL,
    last      BIGINT NOT NULL,
    uses      BIGINT NOT NULL
);
CREATE INDEX credentials_last ON credentials (last);

-- What was learnt of an attacker: each once for what identifies it. type: credential, fingerprint.
CREATE TABLE bounties (
    id         BIGINT PRIMARY KEY,
    digest     BYTEA  NOT NULL UNIQUE,
    type       BYTEA  NOT NULL,
    attacker   BIGINT NOT NULL,
    decky      BIGINT NOT NULL,
    service    BIGINT NOT NULL,
    credential BIGINT NOT NULL,
    first      BIGINT NOT NULL,
    last       BIGINT NOT NULL,
    uses       BIGINT NOT NULL,
    payload    BYTEA  NOT NULL
);
CREATE INDEX bounties_attacker   ON bounties (attacker);
CREATE INDEX bounties_credential ON bounties (credential);

-- Commands of attackers; `event` is the id of the event.
CREATE TABLE commands (
    event    BIGINT PRIMARY KEY,
    attacker BIGINT NOT NULL,
    service  BIGINT NOT NULL
);
CREATE INDEX commands_attacker ON commands (attacker);

-- Files that were captured; `event` is the id of the event that told it.
CREATE TABLE artifacts (
    event     BIGINT PRIMARY KEY,
    time      BIGINT NOT NULL,
    attacker  BIGINT NOT NULL,
    decky     BIGINT NOT NULL,
    service   BIGINT NOT NULL,
    sha256    BYTEA  NOT NULL,
    size      BIGINT NOT NULL,
    name      BYTEA  NOT NULL,
    source    BYTEA  NOT NULL,
    truncated BIGINT NOT NULL
);
CREATE INDEX artifacts_attacker ON artifacts (attacker);
CREATE INDEX artifacts_sha256   ON artifacts (sha256);

-- How far each file of the log is kept. The one that moved last has the highest `moved`.
CREATE TABLE marks (
    generation BYTEA  NOT NULL PRIMARY KEY,
    place      BIGINT NOT NULL,
    moved      BIGINT NOT NULL
);

-- Numbers and small values by name.
CREATE TABLE state (
    name  BYTEA PRIMARY KEY,
    value BYTEA  NOT NULL
);

-- Stretches of events whose words can be searched: each has a table of its own, `text_<id>`, so that
-- what is old can go at once. Events from `next` of the newest on are not in yet.
CREATE TABLE texts (
    id    BIGINT PRIMARY KEY,
    first BIGINT NOT NULL,
    next  BIGINT NOT NULL
);
