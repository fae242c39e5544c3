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

/// One node of a standard object, or one media type.
type Told = (&'static str, &'static str);

/// Where the nodes are defined.
pub(super) const STD_OBJ: &str = "OMA-TS-DM_StdObj-V1_2_1";

/// Nodes of the standard objects by the end of their URI.
static NODES: &[Told] = &[
    ("DevInfo", "What the client tells of itself at the start of each session."),
    ("DevInfo/DevId", "A unique name of the device, IMEI:… for one."),
    ("DevInfo/Man", "The maker of the device."),
    ("DevInfo/Mod", "Its model."),
    ("DevInfo/DmV", "The version of the DM client."),
    ("DevInfo/Lang", "The language of the device."),
    ("DevInfo/Ext", "Extensions of the maker."),
    ("DevInfo/Bearer", "What bearers there are, with what is told of each."),
    ("DevDetail", "What a server can ask of the device."),
    ("DevDetail/DevTyp", "The kind of device."),
    ("DevDetail/OEM", "The maker on whose behalf it was built."),
    ("DevDetail/FwV", "The version of the firmware."),
    ("DevDetail/SwV", "The version of the software."),
    ("DevDetail/HwV", "The version of the hardware."),
    ("DevDetail/LrgObj", "Whether the device takes large objects."),
    ("DevDetail/URI/MaxDepth", "The deepest tree that it takes; 0 is any depth."),
    ("DevDetail/URI/MaxTotLen", "The longest URI that it takes; 0 is any length."),
    ("DevDetail/URI/MaxSegLen", "The longest segment of a URI that it takes; 0 is any length."),
    ("DMAcc", "Accounts of servers that may manage the device."),
    ("AppID", "The kind of application that the account is for; w7 is DM."),
    ("ServerID", "The name by which the server is known; ACLs use it."),
    ("AppAddr", "Addresses of the server."),
    ("AppAuth", "Credentials for both directions."),
    ("AAuthLevel", "Whose credentials: CLCRED are the client's, SRVCRED the server's."),
    ("AAuthType", "Basic, digest or HMAC."),
    ("AAuthName", "The user name."),
    ("AAuthSecret", "The password; it can be set and never be read."),
    ("AAuthData", "The nonce; it can be set and never be read."),
    ("Inbox", "Where objects are put whose place the device chooses itself."),
];

/// Media types.
static TYPES: &[Told] = &[
    ("application/vnd.syncml.dm+xml", "A DM message in XML."),
    ("application/vnd.syncml.dm+wbxml", "A DM message in WBXML."),
    ("application/vnd.syncml+xml", "A message of data synchronisation in XML; some DM clients say this by mistake."),
    (
        "application/vnd.syncml+wbxml",
        "A message of data synchronisation in WBXML; some DM clients say this by mistake.",
    ),
    ("application/vnd.syncml.dmddf+xml", "A device description (DDF) in XML."),
    ("application/vnd.syncml.dmddf+wbxml", "A device description (DDF) in WBXML."),
    ("application/vnd.syncml.dmtnds+xml", "A part of a management tree (TNDS) in XML."),
    ("application/vnd.syncml.dmtnds+wbxml", "A part of a management tree (TNDS) in WBXML."),
    ("application/vnd.syncml.notification", "A notification: package 0."),
    ("application/vnd.syncml.dm.notification", "A notification: package 0 of DM 1.2."),
    ("application/vnd.wap.connectivity-wbxml", "A bootstrap document of OMA Client Provisioning."),
];

/// What is said of a node of a standard object: by the whole of its URI, or by its last segments.
pub(super) fn node(uri: &str) -> Option<&'static str> {
    let uri = uri.strip_prefix("./").unwrap_or(uri);
    let is_its = |name: &str| uri == name || uri.strip_suffix(name).is_some_and(|before| before.ends_with('/'));
    NODES.iter().filter(|(name, _)| is_its(name)).max_by_key(|(name, _)| name.len()).map(|(_, text)| *text)
}

/// What is said of a media type: the first one that a text names.
pub(super) fn media_type(text: &str) -> Option<(&'static str, &'static str)> {
    let text = text.to_ascii_lowercase();
    TYPES.iter().filter(|(name, _)| text.contains(name)).max_by_key(|(name, _)| name.len()).copied()
}

