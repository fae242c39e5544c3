//! Every ceiling of the pipeline, with its reason. A limit that is hit becomes a [`Problem`](super::Problem).

/// Ceilings on what hostile or broken input may cost. All are constants, so that two runs judge alike.
#[derive(Debug, Clone, Copy)]
pub struct Limits;

impl Limits {
    /// Octets of one HTTP body that are kept. DM messages are kilobytes; a firmware package is not a message.
    pub const BODY: usize = 16 << 20;
    /// Octets that a content coding may unfold to, and with it the ratio of a bomb.
    pub const DECODED_BODY: usize = 16 << 20;
    /// Octets of one HTTP head. Servers refuse far less.
    pub const HTTP_HEAD: usize = 256 << 10;
    /// Header lines of one HTTP head.
    pub const HTTP_HEADERS: usize = 1_000;
    /// Requests of one connection that wait for their response (pipelining).
    pub const HTTP_PIPELINE: usize = 256;
    /// Streams of one HTTP/2 connection that are open at one time. Servers allow 100 to 250.
    pub const HTTP2_STREAMS: usize = 1_000;
    /// Octets of the table that the header compression of HTTP/2 uses in one direction: what browsers allow, sixteen
    /// times the default.
    pub const HPACK_TABLE: usize = 64 << 10;
    /// Octets held over all open exchanges (bodies, unfinished heads); past it the exchange open longest is given up.
    pub const OPEN_EXCHANGES: usize = 64 << 20;
    /// Octets of the size line of a chunk, with its extensions. Servers refuse far less.
    pub const CHUNK_LINE: usize = 4 << 10;
    /// Octets of a start line that is searched for after a gap; what is held of a stream that may never show one.
    pub const RESYNC_LINE: usize = 2 << 10;
    /// Anomalies that are listed for one HTTP message; one bad sender repeats the same one.
    pub const HTTP_ANOMALIES: usize = 64;
    /// Octets of one capture record. Jumbo frames and reassembled USB captures stay below 256 KiB.
    pub const RECORD: usize = 16 << 20;
    /// Octets that a live capture keeps of a packet; tcpdump's own ceiling.
    pub const SNAPLEN: u32 = 256 << 10;
    /// Octets that the kernel collects for a live capture: more than a second of 100 Mbit/s.
    pub const LIVE_BUFFER: i32 = 16 << 20;
    /// Octets of packets that a live capture hands on together when more are waiting.
    pub const LIVE_BATCH: usize = 256 << 10;
    /// Octets of the window through which a capture file is read.
    pub const WINDOW: usize = 1 << 20;
    /// Octets a compressed capture may unfold to: 1 TiB, only to end a bomb.
    pub const DECOMPRESSED: u64 = 1 << 40;
    /// Octets that are searched for the next plausible record after a broken one.
    pub const RESYNC: usize = 16 << 20;
    /// Octets of a frame that the search for the next record takes as plausible; Wireshark's own ceiling for most links.
    pub const RESYNC_FRAME: usize = 256 << 10;
    /// Nanoseconds between two records up to which the search takes them as neighbours: a day.
    pub const RESYNC_AGE: i64 = 86_400_000_000_000;
    /// Interfaces of one pcapng section. Captures on all interfaces of a large router have some hundreds.
    pub const INTERFACES: usize = 4_096;
    /// Octets of a zstd window, the reference decoder's own default (`--long=27`); a frame that wants more is refused.
    pub const ZSTD_WINDOW: u64 = 128 << 20;
    /// TCP flows held at one time; the one idle longest is closed first.
    pub const FLOWS: usize = 65_536;
    /// Out-of-order octets held for one direction of one flow, a receive window of a long fat network.
    pub const FLOW_BUFFER: usize = 4 << 20;
    /// Out-of-order octets held over all flows.
    pub const ALL_FLOW_BUFFERS: usize = 32 << 20;
    /// IP datagrams under reassembly from fragments at one time.
    pub const FRAGMENTED: usize = 1_024;
    /// Nanoseconds of capture time after which an incomplete datagram is given up (RFC 791: 15 to 120 s).
    pub const FRAGMENT_AGE: i64 = 60_000_000_000;
    /// Octets of all fragments held at one time, each with [`Limits::PIECE_COST`]: 250 datagrams of full size.
    pub const FRAGMENT_BYTES: usize = 16 << 20;
    /// What holding one piece of a stream or datagram costs beyond its octets (allocation, place in the order), so that
    /// many tiny pieces meet the same ceilings as a few large ones.
    pub const PIECE_COST: usize = 64;
    /// Finished TCP connections remembered so that their stragglers open nothing.
    pub const ENDED_FLOWS: usize = 16_384;
    /// Nanoseconds of capture time for which they are (twice the maximum segment lifetime of common systems).
    pub const ENDED_FLOW_AGE: i64 = 60_000_000_000;
    /// UDP conversations whose number is remembered: twice this many at most. Nothing but the number hangs on it.
    pub const UDP_CONVERSATIONS: usize = 8_192;
    /// Packets of a flow for which acknowledged octets that are not captured may still turn up: an acknowledgement may be
    /// recorded before what it acknowledges.
    pub const GAP_PACKETS: u32 = 32;
    /// Nanoseconds of capture time for the same.
    pub const GAP_WAIT: i64 = 1_000_000_000;
    /// Octets by which a TCP sequence number may run ahead: the largest receive window (RFC 7323, section 2.3).
    pub const SEQUENCE_AHEAD: i64 = 1 << 30;
    /// Octets by which a retransmission may lag behind; what is older belongs to another connection.
    pub const SEQUENCE_BEHIND: i64 = 16 << 20;
    /// Lines with secrets of all key logs of one input; a year of a busy phone.
    pub const KEY_LOG_LINES: usize = 1 << 20;
    /// Octets of one TLS handshake message that is looked into. Chains of certificates are longer now and then, and not
    /// looked into.
    pub const TLS_MESSAGE: usize = 64 << 10;
    /// Octets of TLS records held over all connections: those not complete, and those that wait for a secret.
    pub const ALL_TLS_BUFFERS: usize = 64 << 20;
    /// TLS sessions whose secrets are remembered for connections that resume them.
    pub const TLS_SESSIONS: usize = 4_096;
    /// TLS records that do not open and are passed over where the protocol has records for other keys: early data that the
    /// server refuses, a handshake whose secret is not known.
    pub const TLS_FOREIGN_RECORDS: u32 = 4_096;
    /// Places in the order of records that are tried for a record after octets that are missing.
    pub const TLS_LOST_RECORDS: u64 = 1_024;
    /// Octets of records that are tried, over all gaps of one connection.
    pub const TLS_TRIALS: usize = 64 << 20;
    /// Octets of a file with certificates or a key; the roots of a whole machine are some 300 KiB.
    pub const PEM_FILE: u64 = 4 << 20;
    /// Certificates that the proxy issued and remembers; devices talk to a handful of servers.
    pub const ISSUED_CERTIFICATES: usize = 1_024;
    /// Encapsulations in one frame (VLAN tags, tunnels).
    pub const ENCAPSULATIONS: usize = 16;
    /// Nested elements of one message. DM uses about a dozen.
    pub const DEPTH: usize = 256;
    /// Nodes (elements and pieces of text) of one message: a tree of all of a device's settings has some ten thousand.
    pub const NODES: usize = 256 << 10;
    /// Name space declarations in force at one place of an XML document. DM uses two or three.
    pub const NAMESPACES: usize = 256;
    /// Broken places of one XML document after which reading goes on; past them the structure is guesswork.
    pub const RECOVERIES: usize = 64;
    /// Octets of a WBXML string table.
    pub const STRING_TABLE: usize = 1 << 20;
    /// Documents inside documents (a DDF in an OPAQUE in a message).
    pub const EMBEDDED: usize = 4;
    /// Messages of one session that are kept; a loop of a broken peer ends the session's record here.
    pub const SESSION_MESSAGES: usize = 10_000;
    /// Names of the server that are remembered for one session; a server that gives a RespURI of its own in each message is
    /// known by the latest ones.
    pub const SERVER_NAMES: usize = 16;
    /// Nanoseconds of capture time after the answer to a session's first message within which the same octets are taken for
    /// that message sent again, and not for the first one of a new session.
    pub const RESEND_AGE: i64 = 30_000_000_000;
    /// Octets held for sessions that ended and may still be answered late, bodies and trees together.
    pub const ENDED_SESSIONS: usize = 12 << 20;
    /// Octets held over all open sessions, bodies and trees together; past it the session idle longest is given up.
    pub const OPEN_SESSIONS: usize = 48 << 20;
    /// Octets of finished sessions on their way to the threads that judge them, bodies and trees together; past it, reading
    /// waits. A session that is larger goes alone.
    pub const SESSIONS_ON_THEIR_WAY: usize = 16 << 20;
    /// Nanoseconds of capture time for which an ended session waits for a late message.
    pub const ENDED_LINGER: i64 = 30_000_000_000;
    /// Sessions of one device and one server that later ones are compared with. What a nonce or a SessionID of the last one
    /// says is asked; the others help to tell which old nonce was used.
    pub const REMEMBERED_SESSIONS: usize = 8;
    /// Nonces, digests and Correlators, each, that are remembered of one session.
    pub const REMEMBERED_OF_A_KIND: usize = 32;
    /// Octets of one such text; a nonce has some 24.
    pub const REMEMBERED_TEXT: usize = 256;
    /// Operations of management objects that are told of one session; earlier ones of its device are among them.
    pub const STORIES: usize = 512;
    /// Octets that are remembered over all devices and servers: some ten thousand pairs.
    pub const REMEMBERED_OCTETS: usize = 8 << 20;
    /// Problems of one kind that are listed for one input; the rest are counted in one line.
    pub const PROBLEMS_OF_A_KIND: usize = 100;
    /// Octets of one text from the wire (a URI, an id) in a report; the place says where the whole of it stands.
    pub const REPORT_TEXT: usize = 1_024;
    /// Sessions that the terminal UI lists; more are counted. Some 200 octets each: a proxy may run for days.
    pub const VIEWED_SESSIONS: usize = 200_000;
    /// Names of devices and servers that the terminal UI keeps once for all sessions.
    pub const VIEWED_TEXTS: usize = 50_000;
    /// Octets of a report's spool that stay in memory before they go to a temporary file.
    pub const REPORT_IN_MEMORY: usize = 1 << 20;
    /// Trials of one test case in one input.
    pub const CASE_TRIALS: usize = 10_000;
    /// Pieces of evidence of one trial that are reported.
    pub const CASE_EVIDENCE: usize = 40;
    /// Sessions of one device with one server that wait for later ones, for test cases that look over several.
    pub const CASE_SESSIONS: usize = 32;
    /// Octets of their messages.
    pub const CASE_SESSION_OCTETS: usize = 4 << 20;
    /// Octets of the messages of all sessions that wait, over all devices.
    pub const CASE_HELD_OCTETS: usize = 16 << 20;
    /// Octets of one message as text, in a report or beside it. A large object comes in parts of a few dozen kilobytes.
    pub const EXHIBIT: usize = 256 << 10;
    /// Octets of all messages as text that a report keeps in its temporary file; past it they are named and not shown.
    pub const EXHIBITS: u64 = 512 << 20;
    /// Octets of a `--filter` expression, and with it its depth.
    pub const FILTER: usize = 4_096;
    /// Nested parentheses and negations of a `--filter` expression.
    pub const FILTER_DEPTH: usize = 64;

