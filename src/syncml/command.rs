//! Commands and response elements of a SyncBody.

use crate::markup::{NodeId, Tag};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The name of a command or response element (OMA-TS-DM_RepPro-V1_2_1 section 6.6; the last five are of data
/// synchronisation and never used in DM).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[expect(missing_docs, reason = "each is the element of that name")]
pub enum CommandName {
    Add,
    Alert,
    Atomic,
    Copy,
    Delete,
    Exec,
    Get,
    Replace,
    Results,
    Sequence,
    Status,
    Map,
    Move,
    Put,
    Search,
    Sync,
}

impl CommandName {
    /// The command that an element is; `None` for elements that are no command.
    pub const fn of_tag(tag: Tag) -> Option<Self> {
        Some(match tag {
            Tag::Add => Self::Add,
            Tag::Alert => Self::Alert,
            Tag::Atomic => Self::Atomic,
            Tag::Copy => Self::Copy,
            Tag::Delete => Self::Delete,
            Tag::Exec => Self::Exec,
            Tag::Get => Self::Get,
            Tag::Replace => Self::Replace,
            Tag::Results => Self::Results,
            Tag::Sequence => Self::Sequence,
            Tag::Status => Self::Status,
            Tag::Map => Self::Map,
            Tag::Move => Self::Move,
            Tag::Put => Self::Put,
            Tag::Search => Self::Search,
            Tag::Sync => Self::Sync,
            _ => return None,
        })
    }

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "Add",
            Self::Alert => "Alert",
            Self::Atomic => "Atomic",
            Self::Copy => "Copy",
            Self::Delete => "Delete",
            Self::Exec => "Exec",
            Self::Get => "Get",
            Self::Replace => "Replace",
            Self::Results => "Results",
            Self::Sequence => "Sequence",
            Self::Status => "Status",
            Self::Map => "Map",
            Self::Move => "Move",
            Self::Put => "Put",
            Self::Search => "Search",
            Self::Sync => "Sync",
        }
    }

    /// Whether it answers something (Status, Results) and so needs no Status of its own.
    pub const fn is_response(self) -> bool {
        matches!(self, Self::Status | Self::Results)
    }

    /// Whether it holds other commands.
    pub const fn is_container(self) -> bool {
        matches!(self, Self::Atomic | Self::Sequence | Self::Sync)
    }
}

impl fmt::Display for CommandName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Position of a command in [`Message::commands`](super::Message::commands).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u32);

impl CommandId {
    /// As an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// One command or response element. Fields name elements of the message's tree; where an element occurs twice, the first.
#[derive(Debug, Clone)]
pub struct Command {
    /// Which command.
    pub name: CommandName,
    /// The command's element.
    pub node: NodeId,
    /// The Atomic, Sequence or Sync around it.
    pub parent: Option<CommandId>,
    /// CmdID.
    pub cmd_id: Option<NodeId>,
    /// MsgRef of Status and Results.
    pub msg_ref: Option<NodeId>,
    /// CmdRef of Status and Results.
    pub cmd_ref: Option<NodeId>,
    /// Cmd of Status (and, in [MS-MDM], of Results).
    pub cmd: Option<NodeId>,
    /// First TargetRef of Status and Results; all of them: [`Message::each`](super::Message::each).
    pub target_ref: Option<NodeId>,
    /// First SourceRef of Status and Results.
    pub source_ref: Option<NodeId>,
    /// Data of Status (the code) and of Alert (the code).
    pub data: Option<NodeId>,
    /// Data of Status and Alert as a number, where it is one.
    pub code: Option<u16>,
    /// Meta of the command itself.
    pub meta: Option<NodeId>,
    /// Cred of the command.
    pub cred: Option<NodeId>,
    /// Chal of Status.
    pub chal: Option<NodeId>,
    /// Correlator of Exec and Alert.
    pub correlator: Option<NodeId>,
    /// NoResp.
    pub no_resp: Option<NodeId>,
    /// Range of the command's own Items in the message's items.
    pub(super) items: (u32, u32),
}

/// One Item of a command.
#[derive(Debug, Clone)]
pub struct Item {
    /// The Item's element.
    pub node: NodeId,
    /// Target.
    pub target: Option<NodeId>,
    /// LocURI of Target.
    pub target_uri: Option<NodeId>,
    /// Source.
    pub source: Option<NodeId>,
    /// LocURI of Source.
    pub source_uri: Option<NodeId>,
    /// Meta.
    pub meta: Option<NodeId>,
    /// Data.
    pub data: Option<NodeId>,
    /// MoreData: the value goes on in the next message.
    pub more_data: Option<NodeId>,
}
