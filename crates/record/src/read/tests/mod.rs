mod fixture;
mod lists;
mod logs;
mod model;
mod reader;
