//! The control and relay layers of SMS: CP-DATA, and the RP-DATA in it (3GPP TS 24.011, sections 7.2, 7.3, 8.1 and 8.2).

use super::address::Address;

/// Protocol discriminator of short messages (TS 24.007, 11.2.3.1.1).
const SMS: u8 = 0x09;
/// Message types (8.1.3 and 8.2.2).
const CP_DATA: u8 = 0x01;
const RP_DATA_UP: u8 = 0x00;
const RP_DATA_DOWN: u8 = 0x01;

/// The TPDU in a message of the control layer; `None` where it carries none: acknowledgements and errors, and what is none.
pub(super) fn tpdu(message: &[u8]) -> Option<&[u8]> {
    let [head, CP_DATA, length, rest @ ..] = message else { return None };
    if head & 0x0f != SMS {
        return None;
    }
    cp_user_data(rest.get(..usize::from(*length))?)
}

/// The TPDU in the user data of a CP-DATA: type, reference, two addresses, the TPDU with its length.
fn cp_user_data(octets: &[u8]) -> Option<&[u8]> {
    let [kind, _reference, rest @ ..] = octets else { return None };
    if !matches!(kind & 0x07, RP_DATA_UP | RP_DATA_DOWN) {
        return None;
    }
    let (_originator, rest) = Address::read_centre(rest)?;
    let (_destination, rest) = Address::read_centre(rest)?;
    let (length, rest) = rest.split_first()?;
    rest.get(..usize::from(*length))
}

/// A CP-DATA that brings a TPDU from a service centre to a telephone.
pub(super) fn down(centre: &Address, tpdu: &[u8]) -> Vec<u8> {
    let length = |octets: usize| u8::try_from(octets).unwrap_or(u8::MAX);
    let number = centre.encode();
    // The address is counted in octets here.
    let number = number.get(1..).unwrap_or_default();
    let data = [&[RP_DATA_DOWN, 0x2a, length(number.len())][..], number, &[0, length(tpdu.len())], tpdu].concat();
    [&[SMS, CP_DATA, length(data.len())][..], &data].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tpdu_is_found_and_nothing_else() {
        let message = down(&Address::of("+491710760000"), b"tpdu");
        assert_eq!(tpdu(&message), Some(&b"tpdu"[..]));
        // The other way, the address stands second.
        let up = [&[0x89, 1, 12, 0, 7, 0, 4, 0x91, 0x94, 0x71, 0xf0, 3][..], b"tpd"].concat();
        assert_eq!(tpdu(&up), Some(&b"tpd"[..]));
        assert_eq!(tpdu(&[0x89, 4]), None);
        assert_eq!(tpdu(&[0x05, 1, 4, 1, 0, 0, 0]), None);
        assert_eq!(tpdu(&[0x09, 1, 2, 2, 0x2a]), None);
        for end in 0..message.len() {
            assert_eq!(tpdu(&message[..end]), None, "{end}");
        }
    }
}
