DROP TABLE listeners;

-- What the version before does not know is good for nothing there.
CREATE TABLE certificates_old (
    fingerprint TEXT NOT NULL PRIMARY KEY CHECK (length(fingerprint) = 64),
    serial BIGINT NOT NULL UNIQUE,
    role TEXT NOT NULL
        CHECK (role IN ('agent', 'updater', 'master', 'controller', 'listener', 'operator')),
    host TEXT NOT NULL CHECK (length(host) = 36),
    profile TEXT NOT NULL CHECK (profile IN ('agent-server', 'agent-client', 'updater-server',
        'updater-client', 'master-client', 'controller-server', 'listener-server', 'operator-client')),
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
INSERT INTO certificates_old SELECT fingerprint, serial, role, host, profile, name, pin, authority, state,
    issued_at, not_after, used_at, revoked_at, why FROM certificates WHERE profile <> 'listener-client';
DROP TABLE certificates;
ALTER TABLE certificates_old RENAME TO certificates;
CREATE INDEX certificates_by_host ON certificates (host, profile);
CREATE INDEX certificates_by_state ON certificates (state, not_after);
