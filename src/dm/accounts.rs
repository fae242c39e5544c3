//! Accounts of servers that a bootstrap message of DM writes: node by node, or as serialised trees (OMA-TS-DM_StdObj-V1_2_1, DMAcc;
//! OMA-TS-DM_TNDS-V1_2_1).

use super::auth::decode_base64;
use super::uri::without_query;
use crate::base::Limits;
use crate::markup::{NodeId, Tag, Tree};
use crate::syncml::{CommandName, Item, Message, serialised_tree, trim};

/// The application of device management (OMNA AppID registry).
const APP_ID: &str = "w7";
/// Accounts that are told of one message.
const ACCOUNTS: usize = 16;
/// Addresses that are told of one account.
const ADDRESSES: usize = 16;

/// An account for device management, as far as a message writes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WrittenAccount {
    /// Its root, as written; of a serialised tree, behind the place that it goes to.
    pub root: String,
    /// ServerID.
    pub server: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Addr of its addresses, in order: at most sixteen.
    pub addresses: Vec<String>,
    /// AppID: `None` where it has none, as in version 1.1.2.
    app_id: Option<String>,
}

/// The accounts that a message writes, in order: at most sixteen. An account of another application is none.
pub fn written_accounts(message: &Message) -> Vec<WrittenAccount> {
    let mut accounts = Vec::new();
    for command in message.commands.iter().take(Limits::BOOTSTRAPS) {
        if !matches!(command.name, CommandName::Add | CommandName::Replace) {
            continue;
        }
        for item in message.items(command) {
            let uri = message.text(item.target_uri);
            if uri.contains('?') || uri.len() > Limits::DOWNLOAD_TEXT {
                continue;
            }
            if !of_object(message, item, uri, &mut accounts)
                && let Some(value) = message.value(item.data)
            {
                take(uri, value, &mut accounts);
            }
        }
    }
    accounts.retain(|account| {
        let says_something = account.server.is_some() || !account.addresses.is_empty();
        says_something && account.app_id.as_deref().is_none_or(|id| id.eq_ignore_ascii_case(APP_ID))
    });
    accounts
}

/// Takes a value that goes to a node, where it is one of an account.
fn take(uri: &str, value: &str, accounts: &mut Vec<WrittenAccount>) {
    let Some((above, leaf)) = without_query(uri).rsplit_once('/') else { return };
    let value = trim(value);
    if value.is_empty() || value.len() > Limits::DOWNLOAD_TEXT {
        return;
    }
    // Version 1.1.2 has the address in the account itself.
    let root = match leaf {
        "Addr" => match above.rsplit_once('/').and_then(|(list, _)| list.strip_suffix("/AppAddr")) {
            Some(root) => root,
            None => above,
        },
        "ServerID" | "ServerId" | "AppID" | "Name" => above,
        _ => return,
    };
    let at = accounts.iter().position(|account| account.root == root);
    let at = match at {
        Some(at) => at,
        None if accounts.len() < ACCOUNTS => {
            accounts.push(WrittenAccount { root: root.to_owned(), ..WrittenAccount::default() });
            accounts.len() - 1
        }
        None => return,
    };
    let Some(account) = accounts.get_mut(at) else { return };
    let text = || Some(value.to_owned());
    match leaf {
        "ServerID" | "ServerId" => account.server = text(),
        "AppID" => account.app_id = text(),
        "Name" => account.name = text(),
        _ if account.addresses.len() < ADDRESSES => account.addresses.push(value.to_owned()),
        _ => {}
    }
}

/// Takes the nodes of a serialised tree in an Item; whether there is one.
fn of_object(message: &Message, item: &Item, uri: &str, accounts: &mut Vec<WrittenAccount>) -> bool {
    let Some(data) = item.data else { return false };
    let tree = message.tree();
    if let Some(root) = tree.elements(data).find(|id| is(tree, *id, Tag::DdfMgmtTree)) {
        walk(tree, root, uri, accounts);
        return true;
    }
    let embedded = tree.children(data).find_map(|child| tree.embedded(child));
    let decoded = match embedded {
        Some(_) => None,
        None => {
            let octets = tree.content_bytes(data);
            let written = || std::str::from_utf8(octets).ok().and_then(|text| decode_base64(trim(text)));
            serialised_tree(octets).or_else(|| serialised_tree(&written()?))
        }
    };
    let Some(inner) = embedded.or(decoded.as_ref()) else { return false };
    let Some(root) = inner.root().filter(|root| is(inner, *root, Tag::DdfMgmtTree)) else { return false };
    walk(inner, root, uri, accounts);
    true
}

