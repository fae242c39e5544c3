//! What a device says of itself in a session.

use crate::dm::Session;
use crate::dm::uri::plain;
use crate::syncml::CommandName;
use crate::verdict::{ProductReport, Text, clip};

/// Manufacturer, model and versions, as the session shows them: from the Replace of DevInfo, and from Results, whatever the
/// Get that they answer asked for. The last value of each wins.
pub(super) fn of(session: &Session) -> ProductReport<'_> {
    let mut product = ProductReport::default();
    for entry in session.entries.iter().filter(|entry| entry.is_client()) {
        let message = &entry.message;
        let told = message.commands_with_ids().filter(|(id, command)| {
            matches!(command.name, CommandName::Replace | CommandName::Results) && !entry.is_continuation(*id)
        });
        for (_, command) in told {
            for item in message.items(command) {
                // A value in parts is none.
                if item.more_data.is_some() {
                    continue;
                }
                let uri = message.value(item.source_uri).or_else(|| message.value(item.target_uri));
                let Some(slot) = uri.and_then(|uri| slot(&mut product, uri)) else { continue };
                if let Some(value) = message.value(item.data) {
                    *slot = Some(clip(value));
                }
            }
        }
    }
    product
}

/// The field of a node.
fn slot<'p, 's>(product: &'p mut ProductReport<'s>, uri: &str) -> Option<&'p mut Option<Text<'s>>> {
    Some(match plain(uri) {
        "DevInfo/Man" => &mut product.manufacturer,
        "DevInfo/Mod" => &mut product.model,
        "DevDetail/FwV" => &mut product.firmware,
        "DevDetail/SwV" => &mut product.software,
        "DevDetail/HwV" => &mut product.hardware,
        _ => return None,
    })
}
