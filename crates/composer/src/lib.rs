//! Fleet file to plan, plan to deployment, deployment to steps.

pub mod deployment;
