-- Which entry of the ignore list covers an event: its id among `ignores`, be that removed since; 0 for none. It is
-- decided once, when the event comes. It has no index, and 0, which nearly every row says, takes one byte.
ALTER TABLE events ADD COLUMN ignored INTEGER NOT NULL DEFAULT 0;

-- How many of the events of an attacker are covered.
ALTER TABLE attackers ADD COLUMN ignored INTEGER NOT NULL DEFAULT 0;
