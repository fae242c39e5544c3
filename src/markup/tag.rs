//! Every element name that SyncML documents use.
//!
//! One table: the Rust name, the name on the wire, the vocabulary, the token of its code page and the version since which
//! it exists. Readers, writers and documentation are made from it.

/// The language that an element belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vocabulary {
    /// SyncML representation protocol, code page 0 of the SyncML public identifiers.
    SyncMl,
    /// Meta information, code page 1.
    MetInf,
    /// Device description and tree serialisation (DDF, TNDS), code page 2, and page 0 of their own documents.
    Ddf,
    /// Device information of data synchronisation, page 0 of its own documents.
    DevInf,
}

/// A name space: of XML by its URI, of WBXML by its code page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Space {
    /// The vocabulary.
    pub vocabulary: Vocabulary,
    /// The code page inside a document of the SyncML public identifiers; 0 for DevInf, which has documents of its own.
    pub page: u8,
    /// The name space of XML in SyncML 1.2.
    pub uri: &'static str,
}

impl Vocabulary {
    /// Page and name space of the vocabulary.
    pub const fn space(self) -> Space {
        match self {
            Self::SyncMl => Space { vocabulary: self, page: 0, uri: "SYNCML:SYNCML1.2" },
            Self::MetInf => Space { vocabulary: self, page: 1, uri: "syncml:metinf" },
            Self::Ddf => Space { vocabulary: self, page: 2, uri: "syncml:dmddf1.2" },
            Self::DevInf => Space { vocabulary: self, page: 0, uri: "syncml:devinf" },
        }
    }
}

/// The oldest SyncML version that has an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Since {
    /// SyncML 1.0.
    V1_0,
    /// SyncML 1.1.
    V1_1,
    /// SyncML 1.2.
    V1_2,
}

macro_rules! tags {
    ($($variant:ident $name:literal $vocabulary:ident $token:literal $since:ident;)*) => {
        /// The name of an element.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Tag {
            $(
                #[doc = concat!("`", $name, "` of ", stringify!($vocabulary), ", token ", stringify!($token), ".")]
                $variant,
            )*
            /// A name or token that no table has; the tree keeps its text (see [`Tree::name`](super::Tree::name)).
            Unknown,
        }

        impl Tag {
            /// Every known tag, in the order of vocabulary and token.
            pub const ALL: &'static [Tag] = &[$(Tag::$variant,)*];

            const TABLE: &'static [(&'static str, Vocabulary, u8, Since)] =
                &[$(($name, Vocabulary::$vocabulary, $token, Since::$since),)*];
        }
    };
}