    /// Notifications that wait for their session; past it the oldest is forgotten. A device that is switched off gets many.
    pub const NOTIFICATIONS: usize = 1_024;
    /// Other ways by which a notification came that are shown.
    pub const NOTIFICATION_WAYS: usize = 4;
    /// Bootstrap messages that wait for a session of their device; past it the oldest is forgotten. They are of 64 KiB at most,
    /// and a device gets few.
    pub const BOOTSTRAPS: usize = 256;
    /// Bootstrap messages that belong to one session. Operators send one to three.
    pub const BOOTSTRAPS_OF_A_SESSION: usize = 8;
    /// Octets of memory of one decoded bootstrap message: what a string table makes of a few octets is no account.
    pub const BOOTSTRAP: usize = 8 << 20;
    /// Octets of a push over HTTP or SIP: no more than a datagram may have.
    pub const PUSH_ENTITY: usize = 64 << 10;
    /// Receivers of one message to a push proxy that are told apart.
    pub const PUSH_RECEIVERS: usize = 16;
    /// Octets of the start line and headers of a message of SIP. Proxies refuse far less.
    pub const SIP_HEAD: usize = 16 << 10;
    /// Octets of the body of a message of SIP, as of any push.
    pub const SIP_BODY: usize = Self::PUSH_ENTITY;
    /// Connections of SIP on which a message may be under way; on more, none is looked for.
    pub const SIP_CONNECTIONS: usize = 256;
    /// Octets of the body of a download descriptor that is read; real ones have one or two kilobytes.
    pub const DOWNLOAD_DESCRIPTOR: usize = 64 << 10;
    /// Objects of one download descriptor. Version 2.0 allows several, and updates have a few.
    pub const DOWNLOAD_OBJECTS: usize = 16;
    /// Media types of one object in a download descriptor.
    pub const DOWNLOAD_TYPES: usize = 16;
    /// Octets of a text in a download descriptor, or of an address that a download is known by.
    pub const DOWNLOAD_TEXT: usize = 2_048;
    /// Octets of a body that may be a report on a download: a code and a few words.
    pub const DOWNLOAD_REPORT: u64 = 256;
    /// Addresses of packages that servers wrote into devices and that are watched for downloads; past it the oldest is forgotten.
    pub const DOWNLOADS: usize = 256;
    /// Octets of memory of all of them with what was seen of their downloads; past it the oldest is forgotten.
    pub const DOWNLOADS_OCTETS: usize = 8 << 20;
    /// Requests that are told of one download. A device that goes on in ranges needs a few dozen; the first ones are kept.
    pub const DOWNLOAD_FETCHES: usize = 64;
    /// Addresses that belong to one download: where it was sent on to, the objects of its descriptor and where they are reported.
    pub const DOWNLOAD_ADDRESSES: usize = 64;
    /// Operations without an end that one report lists; the others are counted.
    pub const PENDING_OPERATIONS: usize = 1_024;
    /// Octets of the image of a file of a smart card; the largest files of cards have 64 KiB.
    pub const CARD_IMAGE: usize = 256 << 10;
    /// Documents in such an image. Cards hold one or two in a file.
    pub const CARD_DOCUMENTS: usize = 16;
    /// Places of such an image at which a document is read for a try: each costs the length of what follows.
    pub const CARD_TRIES: usize = 64;
    /// Short messages that wait for their parts; past it the oldest is given up. A gateway has a few hundred under way.
    pub const SMS_OPEN: usize = 1_024;
    /// Short messages that became whole last, and of which a part may come once more.
    pub const SMS_DONE: usize = 64;
    /// Octets of their parts. A part has 140 at most over the air; a gateway may say that one has more.
    pub const SMS_OCTETS: usize = 4 << 20;
    /// Radio channels on which a short message may be under way: every channel of a cell, in both directions.
    pub const SMS_CHANNELS: usize = 1_024;
    /// Octets of PDUs of SMPP whose ends have not come, over all connections.
    pub const SMPP_OCTETS: usize = 8 << 20;
    /// Short messages in one file of them. One push has 255 parts at most.
    pub const SMS_FILE: usize = 1_000;
    /// HTTP responses without a DM message that are kept of one message: a client that is refused more often does not
    /// come through.
    pub const BARE_RESPONSES: usize = 16;

