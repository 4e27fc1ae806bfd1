//! How much of what peers send is kept.

/// Most bytes of a user name, a secret, a file's name, a fingerprint's value, outside the line itself.
pub const VALUE: usize = 4096;

/// Most bytes of a word of a dictionary: what RFC 5424 allows a HOSTNAME.
pub const WORD: usize = 255;

/// Most holes of one stream that are remembered; older ones are taken as lost for good.
pub const HOLES: usize = 256;

/// Most words of one line that can be searched, and most bytes of each.
pub const WORDS_OF_A_LINE: usize = 400;

/// Most bytes of a word that can be searched; longer ones are cut.
pub const SEARCHED_WORD: usize = 64;

/// Most bytes of a question.
pub const QUESTION: usize = 512;

/// Most terms of a question.
pub const TERMS: usize = 32;

/// Most rows of one answer.
pub const ROWS: u32 = 1000;

/// How many matches are counted before a total is given as "at least so many".
pub const COUNTED: u64 = 10_000;

/// How many rows are looked at, line by line, for a total.
pub const LOOKED_AT: u64 = 2_000;

/// How many events the live stream looks at in one answer.
pub const STREAMED: i64 = 20_000;

/// Most spans of time of one histogram.
pub const BUCKETS: usize = 10_000;

/// Most services and deckies that are listed of one attacker.
pub const CONTACTS: i64 = 1000;
