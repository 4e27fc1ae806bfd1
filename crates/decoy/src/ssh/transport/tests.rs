//! A small client of our own over a pipe.
