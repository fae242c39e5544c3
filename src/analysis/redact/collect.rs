//! What must not be seen of a session.

use super::mask::Mask;
use super::nodes::{self, Value};
use crate::dm::{Bootstrap, Entry, EntryId, Fetch, HmacHeader, Kept, Party, Place, Session, written_accounts};
use crate::http::Header;
use crate::markup::{Kind, NodeId, Tag, Tree};
use crate::provisioning::Item;
use crate::syncml::{Command, CommandId, CommandName, Message};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::collections::BTreeSet;

/// Names of header fields whose values prove who somebody is.
const HEADERS: &[&str] = &["authorization", "proxy-authorization", "cookie", "set-cookie", "devicetoken"];
/// Names of header fields that ask for such a value, with a nonce in it.
const CHALLENGES: &[&str] = &["www-authenticate", "proxy-authenticate", "authentication-info"];
/// Names of header fields with which gateways of networks say who the subscriber is.
const SUBSCRIBERS: &[&str] = &[
    "msisdn",
    "imsi",
    "x-msisdn",
    "x-imsi",
    "x-imei",
    "x-nokia-msisdn",
    "x-up-calling-line-id",
    "x-up-subno",
    "x-wap-network-client-msisdn",
    "x-network-info",
];
/// Octets from which on a piece of such a value is a secret.
const PIECE: usize = 6;

/// Elements of a session's messages whose content must not be seen, message by message.
#[derive(Debug, Default)]
pub(in crate::analysis) struct Hidden(Vec<BTreeSet<NodeId>>);

impl Hidden {
    /// Those of a message.
    pub(in crate::analysis) fn of(&self, entry: EntryId) -> Option<&BTreeSet<NodeId>> {
        self.0.get(usize::try_from(entry.0).ok()?)
    }
}

/// Looks through a session. Whoever is known by name comes first: where a secret is the same text, the name stays known.
pub(in crate::analysis) fn collect(session: &Session) -> (Mask, Hidden) {
    let mut mask = Mask::new(&session.identity.server);
    mask.identity(&session.identity.device);
    session.entries.iter().for_each(|entry| identities(entry, &mut mask));
    let mut hidden = Hidden::default();
    for entry in &session.entries {
        let mut found = Found { message: &entry.message, mask: &mut mask, hidden: BTreeSet::new() };
        found.everywhere();
        for (at, command) in entry.message.commands_with_ids() {
            found.command(command, answered(session, entry, at, command));
        }
        hidden.0.push(found.hidden);
        headers(entry, &mut mask);
    }
    session.bootstraps.iter().for_each(|bootstrap| of_bootstrap(bootstrap, &mut mask));
    for download in session.downloads.iter().chain(&session.uploads) {
        let urls = std::iter::once(&download.url).chain(download.fetches.iter().map(|fetch| &fetch.url));
        let descriptors = download.fetches.iter().filter_map(Fetch::descriptor);
        let objects = descriptors.flat_map(|descriptor| &descriptor.objects);
        let urls = urls.chain(objects.flat_map(|object| object.uri.iter().chain(&object.notify)));
        urls.filter_map(|url| password(url)).for_each(|password| mask.secret(password));
    }
    let carriers = session.bootstraps.iter().map(|bootstrap| &bootstrap.carrier);
    let notified = session.notification.as_deref();
    let carriers = carriers.chain(notified.map(|notified| &notified.notice.carrier));
    let carriers = carriers.chain(notified.iter().flat_map(|notified| &notified.other_ways).map(|way| &way.carrier));
    for carrier in carriers {
        telephone(&carrier.source(), &mut mask);
        telephone(&carrier.destination(), &mut mask);
    }
    for earlier in session.past().sessions() {
        earlier.nonces.iter().for_each(|nonce| mask.secret(&nonce.text));
        earlier.digests.iter().for_each(|digest| mask.secret(&digest.text));
    }
    (mask, hidden)
}

/// The password in an address (RFC 3986, section 3.2.1).
fn password(url: &str) -> Option<&str> {
    let (authority, _) = url.split_once("://")?.1.split_once('/')?;
    Some(authority.rsplit_once('@')?.0.split_once(':')?.1)
}

/// The number of a telephone; short numbers are those of services.
fn telephone(party: &Party, mask: &mut Mask) {
    const SHORTEST: usize = 7;
    if let Party::Number(number) = party
        && number.chars().filter(char::is_ascii_digit).count() >= SHORTEST
    {
        mask.identity(number);
    }
}

/// Parameters of provisioning documents that hold secrets, and those that hold names of users; what else an account holds is
/// hidden as the values of accounts in the tree are.
const SECRET_PARMS: &[&str] =
    &["AAUTHSECRET", "AAUTHDATA", "AUTHSECRET", "PXAUTH-PW", "BASAUTH-PW", "PROXY-PW", "CLIENT-ID"];
const NAME_PARMS: &[&str] = &["AAUTHNAME", "AUTHNAME", "PXAUTH-ID", "BASAUTH-ID", "NAME", "PROVIDER-ID", "ADDR", "URI"];

