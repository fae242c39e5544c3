//! Which nodes of the management tree hold what must not be seen.

use crate::dm::uri::percent_decoded;

/// What the value of a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// It may be seen.
    Open,
    /// It must not be seen at its place; anywhere else it is a word like others.
    Word,
    /// It must not be seen.
    Secret,
    /// It must not be seen, unless it is part of the server's address, which everybody sees.
    Name,
    /// It says who somebody is.
    Identity,
}

/// The account of a server (OMA-TS-DM_StdObj-V1_2_1).
const ACCOUNT: &str = "dmacc";
/// Of an account, what is the same for many.
const WORDS: &[&str] = &[
    "appid",
    "aauthtype",
    "aauthlevel",
    "aauthpref",
    "authpref",
    "addrtype",
    "portnbr",
    "init",
    "prefconref",
    "conref",
    "toconref",
    "dmacc",
];
/// Nodes that hold secrets, in accounts and elsewhere.
const SECRETS: &[&str] = &[
    "aauthsecret",
    "aauthdata",
    "authsecret",
    "authdata",
    "clientpw",
    "serverpw",
    "clientnonce",
    "servernonce",
    "nextnonce",
    "nonce",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "pin",
    "secret",
    "psk",
    "presharedkey",
    "sharedkey",
    "keymaterial",
    "wpakey",
    "wepkey",
    "privatekey",
    "token",
    "accesstoken",
];
/// Nodes that hold names of users.
const NAMES: &[&str] = &["aauthname", "authname", "username"];
/// Nodes that say who somebody is.
const IDENTITIES: &[&str] = &[
    "devid",
    "deviceid",
    "imei",
    "imeisv",
    "imsi",
    "meid",
    "esn",
    "msisdn",
    "phonenumber",
    "phonenum",
    "phone",
    "iccid",
    "serialnumber",
    "serialno",
    "udid",
    "macaddress",
    "wlanmacaddress",
    "bluetoothmacaddress",
    "wifimacaddress",
];

/// What the node at a URI holds.
pub(super) fn at(uri: &str) -> Value {
    let uri = percent_decoded(uri.split('?').next().unwrap_or_default()).to_lowercase();
    let leaf = uri.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    if SECRETS.contains(&leaf) {
        Value::Secret
    } else if uri.split('/').any(|part| part == ACCOUNT) {
        if WORDS.contains(&leaf) { Value::Word } else { Value::Name }
    } else if NAMES.contains(&leaf) {
        Value::Name
    } else if IDENTITIES.contains(&leaf) {
        Value::Identity
    } else {
        Value::Open
    }
}

/// Whether a document in a value names a node that must not be seen: then it is hidden as a whole.
pub(super) fn names_secret(text: &str) -> bool {
    let text = text.to_lowercase();
    let words = text.split(|ch: char| !ch.is_ascii_alphanumeric());
    let mut words = words.filter(|word| !word.is_empty());
    words.any(|word| word == ACCOUNT || SECRETS.contains(&word) || NAMES.contains(&word) || IDENTITIES.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leaf_and_the_account_decide() {
        let table = [
            ("./DMAcc/x/AAuth/1/AAuthSecret", Value::Secret),
            ("./dmacc/x/Name", Value::Name),
            ("./DMAcc/x/AppID", Value::Word),
            ("./DMAcc", Value::Word),
            ("./DMAcc/", Value::Word),
            ("./SyncML/DMAcc/x/ClientPW", Value::Secret),
            ("./Vendor/Wifi/1/Password?prop=Value", Value::Secret),
            ("AAuthData", Value::Secret),
            ("./Vendor/UserName", Value::Name),
            ("./DevInfo/DevId", Value::Identity),
            ("./DevDetail/Ext/IMSI", Value::Identity),
            ("./DevDetail/SwV", Value::Open),
            ("./%44MAcc/x/Name", Value::Name),
            ("./DMAccount/x", Value::Open),
            ("", Value::Open),
        ];
        for (uri, value) in table {
            assert_eq!(at(uri), value, "{uri}");
        }
        assert!(names_secret("<NodeName>DMAcc</NodeName>") && names_secret("name=\"AAUTHSECRET\""));
        assert!(!names_secret("<NodeName>SwV</NodeName>") && !names_secret(""));
    }
}
