//! What a case file must be beyond its types: every name bound, every field known, every condition of its field's type.

mod conditions;
mod names;

use super::file::{CaseFile, CaseMode, EventKind, FORMAT, Matcher, ParamKind, Scope, Step};
use super::ics::check_when;
use super::load::{CaseError, CaseErrors, Fault, text_of};
use super::model::{fields, resolve};
use super::outline::Outline;
use super::reading::{self, Reading};
use super::time;
use crate::base::Limits;
use crate::dm::Profile;
use crate::rules;
use crate::verdict::TestedRole;
use std::collections::BTreeMap;

/// Reads a case file and checks all that can be known without traffic. `file` is how messages call it; its name without
/// folder and ending has to be the case's id.
///
/// # Errors
///
/// All that is wrong, each with its place. Of a file that is no YAML, the first thing; of a step that is of another form than
/// steps are, the first thing in it.
pub fn load(file: &str, octets: &[u8]) -> Result<CaseFile, CaseErrors> {
    let text = text_of(file, octets)?;
    let Reading { case, mut faults, lacking, is_partial } = reading::case(text);
    let mut more = 0;
    if let Some((outline, case)) = &case {
        let mut check = Check { outline, case, steps: 0, sent: false, is_partial, lacking: &lacking, faults, more };
        check.case(file);
        (faults, more) = (check.faults, check.more);
    }
    match case {
        Some((_, case)) if faults.is_empty() => Ok(case),
        _ => Err(CaseErrors::new(faults, more, file, text)),
    }
}

/// Whether ids are unique over a set of cases.
///
/// # Errors
///
/// The first file whose id another one before it has.
pub fn unique<'c>(cases: impl IntoIterator<Item = (&'c str, &'c CaseFile)>) -> Result<(), CaseError> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (file, case) in cases {
        if let Some(first) = seen.insert(&case.id, file) {
            return Err(Fault::new(None, format!("the id {} is taken by {first}", case.id)).of(file, ""));
        }
    }
    Ok(())
}

/// What a name stands for: an event of one of these kinds, or a value.
#[derive(Debug, Clone)]
enum Bound {
    Event(Vec<EventKind>),
    Value,
}

type Names = BTreeMap<String, Bound>;
type Path = Vec<String>;

fn at(path: &[String], more: &[&str]) -> Path {
    path.iter().cloned().chain(more.iter().map(|name| (*name).to_owned())).collect()
}

struct Check<'c> {
    outline: &'c Outline,
    case: &'c CaseFile,
    steps: usize,
    /// Whether a step before gave the other side something to do.
    sent: bool,
    /// Whether steps or parameters are left out, because they could not be read: what they bind is not known.
    is_partial: bool,
    /// Keys of the file that something else stands for.
    lacking: &'c [&'static str],
    faults: Vec<Fault>,
    /// Faults past [`Limits::CASE_FAULTS`].
    more: usize,
}