/// What a bootstrap message must not show: the credentials in it, and the MAC, from which a short PIN can be found.
fn of_bootstrap(bootstrap: &Bootstrap, mask: &mut Mask) {
    mask.secret(bootstrap.push.mac.as_deref().unwrap_or_default());
    if let Some(message) = bootstrap.message() {
        let mut found = Found { message, mask, hidden: BTreeSet::new() };
        found.everywhere();
        // Those in serialised trees are shown with their server, as those of documents are.
        for account in written_accounts(message) {
            let texts = account.server.iter().chain(&account.name).chain(&account.addresses);
            texts.for_each(|text| mask.name(text));
        }
    }
    let mut todo: Vec<&[Item]> = bootstrap.document().map(|document| document.items.as_slice()).into_iter().collect();
    while let Some(items) = todo.pop() {
        for item in items {
            match item {
                Item::Characteristic(group) => todo.push(&group.items),
                Item::Parm(parm) => {
                    let value = parm.value.as_deref().unwrap_or_default();
                    if SECRET_PARMS.contains(&parm.name.as_str()) {
                        mask.secret(value);
                    } else if NAME_PARMS.contains(&parm.name.as_str()) {
                        mask.name(value);
                    }
                }
            }
        }
    }
}

/// Who the device says that it is, and whom the server calls.
fn identities(entry: &Entry, mask: &mut Mask) {
    let message = &entry.message;
    let hdr = &message.hdr;
    let name_in = |element: Option<NodeId>| element.and_then(|element| message.tree().child(element, Tag::LocName));
    let (device, device_name, server_name) = if entry.is_client() {
        (hdr.source_uri, name_in(hdr.source), name_in(hdr.target))
    } else {
        (hdr.target_uri, name_in(hdr.target), name_in(hdr.source))
    };
    for node in [device, device_name] {
        mask.identity(message.text(node));
    }
    mask.name(message.text(server_name));
}

/// The command that Results answer.
fn answered<'s>(
    session: &'s Session,
    entry: &Entry,
    at: CommandId,
    command: &Command,
) -> Option<(&'s Entry, &'s Command)> {
    let place: Place = match command.name {
        CommandName::Results | CommandName::Status => entry.resolution(at)?.found()?,
        _ => return None,
    };
    session.command(place)
}

/// What is found in one message.
struct Found<'m> {
    message: &'m Message,
    mask: &'m mut Mask,
    hidden: BTreeSet<NodeId>,
}

impl Found<'_> {
    /// Credentials, nonces and values that say what they are, wherever they stand and however their names are written.
    fn everywhere(&mut self) {
        let message = self.message;
        let tree = message.tree();
        for id in tree.ids().filter(|id| matches!(tree.kind(*id), Kind::Element { .. })) {
            if is(tree, id, "Cred") {
                self.mask.secret(tree.text(id));
                for child in tree.elements(id).filter(|child| !is(tree, *child, "Meta")) {
                    self.hide(child);
                    user_and_password(tree.text(child), self.mask);
                }
            } else if is(tree, id, "NextNonce") {
                self.hide(id);
            } else if is(tree, id, "Item") {
                let uris: Vec<&str> = within(tree, id, "LocURI").map(|uri| message.text(uri)).collect();
                self.values(id, &uris);
            }
        }
    }

    /// Values of which the command says whose they are, or the command that it answers.
    fn command(&mut self, command: &Command, answered: Option<(&Entry, &Command)>) {
        let message = self.message;
        let refs = [command.target_ref, command.source_ref].into_iter().filter_map(|uri| message.value(uri));
        // A Status for many items has data of none of them.
        let answered = answered.into_iter().filter(|_| command.name == CommandName::Results);
        let asked = answered.flat_map(|(entry, command)| {
            entry.message.items(command).iter().filter_map(|item| entry.message.value(item.target_uri))
        });
        let uris: Vec<&str> = refs.chain(asked).collect();
        message.items(command).iter().for_each(|item| self.values(item.node, &uris));
    }

    /// Hides an element and what is in it.
    fn hide(&mut self, element: NodeId) {
        self.hidden.insert(element);
        let tree = self.message.tree();
        self.mask.secret(tree.text(element));
        for id in tree.descendants(element) {
            match tree.kind(id) {
                Kind::Bytes => self.mask.octets(tree.bytes(id)),
                Kind::Text { .. } => self.mask.secret(tree.piece(id)),
                _ => {}
            }
        }
    }

    /// The values of an Item for nodes at these places.
    fn values(&mut self, item: NodeId, uris: &[&str]) {
        let tree = self.message.tree();
        let is_of = |value: Value| uris.iter().any(|uri| nodes::at(uri) == value);
        for data in within(tree, item, "Data") {
            let mut texts = Vec::new();
            gather(tree, data, &mut texts);
            if is_of(Value::Secret) {
                self.hide(data);
            } else if is_of(Value::Name) {
                self.hidden.insert(data);
                self.mask.name(tree.text(data));
                texts.iter().for_each(|text| self.mask.name(text));
            } else if is_of(Value::Word) {
                self.hidden.insert(data);
            } else if is_of(Value::Identity) {
                self.mask.identity(tree.text(data));
            }
            // A tree of nodes, or a provisioning document.
            if texts.len() > 1 || texts.iter().any(|text| text.contains('<')) {
                self.document(data, &texts);
            }
        }
    }

    /// A document in a value: hidden as a whole where it names what must not be seen, and its values everywhere.
    fn document(&mut self, data: NodeId, texts: &[String]) {
        if !texts.iter().any(|text| nodes::names_secret(text)) {
            return;
        }
        self.hidden.insert(data);
        let tree = self.message.tree();
        values(tree, data, self.mask);
        for text in texts {
            for value in text.split("value=").skip(1).filter_map(quoted) {
                self.mask.name(value);
                self.mask.name(&unescaped(value));
            }
            for value in text.split("<Value>").skip(1).filter_map(|rest| rest.split("</Value").next()) {
                self.mask.name(value);
                self.mask.name(&unescaped(value));
            }
        }
    }
}

