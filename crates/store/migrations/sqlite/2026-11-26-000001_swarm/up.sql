-- The swarm as its master knows it. Times are seconds since the Unix epoch, flags are 0 or 1,
-- words are those of the wire types, lists and objects are JSON.

CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE numbers (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL CHECK (value >= 0)
);

CREATE TABLE hosts (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 63),
    address TEXT NOT NULL CHECK (length(address) <= 253),
    agent_port INTEGER NOT NULL CHECK (agent_port BETWEEN 1 AND 65535),
    state TEXT NOT NULL CHECK (state IN ('invited', 'enrolled', 'active', 'unreachable', 'leaving')),
    by_hand INTEGER NOT NULL CHECK (by_hand IN (0, 1)),
    use_ipvlan INTEGER NOT NULL CHECK (use_ipvlan IN (0, 1)),
    notes TEXT,
    invited_at BIGINT NOT NULL,
    enrolled_at BIGINT,
    last_heartbeat BIGINT,
    version TEXT,
    release_digest TEXT,
    boot TEXT,
    wanted BIGINT CHECK (wanted >= 0),
    observed BIGINT CHECK (observed >= 0),
    site TEXT,
    CHECK (state IN ('invited', 'leaving') OR enrolled_at IS NOT NULL)
);

-- Rows outlive their hosts: the fingerprint of what was ever signed is never forgotten.
CREATE TABLE certificates (
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
CREATE INDEX certificates_by_host ON certificates (host, profile);
CREATE INDEX certificates_by_state ON certificates (state, not_after);

CREATE TABLE tokens (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    host TEXT NOT NULL REFERENCES hosts (id),
    updater INTEGER NOT NULL CHECK (updater IN (0, 1)),
    expires_at BIGINT NOT NULL,
    agent_used_at BIGINT,
    updater_used_at BIGINT,
    CHECK (updater = 1 OR updater_used_at IS NULL)
);
CREATE INDEX tokens_by_host ON tokens (host);

-- A decky on a host. `claim` is the decky's name while it is wanted there, so that it is wanted on
-- one host at most, whatever is still being taken down elsewhere.
CREATE TABLE shards (
    host TEXT NOT NULL REFERENCES hosts (id),
    decky TEXT NOT NULL CHECK (length(decky) BETWEEN 1 AND 63),
    claim TEXT UNIQUE CHECK (claim = decky),
    generation BIGINT NOT NULL CHECK (generation >= 0),
    spec TEXT NOT NULL,
    ip TEXT NOT NULL,
    services TEXT NOT NULL,
    observed TEXT CHECK (observed IN ('absent', 'running', 'degraded', 'failed', 'yielded')),
    last_error TEXT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (host, decky),
    CHECK (last_error IS NULL OR observed IN ('degraded', 'failed', 'yielded'))
);

-- Deckies that a host took with it when it left; the host is no longer there to refer to.
CREATE TABLE leftovers (
    host TEXT NOT NULL CHECK (length(host) = 36),
    decky TEXT NOT NULL,
    host_name TEXT NOT NULL,
    host_address TEXT NOT NULL,
    generation BIGINT NOT NULL,
    ip TEXT NOT NULL,
    services TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (host, decky)
);

CREATE TABLE operations (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id > 0),
    revision BIGINT NOT NULL CHECK (revision > 0),
    kind TEXT NOT NULL CHECK (kind IN ('deploy', 'teardown', 'panic', 'decommission')),
    actor TEXT NOT NULL,
    request TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX operations_by_end ON operations (finished_at);

-- Hosts are told by name as well: an operation outlives them.
CREATE TABLE operation_results (
    operation BIGINT NOT NULL REFERENCES operations (id),
    host TEXT NOT NULL CHECK (length(host) = 36),
    host_name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'superseded')),
    steps_total BIGINT NOT NULL CHECK (steps_total >= 0),
    steps_done BIGINT NOT NULL CHECK (steps_done >= 0),
    detail TEXT NOT NULL,
    failures TEXT NOT NULL,
    PRIMARY KEY (operation, host)
);
CREATE INDEX operation_results_by_host ON operation_results (host, state);

CREATE TABLE operation_notes (
    operation BIGINT NOT NULL REFERENCES operations (id),
    position INTEGER NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (operation, position)
);

CREATE TABLE audit (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id > 0),
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    origin TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    allowed INTEGER NOT NULL CHECK (allowed IN (0, 1))
);
