//! The standardized objects of OMA DM: DevInfo, DevDetail, DMAcc, Inbox.

use super::super::model::{Basis, Node, Object, Occurs};
use super::{id, value};
use Basis::{Code, Memory, Text};
use Occurs::{One, OneOrMore, ZeroOrMore, ZeroOrOne};

const STD_OBJ: &str = "OMA-TS-DM_StdObj-V1_2_1";

/// What a device says of itself in every session.
pub static DEV_INFO: Object = Object {
    name: "DevInfo",
    title: "Device information",
    ids: &[id("urn:oma:mo:oma-dm-devinfo:1.0", Text), id("urn:oma:mo:oma-dm-devinfo:1.1", Memory)],
    place: Some("./DevInfo"),
    document: STD_OBJ,
    nodes: &[
        Node::new("", One, "node", "Get", "The root; permanent. Its leaves come in package 1 of the client."),
        Node::new("DevId", One, "chr", "Get", "The one identifier of the device, as a URN, mostly with IMEI."),
        Node::new("Man", One, "chr", "Get", "The manufacturer."),
        Node::new("Mod", One, "chr", "Get", "The model."),
        Node::new("DmV", One, "chr", "Get", "The version of the DM client."),
        Node::new("Lang", One, "chr", "Get", "The language of the device, a tag of RFC 1766."),
        Node::new("Ext", ZeroOrOne, "node", "Get", "The only place for extensions."),
        Node::new("Ext/<X>", ZeroOrMore, "", "Get", "Of the vendor."),
        Node::new("Bearer", ZeroOrOne, "node", "Get", "What belongs to a bearer."),
        Node::new("Bearer/<X>", ZeroOrMore, "", "Get", "Items of one bearer, such as CDMA."),
    ],
    ..Object::NONE
};

/// What a device says of itself when it is asked.
pub static DEV_DETAIL: Object = Object {
    name: "DevDetail",
    title: "Device details",
    ids: &[id("urn:oma:mo:oma-dm-devdetail:1.0", Text)],
    place: Some("./DevDetail"),
    document: STD_OBJ,
    nodes: &[
        Node::new("", One, "node", "Get", "The root; permanent."),
        Node::new("URI", One, "node", "Get", "Limits of URIs."),
        Node::new("URI/MaxDepth", One, "chr int", "Get", "The most segments of a URI; 0 means no limit; 16 bits."),
        Node::new("URI/MaxTotLen", One, "chr int", "Get", "The most characters of a URI; 0 means no limit."),
        Node::new("URI/MaxSegLen", One, "chr int", "Get", "The most characters of a segment; 0 means no limit."),
        Node::new("DevTyp", One, "chr", "Get", "The type of the device."),
        Node::new("OEM", One, "chr", "Get", "Who made the device for the vendor."),
        Node::new("FwV", One, "chr", "Get", "The version of the firmware."),
        Node::new("SwV", One, "chr", "Get", "The version of the software."),
        Node::new("HwV", One, "chr", "Get", "The version of the hardware."),
        Node::new("LrgObj", One, "bool", "Get", "Whether large objects are supported."),
        Node::new("Ext", ZeroOrOne, "node", "Get", "The only place for extensions."),
        Node::new("Ext/<X>", ZeroOrMore, "", "Get", "Of the vendor."),
        Node::new("Bearer", ZeroOrOne, "node", "Get", "What belongs to a bearer."),
        Node::new("Bearer/<X>", ZeroOrMore, "", "Get", "Items of one bearer."),
    ],
    ..Object::NONE
};