/// Whether a node is an element of that name, in capitals or not: a mistake in a name hides no less.
fn is(tree: &Tree, id: NodeId, name: &str) -> bool {
    tree.name(id).eq_ignore_ascii_case(name)
}

/// Elements of that name inside another one.
fn within<'t>(tree: &'t Tree, element: NodeId, name: &'static str) -> impl Iterator<Item = NodeId> + 't {
    tree.descendants(element).filter(move |id| is(tree, *id, name))
}

/// A text of an XML document as it is meant.
fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&amp;", "&")
}

/// What stands between the first quotes.
fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|ch| matches!(ch, '"' | '\''))?;
    text.get(1..)?.split(quote).next()
}

/// All texts in an element and in the documents inside it, attributes among them.
fn gather(tree: &Tree, element: NodeId, texts: &mut Vec<String>) {
    let mut todo: Vec<(&Tree, NodeId)> = vec![(tree, element)];
    while let Some((tree, around)) = todo.pop() {
        for id in tree.descendants(around) {
            match tree.kind(id) {
                Kind::Bytes => texts.push(String::from_utf8_lossy(tree.bytes(id)).into_owned()),
                Kind::Element { .. } => texts.push(tree.raw(id).to_owned()),
                _ => texts.push(tree.piece(id).to_owned()),
            }
            if let Some(inner) = tree.embedded(id) {
                todo.extend(inner.root().map(|root| (inner, root)));
            }
        }
    }
    texts.retain(|text| !text.trim().is_empty());
}

/// Values of the nodes of a tree: the text of elements of that name.
fn values(tree: &Tree, element: NodeId, mask: &mut Mask) {
    let mut todo: Vec<(&Tree, NodeId)> = vec![(tree, element)];
    while let Some((tree, around)) = todo.pop() {
        for id in tree.descendants(around) {
            if is(tree, id, "Value") {
                mask.name(tree.text(id));
            }
            if let Some(inner) = tree.embedded(id) {
                todo.extend(inner.root().map(|root| (inner, root)));
            }
        }
    }
}

/// The two parts of basic credentials.
fn user_and_password(text: &str, mask: &mut Mask) {
    let clean: String = text.chars().filter(|ch| !ch.is_ascii_whitespace() && *ch != '=').collect();
    let Ok(octets) = STANDARD_NO_PAD.decode(clean) else { return };
    let text = String::from_utf8_lossy(&octets);
    if let Some((user, password)) = text.split_once(':') {
        mask.name(user);
        mask.secret(password);
    }
}

/// Credentials in the HTTP message around it.
fn headers(entry: &Entry, mask: &mut Mask) {
    let Some(transport) = &entry.transport else { return };
    transport.lines().for_each(|(name, value)| header(name, value, mask));
}

/// Whether the value of a header with this name proves who somebody is, or asks for it.
pub(in crate::analysis) fn is_secret_header(name: &str) -> bool {
    HEADERS.iter().chain(CHALLENGES).any(|known| name.eq_ignore_ascii_case(known))
}

/// Credentials in the heads of exchanges, those that carried no message among them.
pub(in crate::analysis) fn of_exchanges(kept: &[Kept], mask: &mut Mask) {
    for Kept { exchange, .. } in kept {
        let request = exchange.request.iter().flat_map(|request| &request.headers);
        for Header { name, value } in request.chain(exchange.response.iter().flat_map(|response| &response.headers)) {
            header(&String::from_utf8_lossy(name), &String::from_utf8_lossy(value), mask);
        }
    }
}

fn header(name: &str, value: &str, mask: &mut Mask) {
    if SUBSCRIBERS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        mask.identity(value);
    } else if name.eq_ignore_ascii_case("x-syncml-hmac") {
        let header = HmacHeader::parse(value);
        mask.name(header.username.unwrap_or_default());
        mask.secret(header.mac.unwrap_or_default());
    } else if HEADERS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        mask.secret(value);
        let pieces =
            value.split([' ', ',', ';', '"']).map(|piece| piece.split_once('=').map_or(piece, |(_, rest)| rest));
        for piece in pieces.filter(|piece| piece.len() >= PIECE) {
            mask.name(piece);
        }
        if let Some((_, token)) = value.split_once(' ') {
            user_and_password(token, mask);
        }
    }
}
