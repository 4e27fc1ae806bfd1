-- When and how often a bounty was met, by its digest. What changes with every use is narrow and lies by
-- attacker, with whom digests begin; what was learnt is written once, and has no index that nobody asks.
CREATE TABLE sightings (
    digest BLOB    NOT NULL PRIMARY KEY,
    first  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    uses   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO sightings (digest, first, last, uses)
    SELECT digest, first, last, uses FROM bounties ORDER BY digest;
CREATE TABLE learnt (
    id         INTEGER PRIMARY KEY,
    digest     BLOB    NOT NULL,
    type       TEXT    NOT NULL,
    attacker   INTEGER NOT NULL,
    decky      INTEGER NOT NULL,
    service    INTEGER NOT NULL,
    credential INTEGER NOT NULL,
    payload    TEXT    NOT NULL
) STRICT;
INSERT INTO learnt (id, digest, type, attacker, decky, service, credential, payload)
    SELECT id, digest, type, attacker, decky, service, credential, payload FROM bounties ORDER BY id;
DROP TABLE bounties;
ALTER TABLE learnt RENAME TO bounties;
