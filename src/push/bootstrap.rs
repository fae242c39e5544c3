//! Push PDUs that carry a bootstrap message: a provisioning document (OMA-WAP-TS-ProvCont-V1_1) or a message of DM
//! (OMA-TS-DM_Bootstrap-V1_2_1, section 5.2.2), with what protects it in the parameters of Content-Type.

use super::wsp::{ApplicationId, Pdu, PushError, Reader, Value, long};

/// Parameters by number (WAP-230-WSP, appendix A, table 38).
const SEC: u32 = 0x11;
const MAC: u32 = 0x12;

/// What a bootstrap message is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BootstrapMedia {
    /// A provisioning document in XML.
    ProvisioningXml,
    /// A provisioning document in WBXML.
    ProvisioningWbxml,
    /// A message of DM in WBXML.
    DmWbxml,
    /// A message of DM in XML.
    DmXml,
}

impl BootstrapMedia {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::ProvisioningXml, Self::ProvisioningWbxml, Self::DmWbxml, Self::DmXml];

    /// The media type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProvisioningXml => "text/vnd.wap.connectivity-xml",
            Self::ProvisioningWbxml => "application/vnd.wap.connectivity-wbxml",
            Self::DmWbxml => "application/vnd.syncml.dm+wbxml",
            Self::DmXml => "application/vnd.syncml.dm+xml",
        }
    }

    /// Its number (registry of OMA, "WINA content types").
    const fn number(self) -> u32 {
        match self {
            Self::ProvisioningXml => 0x35,
            Self::ProvisioningWbxml => 0x36,
            Self::DmWbxml => 0x42,
            Self::DmXml => 0x43,
        }
    }

    /// Whether it is a provisioning document, and not a message of DM.
    pub const fn is_provisioning(self) -> bool {
        matches!(self, Self::ProvisioningXml | Self::ProvisioningWbxml)
    }

    fn of(value: &Value<'_>) -> Option<Self> {
        let numbered = |number: u32| Self::ALL.into_iter().find(|media| media.number() == number);
        match value {
            Value::Octet(octet) => numbered(u32::from(*octet)),
            Value::Text(text) => Self::ALL.into_iter().find(|media| text.eq_ignore_ascii_case(media.name().as_bytes())),
            Value::Block(block) if block.len() <= 4 => numbered(long(block)),
            Value::Block(_) => None,
        }
    }
}

/// A push PDU that carries a bootstrap message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootstrapPush {
    /// Everything before the content, as it was sent.
    head: Vec<u8>,
    /// What it carries.
    pub media: BootstrapMedia,
    /// The parameter SEC, by number or as text; `None` when absent.
    pub sec: Option<String>,
    /// The parameter MAC; `None` when absent.
    pub mac: Option<String>,
    /// X-Wap-Application-Id; `None` when absent.
    pub application: Option<ApplicationId>,
    /// The content.
    pub body: Vec<u8>,
}

impl BootstrapPush {
    /// Reads a push PDU.
    ///
    /// # Errors
    ///
    /// Where it is none, or carries something else than a bootstrap message.
    pub fn decode(octets: &[u8]) -> Result<Self, PushError> {
        let Pdu { head, headers: mut reader, body } = Pdu::read(octets)?;
        let mut parameters = Reader { rest: &[] };
        let media = match reader.value().ok_or(PushError::Cut)? {
            // The media type comes first, parameters follow.
            Value::Block(block) => {
                parameters.rest = block;
                BootstrapMedia::of(&parameters.value().ok_or(PushError::Cut)?)
            }
            alone => BootstrapMedia::of(&alone),
        };
        let media = media.ok_or(PushError::Other)?;
        let (mut sec, mut mac) = (None, None);
        // What follows an odd parameter cannot be read: the rest is left.
        while let Some((name, value)) = parameters.header() {
            match Parameter::of(&name) {
                Some(Parameter::Sec) => sec = sec.or(said(&value)),
                Some(Parameter::Mac) => mac = mac.or(said(&value)),
                None => {}
            }
        }
        let application = reader.application_id();
        Ok(Self { head: head.to_vec(), media, sec, mac, application, body: body.to_vec() })
    }

