//! Connectivity: requirements of the management-tree side, `CON-001` to `CON-011`.

use super::rule::{Family, LeftOut};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "CON",
    title: "Connectivity",
    left_out: &[
        LeftOut { id: "CON-001", title: "MO ids", why: LATER },
        LeftOut { id: "CON-002", title: "NAP minimum", why: LATER },
        LeftOut {
            id: "CON-003",
            title: "AddrType ∈ {E164, APN, SCODE, TETRA-ITSI, MAN, SSID, ALPHA …}; unknown → info",
            why: LATER,
        },
        LeftOut {
            id: "CON-004",
            title: "BearerType value names a child of BearerParams (3GPPPS, 3GPPCS, 3GPP2, WLAN, …) if BearerParams exists",
            why: LATER,
        },
        LeftOut {
            id: "CON-005",
            title: "IPv4 block IPAddr, NetMask, Gateway dotted quad; AutoConfig/AutoDNS boolean; DNS/Servers/<X>/Addr IP address",
            why: LATER,
        },
        LeftOut {
            id: "CON-006",
            title: "AuthInfo AuthType ∈ {PAP, CHAP, MSCHAP, EAP…}; AuthSecret not readable (Get 200 with data → warning)",
            why: LATER,
        },
        LeftOut {
            id: "CON-007",
            title: "Proxy minimum ProxyId, ProxyType (HTTP, WAP, SOCKS …), Addr; Ports/<X>/PortNbr 0–65535; ToConRef/<X>/ConRef …",
            why: LATER,
        },
        LeftOut {
            id: "CON-008",
            title: "References DMAcc PrefConRef/ToConRef and Proxy ConRef that look like tree URIs resolve to a node known to …",
            why: LATER,
        },
        LeftOut { id: "CON-009", title: "Rename keeps references", why: LATER },
        LeftOut { id: "CON-010", title: "CP mapping", why: LATER },
        LeftOut {
            id: "CON-011",
            title: "WLAN parameters SSID present, security mode from known set, keys not readable",
            why: LATER,
        },
    ],
    ..Family::NONE
};
