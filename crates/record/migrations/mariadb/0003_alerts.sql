-- Where alerts go. kind: json, slack, teams, mail; `config` is a JSON object of its kind, secrets in it.
-- Of `failures` deliveries since the last that succeeded the last made nothing be tried before `paused`.
CREATE TABLE IF NOT EXISTS receivers (
    id BIGINT PRIMARY KEY,
    name VARBINARY(255) NOT NULL UNIQUE,
    kind MEDIUMBLOB NOT NULL,
    config MEDIUMBLOB NOT NULL,
    enabled BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    paused BIGINT NOT NULL,
    created BIGINT NOT NULL
) ENGINE = InnoDB;

-- Which alerts are raised, and at most how many within an hour of the clock; in the hour `hour` (hours
-- since the epoch) it were `raised`.
CREATE TABLE IF NOT EXISTS rules (
    kind VARBINARY(64) PRIMARY KEY,
    enabled BIGINT NOT NULL,
    hourly BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    raised BIGINT NOT NULL
) ENGINE = InnoDB;

-- Alerts that were raised, each once for its key (a rule and what it is about). `event` is 0 where it is of
-- none; `time` is when it happened, `raised` when it was seen. A key may be longer than what an index holds.
CREATE TABLE IF NOT EXISTS alerts (
    id BIGINT PRIMARY KEY,
    uuid VARBINARY(16) NOT NULL UNIQUE,
    `key` MEDIUMBLOB NOT NULL,
    digest VARBINARY(32) AS (UNHEX(SHA2(`key`, 256))) STORED UNIQUE,
    rule MEDIUMBLOB NOT NULL,
    time BIGINT NOT NULL,
    event BIGINT NOT NULL,
    worker MEDIUMBLOB,
    decky MEDIUMBLOB,
    service MEDIUMBLOB,
    address MEDIUMBLOB,
    title MEDIUMBLOB NOT NULL,
    details MEDIUMBLOB NOT NULL,
    raised BIGINT NOT NULL,
    INDEX alerts_by_key (`key`(100)),
    INDEX alerts_raised (raised)
) ENGINE = InnoDB;

-- Deliveries: each alert to each receiver. state: waiting, delivered, dead. It waits since `since`, and is
-- tried when it is `due`.
CREATE TABLE IF NOT EXISTS deliveries (
    alert BIGINT NOT NULL,
    receiver BIGINT NOT NULL,
    state VARBINARY(16) NOT NULL,
    tries BIGINT NOT NULL,
    due BIGINT NOT NULL,
    since BIGINT NOT NULL,
    error MEDIUMBLOB,
    changed BIGINT NOT NULL,
    PRIMARY KEY (alert, receiver),
    INDEX deliveries_due (receiver, state, due, alert)
) ENGINE = InnoDB;

-- One's own scanners, of which nothing is alerted: an address range, a MAC, or both, within a window of time.
-- What was `removed` covers nothing any more, and stays for the events that name it.
CREATE TABLE IF NOT EXISTS ignores (
    id BIGINT PRIMARY KEY,
    subnet MEDIUMBLOB,
    mac MEDIUMBLOB,
    begins BIGINT,
    ends BIGINT,
    reason MEDIUMBLOB NOT NULL,
    author MEDIUMBLOB NOT NULL,
    created BIGINT NOT NULL,
    removed BIGINT,
    CHECK (subnet IS NOT NULL OR mac IS NOT NULL)
) ENGINE = InnoDB;
