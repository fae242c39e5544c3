//! Paths of fields, read once: trials then match on what they name, and not on texts.

/// Which events of a list a path goes on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    One(u32),
    All,
}

/// From an event to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hop {
    Message,
    Reply,
    Command,
    Parent,
    Item,
    Items(Which),
    Status,
    Results,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// To the event itself.
    Here,
    /// To another event, and on from there.
    Over(Hop, Box<Self>),
    /// To a field of the event.
    To(Leaf),
    /// To a field of the HTTP header around a message (`http.name`), or of an HTTP message (`header.name`).
    Header(String),
    /// Nowhere.
    Nowhere,
}

/// Names of fields, each with the text that stands for it in a case.
macro_rules! names {
    ($($name:ident = $text:literal,)*) => {
        /// A field; what an event does not have is absent.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Leaf {
            $($name,)*
        }

        impl Leaf {
            fn of(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

names! {
    AlertType = "alert_type",
    AuthClient = "auth.client",
    AuthClientState = "auth.client_state",
    AuthServer = "auth.server",
    AuthServerState = "auth.server_state",
    Chal = "chal",
    ChalFormat = "chal.format",
    ChalNextNonce = "chal.next_nonce",
    ChalType = "chal.type",
    Charset = "charset",
    Chunk = "chunk",
    Cmd = "cmd",
    CmdId = "cmd_id",
    CmdRef = "cmd_ref",
    Code = "code",
    Complete = "complete",
    ContentType = "content_type",
    Correlator = "correlator",
    Cred = "cred",
    CredData = "cred.data",
    CredFormat = "cred.format",
    CredRight = "cred.right",
    CredType = "cred.type",
    Data = "data",
    Digest = "digest",
    Encoding = "encoding",
    End = "end",
    Final = "final",
    Hmac = "hmac",
    HmacAlgorithm = "hmac.algorithm",
    HmacMac = "hmac.mac",
    HmacUsername = "hmac.username",
    Initiator = "initiator",
    Length = "length",
    List = "list",
    MaxMsgSize = "max_msg_size",
    MaxObjSize = "max_obj_size",
    Messages = "messages",
    Meta = "meta",
    MetaFormat = "meta.format",
    MetaMark = "meta.mark",
    MetaSize = "meta.size",
    MetaType = "meta.type",
    Method = "method",
    MoreData = "more_data",
    MsgId = "msg_id",
    MsgRef = "msg_ref",
    Name = "name",
    Node = "node",
    Of = "of",
    Path = "path",
    Prop = "prop",
    Repeated = "repeated",
    Reserved = "reserved",
    RespUri = "resp_uri",
    ServerId = "server_id",
    SessionId = "session_id",
    Size = "size",
    Source = "source",
    SourceName = "source.name",
    SourceRefs = "source_refs",
    SourceUri = "source.uri",
    Target = "target",
    TargetRefs = "target_refs",
    TargetUri = "target.uri",
    Tls = "tls",
    TlsVersion = "tls.version",
    UiMode = "ui_mode",
    Uri = "uri",
    Url = "url",
    VendorLen = "vendor_len",
    VerDtd = "ver_dtd",
    VerProto = "ver_proto",
    Version = "version",
}

/// A dotted path of fields, as cases write it: `item.target.uri`. Reading never fails: a path that leads nowhere is absent in
/// every event, and the loader refuses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    text: String,
    way: Way,
}

impl FieldPath {
    /// Reads a path; empty for the event itself.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), way: Way::of(text) }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it leads to the event itself.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether it leads to a URI, by the name of its last field.
    pub(super) fn is_uri(&self) -> bool {
        let last = self.text.rsplit('.').next().unwrap_or_default();
        matches!(last, "uri" | "node" | "resp_uri" | "target_refs" | "source_refs")
    }

    pub(super) fn way(&self) -> &Way {
        &self.way
    }
}

impl Way {
    fn of(text: &str) -> Self {
        if text.is_empty() {
            return Self::Here;
        }
        if let Some(name) = text.strip_prefix("http.").or(text.strip_prefix("header.")) {
            return Self::Header(name.to_owned());
        }
        let (head, mut rest) = text.split_once('.').unwrap_or((text, ""));
        let hop = match head {
            "message" => Hop::Message,
            "reply" => Hop::Reply,
            "command" => Hop::Command,
            "parent" => Hop::Parent,
            "item" => Hop::Item,
            "items" => {
                let (which, more) = rest.split_once('.').unwrap_or((rest, ""));
                rest = more;
                Hop::Items(which.parse().map_or(Which::All, Which::One))
            }
            "status" => Hop::Status,
            "results" => Hop::Results,
            _ => return Leaf::of(text).map_or(Self::Nowhere, Self::To),
        };
        Self::Over(hop, Box::new(Self::of(rest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testcase::{EventKind, FieldType, fields};

    #[test]
    fn a_path_is_read_into_hops_and_a_field() {
        let over = |hop, rest| Way::Over(hop, Box::new(rest));
        let table = [
            ("", Way::Here),
            ("item", over(Hop::Item, Way::Here)),
            ("item.target.uri", over(Hop::Item, Way::To(Leaf::TargetUri))),
            ("items", over(Hop::Items(Which::All), Way::Here)),
            ("items.*.data", over(Hop::Items(Which::All), Way::To(Leaf::Data))),
            ("items.1.meta.type", over(Hop::Items(Which::One(1)), Way::To(Leaf::MetaType))),
            ("status.message.reply.final", {
                over(Hop::Status, over(Hop::Message, over(Hop::Reply, Way::To(Leaf::Final))))
            }),
            ("message.http.x-syncml-hmac", over(Hop::Message, Way::Header("x-syncml-hmac".to_owned()))),
            ("header.location", Way::Header("location".to_owned())),
            ("cred", Way::To(Leaf::Cred)),
            ("cred.nonce", Way::Nowhere),
        ];
        for (text, expected) in table {
            assert_eq!(*FieldPath::new(text).way(), expected, "{text}");
        }
    }

    #[test]
    fn every_field_of_the_model_is_read() {
        use EventKind::{
            Alert, Command, Final, Http, Item, Message, Notification, Results, Session, Status, SyncHdr, Unknown,
        };
        for kind in
            [Alert, Command, Final, Http, Item, Message, Notification, Results, Session, Status, SyncHdr, Unknown]
        {
            for field in fields(kind) {
                let way = FieldPath::new(&field.name.replace('*', "x")).way;
                let leads_to_events = matches!(field.kind, FieldType::Event(_) | FieldType::Events(_));
                match way {
                    Way::Over(_, rest) => assert!(leads_to_events && *rest == Way::Here, "{kind:?} {}", field.name),
                    Way::To(Leaf::Of) => assert!(leads_to_events),
                    Way::To(_) | Way::Header(_) => assert!(!leads_to_events, "{kind:?} {}", field.name),
                    Way::Here | Way::Nowhere => unreachable!("{kind:?} {}", field.name),
                }
            }
        }
    }
}
