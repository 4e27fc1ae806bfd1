//! Interfaces, survey, links and namespaces, through netlink.