tags! {
    Add "Add" SyncMl 0x05 V1_0;
    Alert "Alert" SyncMl 0x06 V1_0;
    Archive "Archive" SyncMl 0x07 V1_0;
    Atomic "Atomic" SyncMl 0x08 V1_0;
    Chal "Chal" SyncMl 0x09 V1_0;
    Cmd "Cmd" SyncMl 0x0a V1_0;
    CmdID "CmdID" SyncMl 0x0b V1_0;
    CmdRef "CmdRef" SyncMl 0x0c V1_0;
    Copy "Copy" SyncMl 0x0d V1_0;
    Cred "Cred" SyncMl 0x0e V1_0;
    Data "Data" SyncMl 0x0f V1_0;
    Delete "Delete" SyncMl 0x10 V1_0;
    Exec "Exec" SyncMl 0x11 V1_0;
    Final "Final" SyncMl 0x12 V1_0;
    Get "Get" SyncMl 0x13 V1_0;
    Item "Item" SyncMl 0x14 V1_0;
    Lang "Lang" SyncMl 0x15 V1_0;
    LocName "LocName" SyncMl 0x16 V1_0;
    LocURI "LocURI" SyncMl 0x17 V1_0;
    Map "Map" SyncMl 0x18 V1_0;
    MapItem "MapItem" SyncMl 0x19 V1_0;
    Meta "Meta" SyncMl 0x1a V1_0;
    MsgID "MsgID" SyncMl 0x1b V1_0;
    MsgRef "MsgRef" SyncMl 0x1c V1_0;
    NoResp "NoResp" SyncMl 0x1d V1_0;
    NoResults "NoResults" SyncMl 0x1e V1_0;
    Put "Put" SyncMl 0x1f V1_0;
    Replace "Replace" SyncMl 0x20 V1_0;
    RespURI "RespURI" SyncMl 0x21 V1_0;
    Results "Results" SyncMl 0x22 V1_0;
    Search "Search" SyncMl 0x23 V1_0;
    Sequence "Sequence" SyncMl 0x24 V1_0;
    SessionID "SessionID" SyncMl 0x25 V1_0;
    SftDel "SftDel" SyncMl 0x26 V1_0;
    Source "Source" SyncMl 0x27 V1_0;
    SourceRef "SourceRef" SyncMl 0x28 V1_0;
    Status "Status" SyncMl 0x29 V1_0;
    Sync "Sync" SyncMl 0x2a V1_0;
    SyncBody "SyncBody" SyncMl 0x2b V1_0;
    SyncHdr "SyncHdr" SyncMl 0x2c V1_0;
    SyncML "SyncML" SyncMl 0x2d V1_0;
    Target "Target" SyncMl 0x2e V1_0;
    TargetRef "TargetRef" SyncMl 0x2f V1_0;
    VerDTD "VerDTD" SyncMl 0x31 V1_0;
    VerProto "VerProto" SyncMl 0x32 V1_0;
    NumberOfChanges "NumberOfChanges" SyncMl 0x33 V1_1;
    MoreData "MoreData" SyncMl 0x34 V1_1;
    Field "Field" SyncMl 0x35 V1_2;
    Filter "Filter" SyncMl 0x36 V1_2;
    Record "Record" SyncMl 0x37 V1_2;
    FilterType "FilterType" SyncMl 0x38 V1_2;
    SourceParent "SourceParent" SyncMl 0x39 V1_2;
    TargetParent "TargetParent" SyncMl 0x3a V1_2;
    Move "Move" SyncMl 0x3b V1_2;
    Correlator "Correlator" SyncMl 0x3c V1_2;
    Anchor "Anchor" MetInf 0x05 V1_0;
    EMI "EMI" MetInf 0x06 V1_0;
    Format "Format" MetInf 0x07 V1_0;
    FreeID "FreeID" MetInf 0x08 V1_0;
    FreeMem "FreeMem" MetInf 0x09 V1_0;
    Last "Last" MetInf 0x0a V1_0;
    Mark "Mark" MetInf 0x0b V1_0;
    MaxMsgSize "MaxMsgSize" MetInf 0x0c V1_0;
    Mem "Mem" MetInf 0x0d V1_0;
    MetInf "MetInf" MetInf 0x0e V1_0;
    Next "Next" MetInf 0x0f V1_0;
    NextNonce "NextNonce" MetInf 0x10 V1_0;
    SharedMem "SharedMem" MetInf 0x11 V1_0;
    Size "Size" MetInf 0x12 V1_0;
    Type "Type" MetInf 0x13 V1_0;
    Version "Version" MetInf 0x14 V1_0;
    MaxObjSize "MaxObjSize" MetInf 0x15 V1_1;
    FieldLevel "FieldLevel" MetInf 0x16 V1_2;
    DdfAccessType "AccessType" Ddf 0x05 V1_2;
    DdfACL "ACL" Ddf 0x06 V1_2;
    DdfAdd "Add" Ddf 0x07 V1_2;
    DdfB64 "b64" Ddf 0x08 V1_2;
    DdfBin "bin" Ddf 0x09 V1_2;
    DdfBool "bool" Ddf 0x0a V1_2;
    DdfChr "chr" Ddf 0x0b V1_2;
    DdfCaseSense "CaseSense" Ddf 0x0c V1_2;
    DdfCIS "CIS" Ddf 0x0d V1_2;
    DdfCopy "Copy" Ddf 0x0e V1_2;
    DdfCS "CS" Ddf 0x0f V1_2;
    DdfDate "date" Ddf 0x10 V1_2;
    DdfDDFName "DDFName" Ddf 0x11 V1_2;
    DdfDefaultValue "DefaultValue" Ddf 0x12 V1_2;
    DdfDelete "Delete" Ddf 0x13 V1_2;
    DdfDescription "Description" Ddf 0x14 V1_2;
    DdfDFFormat "DFFormat" Ddf 0x15 V1_2;
    DdfDFProperties "DFProperties" Ddf 0x16 V1_2;
    DdfDFTitle "DFTitle" Ddf 0x17 V1_2;
    DdfDFType "DFType" Ddf 0x18 V1_2;
    DdfDynamic "Dynamic" Ddf 0x19 V1_2;
    DdfExec "Exec" Ddf 0x1a V1_2;
    DdfFloat "float" Ddf 0x1b V1_2;
    DdfFormat "Format" Ddf 0x1c V1_2;
    DdfGet "Get" Ddf 0x1d V1_2;
    DdfInt "int" Ddf 0x1e V1_2;
    DdfMan "Man" Ddf 0x1f V1_2;
    DdfMgmtTree "MgmtTree" Ddf 0x20 V1_2;
    DdfMIME "MIME" Ddf 0x21 V1_2;
    DdfMod "Mod" Ddf 0x22 V1_2;
    DdfName "Name" Ddf 0x23 V1_2;
    DdfNode "Node" Ddf 0x24 V1_2;
    DdfFormatNode "node" Ddf 0x25 V1_2;
    DdfNodeName "NodeName" Ddf 0x26 V1_2;
    DdfNull "null" Ddf 0x27 V1_2;
    DdfOccurrence "Occurrence" Ddf 0x28 V1_2;
    DdfOne "One" Ddf 0x29 V1_2;
    DdfOneOrMore "OneOrMore" Ddf 0x2a V1_2;
    DdfOneOrN "OneOrN" Ddf 0x2b V1_2;
    DdfPath "Path" Ddf 0x2c V1_2;
    DdfPermanent "Permanent" Ddf 0x2d V1_2;
    DdfReplace "Replace" Ddf 0x2e V1_2;
    DdfRTProperties "RTProperties" Ddf 0x2f V1_2;
    DdfScope "Scope" Ddf 0x30 V1_2;
    DdfSize "Size" Ddf 0x31 V1_2;
    DdfTime "time" Ddf 0x32 V1_2;
    DdfTitle "Title" Ddf 0x33 V1_2;
    DdfTStamp "TStamp" Ddf 0x34 V1_2;
    DdfType "Type" Ddf 0x35 V1_2;
    DdfValue "Value" Ddf 0x36 V1_2;
    DdfVerDTD "VerDTD" Ddf 0x37 V1_2;
    DdfVerNo "VerNo" Ddf 0x38 V1_2;
    DdfXml "xml" Ddf 0x39 V1_2;
    DdfZeroOrMore "ZeroOrMore" Ddf 0x3a V1_2;
    DdfZeroOrN "ZeroOrN" Ddf 0x3b V1_2;
    DdfZeroOrOne "ZeroOrOne" Ddf 0x3c V1_2;
    DevInfCTCap "CTCap" DevInf 0x05 V1_0;
    DevInfCTType "CTType" DevInf 0x06 V1_0;
    DevInfDataStore "DataStore" DevInf 0x07 V1_0;
    DevInfDataType "DataType" DevInf 0x08 V1_0;
    DevInfDevID "DevID" DevInf 0x09 V1_0;
    DevInfDevInf "DevInf" DevInf 0x0a V1_0;
    DevInfDevTyp "DevTyp" DevInf 0x0b V1_0;
    DevInfDisplayName "DisplayName" DevInf 0x0c V1_0;
    DevInfDSMem "DSMem" DevInf 0x0d V1_0;
    DevInfExt "Ext" DevInf 0x0e V1_0;
    DevInfFwV "FwV" DevInf 0x0f V1_0;
    DevInfHwV "HwV" DevInf 0x10 V1_0;
    DevInfMan "Man" DevInf 0x11 V1_0;
    DevInfMaxGUIDSize "MaxGUIDSize" DevInf 0x12 V1_0;
    DevInfMaxID "MaxID" DevInf 0x13 V1_0;
    DevInfMaxMem "MaxMem" DevInf 0x14 V1_0;
    DevInfMod "Mod" DevInf 0x15 V1_0;
    DevInfOEM "OEM" DevInf 0x16 V1_0;
    DevInfParamName "ParamName" DevInf 0x17 V1_0;
    DevInfPropName "PropName" DevInf 0x18 V1_0;
    DevInfRx "Rx" DevInf 0x19 V1_0;
    DevInfRxPref "Rx-Pref" DevInf 0x1a V1_0;
    DevInfSharedMem "SharedMem" DevInf 0x1b V1_0;
    DevInfSize "Size" DevInf 0x1c V1_0;
    DevInfSourceRef "SourceRef" DevInf 0x1d V1_0;
    DevInfSwV "SwV" DevInf 0x1e V1_0;
    DevInfSyncCap "SyncCap" DevInf 0x1f V1_0;
    DevInfSyncType "SyncType" DevInf 0x20 V1_0;
    DevInfTx "Tx" DevInf 0x21 V1_0;
    DevInfTxPref "Tx-Pref" DevInf 0x22 V1_0;
    DevInfValEnum "ValEnum" DevInf 0x23 V1_0;
    DevInfVerCT "VerCT" DevInf 0x24 V1_0;
    DevInfVerDTD "VerDTD" DevInf 0x25 V1_0;
    DevInfXNam "XNam" DevInf 0x26 V1_0;
    DevInfXVal "XVal" DevInf 0x27 V1_0;
    DevInfUTC "UTC" DevInf 0x28 V1_1;
    DevInfSupportNumberOfChanges "SupportNumberOfChanges" DevInf 0x29 V1_1;
    DevInfSupportLargeObjs "SupportLargeObjs" DevInf 0x2a V1_1;
    DevInfProperty "Property" DevInf 0x2b V1_2;
    DevInfPropParam "PropParam" DevInf 0x2c V1_2;
    DevInfMaxOccur "MaxOccur" DevInf 0x2d V1_2;
    DevInfNoTruncate "NoTruncate" DevInf 0x2e V1_2;
}