/// The account of a server, DM 1.2.
pub static DM_ACC: Object = Object {
    name: "DMAcc",
    title: "Account of a server",
    ids: &[id("urn:oma:mo:oma-dm-dmacc:1.0", Text), id("org.openmobilealliance/1.0/w7", Text)],
    document: STD_OBJ,
    nodes: &[
        Node::new("", OneOrMore, "node", "Get", "The root of an account, mostly below ./DMAcc."),
        Node::new("AppID", One, "chr", "Get", "The application identifier w7."),
        Node::new("ServerID", One, "chr", "Get", "The name of the server, as access control lists have it."),
        Node::new("Name", ZeroOrOne, "chr", "Get", "A name for users."),
        Node::new(
            "PrefConRef",
            ZeroOrOne,
            "chr",
            "Get",
            "The preferred connection: the URI of a proxy or access point.",
        ),
        Node::new("ToConRef", ZeroOrOne, "node chr", "Get", "More connections. The text prints chr, an error."),
        Node::new("ToConRef/<X>", OneOrMore, "node", "Get", "One of them."),
        Node::new("ToConRef/<X>/ConRef", One, "chr", "Get", "As PrefConRef."),
        Node::new("AppAddr", One, "node", "Get", "Addresses of the server."),
        Node::new("AppAddr/<X>", OneOrMore, "node", "Get", "One of them."),
        Node::new("AppAddr/<X>/Addr", One, "chr", "Get", "The address, as AddrType says."),
        Node::new("AppAddr/<X>/AddrType", One, "chr", "Get", "The type of the address; empty means URI.").values(&[
            value("URI", "a URI", "URI"),
            value("IPv4", "an IPv4 address", "IPv4"),
            value("IPv6", "an IPv6 address", "IPv6"),
        ]),
        Node::new(
            "AppAddr/<X>/Port",
            ZeroOrOne,
            "node",
            "Get",
            "Ports. The figure has ZeroOrOne, the table OneOrMore.",
        ),
        Node::new("AppAddr/<X>/Port/<X>", OneOrMore, "node", "Get", "One of them."),
        Node::new("AppAddr/<X>/Port/<X>/PortNbr", One, "chr", "Get", "The port, decimal, up to 65535."),
        Node::new(
            "AAuthPref",
            ZeroOrOne,
            "chr",
            "Get",
            "The preferred authentication: a value of AAuthType, or empty.",
        ),
        Node::new("AppAuth", ZeroOrOne, "node", "Get", "Credentials. The figure has ZeroOrOne, the table OneOrMore."),
        Node::new("AppAuth/<X>", OneOrMore, "node", "Get", "One set of them."),
        Node::new("AppAuth/<X>/AAuthLevel", One, "chr", "Get", "Who shows them to whom.").values(&[
            value("CLCRED", "the client to the server", "CLCRED"),
            value("SRVCRED", "the server to the client", "SRVCRED"),
            value("OBEX", "OBEX", "OBEX"),
            value("HTTP", "HTTP", "HTTP"),
        ]),
        Node::new("AppAuth/<X>/AAuthType", One, "chr", "Get", "The type of authentication.").values(&[
            value("HTTP-BASIC", "HTTP basic authentication", "HTTP-BASIC"),
            value("HTTP-DIGEST", "HTTP digest authentication", "HTTP-DIGEST"),
            value("BASIC", "syncml:auth-basic", "BASIC"),
            value("DIGEST", "syncml:auth-md5", "DIGEST"),
            value("HMAC", "syncml:auth-MAC", "HMAC"),
            value("X509", "syncml:auth-X509", "X509"),
            value("SECURID", "syncml:auth-securid", "SECURID"),
            value("SAFEWORD", "syncml:auth-safeword", "SAFEWORD"),
            value("DIGIPASS", "syncml:auth-digipass", "DIGIPASS"),
            value("TRANSPORT", "by the transport", "TRANSPORT"),
        ]),
        Node::new("AppAuth/<X>/AAuthName", ZeroOrOne, "chr", "Get", "The user name."),
        Node::new("AppAuth/<X>/AAuthSecret", ZeroOrOne, "chr", "", "The password; never readable."),
        Node::new(
            "AppAuth/<X>/AAuthData",
            ZeroOrOne,
            "bin chr",
            "",
            "A nonce, or other data of the type; never readable.",
        ),
        Node::new("Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
    ],
    shapes: &[&["AppID", "ServerID", "AppAddr"]],
    ..Object::NONE
};

/// The account of a server, DM 1.1.
pub static DM_ACC_1_1: Object = Object {
    name: "DMAcc 1.1",
    title: "Account of a server, DM 1.1",
    document: "SyncML-DM_StdObj-V1_1",
    nodes: &[
        Node::new("", OneOrMore, "node", "Get", "The root of an account, below ./SyncML/DMAcc.").from(Code),
        Node::new("Addr", One, "chr", "Get Replace", "The address of the server.").from(Code),
        Node::new("AddrType", One, "chr int", "Get Replace", "The type of the address.").from(Code),
        Node::new("PortNbr", ZeroOrOne, "chr int", "Get Replace", "The port.").from(Code),
        Node::new("ConRef", ZeroOrOne, "chr", "Get Replace", "The connection, below ./SyncML/Con.").from(Code),
        Node::new("ServerId", One, "chr", "Get Replace", "The name of the server.").from(Code),
        Node::new("ServerPW", ZeroOrOne, "chr", "Replace", "The password of the server; not readable.").from(Code),
        Node::new("ServerNonce", ZeroOrOne, "bin chr", "Replace", "The nonce of the server; not readable.").from(Code),
        Node::new("UserName", One, "chr", "Get Replace", "The user name of the client.").from(Code),
        Node::new("ClientPW", One, "chr", "Replace", "The password of the client; not readable.").from(Code),
        Node::new("ClientNonce", ZeroOrOne, "bin chr", "Replace", "The nonce of the client; not readable.").from(Code),
        Node::new(
            "AuthPref",
            ZeroOrOne,
            "chr",
            "Get Replace",
            "The preferred authentication, such as syncml:auth-md5.",
        )
        .from(Code),
        Node::new("Name", ZeroOrOne, "chr", "Get Replace", "A name for users.").from(Code),
    ],
    shapes: &[&["ServerId", "UserName", "Addr"]],
    ..Object::NONE
};

/// Where objects are added whose place the device chooses.
pub static INBOX: Object = Object {
    name: "Inbox",
    title: "Inbox",
    ids: &[id("urn:oma:mo:oma-dm-inbox:1.0", Text)],
    place: Some("./Inbox"),
    document: STD_OBJ,
    nodes: &[Node::new(
        "",
        ZeroOrOne,
        "node",
        "Add",
        "The device puts what is added here where it belongs, by its identifier. Every Get on it or below is refused with 405.",
    )],
    ..Object::NONE
};
