//! Rules: a [`Session`](crate::dm::Session) to findings, and to how often each rule was exercised.
//!
//! **Holds** the [`Rule`] type, the registry of families ([`FAMILIES`]), the [`Engine`] that walks a session once, and the
//! families themselves: text, clause, level, check and examples of a rule stand together in one entry.
//! **Does not know** captures, HTTP, reports or terminals.
//!
//! A finding can only be made from an [`Occasion`]: a rule cannot accuse without having counted that it looked. The guards
//! against false accusations (start or end not captured, retransmission, refused attempts, undecodable messages, doubled
//! identifiers) are mechanisms of the engine and of the session model, named by a rule in its [`Rule::needs`].

mod address;
mod alr;
mod atm;
mod auth;
mod cmd;
mod cx;
mod engine;
mod evidence;
mod finding;
mod hdr;
mod helper;
mod http;
mod known;
mod lob;
mod met;
mod mo;
mod msg;
mod not;
mod operation;
pub mod page;
mod pkg;
mod res;
mod rule;
mod ses;
mod sta;
mod ui;
mod wbx;
mod xml;
mod dsr;
mod gw;
mod gpp;
mod dlo;
mod sc;
mod sch;
mod connectivity;
mod dia;
mod dcm;
mod law;
mod sco;
mod fum;
mod moa;
mod bst;
mod stdobj;
mod ddf;
mod tnd;
mod prp;
mod nod;
mod uri;

#[cfg(test)]
mod mo_tests;
#[cfg(test)]
mod operation_tests;
#[cfg(test)]
mod proof;

pub use cx::{Cmd, Cx, Msg, Occasion};
pub use engine::{Engine, Mode, Outcome, Selection, Tally};
pub use finding::{At, Finding, Reason};
pub use rule::{
    Check, Clause, CommandCheck, Effect, Family, Judged, LeftOut, Level, MessageCheck, Need, Override, Rule, Same,
    Scope, SessionCheck, Source, Versions,
};

/// All rules, in the order in which reports list them.
pub static FAMILIES: &[&Family] = &[
    &hdr::FAMILY,
    &msg::FAMILY,
    &pkg::FAMILY,
    &cmd::FAMILY,
    &sta::FAMILY,
    &res::FAMILY,
    &alr::FAMILY,
    &lob::FAMILY,
    &auth::FAMILY,
    &xml::FAMILY,
    &wbx::FAMILY,
    &not::FAMILY,
    &http::FAMILY,
    &met::FAMILY,
    &ui::FAMILY,
    &atm::FAMILY,
    &ses::FAMILY,
    &uri::FAMILY,
    &nod::FAMILY,
    &prp::FAMILY,
    &tnd::FAMILY,
    &ddf::FAMILY,
    &stdobj::FAMILY,
    &bst::FAMILY,
    &moa::FAMILY,
    &fum::FAMILY,
    &sco::FAMILY,
    &law::FAMILY,
    &dcm::FAMILY,
    &dia::FAMILY,
    &connectivity::FAMILY,
    &sch::FAMILY,
    &sc::FAMILY,
    &dlo::FAMILY,
    &gpp::FAMILY,
    &gw::FAMILY,
    &dsr::FAMILY,
];

/// What a status code means (OMA-TS-SyncML-RepPro-V1_2_2, section 10); `None` where there is no such code.
pub fn status_meaning(code: u16) -> Option<&'static str> {
    sta::meaning(code)
}

/// What an Alert with a code is (OMA-TS-DM_Protocol-V1_2_1 and OMA-TS-DM_RepPro-V1_2_1, Alert codes); `None` where device
/// management has no such code.
pub fn alert_meaning(code: u16) -> Option<&'static str> {
    alr::meaning(code)
}

/// Every rule of every family, in the order of the families.
pub fn all() -> impl Iterator<Item = &'static Rule> + Clone {
    FAMILIES.iter().flat_map(|family| family.rules.iter().copied())
}

/// The rule of that id (`HDR-001`) or name (`ver-dtd`), compared without case; or the first of those that check the
/// requirement of that id (`NOD-004`).
pub fn find(id: &str) -> Option<&'static Rule> {
    let known = |id: &str| all().find(|rule| rule.id.eq_ignore_ascii_case(id) || rule.name.eq_ignore_ascii_case(id));
    known(id).or_else(|| same(id)?.rules.first().and_then(|id| known(id)))
}

/// The requirement of that id that rules of other families check, compared without case.
pub fn same(id: &str) -> Option<&'static Same> {
    FAMILIES.iter().flat_map(|family| family.same).find(|same| same.id.eq_ignore_ascii_case(id))
}

/// Every requirement without a check, in the order of the families.
pub fn all_left_out() -> impl Iterator<Item = &'static LeftOut> + Clone {
    FAMILIES.iter().flat_map(|family| family.left_out)
}

/// The requirement without a check of that id, compared without case.
pub fn left_out(id: &str) -> Option<&'static LeftOut> {
    all_left_out().find(|rule| rule.id.eq_ignore_ascii_case(id))
}
