//! The archive against a model of engine, decoys, disk and whatever befalls them.

mod cases;
mod engine;
mod files;
mod lines;
mod schedule;
mod world;
