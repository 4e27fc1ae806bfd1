//! The closed catalogue of what can happen.
//!
//! A kind enters with its first emitter. Each has a name (the MSGID of its line), a
//! severity, and typed fields; `docs/reference/events.md` is generated from [`Kind::ALL`].

/// Severity of RFC 5424, section 6.2.1, as far as DECNET uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Something failed.
    Error = 3,
    /// Clearly hostile, or worth a look.
    Warning = 4,
    /// What any contact leaves behind.
    Info = 6,
}

/// A field of a kind that can be written as bytes.
pub trait Field {
    /// Appends the value to `out`, or says that it is absent.
    fn put(&self, out: &mut Vec<u8>) -> bool;
}

impl Field for Vec<u8> {
    fn put(&self, out: &mut Vec<u8>) -> bool {
        out.extend_from_slice(self);
        true
    }
}

impl Field for String {
    fn put(&self, out: &mut Vec<u8>) -> bool {
        out.extend_from_slice(self.as_bytes());
        true
    }
}

impl Field for &'static str {
    fn put(&self, out: &mut Vec<u8>) -> bool {
        out.extend_from_slice(self.as_bytes());
        true
    }
}

impl<T: Field> Field for Option<T> {
    fn put(&self, out: &mut Vec<u8>) -> bool {
        self.as_ref().is_some_and(|value| value.put(out))
    }
}

macro_rules! number_field {
    ($($type:ty),*) => {$(
        impl Field for $type {
            fn put(&self, out: &mut Vec<u8>) -> bool {
                out.extend_from_slice(self.to_string().as_bytes());
                true
            }
        }
    )*};
}
number_field!(u16, u32, u64, bool);

/// Name, severity and fields of a kind, for documentation and tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// The MSGID of its lines.
    pub name: &'static str,
    /// The severity of its lines.
    pub severity: Severity,
    /// One sentence on what happened.
    pub summary: &'static str,
    /// Names of its fields with one sentence each, in the order of the line.
    pub fields: &'static [(&'static str, &'static str)],
}

