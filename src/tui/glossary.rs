//! Elements of SyncML and MetInf in a sentence each, for whoever asks what one is.

/// One element.
#[derive(Debug)]
pub(super) struct Entry {
    name: &'static str,
    /// What it is for.
    pub(super) text: &'static str,
    /// Where it is defined.
    pub(super) source: &'static str,
}

const REP: &str = "OMA-TS-SyncML-RepPro-V1_2_2, OMA-TS-DM_RepPro-V1_2_1";
const META: &str = "OMA-TS-SyncML_MetaInfo-V1_2_2";

const fn rep(name: &'static str, text: &'static str) -> Entry {
    Entry { name, text, source: REP }
}

const fn meta(name: &'static str, text: &'static str) -> Entry {
    Entry { name, text, source: META }
}

static ELEMENTS: &[Entry] = &[
    rep("SyncML", "The whole message: one SyncHdr and one SyncBody."),
    rep("SyncHdr", "The header: versions, SessionID, MsgID, who speaks to whom, and credentials."),
    rep("SyncBody", "The body: Status elements first, then commands, then Final in the last message of a package."),
    rep("VerDTD", "The version of the document type."),
    rep("VerProto", "The protocol and its version, DM/1.2 for one. It decides by which profile a session is judged."),
    rep(
        "SessionID",
        "Names the session; the client chooses it, from the notification where there was one, and it stays the same.",
    ),
    rep("MsgID", "Names the message; each side counts its own, from 1 upwards."),
    rep("Target", "Whom a message, or what node a command, is for."),
    rep("Source", "Who sends a message, or which node a result comes from."),
    rep("LocURI", "An address: of a device or server in SyncHdr, of a node of the management tree in an Item."),
    rep("LocName", "A name to show; in Source of SyncHdr with MD5 or HMAC credentials, the user name."),
    rep("RespURI", "Where the client has to send its next message."),
    rep("NoResp", "Asks for no Status; the other side may be silent on what carries it."),
    rep("Cred", "Credentials: their type and format in Meta, the value in Data."),
    rep("Chal", "A challenge: which type of credentials is asked for, with the next nonce."),
    rep("CmdID", "Names a command within its message; Status and Results refer to it."),
    rep("MsgRef", "The MsgID of the message that is answered."),
    rep("CmdRef", "The CmdID of the command that is answered; 0 is SyncHdr."),
    rep("Cmd", "The name of the command that is answered."),
    rep("TargetRef", "The target of the answered command or item."),
    rep("SourceRef", "The source of the answered command or item."),
    rep("Item", "One object of a command: target, source, meta information, data."),
    rep("Data", "A value: of a node, of credentials, or the code of a Status or an Alert."),
    rep("Meta", "Meta information: format, type, size and the like, from the MetInf name space."),
    rep("MoreData", "The value goes on in the next message: this is a chunk of a large object."),
    rep("Final", "The last message of its package."),
    rep("Correlator", "Ties a Generic Alert to the Exec that began the operation."),
    rep("Add", "Makes a node; it must not be there yet."),
    rep(
        "Alert",
        "Says that something happened: the start of a session, user interaction, an abort, a Generic Alert; its code is in Data.",
    ),
    rep("Atomic", "Its commands are all executed, or none of them is."),
    rep("Copy", "Copies the value of one node into another."),
    rep("Delete", "Removes a node with everything below it."),
    rep("Exec", "Starts what a node stands for: an update, a diagnosis, a lock."),
    rep(
        "Get",
        "Asks for the value of a leaf, the children of an interior node, or, with a query, a property or a subtree.",
    ),
    rep("Replace", "Sets the value of a node; from a client in package 1, tells DevInfo."),
    rep("Results", "What a Get asked for."),
    rep("Sequence", "Its commands are executed in their order."),
    rep("Status", "What became of a command or of a message: a code in Data."),
    rep("Archive", "Of data synchronisation; DM does not use it."),
    rep("Sync", "Of data synchronisation; DM does not use it."),
    rep("Map", "Of data synchronisation; DM does not use it."),
    rep("Put", "Of data synchronisation; DM does not use it."),
    rep("Search", "Of data synchronisation; DM does not use it."),
    meta("Format", "How a value is written: chr, int, bool, b64, bin, xml, node and others."),
    meta("Type", "The media type of a value; of an interior node, the identifier of its management object."),
    meta("Size", "Octets of a whole value; announced with the first chunk of a large object."),
    meta("NextNonce", "The nonce for the next digest, in base64."),
    meta("MaxMsgSize", "The largest message that the sender takes, in octets."),
    meta("MaxObjSize", "The largest object that the sender takes, in octets."),
    meta("Mark", "How grave a Generic Alert is: fatal, critical, warning, informational."),
    meta("EMI", "Extensions, in a form of the sender's own."),
    meta("MetInf", "A wrapper around meta information; allowed, not needed."),
    meta("Version", "Version of the media type of a value."),
    meta("FieldLevel", "Of data synchronisation; DM does not use it."),
    meta("Anchor", "Of data synchronisation; DM does not use it."),
    meta("Mem", "Of data synchronisation; DM does not use it."),
];

/// What is said of an element.
pub(super) fn element(name: &str) -> Option<&'static Entry> {
    ELEMENTS.iter().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_explained() {
        for name in
            ["Add", "Alert", "Atomic", "Copy", "Delete", "Exec", "Get", "Replace", "Results", "Sequence", "Status"]
        {
            assert!(element(name).is_some(), "{name}");
        }
        assert!(element("Nonsense").is_none());
    }
}
