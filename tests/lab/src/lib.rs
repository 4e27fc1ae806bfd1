//! One LAN in network namespaces, real clients, a real engine.
