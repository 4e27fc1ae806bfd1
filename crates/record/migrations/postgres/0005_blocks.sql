-- Which words are in which block of 128 events: a search passes over the blocks that have not what it looks
-- for. An index of every event by each of its words would say it more exactly, and cost more.
CREATE TABLE blocks (
    word  BIGINT NOT NULL,
    block BIGINT NOT NULL,
    PRIMARY KEY (word, block)
);
INSERT INTO blocks (word, block)
    SELECT worker, id / 128 FROM events WHERE worker > 0
    UNION SELECT decky, id / 128 FROM events WHERE decky > 0
    UNION SELECT service, id / 128 FROM events WHERE service > 0
    UNION SELECT kind, id / 128 FROM events WHERE kind > 0
    UNION SELECT address, id / 128 FROM events WHERE address > 0;
DROP INDEX events_decky;
DROP INDEX events_service;
DROP INDEX events_kind;
DROP INDEX events_address;
