//! Formats of values.

/// A value of Format (OMA-TS-SyncML_MetaInfo-V1_2_2, Format; OMA-TS-DM_TND-V1_2_1, 7.7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the format of that name")]
pub enum Format {
    B64,
    Bin,
    Bool,
    Chr,
    Int,
    Node,
    Null,
    Xml,
    Date,
    Time,
    Float,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 11] = [
        Self::B64,
        Self::Bin,
        Self::Bool,
        Self::Chr,
        Self::Int,
        Self::Node,
        Self::Null,
        Self::Xml,
        Self::Date,
        Self::Time,
        Self::Float,
    ];

    /// On the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::B64 => "b64",
            Self::Bin => "bin",
            Self::Bool => "bool",
            Self::Chr => "chr",
            Self::Int => "int",
            Self::Node => "node",
            Self::Null => "null",
            Self::Xml => "xml",
            Self::Date => "date",
            Self::Time => "time",
            Self::Float => "float",
        }
    }

    /// The format of that name, compared letter by letter.
    pub fn of(name: &str) -> Option<Self> {
        let first = name.as_bytes().first();
        Self::ALL.into_iter().find(|format| format.name().as_bytes().first() == first && format.name() == name)
    }

    /// Whether SyncML 1.2 brought it.
    pub const fn is_since_1_2(self) -> bool {
        matches!(self, Self::Date | Self::Time | Self::Float)
    }
}
