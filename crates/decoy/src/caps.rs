//! Every bound on what a peer controls, in one place.
//!
//! Each has a test that exceeds it. Sizes are bytes.

use std::time::Duration;

/// Connections of one service at once.
pub const CONNECTIONS_PER_SERVICE: usize = 2_048;
/// Connections of one source address to one service at once. Below the total, so that one
/// peer cannot keep the others out.
pub const CONNECTIONS_PER_SOURCE: usize = 1_024;
/// Connections of a whole decoy at once; below the container's limit of open files.
pub const CONNECTIONS_IN_ALL: usize = 3_072;
/// Longest life of a connection, whatever the peer does.
pub const SESSION_LIFE: Duration = Duration::from_secs(6 * 3_600);
/// How long one write may wait for a peer that does not read.
pub const WRITE_PATIENCE: Duration = Duration::from_secs(60);
/// How long a TLS handshake may take.
pub const TLS_HANDSHAKE: Duration = Duration::from_secs(15);
/// How long an announced data port waits for its connection.
pub const EPHEMERAL_WAIT: Duration = Duration::from_secs(60);
/// How long the rest of a peer's bytes is read away after the service closed, so that the
/// last answer is not lost to a reset.
pub const LINGER: Duration = Duration::from_secs(2);
/// Bytes read away at most while lingering.
pub const LINGER_BYTES: usize = 256 * 1024;
/// Bytes that wait, unread by the service, in a session's input buffer.
pub const INPUT_BUFFER: usize = 64 * 1024;
/// Memory that a session may claim beyond its input buffer: [`crate::Conn::claim`].
pub const SESSION_MEMORY: usize = 1024 * 1024;
/// Memory that all sessions together may claim.
pub const DECOY_MEMORY: usize = 16 * 1024 * 1024;
/// Size of a captured file; what comes after it is not kept.
pub const ARTIFACT: u64 = 10 * 1024 * 1024;
/// Bytes of captured files that a decoy gives out per hour; files beyond it are cut to nothing.
pub const ARTIFACTS_PER_HOUR: u64 = 256 * 1024 * 1024;
/// Event bytes that wait for standard output before sessions are held back.
pub const PENDING_EVENTS: usize = 512 * 1024;
/// First bytes of malformed input that an event carries.
pub const ERROR_SAMPLE: usize = 128;
/// Datagrams handled per source address at once, before the rate below holds it back: as many
/// as reading all that a machine tells takes. The rest are dropped and counted.
pub const DATAGRAM_BURST: u32 = 10_000;
/// Datagrams handled per source address and second after that.
pub const DATAGRAMS_PER_SECOND: u32 = 200;
/// Bytes of answers to datagrams per source address at once, and per second after that: a source
/// may be invented, and then somebody else gets them.
pub const REPLY_BURST: u32 = 4 * 1024 * 1024;
/// See [`REPLY_BURST`].
pub const REPLY_BYTES_PER_SECOND: u32 = 64 * 1024;
/// Largest datagram read.
pub const DATAGRAM: usize = 64 * 1024;
/// Source addresses whose changes to the files of the machine are kept.
pub const MACHINE_SOURCES: usize = 64;
/// Files that one source address may make or change.
pub const MACHINE_ENTRIES_PER_SOURCE: usize = 4_096;
/// Bytes that the paths of these may take, with what is kept of each file beside its content.
pub const MACHINE_PATHS_PER_SOURCE: usize = 2 * 1024 * 1024;
/// Bytes kept of one file that a visitor writes; what is longer counts, and reads as zeros.
pub const MACHINE_BYTES_PER_FILE: usize = 2 * 1024 * 1024;
/// Bytes kept of all files of one source address.
pub const MACHINE_BYTES_PER_SOURCE: usize = 4 * 1024 * 1024;
/// Bytes kept of all files of all source addresses.
pub const MACHINE_BYTES_IN_ALL: usize = 16 * 1024 * 1024;
/// Bytes that one read of a file of the machine returns at most.
pub const MACHINE_READ: usize = 4 * 1024 * 1024;
/// Processes of one log-in.
pub const MACHINE_TASKS_PER_VISIT: usize = 256;
/// Processes of all visitors that outlived their session.
pub const MACHINE_TASKS_LEFT: usize = 128;
/// Bytes of a process's arguments that the machine's table of processes keeps.
pub const MACHINE_ARGUMENTS: usize = 4_096;
/// Bytes of one message to the MySQL server that are kept; of a longer one its beginning.
pub const MYSQL_MESSAGE: usize = 512 * 1024;
/// Addresses whose broken handshakes the MySQL server counts.
pub const MYSQL_HOSTS: usize = 279;
/// Longest command line or script that the shell reads as one text.
pub const SHELL_LINE: usize = 64 * 1024;
/// How deep commands, quotes and substitutions of the shell may be nested.
pub const SHELL_DEPTH: usize = 64;
/// Texts of one command line that may be tried as an expression before they turn out to be
/// commands.
pub const SHELL_ATTEMPTS: usize = 512;
/// Longest line typed at a terminal that no line editor reads.
pub const TERMINAL_LINE: usize = 4_095;
/// Bytes typed ahead of whoever reads the terminal.
pub const TERMINAL_AHEAD: usize = 64 * 1024;
/// Size of a terminal's recording; what comes after it is not kept.
pub const RECORDING: u64 = 4 * 1024 * 1024;
/// Processes of one visit at once, subshells included.
pub const SHELL_PROCESSES: usize = 64;
/// Memory that a process of a visit claims.
pub const SHELL_PROCESS: usize = 16 * 1024;
/// Steps that a command line may take at full speed; after them the shell rests often.
pub const SHELL_STEPS: u64 = 50_000;
/// Memory of all variables of a shell.
pub const SHELL_VARIABLES: usize = 256 * 1024;
/// Open descriptors of a shell.
pub const SHELL_DESCRIPTORS: usize = 64;
/// Bytes that the words of one command may expand to, and that one substitution may yield.
pub const SHELL_EXPANSION: usize = 512 * 1024;
/// Words that one command may expand to.
pub const SHELL_WORDS: usize = 32 * 1024;
/// Bytes that wait in a pipe of the shell.
pub const SHELL_PIPE: usize = 64 * 1024;
/// How deep functions, sourced files and subshells may call each other.
pub const SHELL_CALLS: usize = 48;
/// Calls after which one gets a stack of its own.
pub const SHELL_STACK: usize = 4;
/// Steps that matching one pattern may take.
pub const PATTERN_STEPS: usize = 200_000;
/// Bytes that wait for a client of SSH which does not read, until nothing more is read from it.
pub const SSH_OUTPUT: usize = 256 * 1024;
/// The same before it logged in.
pub const SSH_OUTPUT_OF_STRANGERS: usize = 16 * 1024;
/// Memory that a session of SSH claims when both sides compress: tables of either direction.
pub const SSH_COMPRESSION: usize = 400 * 1024;
/// Key exchanges of SSH that take long worked on at once; others wait for their turn.
pub const SLOW_KEY_EXCHANGES: usize = 2;
/// Names of variables that the event of an SNMP request carries.
pub const SNMP_NAMES_TOLD: usize = 64;
/// Pairs of source and right credential that an SNMP agent remembers having told of.
pub const SNMP_KNOWN_SOURCES: usize = 256;
/// Bytes of an SSH connection that its programs have not read; then it is read no further.
pub const SSH_UNREAD: usize = 96 * 1024;
/// Bytes that wait for a peer of SSH to read them; then programs wait too.
pub const SSH_BACKLOG: usize = 64 * 1024;
/// Memory that a program in a channel of SSH is counted with: its pipes, and what they carry. More
/// than a hundred people may be at a prompt at once, each of whom takes some 30 KiB.
pub const SSH_PROGRAM: usize = 144 * 1024;
/// Files and directories that one client of SFTP has open at once.
pub const SFTP_HANDLES: usize = 1_019;
/// Addresses whose own state of the MySQL server's tables is kept.
pub const MYSQL_SOURCES: usize = 32;
/// Bytes that one address may add to the MySQL server's tables.
pub const MYSQL_BYTES_PER_SOURCE: usize = 512 * 1024;
/// Steps that one statement to the MySQL server may take.
pub const MYSQL_STEPS: u64 = 1_000_000;
/// Bytes that one statement to the MySQL server may hold while it is carried out.
pub const MYSQL_WORK: usize = 4 * 1024 * 1024;
/// Operators that one statement to the MySQL server may have.
pub const MYSQL_OPERATORS: usize = 120;
/// Bytes of a query that a statement to the MySQL server names to use it as a table.
pub const MYSQL_NAMED_QUERY: usize = 4 * 1024;
/// How often a statement to the MySQL server may use the queries that it names.
pub const MYSQL_NAMED_USES: usize = 8;
/// Bytes of one answer of the MySQL server.
pub const MYSQL_ANSWER: usize = 896 * 1024;
/// Bytes of one value that the MySQL server computes.
pub const MYSQL_VALUE: usize = 64 * 1024;
/// Statements that one connection to the MySQL server may keep prepared.
pub const MYSQL_PREPARED: usize = 64;
/// Bytes of a telnet option's subnegotiation that are kept.
pub const TELNET_SUBNEGOTIATION: usize = 512;
/// Bytes of a host or URL that the event of an attempt to reach it carries.
pub const PROGRAM_TARGET: usize = 2_048;
/// URLs or targets that one run of a program tries.
pub const PROGRAM_URLS: usize = 64;
/// Bytes of input that a program which needs all of it holds.
pub const PROGRAM_INPUT: usize = 1024 * 1024;
/// Longest regular expression.
pub const REGEX_LENGTH: usize = 4_096;
/// Steps of one search of a regular expression.
pub const REGEX_STEPS: usize = 50_000;
/// Files that a program visits on its way through a tree.
pub const PROGRAM_FILES: usize = 20_000;
/// Commands that one run of `sed` carries out.
pub const SED_STEPS: usize = 500_000;
/// Functions of a shell, and aliases of one.
pub const SHELL_FUNCTIONS: usize = 512;
/// Bytes of all functions, of all aliases, and of all traps of a shell.
pub const SHELL_DEFINITIONS: usize = 128 * 1024;
/// Commands of one script that are told of.
pub const SHELL_TOLD: usize = 200;
/// Captured files whose repetition is noticed.
pub const CAPTURES_KNOWN: usize = 4_096;
/// Bytes of a script that are run; those after them are not.
pub const SHELL_SCRIPT: usize = 1024 * 1024;
/// Lines that the shell's history keeps.
pub const HISTORY_LINES: usize = 2_000;
/// Bytes that the shell's history keeps.
pub const HISTORY_BYTES: usize = 64 * 1024;
/// Operators that stand in a row in one statement of `awk`.
pub const AWK_OPERATORS: usize = 250;
/// Steps of one run of `awk`.
pub const AWK_STEPS: usize = 1_000_000;
/// Rounds that make a key of a password.
pub const KEY_ROUNDS: usize = 1_000_000;
/// Bits of an RSA key that a visitor has made; of larger ones there is no end.
pub const RSA_BITS: u32 = 4_096;
/// What is read of a file with a private key.
pub const SSH_KEY_FILE: usize = 32 * 1024;
/// Keys of one file that are shown.
pub const SSH_KEYS_IN_A_FILE: usize = 256;
/// Bytes that one run of `tar` or `gzip` reads or makes of what is compressed.
pub const ARCHIVE_BYTES: u64 = 64 * 1024 * 1024;