    /// Injected faults that are told of one message or one packet; a message of a proxy has one or two.
    pub const INJECTED: usize = 16;
    /// Frames with injected faults that wait for the message that they belong to.
    pub const INJECTED_FRAMES: usize = 4_096;
    /// Octets of a `--fault` specification; the longest that makes sense has some 150.
    pub const FAULT_SPEC: usize = 1_024;
    /// Octets of a file of faults, and with it their number.
    pub const FAULT_FILE: usize = 1 << 20;
    /// Octets of a body that is held for faults; what is larger passes unchanged. Far above any MaxMsgSize in the field.
    pub const FAULT_BODY: usize = 4 << 20;
    /// Sessions, and connections, that faults are counted in at one time; the one idle longest is forgotten.
    pub const FAULT_SESSIONS: usize = 4_096;
    /// Nanoseconds of a delay: an hour. Both sides have given up long before.
    pub const FAULT_DELAY: u64 = 3_600_000_000_000;

    /// Octets of finished sessions, as the report writes them, that wait in memory for earlier ones; past it they wait in
    /// a temporary file. About as many sessions as a server with a hundred devices has open at a time.
    pub const WAITING_OCTETS: usize = 4 << 20;
    /// Octets of a recording's sessions, bodies and trees together, that are held to choose one of them: what a day of one
    /// device gives, many times over.
    pub const GATHERED_SESSIONS: usize = 256 << 20;
    /// Octets of one message that a replay takes from its peer. Devices and servers announce a MaxMsgSize of a few dozen
    /// kilobytes; a large object comes in parts.
    pub const REPLAY_BODY: usize = 4 << 20;
    /// Connections that a replayed server serves at one time: a laboratory's devices, each with a few.
    pub const REPLAY_CONNECTIONS: usize = 32;
    /// Sessions that a replayed server holds at one time; the one idle longest is given up.
    pub const REPLAY_SESSIONS: usize = 32;
    /// Challenges to one message of a peer whose credentials stay wrong: servers give up after two or three.
    pub const REPLAY_CHALLENGES: u32 = 3;
    /// Messages of one replayed session, those of the peer that the recording does not have among them; past it the session
    /// ends.
    pub const REPLAY_MESSAGES: u32 = 10_000;
    /// Requests on one connection of a replayed server; past it the connection is closed, and may be opened again.
    pub const REPLAY_REQUESTS: u32 = 10_000;
    /// Commands of one message that get a Status though the recording does not have them. A device reports a few dozen events
    /// at most.
    pub const REPLAY_ANSWERS: usize = 1_000;
    /// Divergences that are kept in words for one message of a replay; the rest are counted.
    pub const REPLAY_DIVERGENCES: usize = 20;

