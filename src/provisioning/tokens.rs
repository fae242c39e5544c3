//! The token tables of provisioning documents: attribute starts and values on two code pages, each in order of its tokens
//! (OMA-WAP-TS-ProvCont-V1_1, section 7; WAP-183-ProvCont for the fragments that version 1.0 had elsewhere).
//!
//! A token that begins an attribute holds its name and often all of its value: `name="NAPID"` is one octet.

/// What a token that begins an attribute stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// An attribute whose value follows.
    Name(&'static str),
    /// An attribute with its value.
    Pair(&'static str, &'static str),
}

/// The name of an element; the tokens are the same on both pages.
pub(super) const fn tag(token: u8) -> Option<&'static str> {
    match token {
        0x05 => Some("wap-provisioningdoc"),
        0x06 => Some("characteristic"),
        0x07 => Some("parm"),
        _ => None,
    }
}

/// What begins with a token on a page.
pub(super) fn start(page: u8, token: u8) -> Option<Start> {
    let (types, names) = match page {
        0 => (TYPES_0, NAMES_0),
        1 => (TYPES_1, NAMES_1),
        _ => return None,
    };
    match token {
        0x05 => Some(Start::Name("name")),
        0x06 => Some(Start::Name("value")),
        0x50 => Some(Start::Name("type")),
        0x45 if page == 0 => Some(Start::Name("version")),
        0x46 if page == 0 => Some(Start::Pair("version", "1.0")),
        _ => find(types, token)
            .map(|value| Start::Pair("type", value))
            .or_else(|| find(names, token).map(|value| Start::Pair("name", value))),
    }
}

/// The value, or the fragment of one, that a token stands for on a page.
pub(super) fn value(page: u8, token: u8) -> Option<&'static str> {
    match page {
        0 => find(VALUES_0, token),
        1 => find(VALUES_1, token),
        _ => None,
    }
}

/// What version 1.0 had for the fragments of AAUTHTYPE on page 1. These tokens are those of extensions, which documents of
/// this kind have no use for; the fourth is that of a reference to the string table, and stays one.
pub(super) const fn old_value(page: u8, token: u8) -> Option<&'static str> {
    match (page, token) {
        (1, 0x80) => Some(","),
        (1, 0x81) => Some("HTTP-"),
        (1, 0x82) => Some("BASIC"),
        _ => None,
    }
}

type Table = &'static [(u8, &'static str)];

fn find(table: Table, token: u8) -> Option<&'static str> {
    let at = table.binary_search_by_key(&token, |(token, _)| *token).ok()?;
    table.get(at).map(|(_, text)| *text)
}

/// Types of characteristics, page 0.
const TYPES_0: Table = &[
    (0x51, "PXLOGICAL"),
    (0x52, "PXPHYSICAL"),
    (0x53, "PORT"),
    (0x54, "VALIDITY"),
    (0x55, "NAPDEF"),
    (0x56, "BOOTSTRAP"),
    (0x57, "VENDORCONFIG"),
    (0x58, "CLIENTIDENTITY"),
    (0x59, "PXAUTHINFO"),
    (0x5a, "NAPAUTHINFO"),
    (0x5b, "ACCESS"),
];

