//! The tables, as every database has them; `migrations/` makes them.
//!
//! Only types that all databases share: `Text`, `BigInt`, `Integer`, `Binary`. Times are seconds
//! since the Unix epoch, flags 0 or 1, lists and objects JSON.

diesel::table! {
    /// Small values by name.
    meta (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    /// Numbers that only grow.
    numbers (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    /// Hosts of the swarm.
    hosts (id) {
        id -> Text,
        name -> Text,
        address -> Text,
        agent_port -> Integer,
        state -> Text,
        by_hand -> Integer,
        use_ipvlan -> Integer,
        notes -> Nullable<Text>,
        invited_at -> BigInt,
        enrolled_at -> Nullable<BigInt>,
        last_heartbeat -> Nullable<BigInt>,
        version -> Nullable<Text>,
        release_digest -> Nullable<Text>,
        boot -> Nullable<Text>,
        wanted -> Nullable<BigInt>,
        observed -> Nullable<BigInt>,
        site -> Nullable<Text>,
        trust -> Nullable<BigInt>,
        updater_port -> Integer,
    }
}

diesel::table! {
    /// Certificates that were ever signed.
    certificates (fingerprint) {
        fingerprint -> Text,
        serial -> BigInt,
        role -> Text,
        host -> Text,
        profile -> Text,
        name -> Text,
        pin -> Text,
        authority -> Text,
        state -> Text,
        issued_at -> BigInt,
        not_after -> BigInt,
        used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        why -> Nullable<Text>,
    }
}

diesel::table! {
    /// One-time tokens.
    tokens (hash) {
        hash -> Binary,
        host -> Text,
        updater -> Integer,
        expires_at -> BigInt,
        agent_used_at -> Nullable<BigInt>,
        updater_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Listeners on other hosts than the master's.
    listeners (name) {
        name -> Text,
        token -> Binary,
        expires_at -> BigInt,
        token_used_at -> Nullable<BigInt>,
        invited_at -> BigInt,
        joined_at -> Nullable<BigInt>,
        address -> Text,
    }
}

diesel::table! {
    /// Deckies on hosts.
    shards (host, decky) {
        host -> Text,
        decky -> Text,
        claim -> Nullable<Text>,
        generation -> BigInt,
        spec -> Text,
        ip -> Text,
        services -> Text,
        observed -> Nullable<Text>,
        last_error -> Nullable<Text>,
        updated_at -> BigInt,
    }
}

diesel::table! {
    /// Deckies that hosts took with them.
    leftovers (host, decky) {
        host -> Text,
        decky -> Text,
        host_name -> Text,
        host_address -> Text,
        generation -> BigInt,
        ip -> Text,
        services -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    /// Operations.
    operations (id) {
        id -> BigInt,
        revision -> BigInt,
        kind -> Text,
        actor -> Text,
        request -> Text,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// How an operation goes on a host.
    operation_results (operation, host) {
        operation -> BigInt,
        host -> Text,
        host_name -> Text,
        state -> Text,
        steps_total -> BigInt,
        steps_done -> BigInt,
        detail -> Text,
        failures -> Text,
        outcome -> Nullable<Text>,
        output -> Text,
    }
}

diesel::table! {
    /// Lines about an operation as a whole.
    operation_notes (operation, position) {
        operation -> BigInt,
        position -> Integer,
        line -> Text,
    }
}

diesel::table! {
    /// Who did what.
    audit (id) {
        id -> BigInt,
        at -> BigInt,
        actor -> Text,
        origin -> Text,
        action -> Text,
        subject -> Text,
        allowed -> Integer,
    }
}

diesel::allow_tables_to_appear_in_same_query!(hosts, tokens);