    /// One whose headers are text, and not a part of its octets; SEC and MAC are parameters of Content-Type.
    pub(super) fn of_entity(
        media: BootstrapMedia,
        (sec, mac): (Option<String>, Option<String>),
        application: Option<ApplicationId>,
        body: &[u8],
    ) -> Self {
        Self { head: Vec::new(), media, sec, mac, application, body: body.to_vec() }
    }

    /// The octets again.
    pub fn encode(&self) -> Vec<u8> {
        [self.head.as_slice(), self.body.as_slice()].concat()
    }

    /// Octets before the content.
    pub fn head_length(&self) -> usize {
        self.head.len()
    }
}

enum Parameter {
    Sec,
    Mac,
}

impl Parameter {
    fn of(name: &Value<'_>) -> Option<Self> {
        match name {
            Value::Octet(octet) if u32::from(*octet) == SEC => Some(Self::Sec),
            Value::Octet(octet) if u32::from(*octet) == MAC => Some(Self::Mac),
            Value::Text(text) if text.eq_ignore_ascii_case(b"SEC") => Some(Self::Sec),
            Value::Text(text) if text.eq_ignore_ascii_case(b"MAC") => Some(Self::Mac),
            _ => None,
        }
    }
}

/// A value as text.
fn said(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Octet(octet) => Some(octet.to_string()),
        Value::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        Value::Block(block) => (block.len() <= 4).then(|| long(block).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC_TEXT: &[u8] = b"7754E3CE79D759BA626D5F39673CBAFEF5283F25";

    fn push(headers: &[u8]) -> Result<BootstrapPush, PushError> {
        let length = u8::try_from(headers.len()).unwrap();
        let octets = [&[1, 6, length][..], headers, b"body"].concat();
        let read = BootstrapPush::decode(&octets)?;
        assert_eq!(
            (read.encode(), read.body.as_slice(), read.head_length()),
            (octets, &b"body"[..], headers.len() + 3)
        );
        Ok(read)
    }

    #[test]
    fn sec_and_mac_are_read_by_numbers_and_by_names() {
        let headers = [&[0x1f, 0x2d, 0xb6, 0x91, 0x81, 0x92][..], MAC_TEXT, &[0]].concat();
        let read = push(&headers).unwrap();
        assert_eq!((read.media, read.sec.as_deref()), (BootstrapMedia::ProvisioningWbxml, Some("1")));
        assert_eq!((read.mac.as_deref().unwrap().as_bytes(), read.application.as_ref()), (MAC_TEXT, None));

        let parameters = b"application/vnd.syncml.dm+wbxml\0SEC\0USERPIN\0MAC\0AB\0";
        let length = u8::try_from(parameters.len()).unwrap();
        let read = push(&[&[0x1f, length][..], parameters, &[0xaf, 0x87]].concat()).unwrap();
        assert_eq!(
            (read.media, read.sec.as_deref(), read.mac.as_deref()),
            (BootstrapMedia::DmWbxml, Some("USERPIN"), Some("AB"))
        );
        assert_eq!(read.application, Some(ApplicationId::Number(7)));
    }

    #[test]
    fn a_media_type_may_stand_alone() {
        for (octet, media) in [(0xb5, BootstrapMedia::ProvisioningXml), (0xc3, BootstrapMedia::DmXml)] {
            let read = push(&[octet]).unwrap();
            assert_eq!((read.media, read.sec, read.mac), (media, None, None));
        }
    }

    #[test]
    fn what_carries_no_bootstrap_message_is_told_apart() {
        assert_eq!(push(&[0xc4]), Err(PushError::Other));
        assert_eq!(push(b"text/plain\0"), Err(PushError::Other));
        assert_eq!(push(&[0x00]), Err(PushError::Cut));
        assert_eq!(push(&[]), Err(PushError::Cut));
        assert_eq!(BootstrapPush::decode(&[1, 7, 1, 0xb6]), Err(PushError::NoPush));
    }
}