impl Tag {
    const fn row(self) -> Option<&'static (&'static str, Vocabulary, u8, Since)> {
        let at = self as usize;
        if at < Self::TABLE.len() { Self::TABLE.split_at(at).1.first() } else { None }
    }

    /// The name on the wire; `None` for [`Tag::Unknown`].
    pub const fn known_name(self) -> Option<&'static str> {
        match self.row() {
            Some(row) => Some(row.0),
            None => None,
        }
    }

    /// The vocabulary; `None` for [`Tag::Unknown`].
    pub const fn vocabulary(self) -> Option<Vocabulary> {
        match self.row() {
            Some(row) => Some(row.1),
            None => None,
        }
    }

    /// The token in its code page, without content and attribute bits; `None` for [`Tag::Unknown`].
    pub const fn token(self) -> Option<u8> {
        match self.row() {
            Some(row) => Some(row.2),
            None => None,
        }
    }

    /// The oldest SyncML version that has it; `None` for [`Tag::Unknown`].
    pub const fn since(self) -> Option<Since> {
        match self.row() {
            Some(row) => Some(row.3),
            None => None,
        }
    }

    /// The tag of a token (without content and attribute bits) in a vocabulary.
    pub fn of_token(vocabulary: Vocabulary, token: u8) -> Option<Tag> {
        let first = first_of(vocabulary);
        // Tokens of a vocabulary are ascending without more than one hole before a given token (0x30 of page 0).
        let guess = first + usize::from(token.checked_sub(5)?);
        [guess, guess.wrapping_sub(1)].into_iter().find_map(|at| {
            let tag = *Self::ALL.get(at)?;
            (tag.vocabulary() == Some(vocabulary) && tag.token() == Some(token)).then_some(tag)
        })
    }

    /// The tag of a name in a vocabulary; names are case-sensitive.
    pub fn of_name(vocabulary: Vocabulary, name: &[u8]) -> Option<Tag> {
        let table = match vocabulary {
            Vocabulary::SyncMl => &*SYNCML_NAMES,
            Vocabulary::MetInf => &*METINF_NAMES,
            Vocabulary::Ddf => &*DDF_NAMES,
            Vocabulary::DevInf => &*DEVINF_NAMES,
        };
        table.find(name)
    }
}

