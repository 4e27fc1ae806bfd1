-- Serial number of what the host said that it trusts: who has not heard of a change is seen.
ALTER TABLE hosts ADD COLUMN trust BIGINT CHECK (trust >= 0);