/// Names of parms, page 0.
const NAMES_0: Table = &[
    (0x07, "NAME"),
    (0x08, "NAP-ADDRESS"),
    (0x09, "NAP-ADDRTYPE"),
    (0x0a, "CALLTYPE"),
    (0x0b, "VALIDUNTIL"),
    (0x0c, "AUTHTYPE"),
    (0x0d, "AUTHNAME"),
    (0x0e, "AUTHSECRET"),
    (0x0f, "LINGER"),
    (0x10, "BEARER"),
    (0x11, "NAPID"),
    (0x12, "COUNTRY"),
    (0x13, "NETWORK"),
    (0x14, "INTERNET"),
    (0x15, "PROXY-ID"),
    (0x16, "PROXY-PROVIDER-ID"),
    (0x17, "DOMAIN"),
    (0x18, "PROVURL"),
    (0x19, "PXAUTH-TYPE"),
    (0x1a, "PXAUTH-ID"),
    (0x1b, "PXAUTH-PW"),
    (0x1c, "STARTPAGE"),
    (0x1d, "BASAUTH-ID"),
    (0x1e, "BASAUTH-PW"),
    (0x1f, "PUSHENABLED"),
    (0x20, "PXADDR"),
    (0x21, "PXADDRTYPE"),
    (0x22, "TO-NAPID"),
    (0x23, "PORTNBR"),
    (0x24, "SERVICE"),
    (0x25, "LINKSPEED"),
    (0x26, "DNLINKSPEED"),
    (0x27, "LOCAL-ADDR"),
    (0x28, "LOCAL-ADDRTYPE"),
    (0x29, "CONTEXT-ALLOW"),
    (0x2a, "TRUST"),
    (0x2b, "MASTER"),
    (0x2c, "SID"),
    (0x2d, "SOC"),
    (0x2e, "WSP-VERSION"),
    (0x2f, "PHYSICAL-PROXY-ID"),
    (0x30, "CLIENT-ID"),
    (0x31, "DELIVERY-ERR-SDU"),
    (0x32, "DELIVERY-ORDER"),
    (0x33, "TRAFFIC-CLASS"),
    (0x34, "MAX-SDU-SIZE"),
    (0x35, "MAX-BITRATE-UPLINK"),
    (0x36, "MAX-BITRATE-DNLINK"),
    (0x37, "RESIDUAL-BER"),
    (0x38, "SDU-ERROR-RATIO"),
    (0x39, "TRAFFIC-HANDL-PRIO"),
    (0x3a, "TRANSFER-DELAY"),
    (0x3b, "GUARANTEED-BITRATE-UPLINK"),
    (0x3c, "GUARANTEED-BITRATE-DNLINK"),
    (0x3d, "PXADDR-FQDN"),
    (0x3e, "PROXY-PW"),
    (0x3f, "PPGAUTH-TYPE"),
    (0x47, "PULLENABLED"),
    (0x48, "DNS-ADDR"),
    (0x49, "MAX-NUM-RETRY"),
    (0x4a, "FIRST-RETRY-TIMEOUT"),
    (0x4b, "REREG-THRESHOLD"),
    (0x4c, "T-BIT"),
    (0x4e, "AUTH-ENTITY"),
    (0x4f, "SPI"),
];

/// Values, page 0.
const VALUES_0: Table = &[
    (0x85, "IPV4"),
    (0x86, "IPV6"),
    (0x87, "E164"),
    (0x88, "ALPHA"),
    (0x89, "APN"),
    (0x8a, "SCODE"),
    (0x8b, "TETRA-ITSI"),
    (0x8c, "MAN"),
    (0x90, "ANALOG-MODEM"),
    (0x91, "V.120"),
    (0x92, "V.110"),
    (0x93, "X.31"),
    (0x94, "BIT-TRANSPARENT"),
    (0x95, "DIRECT-ASYNCHRONOUS-DATA-SERVICE"),
    (0x9a, "PAP"),
    (0x9b, "CHAP"),
    (0x9c, "HTTP-BASIC"),
    (0x9d, "HTTP-DIGEST"),
    (0x9e, "WTLS-SS"),
    (0x9f, "MD5"),
    (0xa2, "GSM-USSD"),
    (0xa3, "GSM-SMS"),
    (0xa4, "ANSI-136-GUTS"),
    (0xa5, "IS-95-CDMA-SMS"),
    (0xa6, "IS-95-CDMA-CSD"),
    (0xa7, "IS-95-CDMA-PACKET"),
    (0xa8, "ANSI-136-CSD"),
    (0xa9, "ANSI-136-GPRS"),
    (0xaa, "GSM-CSD"),
    (0xab, "GSM-GPRS"),
    (0xac, "AMPS-CDPD"),
    (0xad, "PDC-CSD"),
    (0xae, "PDC-PACKET"),
    (0xaf, "IDEN-SMS"),
    (0xb0, "IDEN-CSD"),
    (0xb1, "IDEN-PACKET"),
    (0xb2, "FLEX/REFLEX"),
    (0xb3, "PHS-SMS"),
    (0xb4, "PHS-CSD"),
    (0xb5, "TETRA-SDS"),
    (0xb6, "TETRA-PACKET"),
    (0xb7, "ANSI-136-GHOST"),
    (0xb8, "MOBITEX-MPAK"),
    (0xb9, "CDMA2000-1X-SIMPLE-IP"),
    (0xba, "CDMA2000-1X-MOBILE-IP"),
    (0xc5, "AUTOBAUDING"),
    (0xca, "CL-WSP"),
    (0xcb, "CO-WSP"),
    (0xcc, "CL-SEC-WSP"),
    (0xcd, "CO-SEC-WSP"),
    (0xce, "CL-SEC-WTA"),
    (0xcf, "CO-SEC-WTA"),
    (0xd0, "OTA-HTTP-TO"),
    (0xd1, "OTA-HTTP-TLS-TO"),
    (0xd2, "OTA-HTTP-PO"),
    (0xd3, "OTA-HTTP-TLS-PO"),
    (0xe0, "AAA"),
    (0xe1, "HA"),
];

