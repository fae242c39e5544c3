//! Versions of the protocol, and profiles.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The version of OMA DM that a session speaks, taken from VerProto of the client's first message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `DM/1.1`: OMA DM 1.1.2.
    V1_1_2,
    /// `DM/1.2`: OMA DM 1.2 and 1.2.1.
    V1_2,
    /// `DM/1.3`.
    V1_3,
    /// Another `DM/x.y`, or nothing that tells: only rules that hold in every version apply.
    Unknown,
}

impl Version {
    /// Reads VerProto; `None` for a value that is not of DM (data synchronisation, or no protocol at all).
    pub fn of_ver_proto(text: &str) -> Option<Self> {
        match text {
            "DM/1.1" => Some(Self::V1_1_2),
            "DM/1.2" => Some(Self::V1_2),
            "DM/1.3" => Some(Self::V1_3),
            _ => text.starts_with("DM/").then_some(Self::Unknown),
        }
    }

    /// Reads VerDTD, where VerProto is absent.
    pub fn of_ver_dtd(text: &str) -> Self {
        match text {
            "1.1" => Self::V1_1_2,
            "1.2" => Self::V1_2,
            _ => Self::Unknown,
        }
    }

    /// VerDTD that goes with the version (OMA-TS-DM_Protocol-V1_2_1, sections 8.3 to 8.6).
    pub const fn ver_dtd(self) -> Option<&'static str> {
        match self {
            Self::V1_1_2 => Some("1.1"),
            Self::V1_2 | Self::V1_3 => Some("1.2"),
            Self::Unknown => None,
        }
    }
}

/// A set of expectations under which a session is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Profile {
    /// OMA DM 1.1.2.
    #[serde(rename = "oma-dm-1.1.2")]
    OmaDm1_1_2,
    /// OMA DM 1.2 and 1.2.1.
    #[serde(rename = "oma-dm-1.2")]
    OmaDm1_2,
    /// OMA DM 1.3.
    #[serde(rename = "oma-dm-1.3")]
    OmaDm1_3,
    /// Windows device management as [MS-MDM] describes it, on top of OMA DM 1.2.
    #[serde(rename = "ms-mdm")]
    MsMdm,
    /// A version that dmscope does not know: only rules that hold in every version apply.
    #[serde(rename = "unknown")]
    Unknown,
}

impl Profile {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::Unknown as usize + 1;

    /// Every profile that can be asked for.
    pub const ALL: [Self; 4] = [Self::OmaDm1_1_2, Self::OmaDm1_2, Self::OmaDm1_3, Self::MsMdm];

    /// The name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OmaDm1_1_2 => "oma-dm-1.1.2",
            Self::OmaDm1_2 => "oma-dm-1.2",
            Self::OmaDm1_3 => "oma-dm-1.3",
            Self::MsMdm => "ms-mdm",
            Self::Unknown => "unknown",
        }
    }

    /// The profile of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// The version that it judges by.
    pub const fn version(self) -> Version {
        match self {
            Self::OmaDm1_1_2 => Version::V1_1_2,
            Self::OmaDm1_2 | Self::MsMdm => Version::V1_2,
            Self::OmaDm1_3 => Version::V1_3,
            Self::Unknown => Version::Unknown,
        }
    }

    /// The plain profile of a version.
    pub const fn of_version(version: Version) -> Self {
        match version {
            Version::V1_1_2 => Self::OmaDm1_1_2,
            Version::V1_2 => Self::OmaDm1_2,
            Version::V1_3 => Self::OmaDm1_3,
            Version::Unknown => Self::Unknown,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
