//! What is declared beside what is seen.

use super::file::{IcsFile, ItemId, ItemValue};
use super::seen::{Seen, Sight};
use crate::verdict::IcsMismatch;

/// A value as it is written.
fn word(value: ItemValue) -> String {
    match value {
        ItemValue::Flag(value) => value.to_string(),
        ItemValue::Number(value) => value.to_string(),
        ItemValue::Unknown => "unknown".to_owned(),
    }
}

fn row(id: ItemId, declared: ItemValue, seen: Option<(String, &Sight)>, text: String) -> IcsMismatch {
    let (seen, sight) = seen.unzip();
    IcsMismatch {
        item: id.name().into(),
        declared: word(declared),
        seen,
        session: sight.map(|sight| sight.session),
        message: sight.map(|sight| sight.message),
        input: sight.and_then(|sight| sight.input),
        frames: sight.map(|sight| sight.frames.clone()).unwrap_or_default(),
        text,
    }
}

impl IcsFile {
    /// The same statement, with what was seen of items of which nothing is declared.
    #[must_use]
    pub fn with_seen(&self, seen: &Seen) -> Self {
        let mut file = self.clone();
        for (id, item) in seen.items() {
            let is_open = matches!(file.items.get(&id), None | Some(ItemValue::Unknown));
            if let Some((value, _)) = item.value().filter(|_| is_open) {
                file.items.insert(id, value);
            }
        }
        file
    }

    /// Where what is declared does not agree with what was seen, or with what every product must support; in the order of the
    /// items' names. What was not seen contradicts nothing.
    pub fn contradictions(&self, seen: &Seen) -> Vec<IcsMismatch> {
        let missing: Vec<&str> = self.missing_mandatory().iter().map(|item| item.id).collect();
        let mut rows = Vec::new();
        for (id, declared) in &self.items {
            let item = super::items::find(id.name());
            let meaning = item.map_or("", |item| item.meaning);
            if missing.contains(&id.name()) {
                let text =
                    format!("{meaning}: declared as not supported, and mandatory in every version that is declared");
                rows.push(row(*id, *declared, None, text));
            }
            let Some(found) = seen.item(*id) else { continue };
            match declared {
                ItemValue::Flag(false) => {
                    let limit = found.smallest.as_ref().map(|(number, sight)| (number.to_string(), sight));
                    let used = limit.or_else(|| found.shown.as_ref().map(|sight| ("true".to_owned(), sight)));
                    if let Some((value, sight)) = used {
                        let text = format!("{meaning}: declared as not supported, and seen: {}", sight.text);
                        rows.push(row(*id, *declared, Some((value, sight)), text));
                    }
                }
                // Where it is used as well, a refusal has another reason.
                ItemValue::Flag(true) => {
                    if let (None, Some(sight)) = (&found.shown, &found.refused) {
                        let text = format!("{meaning}: declared as supported, and refused: {}", sight.text);
                        rows.push(row(*id, *declared, Some(("false".to_owned(), sight)), text));
                    }
                }
                ItemValue::Number(number) => {
                    let ends = [&found.smallest, &found.largest];
                    let other = ends.into_iter().flatten().find(|(seen, _)| seen != number);
                    if let Some((value, sight)) = other {
                        let text = format!("{meaning}: declared as {number}, and seen: {}", sight.text);
                        rows.push(row(*id, *declared, Some((value.to_string(), sight)), text));
                    }
                }
                ItemValue::Unknown => {}
            }
        }
        rows
    }
}