/// Codes of a Status and of an Alert in a sentence each, where their names leave something to say.
static CODES: &[(u16, &str)] = &[
    (101, "The command is being worked on; another Status follows."),
    (200, "The command was done."),
    (202, "The command was taken on and is done later; a Generic Alert tells how it went."),
    (
        212,
        "The sender of the answered message is who it says, for the whole session: it need not show credentials again.",
    ),
    (213, "This chunk of a large object was taken in; the next one is awaited."),
    (214, "The user broke the operation off, or it was stopped before it was done."),
    (215, "The command was not done: the user said no, or a condition before it did not hold."),
    (216, "What an Atomic had done was undone, since another command in it failed."),
    (400, "The command is not written as it should be."),
    (401, "The credentials are wrong, or of another kind than is asked for; a Chal says what is wanted."),
    (403, "The recipient understood and refuses; other credentials do not help."),
    (404, "The node, or what the command is for, is not there."),
    (405, "The command may not be used on this node."),
    (406, "The recipient does not support an optional feature that the command needs."),
    (407, "No credentials were sent, and some are needed; a Chal says which. The message is sent again with them."),
    (408, "Something that was needed did not come in time."),
    (409, "The command contradicts another change, or the state of the node."),
    (410, "What was asked for is no longer there, and nothing tells where it went."),
    (411, "The size has to be announced in Meta of a large object, and was not."),
    (412, "A command failed because an earlier one that it depends on did."),
    (413, "The value or the message is larger than the recipient takes."),
    (414, "The URI is longer than the recipient takes, or has too many segments."),
    (415, "The media type or format is none that the node takes."),
    (416, "The announced size is larger than the recipient takes."),
    (417, "The recipient is busy; try again later."),
    (418, "An Add for a node that is there already."),
    (420, "There is no room left on the device."),
    (424, "The octets of all chunks together are not as many as were announced."),
    (425, "The access control list of the node does not let this server do it."),
    (426, "The command was done for some of its items and not for others."),
    (500, "The recipient met a condition that it did not expect."),
    (501, "The recipient does not know the command."),
    (503, "The recipient can't take it at the moment: overloaded, or under maintenance."),
    (505, "The recipient does not speak this version of the document type."),
    (506, "The application on the recipient failed while it did the command."),
    (507, "The Atomic failed: none of its commands has an effect."),
    (510, "The recipient failed while it stored or read data."),
    (511, "The recipient failed for good; it can't go on."),
    (513, "The recipient does not speak this version of the protocol."),
    (514, "The operation was cancelled: what came before it has no effect."),
    (516, "What an Atomic had done could not be undone: the state of the tree is in doubt."),
    (1100, "The server shows a text to the user."),
    (1101, "The server asks the user for yes or no."),
    (1102, "The server asks the user for a text."),
    (1103, "The server lets the user choose one of several."),
    (1104, "The server lets the user choose any of several."),
    (1200, "In package 1: a notification from the server is why the session began."),
    (1201, "In package 1: the device began the session by itself."),
    (
        1222,
        "The sender has nothing to say and asks for the next message: of the package, or the next chunk of an object.",
    ),
    (1223, "The sender ends the session at once; what was not answered counts as not done."),
    (1224, "The device tells of something that happened; Type of its Item says what."),
    (1225, "The end of a large object is missing: the next command came before its last chunk."),
    (1226, "The device tells what came of an operation, or that something happened; Type of its Item says what."),
];

/// What is said of a code beyond its name.
pub(super) fn code(code: u16) -> Option<&'static str> {
    CODES.iter().find(|(known, _)| *known == code).map(|(_, text)| *text)
}

/// All elements with their names.
pub(super) fn elements() -> impl Iterator<Item = (&'static str, &'static Entry)> {
    ELEMENTS.iter().map(|entry| (entry.name, entry))
}

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

    #[test]
    fn codes_that_are_explained_are_codes() {
        for (code, _) in CODES {
            let known = crate::rules::status_meaning(*code).or(crate::rules::alert_meaning(*code));
            assert!(known.is_some(), "{code}");
        }
    }

    #[test]
    fn nodes_and_media_types_are_explained_by_the_longest_name_that_fits() {
        assert_eq!(node("./DevInfo/Man"), Some("The maker of the device."));
        assert_eq!(node("./DMAcc/x/AppAuth/y/AAuthName"), Some("The user name."));
        assert_eq!(node("./Vendor/Man"), None);
        let type_of = |text: &str| media_type(text).map(|(name, _)| name);
        assert_eq!(type_of("Application/vnd.syncml.dm+wbxml; charset=x"), Some("application/vnd.syncml.dm+wbxml"));
        assert_eq!(type_of("text/html"), None);
    }
}