impl Check<'_> {
    fn value(&self, path: &[String], what: impl Into<String>) -> Fault {
        Fault::new(Some(self.outline.value(path)), what)
    }

    fn entry(&self, path: &[String], what: impl Into<String>) -> Fault {
        Fault::new(Some(self.outline.entry(path)), what)
    }

    /// Keeps what is wrong.
    fn note(&mut self, result: Result<(), Fault>) {
        let Err(fault) = result else { return };
        if self.faults.len() < Limits::CASE_FAULTS {
            self.faults.push(fault);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    fn case(&mut self, file: &str) {
        let case = self.case;
        let key = |name: &str| vec![name.to_owned()];
        if case.format != FORMAT {
            let what = format!("this program reads format {FORMAT}, the file has {}", case.format);
            // Whatever else it has may be right in that format.
            return self.note(Err(self.value(&key("format"), what)));
        }
        if !self.lacking.contains(&"id") {
            self.note(self.id(file));
        }
        let empty = [
            ("versions", case.versions.is_empty()),
            ("modes", case.modes.is_empty()),
            ("spec", case.spec.is_empty()),
            ("flow", case.flow.is_empty() && !self.is_partial && !self.lacking.contains(&"flow")),
            ("title", case.title.trim().is_empty()),
            ("purpose", case.purpose.trim().is_empty()),
        ];
        for (name, _) in empty.iter().filter(|(_, empty)| *empty) {
            self.note(Err(self.value(&key(name), format!("`{name}` is empty"))));
        }
        for (index, profile) in case.profiles.iter().enumerate() {
            self.note(self.profile(profile, &at(&[], &["profiles", &index.to_string()])));
        }
        self.rules(&case.rules, &key("rules"));
        if let Some(when) = &case.when {
            self.note(check_when(when).map(|_| ()).map_err(|error| self.wrong(when, error, &key("when"))));
        }
        let mut names = Names::new();
        for (name, param) in &case.params {
            let path = at(&[], &["params", name]);
            self.note(self.name(name, &path));
            if let (ParamKind::Int, Some(default)) = (param.kind, &param.default)
                && default.parse::<i64>().is_err()
            {
                let what = format!("`{default}` is no whole number");
                self.note(Err(self.value(&at(&path, &["default"]), what)));
            }
            names.insert(name.clone(), Bound::Value);
        }
        self.steps(&case.given, &mut names, &key("given"), true);
        let mut ids = BTreeMap::new();
        for (index, step) in case.flow.iter().enumerate() {
            let path = at(&[], &["flow", &index.to_string()]);
            let Some(id) = &step.id else {
                self.note(Err(self.value(&path, "a step of the flow needs an `id`, by which reports call it")));
                continue;
            };
            if ids.insert(id.as_str(), index).is_some() {
                self.note(Err(self.value(&at(&path, &["id"]), format!("the step `{id}` stands twice"))));
            }
        }
        self.steps(&case.flow, &mut names, &key("flow"), false);
    }

    fn id(&self, file: &str) -> Result<(), Fault> {
        let case = self.case;
        let key = |name: &str| vec![name.to_owned()];
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let name = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")).unwrap_or(name);
        if name != case.id {
            let fault = self.value(&key("id"), format!("the id {} is not the name of the file", case.id));
            return Err(fault.mend(format!("name the file {}.yaml", case.id)));
        }
        let form =
            |part: &str| !part.is_empty() && part.chars().all(|ch| ch.is_ascii_uppercase() || ch.is_ascii_digit());
        if !case.id.split('-').all(form) || !case.id.contains('-') {
            let fault = self.value(&key("id"), format!("{} is not an id", case.id));
            return Err(fault.mend("capitals and digits, parted by -, such as DM12-CLI-AUTH-003"));
        }
        Ok(())
    }

    fn profile(&self, profile: &str, path: &[String]) -> Result<(), Fault> {
        let Some(name) = profile.strip_prefix('!') else {
            let fault = self.value(path, format!("`{profile}`: only profiles that are left out are listed"));
            return Err(fault.mend(format!("write \"!{profile}\"")));
        };
        if Profile::of_name(name).is_none() {
            let fault = self.value(path, format!("there is no profile `{name}`"));
            return Err(fault.meant(name, Profile::ALL.map(Profile::name)));
        }
        Ok(())
    }

    fn rules<'r>(&mut self, ids: impl IntoIterator<Item = &'r String>, path: &[String]) {
        for (index, id) in ids.into_iter().enumerate() {
            if !rules::all().any(|rule| rule.id == id) {
                let path = at(path, &[&index.to_string()]);
                let ids: Vec<&str> = rules::all().map(|rule| rule.id).collect();
                self.note(Err(self.value(&path, format!("there is no rule `{id}`")).meant(id, ids)));
            }
        }
    }

    fn name(&self, name: &str, path: &[String]) -> Result<(), Fault> {
        let first = name.chars().next().is_some_and(|ch| ch.is_ascii_alphabetic() || ch == '_');
        if first && name.chars().all(|ch| ch.is_ascii_alphanumeric() || ch == '_') {
            return Ok(());
        }
        Err(self.value(path, format!("`{name}` is no name")).mend("letters, digits and _, the first no digit"))
    }

    fn bind(&self, names: &mut Names, name: &str, bound: Bound, path: &[String]) -> Result<(), Fault> {
        self.name(name, path)?;
        match names.insert(name.to_owned(), bound) {
            None => Ok(()),
            Some(_) => Err(self.value(path, format!("the name `{name}` is taken"))),
        }
    }

    fn steps(&mut self, steps: &[Step], names: &mut Names, path: &[String], given: bool) {
        for (index, step) in steps.iter().enumerate() {
            self.step(step, names, &at(path, &[&index.to_string()]), given);
        }
    }

    /// Branches see what is bound before them and not each other; what they bind is known after them, if only as absent.
    fn branches(&mut self, steps: &[Step], names: &mut Names, path: &[String]) {
        let before = names.clone();
        for (index, step) in steps.iter().enumerate() {
            let mut own = before.clone();
            self.step(step, &mut own, &at(path, &[&index.to_string()]), false);
            names.extend(own);
        }
    }

    /// An expression that has to be true, or that gives a value.
    fn condition(&mut self, text: &str, is_condition: bool, names: &Names, path: &[String]) {
        let result =
            self.expression(text, names, path).and_then(|expr| self.is_certain(text, &expr, is_condition, names, path));
        self.note(result);
    }

    fn step(&mut self, step: &Step, names: &mut Names, path: &[String], given: bool) {
        self.steps = self.steps.saturating_add(1);
        if self.steps > Limits::CASE_STEPS {
            if self.steps == Limits::CASE_STEPS.saturating_add(1) {
                let what = format!("more than {} steps; make it two cases", Limits::CASE_STEPS);
                self.note(Err(self.value(path, what)));
            }
            return;
        }
        let nothing = Step {
            id: None,
            title: None,
            why: None,
            level: None,
            when: None,
            otherwise: None,
            verdict: None,
            ..step.clone()
        };
        if nothing == Step::default() {
            let fault = self.value(path, "the step does nothing");
            self.note(Err(fault.mend("give it `upon`, `expect`, `never`, `check` or the like")));
        }
        if let Some(when) = &step.when {
            self.condition(when, true, names, &at(path, &["when"]));
        }
        if let Some(send) = step.send.as_ref().filter(|_| !self.lacking.contains(&"role")) {
            let result = self.send(send, names, &at(path, &["send"]));
            self.note(result);
        }
        if let Some(matcher) = &step.matches {
            if !given {
                let fault = self.entry(&at(path, &["match"]), "`match` stands in `given` only");
                self.note(Err(fault.mend("write `upon` or `expect`")));
            }
            self.matcher(matcher, names, &at(path, &["match"]), true);
        }
        if let Some(matcher) = &step.upon {
            self.note(self.stimulus(matcher, path));
            self.matcher(matcher, names, &at(path, &["upon"]), true);
        }
        for (name, expression) in &step.bind {
            let path = at(path, &["let", name]);
            self.condition(expression, false, names, &path);
            self.note(self.bind(names, name, Bound::Value, &path));
        }
        for (index, matcher) in step.expect.iter().enumerate() {
            self.matcher(matcher, names, &at(path, &["expect", &index.to_string()]), true);
        }
        for (index, matcher) in step.never.iter().enumerate() {
            self.matcher(matcher, names, &at(path, &["never", &index.to_string()]), false);
        }
        for (index, expression) in step.check.iter().enumerate() {
            // A check may follow branches that bind its names; those of the step itself come after it.
            self.condition(expression, true, names, &at(path, &["check", &index.to_string()]));
        }
        if let Some(holds) = &step.holds {
            if matches!(self.case.scope, Scope::Device | Scope::Notification) {
                let fault = self.entry(&at(path, &["holds"]), "`holds` looks at one session, and the case at several");
                self.note(Err(fault.mend("give the case the scope `session`")));
            }
            self.rules(&holds.rules, &at(path, &["holds", "rules"]));
            if let Some(inside) = &holds.inside {
                self.note(self.event(inside, names, &at(path, &["holds", "in"])));
            }
        }
        if let Some(repeat) = &step.repeat {
            let path = at(path, &["repeat"]);
            let mut own = names.clone();
            self.matcher(&repeat.each, &mut own, &at(&path, &["each"]), true);
            if let (Some(min), Some(max)) = (repeat.min, repeat.max)
                && min > max
            {
                self.note(Err(self.value(&at(&path, &["min"]), format!("`min` {min} is more than `max` {max}"))));
            }
            if repeat.steps.is_empty() {
                self.note(Err(self.entry(&at(&path, &["steps"]), "`repeat` has no steps")));
            }
            self.steps(&repeat.steps, &mut own, &at(&path, &["steps"]), false);
        }
        self.branches(&step.any_of, names, &at(path, &["any_of"]));
        self.branches(&step.all_of, names, &at(path, &["all_of"]));
        self.branches(&step.first_decided, names, &at(path, &["first_decided"]));
        self.steps(&step.steps, names, &at(path, &["steps"]), false);
        if let Some(may) = &step.may {
            let path = at(path, &["may"]);
            if may.upon.is_none() {
                self.note(Err(self.value(&path, "`may` needs an `upon`: without it, it is no option")));
            }
            self.step(may, names, &path, false);
        }
    }

    /// In an active run, what the other side is waited for to do has to be sent by somebody.
    fn stimulus(&self, upon: &Matcher, path: &[String]) -> Result<(), Fault> {
        let kinds = match self.case.role {
            TestedRole::Client => &upon.server,
            TestedRole::Server => &upon.client,
            TestedRole::Interop => return Ok(()),
        };
        let by_itself = [EventKind::Session, EventKind::Message, EventKind::Http, EventKind::SyncHdr, EventKind::Final];
        let itself = kinds.iter().all(|kind| by_itself.contains(kind));
        if self.sent || self.is_partial || itself || !self.case.modes.contains(&CaseMode::Active) {
            return Ok(());
        }
        let fault = self.entry(&at(path, &["upon"]), "an active run has nothing to send that leads to this");
        Err(fault.mend("give the step a `send`, or leave `active` out of `modes`"))
    }

    fn send(&mut self, send: &super::send::Send, names: &Names, path: &[String]) -> Result<(), Fault> {
        let (own, other, wrong) = match self.case.role {
            TestedRole::Client => (&send.server, &send.client, "client"),
            TestedRole::Server => (&send.client, &send.server, "server"),
            TestedRole::Interop => return Err(self.entry(path, "an interop case sends nothing")),
        };
        if !other.is_empty() {
            return Err(self.entry(
                &at(path, &[wrong]),
                format!("the {wrong} is what is tested; the program plays the other side"),
            ));
        }
        if own.is_empty() {
            return Err(self.entry(path, "`send` has nothing to send"));
        }
        self.sent = true;
        // Every text in it may name what is known.
        let json = serde_json::to_value(own).unwrap_or_default();
        let side = if wrong == "client" { "server" } else { "client" };
        let mut todo = vec![(at(path, &[side]), &json)];
        while let Some((path, value)) = todo.pop() {
            match value {
                serde_json::Value::String(text) => self.text(text, names, &path)?,
                serde_json::Value::Array(all) => {
                    todo.extend(all.iter().enumerate().map(|(index, one)| (at(&path, &[&index.to_string()]), one)));
                }
                serde_json::Value::Object(all) => {
                    todo.extend(all.iter().map(|(name, one)| (at(&path, &[name]), one)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn matcher(&mut self, matcher: &Matcher, names: &mut Names, path: &[String], binds: bool) {
        let sides = [&matcher.client, &matcher.server, &matcher.any];
        let mut given = sides.iter().filter(|side| !side.is_empty());
        let (Some(kinds), None) = (given.next(), given.next()) else {
            let fault = self.value(path, "a matcher names one of `client`, `server` and `any`");
            return self.note(Err(fault.mend("such as `client: Status`")));
        };
        for (index, of) in matcher.of.iter().enumerate() {
            let path = at(path, &["of", &index.to_string()]);
            if of.starts_with('$') {
                self.note(self.event(of, names, &path));
            } else if kind_of(of).is_none() {
                let fault = self.value(&path, format!("`{of}` is neither a `$name` nor a kind of event"));
                self.note(Err(fault.meant(of, KINDS.map(|(name, _)| name))));
            }
        }
        for (key, name) in [("in", &matcher.inside), ("continues", &matcher.continues)] {
            if let Some(name) = name {
                self.note(self.event(name, names, &at(path, &[key])));
            }
        }
        for (field, cond) in &matcher.conditions {
            let path = at(path, &["where", field]);
            let result = match kinds.iter().find_map(|kind| resolve(*kind, field)) {
                Some(found) => self.cond(cond, found, field, names, &path),
                None => Err(self.unknown_field(&self.outline.entry(&path), field, &kinds.0)),
            };
            self.note(result);
        }
        if let Some(timeout) = &matcher.timeout
            && time::duration(timeout).is_none()
        {
            let fault = self.value(&at(path, &["timeout"]), format!("`{timeout}` is no time"));
            self.note(Err(fault.mend("such as 500ms, 30s, 5m or 24h")));
        }
        let result = match &matcher.bound {
            None => Ok(()),
            Some(_) if !binds => Err(self.entry(&at(path, &["as"]), "what never comes gets no name")),
            Some(name) => self.bind(names, name, Bound::Event(kinds.0.clone()), &at(path, &["as"])),
        };
        self.note(result);
    }

    fn unknown_field(&self, place: &super::outline::Place, field: &str, kinds: &[EventKind]) -> Fault {
        let known: Vec<&str> = kinds.iter().flat_map(|kind| fields(*kind)).map(|field| field.name).collect();
        let shown: Vec<String> = kinds.iter().map(|kind| format!("{kind:?}")).collect();
        Fault::new(Some(*place), format!("{} has no field `{field}`", shown.join(" or "))).meant(field, known)
    }
}

const KINDS: [(&str, EventKind); 20] = [
    ("Session", EventKind::Session),
    ("Notification", EventKind::Notification),
    ("Message", EventKind::Message),
    ("Http", EventKind::Http),
    ("SyncHdr", EventKind::SyncHdr),
    ("Command", EventKind::Command),
    ("Add", EventKind::Add),
    ("Replace", EventKind::Replace),
    ("Delete", EventKind::Delete),
    ("Copy", EventKind::Copy),
    ("Get", EventKind::Get),
    ("Exec", EventKind::Exec),
    ("Atomic", EventKind::Atomic),
    ("Sequence", EventKind::Sequence),
    ("Alert", EventKind::Alert),
    ("Item", EventKind::Item),
    ("Status", EventKind::Status),
    ("Results", EventKind::Results),
    ("Final", EventKind::Final),
    ("Unknown", EventKind::Unknown),
];

pub(super) fn kind_of(name: &str) -> Option<EventKind> {
    KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}
