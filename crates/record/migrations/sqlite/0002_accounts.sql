-- Who may ask. role: viewer, admin. `changed` grows with every password that the user is given.
CREATE TABLE users (
    uuid          BLOB PRIMARY KEY,
    username      TEXT    NOT NULL UNIQUE,
    password_hash TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    must_change   INTEGER NOT NULL,
    created       INTEGER NOT NULL,
    changed       INTEGER NOT NULL
) STRICT;

-- Who is logged in: of a token there is its SHA-256 only.
CREATE TABLE logins (
    digest  BLOB PRIMARY KEY,
    uuid    BLOB    NOT NULL UNIQUE,
    owner   BLOB    NOT NULL REFERENCES users (uuid) ON DELETE CASCADE,
    created INTEGER NOT NULL,
    used    INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    address TEXT    NOT NULL,
    agent   TEXT    NOT NULL
) STRICT;
CREATE INDEX logins_owner ON logins (owner);
