//! AUTH: credentials, challenges, nonces and the integrity header.
//!
//! [`credentials`] reads Cred, [`challenge`] Chal and [`hmac`] the x-syncml-hmac header; [`retry`] follows a refusal,
//! [`sequence`] the session as a whole, [`nonces`] what is given, within a session and across sessions; [`digests`] judges what
//! was recomputed with known credentials, [`replaced`] which secret it was made with.
//! [`content`] is about values that are signed or encrypted.

mod challenge;
mod common;
mod content;
mod credentials;
mod digests;
mod hmac;
mod nonces;
mod replaced;
mod retry;
mod sequence;
#[cfg(test)]
mod tests;

use super::rule::{Family, Same};

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "AUTH",
    title: "Authentication and integrity",
    rules: &[
        &credentials::IN_COMMAND,
        &credentials::TYPE,
        &credentials::MAC_TYPE,
        &credentials::FORMAT,
        &credentials::DIGEST_SHAPE,
        &credentials::BASIC_SHAPE,
        &digests::VALUE,
        &challenge::PRESENT,
        &challenge::TYPE,
        &challenge::FORMAT,
        &challenge::NONCE,
        &challenge::NONCE_ENCODING,
        &challenge::NONCE_LENGTH,
        &nonces::NEW_IN_SESSION,
        &nonces::NEW_IN_MESSAGE,
        &nonces::UNPREDICTABLE,
        &retry::SCHEME,
        &retry::UNMET,
        &retry::ONLY_STATUS,
        &retry::EVERY_COMMAND,
        &retry::CREDENTIALS,
        &retry::HEADER_STATUS,
        &retry::RESP_URI,
        &challenge::AFTER_FIRST_DIGEST,
        &sequence::CODE,
        &sequence::FINISHED,
        &sequence::REPEATED,
        &nonces::USED,
        &digests::NEXT_SESSION,
        &sequence::CONSTANT,
        &sequence::IDLE,
        &sequence::CLIENT_ASKS,
        &sequence::SERVER_ASKS,
        &hmac::EVERY_MESSAGE,
        &hmac::GRAMMAR,
        &hmac::USER,
        &hmac::DIGEST,
        &hmac::ALGORITHM,
        &hmac::SAME_USER,
        &digests::MAC_VALUE,
        &hmac::NOT_FOR_ALL,
        &hmac::NEXT_NONCE,
        &hmac::MISSING_ACCEPTED,
        &credentials::IN_CLEAR,
        &sequence::SERVER_SHOWS,
        &retry::DIGEST_REFUSED,
        &replaced::NEXT_SESSION,
        &digests::AFTER_DEFAULT,
        &digests::DEFAULT_RENEWED,
        &content::SIGNATURE,
        &content::ENCRYPTION,
        &content::ORDER,
    ],
    same: &[
        Same { id: "AUTH-048", title: "A bootstrap message of DM is WBXML", rules: &["BST-014"] },
        Same {
            id: "AUTH-049",
            title: "A bootstrap message of DM has SEC and MAC parameters",
            rules: &["BST-010", "BST-012", "BST-015"],
        },
        Same { id: "AUTH-050", title: "The MAC of a bootstrap message of DM is right", rules: &["BST-011"] },
    ],
    ..Family::NONE
};