macro_rules! catalogue {
    ($(
        #[doc = $summary:literal]
        $variant:ident = $name:literal $severity:ident {
            $( #[doc = $field_doc:literal] $field:ident: $type:ty, )*
        }
    )*) => {
        /// What happened.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Kind {
            $(
                #[doc = $summary]
                $variant { $( #[doc = $field_doc] $field: $type, )* },
            )*
        }

        impl Kind {
            /// Every kind there is.
            pub const ALL: &'static [KindInfo] = &[
                $( KindInfo {
                    name: $name,
                    severity: Severity::$severity,
                    summary: $summary.trim_ascii_start(),
                    fields: &[ $( (stringify!($field), $field_doc.trim_ascii_start()), )* ],
                }, )*
            ];

            /// The MSGID of the kind.
            pub fn name(&self) -> &'static str {
                match self { $( Self::$variant { .. } => $name, )* }
            }

            /// The severity of the kind.
            pub fn severity(&self) -> Severity {
                match self { $( Self::$variant { .. } => Severity::$severity, )* }
            }

            /// Calls `visit` with name and value of each field that is present, in order.
            pub fn for_each_field(&self, mut visit: impl FnMut(&'static str, &[u8])) {
                let mut value = Vec::new();
                match self {
                    $( Self::$variant { $( $field, )* } => {
                        $(
                            value.clear();
                            if $field.put(&mut value) {
                                visit(stringify!($field), &value);
                            }
                        )*
                    } )*
                }
                let _ = value;
            }
        }
    };
}

catalogue! {
    /// A decoy began to serve.
    Startup = "startup" Info {
        /// Version of the decoy binary.
        version: &'static str,
        /// Slugs of its services, comma separated.
        services: String,
    }
    /// A decoy ends in good order.
    Shutdown = "shutdown" Info {
        /// Why: the name of a signal.
        reason: &'static str,
    }
    /// The set of services of a running decoy changed.
    ServicesChanged = "services_changed" Info {
        /// Slugs of the services now, comma separated.
        services: String,
        /// Slugs of the services that were not there before.
        added: String,
        /// Slugs of the services that are there no more.
        removed: String,
    }
    /// A service could not open its port.
    BindFailed = "bind_failed" Error {
        /// Transport and port, as `tcp/80`.
        port: String,
        /// What the system said.
        error: String,
    }
    /// A cap held back one or more peers; at most one such event a minute for each cap.
    LimitReached = "limit_reached" Warning {
        /// Name of the cap.
        limit: &'static str,
        /// How often since the last such event.
        count: u64,
    }
    /// A session ended by a fault of ours; other sessions went on.
    SessionFault = "session_fault" Error {
        /// What the fault was.
        error: String,
    }
    /// A peer opened a connection.
    Connect = "connect" Info {}
    /// A connection ended.
    Disconnect = "disconnect" Info {
        /// Who ended it: `peer`, `service`, `idle`, `deadline`, `budget`, `error` or `shutdown`.
        reason: &'static str,
        /// How long it lasted, in milliseconds.
        duration_ms: u64,
        /// Bytes received.
        bytes_in: u64,
        /// Bytes sent.
        bytes_out: u64,
    }
    /// A TLS handshake completed.
    TlsSession = "tls_session" Info {
        /// Protocol version, as `TLSv1.3`.
        tls_version: String,
        /// Cipher suite by its OpenSSL name.
        cipher: String,
        /// Server name that the peer asked for.
        sni: Option<Vec<u8>>,
        /// Application protocol agreed on.
        alpn: Option<Vec<u8>>,
    }
    /// A TLS handshake failed.
    TlsFailed = "tls_failed" Info {
        /// What the library said.
        error: String,
    }
    /// A client of SSH said what it is and agreed on how to speak.
    SshClient = "ssh_client" Info {
        /// How the client identifies itself.
        identification: Vec<u8>,
        /// Fingerprint of what it offers, as HASSH.
        hassh: String,
        /// What the fingerprint is of.
        hassh_algorithms: Vec<u8>,
        /// Key exchange method agreed on.
        key_exchange: String,
        /// Algorithm of the host key agreed on.
        host_key: &'static str,
        /// Cipher from client to server.
        cipher: &'static str,
        /// Message authentication code from client to server, where the cipher has none of its own.
        mac: Option<&'static str>,
        /// Compression from client to server.
        compression: &'static str,
    }
    /// A peer broke the protocol.
    ProtocolError = "protocol_error" Warning {
        /// What was wrong.
        error: &'static str,
        /// The first bytes of what it sent.
        data: Vec<u8>,
    }
    /// A peer tried to log in.
    AuthAttempt = "auth_attempt" Warning {
        /// How: `plain`, `login`, `basic`, `form`, `user_pass`, `requirepass`, `publickey`, …
        mechanism: &'static str,
        /// The user name.
        username: Option<Vec<u8>>,
        /// The password.
        password: Option<Vec<u8>>,
        /// `accepted` or `rejected`; `known` when a key that would open was only asked about.
        status: &'static str,
        /// Type of a public key, as `ssh-ed25519`.
        key_type: Option<String>,
        /// Its length in bits.
        key_bits: Option<u32>,
        /// Its fingerprint, as `SHA256:…`.
        key_fingerprint: Option<String>,
        /// Challenge and response of a log-in that sends no password, in the form that `hashcat` reads.
        hash: Option<Vec<u8>>,
    }
    /// A client said what it is and what it can do.
    ClientAttributes = "client_attributes" Info {
        /// What it can do, as a hexadecimal number.
        capabilities: String,
        /// Number of its character set.
        charset: u16,
        /// How it means to prove who it is.
        plugin: Option<Vec<u8>>,
        /// The database that it wants.
        database: Option<Vec<u8>>,
        /// What its library says of itself (program, version, system), a JSON object of strings.
        attributes: String,
    }
    /// A peer asked to have connections carried on, or taken for it.
    ForwardAttempt = "forward_attempt" Warning {
        /// How: `direct-tcpip`, `tcpip-forward`, `direct-streamlocal`, `streamlocal-forward` or `tun`.
        forward: &'static str,
        /// The host or the path.
        target: Vec<u8>,
        /// The port.
        port: Option<u32>,
        /// Where the peer says that the connection comes from.
        originator: Option<Vec<u8>>,
    }
    /// A peer made an HTTP request.
    Request = "request" Info {
        /// Method.
        method: Vec<u8>,
        /// Path without the query.
        path: Vec<u8>,
        /// Query without the question mark.
        query: Option<Vec<u8>>,
        /// Version, as `HTTP/1.1`.
        http_version: Option<Vec<u8>>,
        /// The Host header.
        host: Option<Vec<u8>>,
        /// The User-Agent header.
        user_agent: Option<Vec<u8>>,
        /// All headers in the order received, a JSON object of strings (or of lists where a name repeats).
        headers: String,
        /// The body.
        body: Option<Vec<u8>>,
        /// Status code of the answer.
        status: u16,
    }
    /// A peer gave a command.
    Command = "command" Info {
        /// The command word.
        command: Vec<u8>,
        /// Its arguments.
        args: Vec<u8>,
    }
    /// A visitor set the password of an account.
    PasswordSet = "password_set" Warning {
        /// The program: `passwd`, `chpasswd`, `useradd`, `usermod` or `adduser`.
        program: &'static str,
        /// The account.
        username: Vec<u8>,
        /// The new password, or its hash.
        password: Vec<u8>,
        /// Whether it is a hash that the visitor brought.
        hashed: bool,
    }
    /// A peer used a known way of attack.
    ExploitAttempt = "exploit_attempt" Warning {
        /// A short name of the way.
        technique: &'static str,
        /// What was sent.
        detail: Vec<u8>,
    }
    /// A peer asked for a file.
    DownloadAttempt = "download_attempt" Warning {
        /// Path of the file, or the URL that a program was to fetch.
        path: Vec<u8>,
        /// `sent` or why not.
        status: &'static str,
    }
    /// A program that a visitor ran tried to reach another host; nothing ever leaves the decoy.
    OutboundAttempt = "outbound_attempt" Warning {
        /// Name of the program.
        program: Vec<u8>,
        /// The host, as it was given.
        target: Vec<u8>,
        /// The port, where there is one.
        port: Option<u16>,
        /// What the program was told: `unreachable`, `unresolved`, `refused` or `reset`.
        status: &'static str,
    }
    /// A file that a peer brought was kept.
    FileCaptured = "file_captured" Warning {
        /// Name of the artifact: the SHA-256 of its content.
        stored_as: String,
        /// SHA-256 of the content.
        sha256: String,
        /// Size in bytes.
        size: u64,
        /// Path or name that the peer gave.
        orig_path: Vec<u8>,
        /// How it came: `upload`, `mail`, `value`.
        source: &'static str,
        /// Whether the file was larger than the cap and its end is missing.
        truncated: bool,
    }
    /// A mail client greeted.
    Ehlo = "ehlo" Info {
        /// `EHLO` or `HELO`.
        command: &'static str,
        /// The name it gave.
        domain: Vec<u8>,
    }
    /// A mail client named the sender.
    MailFrom = "mail_from" Info {
        /// The address.
        value: Vec<u8>,
        /// Parameters after the address.
        parameters: Option<Vec<u8>>,
    }
    /// A mail client named a recipient, and it was accepted.
    RcptTo = "rcpt_to" Info {
        /// The address.
        value: Vec<u8>,
    }
    /// A mail client named a recipient, and it was refused.
    RcptDenied = "rcpt_denied" Warning {
        /// The address.
        value: Vec<u8>,
    }
    /// A message was accepted.
    MessageAccepted = "message_accepted" Warning {
        /// The sender.
        mail_from: Vec<u8>,
        /// The recipients, comma separated.
        rcpt_to: Vec<u8>,
        /// Size of the message in bytes.
        body_bytes: u64,
        /// The queue id given to the peer.
        msg_id: String,
        /// The Subject header.
        subject: Option<Vec<u8>>,
        /// SHA-256 of the message, its name among the artifacts.
        sha256: String,
    }
    /// A mail client asked whether an address exists.
    Vrfy = "vrfy" Info {
        /// The address.
        value: Vec<u8>,
    }
    /// A peer gave a command that the service does not know.
    UnknownCommand = "unknown_command" Info {
        /// The line.
        command: Vec<u8>,
    }
    /// A telnet client told of itself.
    TelnetClient = "telnet_client" Info {
        /// Verbs and numbers of the options that it sent, in order, as `DO 3`.
        options: String,
        /// Type of its terminal.
        terminal: Option<Vec<u8>>,
        /// Speed of its terminal.
        speed: Option<Vec<u8>>,
        /// Its X display.
        display: Option<Vec<u8>>,
        /// Its window, as `80x24`.
        window: Option<String>,
        /// Variables of its environment, one a line.
        environment: Option<Vec<u8>>,
    }
    /// A datagram asked the SNMP agent for something. Its source is not proven.
    SnmpRequest = "snmp_request" Info {
        /// Version: `1`, `2c` or `3`.
        version: &'static str,
        /// What it asked: `get`, `getnext`, `getbulk`, `set`, `trap`, `inform`, …
        operation: &'static str,
        /// The community, of versions 1 and 2c.
        community: Option<Vec<u8>>,
        /// The user, of version 3.
        username: Option<Vec<u8>>,
        /// The engine that was spoken to, in hexadecimal, of version 3.
        engine_id: Option<String>,
        /// Names of the variables, comma separated; the first of them when there are many.
        oids: String,
        /// Values that were to be set, as they came.
        values: Option<Vec<u8>>,
        /// Whether it got an answer.
        answered: bool,
    }
    /// The collector proved that events are missing.
    Gap = "gap" Error {
        /// The run whose events are missing.
        gap_boot: String,
        /// First missing sequence number.
        from_seq: u64,
        /// Last missing sequence number.
        to_seq: u64,
    }
    /// Something of a worker's log will never come to its master.
    TransportGap = "transport_gap" Error {
        /// The file of the log, as the forwarder named it.
        generation: String,
        /// First byte that is missing.
        from: u64,
        /// First byte that is not missing; the same as `from` where nobody knows how much there was.
        to: u64,
        /// Why: `lag` or `gone`.
        why: &'static str,
    }
    /// An artifact did not arrive whole.
    ArtifactIncomplete = "artifact_incomplete" Error {
        /// SHA-256 that was announced.
        sha256: String,
        /// Bytes announced.
        size: u64,
        /// Bytes received.
        received: u64,
    }
    /// A machine on the LAN uses the decky's address: the decky gave way.
    AddressConflict = "address_conflict" Warning {
        /// The address.
        ip: String,
        /// The machine's Ethernet address.
        mac: String,
    }
    /// A certificate of a host, named as in its swarm, runs out soon and is not renewed; told daily.
    CertificateExpiring = "certificate_expiring" Warning {
        /// What it is for: `agent-server` or `agent-client`.
        profile: &'static str,
        /// When it runs out, RFC 3339.
        not_after: String,
        /// Whole days that are left.
        days_left: u64,
    }
    /// A container of the operator's own wrote a line.
    Output = "output" Info {
        /// `stdout` or `stderr`.
        stream: &'static str,
        /// The line.
        line: Vec<u8>,
    }
}
