mod fixture;
mod lists;
mod logs;
mod model;
mod plans;
mod reader;
