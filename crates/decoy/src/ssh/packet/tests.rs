//! Both directions of every combination.
