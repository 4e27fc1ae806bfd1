-- When and how often a bounty was met, by its digest. What changes with every use is narrow; what was learnt
-- is written once, and has no index that nobody asks.
CREATE TABLE sightings (
    digest BYTEA  PRIMARY KEY,
    first  BIGINT NOT NULL,
    last   BIGINT NOT NULL,
    uses   BIGINT NOT NULL
);
INSERT INTO sightings (digest, first, last, uses)
    SELECT digest, first, last, uses FROM bounties ORDER BY digest;
DROP INDEX bounties_attacker;
DROP INDEX bounties_credential;
ALTER TABLE bounties DROP CONSTRAINT bounties_digest_key;
ALTER TABLE bounties DROP COLUMN first, DROP COLUMN last, DROP COLUMN uses;
