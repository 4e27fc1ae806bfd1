//! What a shell remembers: variables, functions, options, descriptors, jobs.

mod descriptors;
mod jobs;
mod options;
mod variables;

pub(crate) use descriptors::{Descriptor, Descriptors};
pub(crate) use jobs::{Job, JobState, Jobs};
pub(crate) use options::{BASH, DASH, Options, SHOPT};
pub(crate) use variables::{Assigned, Content, Variable, Variables, as_indexed, put_scalar};
