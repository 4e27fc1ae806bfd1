-- Who may ask. role: viewer, admin. `changed` grows with every password that the user is given.
CREATE TABLE users (
    uuid          BYTEA PRIMARY KEY,
    username      BYTEA  NOT NULL UNIQUE,
    password_hash BYTEA  NOT NULL,
    role          BYTEA  NOT NULL,
    must_change   BIGINT NOT NULL,
    created       BIGINT NOT NULL,
    changed       BIGINT NOT NULL
);

-- Who is logged in: of a token there is its SHA-256 only.
CREATE TABLE logins (
    digest  BYTEA PRIMARY KEY,
    uuid    BYTEA  NOT NULL UNIQUE,
    owner   BYTEA  NOT NULL REFERENCES users (uuid) ON DELETE CASCADE,
    created BIGINT NOT NULL,
    used    BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    address BYTEA  NOT NULL,
    agent   BYTEA  NOT NULL
);
CREATE INDEX logins_owner ON logins (owner);
