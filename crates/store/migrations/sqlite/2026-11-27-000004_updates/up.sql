-- Where the master reaches the updater of a host.
ALTER TABLE hosts ADD COLUMN updater_port INTEGER NOT NULL DEFAULT 8766
    CHECK (updater_port BETWEEN 1 AND 65535);

-- Releases are brought to hosts and taken back there: two more kinds, a state of hosts whose turn never
-- came, how an update ended, and what the host itself says of it. What refers to a table is made anew
-- before the table is.
CREATE TABLE operations_new (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id > 0),
    revision BIGINT NOT NULL CHECK (revision > 0),
    kind TEXT NOT NULL
        CHECK (kind IN ('deploy', 'teardown', 'panic', 'decommission', 'update', 'rollback')),
    actor TEXT NOT NULL,
    request TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
INSERT INTO operations_new SELECT id, revision, kind, actor, request, created_at, finished_at FROM operations;

CREATE TABLE operation_results_new (
    operation BIGINT NOT NULL REFERENCES operations_new (id),
    host TEXT NOT NULL CHECK (length(host) = 36),
    host_name TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('waiting', 'running', 'done', 'failed', 'superseded', 'untried')),
    steps_total BIGINT NOT NULL CHECK (steps_total >= 0),
    steps_done BIGINT NOT NULL CHECK (steps_done >= 0),
    detail TEXT NOT NULL,
    failures TEXT NOT NULL,
    outcome TEXT CHECK (outcome IN ('updated', 'already', 'rolled_back', 'refused', 'failed', 'unreachable',
        'no_updater', 'not_tried')),
    output TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (operation, host)
);
INSERT INTO operation_results_new SELECT operation, host, host_name, state, steps_total, steps_done, detail,
    failures, NULL, '' FROM operation_results;

CREATE TABLE operation_notes_new (
    operation BIGINT NOT NULL REFERENCES operations_new (id),
    position INTEGER NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (operation, position)
);
INSERT INTO operation_notes_new SELECT operation, position, line FROM operation_notes;

DROP TABLE operation_notes;
DROP TABLE operation_results;
DROP TABLE operations;
ALTER TABLE operations_new RENAME TO operations;
ALTER TABLE operation_results_new RENAME TO operation_results;
ALTER TABLE operation_notes_new RENAME TO operation_notes;
CREATE INDEX operations_by_end ON operations (finished_at);
CREATE INDEX operation_results_by_host ON operation_results (host, state);
