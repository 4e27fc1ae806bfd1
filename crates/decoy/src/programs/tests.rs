//! The programs as a visitor runs them.
