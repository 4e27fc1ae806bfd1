-- Texts are bytes here: these have one order and one equality. What changes tables is kept at once, whatever
-- becomes of the transaction: everything here can be done again.
-- Words that rows say often, each once. Ids begin at 1; 0 stands for none.
-- sort: 1 worker, 2 decky, 3 service, 4 kind of event, 5 address.
CREATE TABLE IF NOT EXISTS words (
    id BIGINT PRIMARY KEY,
    sort BIGINT NOT NULL,
    text VARBINARY(255) NOT NULL,
    UNIQUE (sort, text)
) ENGINE = InnoDB;

-- Every event, by id in the order in which they came. Times are microseconds since the Unix epoch, UTC.
-- `ignored` is which entry of the ignore list covers it: its id among `ignores`, be that removed since; 0 for none.
CREATE TABLE IF NOT EXISTS events (
    id BIGINT PRIMARY KEY,
    time BIGINT NOT NULL,
    worker BIGINT NOT NULL,
    decky BIGINT NOT NULL,
    service BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    address BIGINT NOT NULL,
    session BIGINT NOT NULL,
    line MEDIUMBLOB NOT NULL,
    ignored BIGINT NOT NULL DEFAULT 0
) ENGINE = InnoDB;

-- Which numbers of a run of an emitter came: all below `next`, but those in `holes`
-- (pairs of 8 bytes, little-endian: first and last missing number).
CREATE TABLE IF NOT EXISTS streams (
    id BIGINT PRIMARY KEY,
    worker BIGINT NOT NULL,
    decky BIGINT NOT NULL,
    boot BIGINT NOT NULL,
    next BIGINT NOT NULL,
    holes MEDIUMBLOB NOT NULL,
    seen BIGINT NOT NULL,
    UNIQUE (worker, decky, boot)
) ENGINE = InnoDB;

-- How many events there were with a word in a quarter of an hour (quarters since the epoch); word 0
-- stands for every event.
CREATE TABLE IF NOT EXISTS tallies (
    word BIGINT NOT NULL,
    quarter BIGINT NOT NULL,
    events BIGINT NOT NULL,
    PRIMARY KEY (word, quarter)
) ENGINE = InnoDB;

-- Between which ids the events of a quarter of an hour are.
CREATE TABLE IF NOT EXISTS quarters (
    quarter BIGINT PRIMARY KEY,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL
) ENGINE = InnoDB;

-- Conversations. `name` is what the emitter calls it, as a number.
CREATE TABLE IF NOT EXISTS sessions (
    id BIGINT PRIMARY KEY,
    stream BIGINT NOT NULL,
    name BIGINT NOT NULL,
    worker BIGINT NOT NULL,
    decky BIGINT NOT NULL,
    service BIGINT NOT NULL,
    address BIGINT NOT NULL,
    port BIGINT NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    first_event BIGINT NOT NULL,
    last_event BIGINT NOT NULL,
    events BIGINT NOT NULL,
    commands BIGINT NOT NULL,
    bytes_in BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    ended MEDIUMBLOB,
    username MEDIUMBLOB,
    UNIQUE (stream, name),
    INDEX sessions_address (address)
) ENGINE = InnoDB;

-- Who did something; `id` is the word of the address. `proven`: at least one connection was completed, so
-- that the address was not made up. `ignored` of its events are covered by the ignore list.
CREATE TABLE IF NOT EXISTS attackers (
    id BIGINT PRIMARY KEY,
    uuid VARBINARY(16) NOT NULL UNIQUE,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    events BIGINT NOT NULL,
    deckies BIGINT NOT NULL,
    services BIGINT NOT NULL,
    bounties BIGINT NOT NULL,
    credentials BIGINT NOT NULL,
    commands BIGINT NOT NULL,
    artifacts BIGINT NOT NULL,
    proven BIGINT NOT NULL,
    ignored BIGINT NOT NULL DEFAULT 0,
    INDEX attackers_last (last),
    INDEX attackers_events (events)
) ENGINE = InnoDB;

-- What an attacker touched.
CREATE TABLE IF NOT EXISTS contacts (
    attacker BIGINT NOT NULL,
    decky BIGINT NOT NULL,
    service BIGINT NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    events BIGINT NOT NULL,
    PRIMARY KEY (attacker, decky, service)
) ENGINE = InnoDB;

-- Secrets that were shown, each once. kind: password, hash, key, community; principal: user name.
CREATE TABLE IF NOT EXISTS credentials (
    id BIGINT PRIMARY KEY,
    digest VARBINARY(32) NOT NULL UNIQUE,
    kind MEDIUMBLOB NOT NULL,
    principal MEDIUMBLOB,
    secret MEDIUMBLOB NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    uses BIGINT NOT NULL,
    INDEX credentials_last (last)
) ENGINE = InnoDB;

-- What was learnt of an attacker: each once for what identifies it. type: credential, fingerprint.
CREATE TABLE IF NOT EXISTS bounties (
    id BIGINT PRIMARY KEY,
    digest VARBINARY(32) NOT NULL,
    type VARBINARY(64) NOT NULL,
    attacker BIGINT NOT NULL,
    decky BIGINT NOT NULL,
    service BIGINT NOT NULL,
    credential BIGINT NOT NULL,
    payload MEDIUMBLOB NOT NULL
) ENGINE = InnoDB;

-- When and how often a bounty was met, by its digest, which begins with the attacker.
CREATE TABLE IF NOT EXISTS sightings (
    digest VARBINARY(32) NOT NULL PRIMARY KEY,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    uses BIGINT NOT NULL
) ENGINE = InnoDB;

-- Commands of attackers; `event` is the id of the event.
CREATE TABLE IF NOT EXISTS commands (
    event BIGINT PRIMARY KEY,
    attacker BIGINT NOT NULL,
    service BIGINT NOT NULL,
    INDEX commands_attacker (attacker)
) ENGINE = InnoDB;

-- Files that were captured; `event` is the id of the event that told it.
CREATE TABLE IF NOT EXISTS artifacts (
    event BIGINT PRIMARY KEY,
    time BIGINT NOT NULL,
    attacker BIGINT NOT NULL,
    decky BIGINT NOT NULL,
    service BIGINT NOT NULL,
    sha256 VARBINARY(64) NOT NULL,
    size BIGINT NOT NULL,
    name MEDIUMBLOB NOT NULL,
    source MEDIUMBLOB NOT NULL,
    truncated BIGINT NOT NULL,
    INDEX artifacts_attacker (attacker),
    INDEX artifacts_sha256 (sha256)
) ENGINE = InnoDB;

-- How far each file of the log is kept. The one that moved last has the highest `moved`.
CREATE TABLE IF NOT EXISTS marks (
    generation VARBINARY(16) NOT NULL PRIMARY KEY,
    place BIGINT NOT NULL,
    moved BIGINT NOT NULL
) ENGINE = InnoDB;

-- Numbers and small values by name.
CREATE TABLE IF NOT EXISTS state (
    name VARBINARY(64) PRIMARY KEY,
    value MEDIUMBLOB NOT NULL
) ENGINE = InnoDB;

-- Stretches of events whose words can be searched: each has a table of its own, `text_<id>`, so that
-- what is old can go at once. Events from `next` of the newest on are not in yet.
CREATE TABLE IF NOT EXISTS texts (
    id BIGINT PRIMARY KEY,
    first BIGINT NOT NULL,
    next BIGINT NOT NULL
) ENGINE = InnoDB;
