//! What must not be seen is taken out of a session's rows before they are written down, so that no format can forget it.
//!
//! **What**: credentials and nonces, wherever they are; values under `./DMAcc` and of nodes that are named like secrets; who the
//! device and its owner are. **How**: their texts are looked for in every text of every row ([`Mask`]); the messages as text
//! leave out the elements themselves ([`Hidden`]), however short their content is.

mod collect;
mod mask;
mod nodes;

pub(super) use collect::{Hidden, collect, is_secret_header, of_exchanges};
pub(super) use mask::Mask;

use crate::verdict::InputReport;

/// What stands in place of the value of a node, where it must not be seen whatever it is.
pub(super) fn value_at(uri: &str) -> Option<String> {
    let is_hidden = matches!(nodes::at(uri), nodes::Value::Secret | nodes::Value::Name | nodes::Value::Word);
    is_hidden.then(|| mask::HIDDEN.to_owned())
}

/// Hides what may be seen of somebody in what is said of an input.
pub fn redact_input(input: &mut InputReport) {
    input.path = mask::loose(&input.path, false);
    for problem in &mut input.problems {
        problem.text = mask::loose(&problem.text, true);
    }
    if let Some(seen) = &mut input.seen {
        *seen = mask::loose(seen, true);
    }
}
