-- Which entry of the ignore list covers an event: its id among `ignores`, be that removed since; 0 for none. It is
-- decided once, when the event comes, and has no index.
ALTER TABLE events ADD COLUMN ignored BIGINT NOT NULL DEFAULT 0;

-- How many of the events of an attacker are covered.
ALTER TABLE attackers ADD COLUMN ignored BIGINT NOT NULL DEFAULT 0;
