//! Messages as they are shown: each as indented XML, beside the report that speaks of their lines.

use super::Text;
use serde::{Deserialize, Serialize};

/// One message as text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exhibit<'a> {
    /// Number of the session.
    #[serde(rename = "exhibit")]
    pub session: u32,
    /// Number of the message in it.
    pub message: u32,
    /// Octets of the whole text.
    pub octets: u64,
    /// The text, or its first part; `None` where the report has no room left for it.
    pub text: Option<Text<'a>>,
}

impl Exhibit<'_> {
    /// Octets of the text that are not here.
    pub fn missing(&self) -> u64 {
        let here = self.text.as_ref().map_or(0, |text| u64::try_from(text.len()).unwrap_or(u64::MAX));
        self.octets.saturating_sub(here)
    }
}

/// Where `--out` puts the text of a message, from the folder of the report: `messages/session-0001/message-0003.xml`.
pub fn exhibit_path(session: u32, message: u32) -> String {
    message_path(session, message, "xml")
}

/// The same for a file of another kind, by the ending of its name.
pub fn message_path(session: u32, message: u32, ending: &str) -> String {
    format!("messages/session-{session:04}/message-{message:04}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_an_exhibit_has_four_digits_or_more() {
        assert_eq!(exhibit_path(1, 3), "messages/session-0001/message-0003.xml");
        assert_eq!(exhibit_path(12_345, 67_890), "messages/session-12345/message-67890.xml");
    }
}