/// Documents without name spaces, and with old ones, are read by name.
fn is(tree: &Tree, id: NodeId, tag: Tag) -> bool {
    tree.tag(id) == Some(tag) || tag.known_name().is_some_and(|name| tree.name(id) == name)
}

fn walk(tree: &Tree, root: NodeId, uri: &str, accounts: &mut Vec<WrittenAccount>) {
    let text =
        |id: NodeId, tag: Tag| tree.elements(id).find(|child| is(tree, *child, tag)).map(|id| trim(tree.text(id)));
    let nodes = |id: NodeId| tree.elements(id).filter(|child| is(tree, *child, Tag::DdfNode));
    // Depth is the sender's choice: a stack of our own.
    let mut todo: Vec<(NodeId, String)> = nodes(root).map(|node| (node, uri.to_owned())).collect();
    todo.reverse();
    while let Some((node, above)) = todo.pop() {
        let path = text(node, Tag::DdfPath).unwrap_or_default();
        let name = text(node, Tag::DdfNodeName).unwrap_or_default();
        let mut own = above;
        for part in path.split('/').chain([name]).filter(|part| !matches!(*part, "" | ".")) {
            own.push('/');
            own.push_str(part);
        }
        if own.len() > Limits::DOWNLOAD_TEXT {
            continue;
        }
        if let Some(value) = text(node, Tag::DdfValue) {
            take(&own, value, accounts);
        }
        let below = todo.len();
        todo.extend(nodes(node).map(|inner| (inner, own.clone())));
        todo.get_mut(below..).unwrap_or_default().reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syncml::{MediaType, decode};

    fn accounts(body: &str) -> Vec<WrittenAccount> {
        let text = format!(
            "<?xml version=\"1.0\"?><SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><Source><LocURI>boot</LocURI></Source></SyncHdr>\
             <SyncBody>{body}</SyncBody></SyncML>"
        );
        written_accounts(&decode(text.into_bytes(), MediaType::parse(Some("application/vnd.syncml.dm+xml"))).unwrap())
    }

    fn item(uri: &str, data: &str) -> String {
        format!("<Item><Target><LocURI>{uri}</LocURI></Target><Data>{data}</Data></Item>")
    }

    const OBJECT: &str = "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>Acc</NodeName><Node><NodeName>AppID\
        </NodeName><Value>w7</Value></Node><Node><NodeName>ServerID</NodeName><Value> dm.example.com </Value></Node><Node><NodeName>\
        AppAddr</NodeName><Node><NodeName>1</NodeName><Node><NodeName>Addr</NodeName><Value>https://dm.example.com/dm</Value></Node>\
        </Node></Node></Node></MgmtTree>";

    #[test]
    fn an_account_is_the_same_node_by_node_and_as_a_tree() {
        let one = |root: &str| WrittenAccount {
            root: root.to_owned(),
            server: Some("dm.example.com".to_owned()),
            addresses: vec!["https://dm.example.com/dm".to_owned()],
            app_id: Some("w7".to_owned()),
            name: None,
        };
        let plain = [
            item("./DMAcc/Acc/AppID", "w7"),
            item("./DMAcc/Acc/ServerID", "dm.example.com"),
            item("./DMAcc/Acc/AppAddr/1/Addr", "https://dm.example.com/dm"),
        ];
        assert_eq!(accounts(&format!("<Add>{}</Add>", plain.concat())), [one("./DMAcc/Acc")]);
        let escaped = OBJECT.replace('<', "&lt;");
        for data in [OBJECT, &escaped, &format!("<![CDATA[{OBJECT}]]>")] {
            assert_eq!(accounts(&format!("<Add>{}</Add>", item("./Inbox", data))), [one("./Inbox/Acc")], "{data}");
        }
    }

    #[test]
    fn other_applications_and_other_nodes_are_no_accounts() {
        let other = OBJECT.replace(">w7<", ">w2<");
        assert_eq!(accounts(&format!("<Add>{}</Add>", item("./Inbox", &other))), []);
        assert_eq!(accounts(&format!("<Add>{}</Add>", item("./X/Name", "n"))), []);
        assert_eq!(accounts(&format!("<Get>{}</Get>", item("./DMAcc/x/ServerID", "a"))), []);
        let old = [item("./SyncML/DMAcc/x/ServerId", "old"), item("./SyncML/DMAcc/x/Addr", "http://old/")].concat();
        let old = accounts(&format!("<Add>{old}</Add>"));
        assert_eq!(
            (old[0].server.as_deref(), old[0].addresses.as_slice()),
            (Some("old"), &["http://old/".to_owned()][..])
        );
        let many: String = (0..100).map(|at| item(&format!("./DMAcc/{at}/ServerID"), "s")).collect();
        assert_eq!(accounts(&format!("<Add>{many}</Add>")).len(), ACCOUNTS);
    }
}
