//! Generic Alerts that come again and again: ALR-023.

use super::{ALERT, FUMO, PRO, shown};
use crate::base::Severity;
use crate::dm::{AlertContent, Earlier, Profile};
use crate::rules::cx::{Cmd, Cx};
use crate::rules::finding::Reason;
use crate::rules::helper::quoted;
use crate::rules::operation;
use crate::rules::rule::{Check, Clause, Effect, Judged, Level, Override, Rule, Scope, Source, Versions};
use crate::rules::sta::common::{FIRST, package_1};

/// A session with a Generic Alert that the server takes.
macro_rules! told {
    ($id:literal, $data:literal) => {
        concat!(
            "session session=",
            $id,
            "\n",
            package_1!(),
            " Alert 1226 source=./Vendor/Job type=org.example.job format=chr correlator=job-7 data=",
            $data,
            "\nserver\n Status SyncHdr 200\n Status * 200\n"
        )
    };
}

pub(super) static AGAIN: Rule = Rule {
    id: "ALR-023",
    name: "generic-alert-in-every-session",
    title: "A Generic Alert that was answered is not repeated in every session",
    level: Level::Should,
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::CrossSession,
    source: Source::Memory,
    clause: &[
        Clause { document: PRO, section: "8.7 Generic Alert" },
        Clause { document: FUMO, section: "Generic Alert" },
    ],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
    yields_to: &["MOA-002"],
    what: "No Generic Alert with the same Type, Source, Correlator and Data comes in three sessions in a row, where the first two were \
           answered with 200 or 202. A state that is reported each time looks the same, hence only information. Undecided where one of \
           the two sessions before was captured only in part.",
    why: "The device has not understood that the server knows, and reports the same for ever.",
    mend: "Forget an alert when its Status has come.",
    pass: &[concat!(told!("1", "10"), told!("2", "20"), told!("3", "30"))],
    violate: &[concat!(told!("1", "done"), told!("2", "done"), told!("3", "done"))],
    not_applicable: &[FIRST, told!("1", "done")],
    check: Check::Command(ALERT, again),
    ..Rule::SHOULD
};

fn again(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(content) = operation::content(alert, cx) else { return };
    let past = cx.past();
    let mut before = past.sessions().rev();
    let Some(previous) = before.next() else { return };
    let second = before.next();
    let occasion = cx.occasion(alert.at());
    // Whether the same came before and was taken; `None` where nobody knows.
    let was_told = |earlier: &Earlier| {
        let same = |content: &AlertContent| earlier.alerts().iter().rev().find(|other| other.content == *content);
        match same(&content) {
            Some(same) if matches!(same.codes.last(), Some(200 | 202)) => Some(true),
            Some(same) if same.codes.is_empty() && !earlier.whole => None,
            Some(_) => Some(false),
            None => (earlier.whole && !earlier.shortened).then_some(false),
        }
    };
    let told = [Some(previous), second].map(|earlier| match earlier {
        Some(earlier) => was_told(earlier),
        None => past.is_complete().then_some(false),
    });
    if told.contains(&Some(false)) {
        return occasion.held();
    }
    if told.contains(&None) || past.is_interleaved() {
        return occasion.undecided(Reason::PastNotKnown);
    }
    let seen = format!(
        "{} of Type {} from {} for the third session in a row; it was answered each time",
        shown(alert),
        quoted(&content.kind),
        quoted(&content.source)
    );
    occasion.violated(seen, "no alert that the server has taken");
}