    /// Octets of a file with a test case or what belongs to one. A case fits on a screen.
    pub const CASE_FILE: usize = 256 << 10;
    /// Nested lists and maps of such a file; three alternatives inside each other need some twenty.
    pub const CASE_DEPTH: usize = 48;
    /// Lists, maps and values of such a file.
    pub const CASE_NODES: usize = 20_000;
    /// Steps of a test case, nested ones among them.
    pub const CASE_STEPS: usize = 200;
    /// Faults of one file that are told; whoever has mended so many reads it again.
    pub const CASE_FAULTS: usize = 40;
    /// Test case files of one folder, with those in the folders inside it.
    pub const CASE_FILES: usize = 10_000;
    /// Octets that a regular expression of a test case may take when it is compiled.
    pub const CASE_REGEX: usize = 1 << 20;

    /// Octets of a URI of a node that is followed into the tree; devices that say it allow a few hundred (MaxTotLen).
    pub const TREE_URI: usize = 4_096;
    /// Segments of such a URI. The deepest standard objects have about a dozen; devices allow some twenty (MaxDepth).
    pub const TREE_SEGMENTS: usize = 64;
    /// Octets of a node's value that a tree keeps; its length is kept beside it. Certificates and most documents fit.
    pub const TREE_VALUE: usize = 2_048;
    /// Octets of a large object that are joined to be read as a serialised tree.
    pub const TREE_OBJECT: usize = 16 << 20;
    /// Nodes that are remembered over all devices of a run: full trees of a dozen devices, with ten thousand nodes each, and
    /// parts of many more.
    pub const TREE_NODES: usize = 200_000;
    /// Changes that are remembered over all devices of a run: each node told five times.
    pub const TREE_CHANGES: usize = 1_000_000;
    /// Octets of names and values over all devices of a run, each text counted once for each device.
    pub const TREE_TEXT: usize = 64 << 20;
    /// Octets of what finished sessions tell of trees that waits for sessions that began earlier.
    pub const TREE_WAITING: usize = 32 << 20;
    /// Nodes that are looked at to say whether commands of one package get into each other's way; past it they are taken
    /// to do so.
    pub const TREE_NEIGHBOURS: usize = 1_000;
    /// Octets of the file of a description of a device; the largest public ones have one or two MiB.
    pub const DDF_FILE: u64 = 32 << 20;
    /// Faults of one description of a device that are told.
    pub const DDF_FAULTS: usize = 1_000;
    /// Nodes of one session whose ACLs are shown.
    pub const SHOWN_ACLS: usize = 1_000;
}
