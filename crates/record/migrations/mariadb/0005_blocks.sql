-- Which words are in which block of 128 events: a search passes over the blocks that have not what it looks
-- for. An index of every event by each of its words would say it more exactly, and cost more.
CREATE TABLE IF NOT EXISTS blocks (
    word BIGINT NOT NULL,
    block BIGINT NOT NULL,
    PRIMARY KEY (word, block)
) ENGINE = InnoDB;
