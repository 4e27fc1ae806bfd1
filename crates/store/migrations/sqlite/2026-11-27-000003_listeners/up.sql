-- Listeners on other hosts than the master's, by name. All listeners have the master's host id: their
-- certificates are told apart by what they are called. The hash is that of the last token that was
-- made for one.
CREATE TABLE listeners (
    name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 63),
    token BLOB NOT NULL UNIQUE CHECK (length(token) = 32),
    expires_at BIGINT NOT NULL,
    token_used_at BIGINT,
    invited_at BIGINT NOT NULL,
    joined_at BIGINT,
    address TEXT NOT NULL CHECK (length(address) <= 253)
);

-- A listener speaks to the controller as well: `listener-client` is a profile from here on.
CREATE TABLE certificates_new (
    fingerprint TEXT NOT NULL PRIMARY KEY CHECK (length(fingerprint) = 64),
    serial BIGINT NOT NULL UNIQUE,
    role TEXT NOT NULL
        CHECK (role IN ('agent', 'updater', 'master', 'controller', 'listener', 'operator')),
    host TEXT NOT NULL CHECK (length(host) = 36),
    profile TEXT NOT NULL CHECK (profile IN ('agent-server', 'agent-client', 'updater-server',
        'updater-client', 'master-client', 'controller-server', 'listener-server', 'listener-client',
        'operator-client')),
    name TEXT NOT NULL,
    pin TEXT NOT NULL CHECK (length(pin) = 64),
    authority TEXT NOT NULL CHECK (length(authority) = 64),
    state TEXT NOT NULL CHECK (state IN ('pending', 'current', 'revoked')),
    issued_at BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT,
    why TEXT,
    CHECK (state <> 'current' OR used_at IS NOT NULL),
    CHECK ((state = 'revoked') = (revoked_at IS NOT NULL)),
    CHECK ((state = 'revoked') = (why IS NOT NULL))
);
INSERT INTO certificates_new SELECT fingerprint, serial, role, host, profile, name, pin, authority, state,
    issued_at, not_after, used_at, revoked_at, why FROM certificates;
DROP TABLE certificates;
ALTER TABLE certificates_new RENAME TO certificates;
CREATE INDEX certificates_by_host ON certificates (host, profile);
CREATE INDEX certificates_by_state ON certificates (state, not_after);
