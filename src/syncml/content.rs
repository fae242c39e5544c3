//! Which elements stand in which, in what order and how often (OMA-TS-SyncML-RepPro-V1_2_2, section 7 DTD).

use crate::markup::Tag;

/// One place in the content of an element.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// The elements that may stand there.
    pub tags: &'static [Tag],
    /// Whether there may be several.
    pub many: bool,
}

const fn one(tags: &'static [Tag]) -> Slot {
    Slot { tags, many: false }
}

const fn many(tags: &'static [Tag]) -> Slot {
    Slot { tags, many: true }
}

const CMD_ID: Slot = one(&[Tag::CmdID]);
const NO_RESP: Slot = one(&[Tag::NoResp]);
const CRED: Slot = one(&[Tag::Cred]);
const META: Slot = one(&[Tag::Meta]);
const DATA: Slot = one(&[Tag::Data]);
const CORRELATOR: Slot = one(&[Tag::Correlator]);
const ITEMS: Slot = many(&[Tag::Item]);
const LOC_URI: Slot = one(&[Tag::LocURI]);
const LOC_NAME: Slot = one(&[Tag::LocName]);

static PLAIN: [Slot; 5] = [CMD_ID, NO_RESP, CRED, META, ITEMS];
static DELETE: [Slot; 7] = [CMD_ID, NO_RESP, one(&[Tag::Archive]), one(&[Tag::SftDel]), CRED, META, ITEMS];
static GET: [Slot; 6] = [CMD_ID, NO_RESP, one(&[Tag::Lang]), CRED, META, ITEMS];
static EXEC: [Slot; 6] = [CMD_ID, NO_RESP, CRED, META, CORRELATOR, ITEMS];
static ALERT: [Slot; 6] = [CMD_ID, NO_RESP, CRED, DATA, CORRELATOR, ITEMS];
static CONTAINER: [Slot; 4] = [
    CMD_ID,
    NO_RESP,
    META,
    many(&[
        Tag::Add,
        Tag::Alert,
        Tag::Atomic,
        Tag::Copy,
        Tag::Delete,
        Tag::Exec,
        Tag::Get,
        Tag::Map,
        Tag::Move,
        Tag::Replace,
        Tag::Sequence,
        Tag::Sync,
    ]),
];
static RESULTS: [Slot; 7] =
    [CMD_ID, one(&[Tag::MsgRef]), one(&[Tag::CmdRef]), META, one(&[Tag::TargetRef]), one(&[Tag::SourceRef]), ITEMS];
static STATUS: [Slot; 10] = [
    CMD_ID,
    one(&[Tag::MsgRef]),
    one(&[Tag::CmdRef]),
    one(&[Tag::Cmd]),
    many(&[Tag::TargetRef]),
    many(&[Tag::SourceRef]),
    CRED,
    one(&[Tag::Chal]),
    DATA,
    ITEMS,
];
static TARGET: [Slot; 3] = [LOC_URI, LOC_NAME, one(&[Tag::Filter])];
static SOURCE: [Slot; 2] = [LOC_URI, LOC_NAME];
static CREDENTIALS: [Slot; 2] = [META, DATA];
static CHALLENGE: [Slot; 1] = [META];
static ITEM: [Slot; 7] = [
    one(&[Tag::Target]),
    one(&[Tag::Source]),
    one(&[Tag::SourceParent]),
    one(&[Tag::TargetParent]),
    META,
    DATA,
    one(&[Tag::MoreData]),
];

/// The content of a command, of Item and of what stands in an Item, place by place in the order of the DTD; `None` for
/// elements that hold text, and for those that data synchronisation alone has.
pub fn content_of(element: Tag) -> Option<&'static [Slot]> {
    Some(match element {
        Tag::Add | Tag::Copy | Tag::Replace => &PLAIN,
        Tag::Delete => &DELETE,
        Tag::Get => &GET,
        Tag::Exec => &EXEC,
        Tag::Alert => &ALERT,
        Tag::Atomic | Tag::Sequence => &CONTAINER,
        Tag::Results => &RESULTS,
        Tag::Status => &STATUS,
        Tag::Item => &ITEM,
        Tag::Target => &TARGET,
        Tag::Source => &SOURCE,
        Tag::Cred => &CREDENTIALS,
        Tag::Chal => &CHALLENGE,
        _ => return None,
    })
}

/// Where an element stands in the content of another; `None` where it does not belong there.
pub fn slot_of(content: &[Slot], tag: Tag) -> Option<usize> {
    slot_from(content, tag, 0)
}

/// Like [`slot_of`], with a place where it probably is, or not far behind.
pub(super) fn slot_from(content: &[Slot], tag: Tag, guess: usize) -> Option<usize> {
    let is_there = |slot: &Slot| slot.tags.contains(&tag);
    let (before, from) = content.split_at_checked(guess)?;
    from.iter().position(is_there).map(|at| guess + at).or_else(|| before.iter().position(is_there))
}