/// Position of a vocabulary's first tag in [`Tag::ALL`].
const fn first_of(vocabulary: Vocabulary) -> usize {
    match vocabulary {
        Vocabulary::SyncMl => Tag::Add as usize,
        Vocabulary::MetInf => Tag::Anchor as usize,
        Vocabulary::Ddf => Tag::DdfAccessType as usize,
        Vocabulary::DevInf => Tag::DevInfCTCap as usize,
    }
}

use std::sync::LazyLock;

/// Names of one vocabulary, found by length and first octet: a name is looked up for every element of every message.
struct Names(Vec<Vec<(&'static [u8], Tag)>>);

const NAME_BUCKETS: usize = 64;

fn bucket(name: &[u8]) -> usize {
    let first = usize::from(name.first().copied().unwrap_or_default());
    let last = usize::from(name.last().copied().unwrap_or_default());
    (name.len() * 7 + first * 3 + last * 5) % NAME_BUCKETS
}

impl Names {
    fn of(vocabulary: Vocabulary) -> Self {
        let mut buckets = vec![Vec::new(); NAME_BUCKETS];
        for &tag in Tag::ALL {
            if let (Some(name), true) = (tag.known_name(), tag.vocabulary() == Some(vocabulary))
                && let Some(slot) = buckets.get_mut(bucket(name.as_bytes()))
            {
                slot.push((name.as_bytes(), tag));
            }
        }
        Self(buckets)
    }

    fn find(&self, name: &[u8]) -> Option<Tag> {
        self.0.get(bucket(name))?.iter().find(|(known, _)| *known == name).map(|&(_, tag)| tag)
    }
}

static SYNCML_NAMES: LazyLock<Names> = LazyLock::new(|| Names::of(Vocabulary::SyncMl));
static METINF_NAMES: LazyLock<Names> = LazyLock::new(|| Names::of(Vocabulary::MetInf));
static DDF_NAMES: LazyLock<Names> = LazyLock::new(|| Names::of(Vocabulary::Ddf));
static DEVINF_NAMES: LazyLock<Names> = LazyLock::new(|| Names::of(Vocabulary::DevInf));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_is_found_by_its_name_and_by_its_token() {
        for &tag in Tag::ALL {
            let vocabulary = tag.vocabulary().unwrap();
            assert_eq!(Tag::of_token(vocabulary, tag.token().unwrap()), Some(tag));
            assert_eq!(Tag::of_name(vocabulary, tag.known_name().unwrap().as_bytes()), Some(tag));
        }
        assert_eq!(Tag::of_token(Vocabulary::SyncMl, 0x30), None);
        assert_eq!(Tag::of_token(Vocabulary::SyncMl, 0x3d), None);
        assert_eq!(Tag::of_token(Vocabulary::SyncMl, 0x04), None);
        assert_eq!(Tag::of_name(Vocabulary::SyncMl, b"Cmdid"), None);
    }

    #[test]
    fn tokens_stand_where_the_specification_puts_them() {
        assert_eq!(Tag::SyncML.token(), Some(0x2d));
        assert_eq!(Tag::VerDTD.token(), Some(0x31));
        assert_eq!(Tag::Correlator.token(), Some(0x3c));
        assert_eq!(Tag::NextNonce.token(), Some(0x10));
        assert_eq!(Tag::DdfZeroOrOne.token(), Some(0x3c));
        assert_eq!(Tag::DdfNode.known_name(), Some("Node"));
        assert_eq!(Tag::DdfFormatNode.known_name(), Some("node"));
    }
}
