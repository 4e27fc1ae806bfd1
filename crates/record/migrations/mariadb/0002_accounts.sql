-- Who may ask. role: viewer, admin. `changed` grows with every password that the user is given.
CREATE TABLE IF NOT EXISTS users (
    uuid VARBINARY(16) PRIMARY KEY,
    username VARBINARY(255) NOT NULL UNIQUE,
    password_hash MEDIUMBLOB NOT NULL,
    role MEDIUMBLOB NOT NULL,
    must_change BIGINT NOT NULL,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL
) ENGINE = InnoDB;

-- Who is logged in: of a token there is its SHA-256 only.
CREATE TABLE IF NOT EXISTS logins (
    digest VARBINARY(32) PRIMARY KEY,
    uuid VARBINARY(16) NOT NULL UNIQUE,
    owner VARBINARY(16) NOT NULL,
    created BIGINT NOT NULL,
    used BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    address MEDIUMBLOB NOT NULL,
    agent MEDIUMBLOB NOT NULL,
    INDEX logins_owner (owner),
    FOREIGN KEY (owner) REFERENCES users (uuid) ON DELETE CASCADE
) ENGINE = InnoDB;
