//! What a device makes of an application `w7`: its account for DM (OMA-TS-DM_Bootstrap-V1_2_1, section 5.3;
//! OMA-DM-w7 registration document).

use super::document::{Characteristic, Document, parms};

/// A node that comes about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its place below the accounts. The device chooses names for `<X>`, `<X1>` and so on.
    pub path: String,
    /// Its value.
    pub value: String,
}

/// The nodes that a device makes of the applications `w7` of a document, account by account. A parameter that is absent, or
/// has no value, gives no node.
pub fn rows(document: &Document) -> Vec<Row> {
    let accounts: Vec<&Characteristic> = document.applications("w7").collect();
    let mut rows = Vec::new();
    for (number, account) in accounts.iter().enumerate() {
        let mut add = |path: String, value: String| rows.push(Row { path, value });
        let root = name(number, accounts.len());
        let own = [("APPID", "AppID"), ("PROVIDER-ID", "ServerID"), ("NAME", "Name")];
        for (parm, node) in own {
            if let Some(value) = account.value(parm) {
                add(format!("{root}/{node}"), value.to_owned());
            }
        }
        connections(account, &root, &mut add);
        addresses(account, &root, &mut add);
        credentials(account, &root, &mut add);
        if let Some(server) = account.value("PROVIDER-ID") {
            add(format!("{root}?prop=ACL"), format!("Get={server}&Replace={server}&Delete={server}"));
        }
    }
    rows
}

/// One of several gets a number.
fn name(number: usize, of: usize) -> String {
    if of == 1 { "<X>".to_owned() } else { format!("<X{}>", number + 1) }
}

/// Which connection the account prefers, or which it may use.
fn connections(account: &Characteristic, root: &str, add: &mut impl FnMut(String, String)) {
    let found: Vec<&str> = parms(&account.items)
        .filter(|parm| matches!(parm.name.as_str(), "TO-PROXY" | "TO-NAPID"))
        .filter_map(|parm| parm.value.as_deref())
        .collect();
    for (number, to) in found.iter().enumerate() {
        let path = match found.len() {
            1 => format!("{root}/PrefConRef"),
            several => format!("{root}/ToConRef/{}/ConRef", name(number, several)),
        };
        add(path, format!("<the device's reference to {to}>"));
    }
}

fn addresses(account: &Characteristic, root: &str, add: &mut impl FnMut(String, String)) {
    let groups: Vec<&Characteristic> = account.groups("APPADDR").collect();
    for (number, group) in groups.iter().enumerate() {
        let place = format!("{root}/AppAddr/{}", name(number, groups.len()));
        for (parm, node) in [("ADDR", "Addr"), ("ADDRTYPE", "AddrType")] {
            if let Some(value) = group.value(parm) {
                add(format!("{place}/{node}"), value.to_owned());
            }
        }
        let ports: Vec<&str> = group.groups("PORT").filter_map(|port| port.value("PORTNBR")).collect();
        for (number, port) in ports.iter().enumerate() {
            add(format!("{place}/Port/{}/PortNbr", name(number, ports.len())), (*port).to_owned());
        }
    }
}

fn credentials(account: &Characteristic, root: &str, add: &mut impl FnMut(String, String)) {
    let groups: Vec<&Characteristic> = account.groups("APPAUTH").collect();
    for (number, group) in groups.iter().enumerate() {
        let place = format!("{root}/AppAuth/{}", name(number, groups.len()));
        if let Some(level) = group.value("AAUTHLEVEL") {
            // What the server checks is the client's, and the other way round.
            let level = match level {
                "APPSRV" => "CLCRED",
                "CLIENT" => "SRVCRED",
                other => other,
            };
            add(format!("{place}/AAuthLevel"), level.to_owned());
        }
        let copied = [
            ("AAUTHTYPE", "AAuthType"),
            ("AAUTHNAME", "AAuthName"),
            ("AAUTHSECRET", "AAuthSecret"),
            ("AAUTHDATA", "AAuthData"),
        ];
        for (parm, node) in copied {
            if let Some(value) = group.value(parm) {
                add(format!("{place}/{node}"), value.to_owned());
            }
        }
    }
}