/// Types of characteristics, page 1.
const TYPES_1: Table = &[
    (0x53, "PORT"),
    (0x55, "APPLICATION"),
    (0x56, "APPADDR"),
    (0x57, "APPAUTH"),
    (0x58, "CLIENTIDENTITY"),
    (0x59, "RESOURCE"),
];

/// Names of parms, page 1.
const NAMES_1: Table = &[
    (0x07, "NAME"),
    (0x14, "INTERNET"),
    (0x1c, "STARTPAGE"),
    (0x22, "TO-NAPID"),
    (0x23, "PORTNBR"),
    (0x24, "SERVICE"),
    (0x2e, "AACCEPT"),
    (0x2f, "AAUTHDATA"),
    (0x30, "AAUTHLEVEL"),
    (0x31, "AAUTHNAME"),
    (0x32, "AAUTHSECRET"),
    (0x33, "AAUTHTYPE"),
    (0x34, "ADDR"),
    (0x35, "ADDRTYPE"),
    (0x36, "APPID"),
    (0x37, "APROTOCOL"),
    (0x38, "PROVIDER-ID"),
    (0x39, "TO-PROXY"),
    (0x3a, "URI"),
    (0x3b, "RULE"),
];

/// Values, page 1. Lists differ over the page of AAA and HA, so that both have them.
const VALUES_1: Table = &[
    (0x86, "IPV6"),
    (0x87, "E164"),
    (0x88, "ALPHA"),
    (0x8d, "APPSRV"),
    (0x8e, "OBEX"),
    (0x90, ","),
    (0x91, "HTTP-"),
    (0x92, "BASIC"),
    (0x93, "DIGEST"),
    (0xe0, "AAA"),
    (0xe1, "HA"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order_and_no_token_has_two_meanings() {
        for table in [TYPES_0, NAMES_0, VALUES_0, TYPES_1, NAMES_1, VALUES_1] {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0), "{table:02x?}");
        }
        for (types, names) in [(TYPES_0, NAMES_0), (TYPES_1, NAMES_1)] {
            assert!(types.iter().all(|(token, _)| find(names, *token).is_none()));
            assert!(types.iter().chain(names).all(|(token, _)| *token < 0x80 && ![0, 1, 2, 3, 4].contains(token)));
        }
        for values in [VALUES_0, VALUES_1] {
            assert!(values.iter().all(|(token, _)| *token >= 0x85 && ![0xc0, 0xc1, 0xc2, 0xc3, 0xc4].contains(token)));
        }
    }
}
