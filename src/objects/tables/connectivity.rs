//! Connectivity (ConnMO): access points and proxies.

use super::super::model::{Basis, Node, Object, Occurs};
use super::{id, value};
use Basis::{Code, Memory, Text};
use Occurs::{One, OneOrMore, ZeroOrMore, ZeroOrOne};

const GET: &str = "Add Get Replace";

const fn node(path: &'static str, occurs: Occurs, format: &'static str, meaning: &'static str) -> Node {
    Node::new(path, occurs, format, GET, meaning).from(Code)
}

const fn recalled(path: &'static str, occurs: Occurs, format: &'static str, meaning: &'static str) -> Node {
    Node::new(path, occurs, format, GET, meaning).from(Memory)
}

/// Network access points.
pub static CONN_NAP: Object = Object {
    name: "ConnMO NAP",
    title: "Network access points",
    ids: &[id("urn:oma:mo:oma-connmo-nap:1.0", Code)],
    document: "OMA-DDS-DM_ConnMO-V1_0",
    nodes: &[
        node("", ZeroOrMore, "node", "The root of an access point."),
        recalled("NAPID", ZeroOrOne, "chr", "Its identifier; ID in some implementations."),
        node("ID", ZeroOrOne, "chr", "Its identifier; NAPID in the description."),
        node("Name", ZeroOrOne, "chr", "A name for users."),
        node("AddrType", ZeroOrOne, "chr", "The type of Addr.").values(&[
            value("APN", "name of an access point", "APN"),
            value("E164", "telephone number", "E164"),
            value("SCODE", "service code", "SCODE"),
            value("TETRA-ITSI", "TETRA identity", "TETRA-ITSI"),
            value("MAN", "manual", "MAN"),
            value("SSID", "name of a wireless network", "SSID"),
            value("ALPHA", "free text", "ALPHA"),
        ]),
        node("Addr", ZeroOrOne, "chr", "The address: an APN, a number."),
        node("BearerType", One, "chr", "The bearer, such as 3GPPPS.").values(&[
            value("3GPPPS", "3GPP, packets", "3GPPPS"),
            value("3GPPCS", "3GPP, circuits", "3GPPCS"),
            value("3GPP2", "cdma2000", "3GPP2"),
            value("WLAN", "wireless LAN", "WLAN"),
        ]),
        recalled("BearerParams", ZeroOrOne, "node", "Parameters, a branch for each bearer."),
        recalled("BearerParams/<X>", ZeroOrMore, "node", "Parameters of one bearer."),
        node("IP", ZeroOrOne, "node", "Parameters of IP."),
        node("IP/IPv4", ZeroOrOne, "node", "Parameters of IPv4."),
        node("IP/IPv4/AutoConfig", ZeroOrOne, "bool", "Whether the network gives the address."),
        node("IP/IPv4/IPAddr", ZeroOrOne, "chr", "The address."),
        node("IP/IPv4/NetMask", ZeroOrOne, "chr", "The mask."),
        node("IP/IPv4/Gateway", ZeroOrOne, "chr", "The router."),
        node("IP/IPv4/AutoDNS", ZeroOrOne, "bool", "Whether the network gives the name servers."),
        node("IP/IPv4/DNS", ZeroOrOne, "node", "Name servers."),
        node("IP/IPv4/DNS/Servers", ZeroOrOne, "node", "Name servers."),
        node("IP/IPv4/DNS/Servers/<X>", OneOrMore, "node", "One of them."),
        node("IP/IPv4/DNS/Servers/<X>/Addr", One, "chr", "Its address."),
        node("IP/IPv6", ZeroOrOne, "node", "Parameters of IPv6, as of IPv4."),
        node("AuthInfo", ZeroOrOne, "node", "Credentials for the network."),
        node("AuthInfo/AuthType", ZeroOrOne, "chr", "How they are shown.").values(&[
            value("PAP", "PAP", "PAP"),
            value("CHAP", "CHAP", "CHAP"),
            value("MSCHAP", "MS-CHAP", "MSCHAP"),
            value("EAP", "EAP", "EAP"),
        ]),
        node("AuthInfo/AuthName", ZeroOrOne, "chr", "The user name."),
        Node::new("AuthInfo/AuthSecret", ZeroOrOne, "chr", "Add Replace", "The password; not readable.").from(Code),
        recalled("Ext", ZeroOrOne, "node", "Of the vendor."),
    ],
    shapes: &[&["BearerType", "Addr"]],
    ..Object::NONE
};

/// Proxies.
pub static CONN_PROXY: Object = Object {
    name: "ConnMO proxy",
    title: "Proxies",
    ids: &[id("urn:oma:mo:oma-connmo-proxy:1.0", Memory)],
    document: "OMA-DDS-DM_ConnMO-V1_0",
    nodes: &[
        node("", ZeroOrMore, "node", "The root of a proxy."),
        node("ProxyId", One, "chr", "Its identifier."),
        node("Name", ZeroOrOne, "chr", "A name for users."),
        node("ProxyType", One, "chr", "What it relays.").values(&[
            value("HTTP", "HTTP", "HTTP"),
            value("WAP", "WAP", "WAP"),
            value("SOCKS", "SOCKS", "SOCKS"),
        ]),
        node("Addr", One, "chr", "Its address."),
        node("AddrType", ZeroOrOne, "chr", "The type of the address."),
        node("ToConRef", ZeroOrOne, "node", "Access points that lead to it."),
        node("ToConRef/<X>", OneOrMore, "node", "One of them."),
        node("ToConRef/<X>/ConRef", One, "chr", "The URI of the access point."),
        node("Ports", ZeroOrOne, "node", "Its ports."),
        node("Ports/<X>", OneOrMore, "node", "One of them."),
        node("Ports/<X>/PortNbr", One, "chr int", "The port, up to 65535."),
        node("AuthInfo", ZeroOrOne, "node", "Credentials for it."),
        node("ProxyParams", ZeroOrOne, "node", "Parameters, a branch for each type."),
        node("ProxyParams/WAP", ZeroOrOne, "node", "Parameters of WAP."),
        node("ProxyParams/WAP/Startpg", ZeroOrOne, "chr", "The first page."),
        node("ProxyParams/HTTP", ZeroOrOne, "node", "Parameters of HTTP."),
        node("Ext", ZeroOrOne, "node", "Of the vendor."),
    ],
    shapes: &[&["ProxyType"], &["ProxyId"]],
    ..Object::NONE
};

/// Connectivity before the two were told apart: its identifier alone is known.
pub(super) static CONN_OLD: Object = Object {
    name: "ConnMO",
    title: "Connectivity, older form",
    ids: &[id("org.openmobilealliance/1.0/ConnMO", Text)],
    document: "OMA-TS-DM_StdObj-V1_2_1, in an example",
    ..Object::NONE
};
