//! The whole way from the log to the tables, through every way in which it can end.

mod bed;
mod cases;
mod killed;
mod lost;
mod refused;
