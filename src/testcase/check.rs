//! What a case file must be beyond its types: every name bound, every field known, every condition of its field's type.

use super::cond::{Cond, Scalar, Test};
use super::expr::{Doubt, Expr, ExprError, NameUse, names_in, parse};
use super::file::{CaseFile, CaseMode, EventKind, FORMAT, Matcher, ParamKind, Scope, Step};
use super::ics::check_when;
use super::load::{CaseError, Fault, text_of, typed};
use super::model::{FieldType, fields, resolve};
use super::outline::Outline;
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
/// The first thing that is wrong, with its place.
pub fn load(file: &str, octets: &[u8]) -> Result<CaseFile, CaseError> {
    let text = text_of(file, octets)?;
    let inner = || {
        let outline = Outline::read(text)?;
        let case: CaseFile = typed(text, &outline)?;
        Check { outline: &outline, case: &case, steps: 0, sent: false }.case(file)?;
        Ok(case)
    };
    inner().map_err(|fault: Fault| fault.of(file, text))
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
}

impl Check<'_> {
    fn value(&self, path: &[String], what: impl Into<String>) -> Fault {
        Fault::new(Some(self.outline.value(path)), what)
    }

    fn entry(&self, path: &[String], what: impl Into<String>) -> Fault {
        Fault::new(Some(self.outline.entry(path)), what)
    }

    fn case(&mut self, file: &str) -> Result<(), Fault> {
        let case = self.case;
        let key = |name: &str| vec![name.to_owned()];
        if case.format != FORMAT {
            let what = format!("this program reads format {FORMAT}, the file has {}", case.format);
            return Err(self.value(&key("format"), what));
        }
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
        let empty = [
            ("versions", case.versions.is_empty()),
            ("modes", case.modes.is_empty()),
            ("spec", case.spec.is_empty()),
            ("flow", case.flow.is_empty()),
            ("title", case.title.trim().is_empty()),
            ("purpose", case.purpose.trim().is_empty()),
        ];
        if let Some((name, _)) = empty.iter().find(|(_, empty)| *empty) {
            return Err(self.value(&key(name), format!("`{name}` is empty")));
        }
        for (index, profile) in case.profiles.iter().enumerate() {
            let path = at(&[], &["profiles", &index.to_string()]);
            let Some(name) = profile.strip_prefix('!') else {
                let fault = self.value(&path, format!("`{profile}`: only profiles that are left out are listed"));
                return Err(fault.mend(format!("write \"!{profile}\"")));
            };
            if Profile::of_name(name).is_none() {
                return Err(self
                    .value(&path, format!("there is no profile `{name}`"))
                    .meant(name, Profile::ALL.map(Profile::name)));
            }
        }
        self.rules(&case.rules, &key("rules"))?;
        if let Some(when) = &case.when {
            check_when(when).map_err(|error| self.wrong(when, error, &key("when")))?;
        }
        let mut names = Names::new();
        for (name, param) in &case.params {
            let path = at(&[], &["params", name]);
            self.name(name, &path)?;
            if let (ParamKind::Int, Some(default)) = (param.kind, &param.default)
                && default.parse::<i64>().is_err()
            {
                return Err(self.value(&at(&path, &["default"]), format!("`{default}` is no whole number")));
            }
            names.insert(name.clone(), Bound::Value);
        }
        self.steps(&case.given, &mut names, &key("given"), true)?;
        let mut ids = BTreeMap::new();
        for (index, step) in case.flow.iter().enumerate() {
            let path = at(&[], &["flow", &index.to_string()]);
            let Some(id) = &step.id else {
                return Err(self.value(&path, "a step of the flow needs an `id`, by which reports call it"));
            };
            if ids.insert(id.as_str(), index).is_some() {
                return Err(self.value(&at(&path, &["id"]), format!("the step `{id}` stands twice")));
            }
        }
        self.steps(&case.flow, &mut names, &key("flow"), false)
    }

    fn rules<'r>(&self, ids: impl IntoIterator<Item = &'r String>, path: &[String]) -> Result<(), Fault> {
        for (index, id) in ids.into_iter().enumerate() {
            if !rules::all().any(|rule| rule.id == id) {
                let path = at(path, &[&index.to_string()]);
                let ids: Vec<&str> = rules::all().map(|rule| rule.id).collect();
                return Err(self.value(&path, format!("there is no rule `{id}`")).meant(id, ids));
            }
        }
        Ok(())
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

    fn steps(&mut self, steps: &[Step], names: &mut Names, path: &[String], given: bool) -> Result<(), Fault> {
        for (index, step) in steps.iter().enumerate() {
            self.step(step, names, &at(path, &[&index.to_string()]), given)?;
        }
        Ok(())
    }

    /// Branches see what is bound before them and not each other; what they bind is known after them, if only as absent.
    fn branches(&mut self, steps: &[Step], names: &mut Names, path: &[String]) -> Result<(), Fault> {
        let before = names.clone();
        for (index, step) in steps.iter().enumerate() {
            let mut own = before.clone();
            self.step(step, &mut own, &at(path, &[&index.to_string()]), false)?;
            names.extend(own);
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, names: &mut Names, path: &[String], given: bool) -> Result<(), Fault> {
        self.steps = self.steps.saturating_add(1);
        if self.steps > Limits::CASE_STEPS {
            return Err(self.value(path, format!("more than {} steps; make it two cases", Limits::CASE_STEPS)));
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
            return Err(self
                .value(path, "the step does nothing")
                .mend("give it `upon`, `expect`, `never`, `check` or the like"));
        }
        if let Some(when) = &step.when {
            let path = at(path, &["when"]);
            let expr = self.expression(when, names, &path)?;
            self.is_certain(when, &expr, true, names, &path)?;
        }
        if let Some(send) = &step.send {
            self.send(send, names, &at(path, &["send"]))?;
        }
        if let Some(matcher) = &step.matches {
            if !given {
                return Err(self
                    .entry(&at(path, &["match"]), "`match` stands in `given` only")
                    .mend("write `upon` or `expect`"));
            }
            self.matcher(matcher, names, &at(path, &["match"]), true)?;
        }
        if let Some(matcher) = &step.upon {
            self.stimulus(matcher, path)?;
            self.matcher(matcher, names, &at(path, &["upon"]), true)?;
        }
        for (name, expression) in &step.bind {
            let path = at(path, &["let", name]);
            let expr = self.expression(expression, names, &path)?;
            self.is_certain(expression, &expr, false, names, &path)?;
            self.bind(names, name, Bound::Value, &path)?;
        }
        for (index, matcher) in step.expect.iter().enumerate() {
            self.matcher(matcher, names, &at(path, &["expect", &index.to_string()]), true)?;
        }
        for (index, matcher) in step.never.iter().enumerate() {
            self.matcher(matcher, names, &at(path, &["never", &index.to_string()]), false)?;
        }
        for (index, expression) in step.check.iter().enumerate() {
            // A check may follow branches that bind its names; those of the step itself come after it.
            let path = at(path, &["check", &index.to_string()]);
            let expr = self.expression(expression, names, &path)?;
            self.is_certain(expression, &expr, true, names, &path)?;
        }
        if let Some(holds) = &step.holds {
            if matches!(self.case.scope, Scope::Device | Scope::Notification) {
                let fault = self.entry(&at(path, &["holds"]), "`holds` looks at one session, and the case at several");
                return Err(fault.mend("give the case the scope `session`"));
            }
            self.rules(&holds.rules, &at(path, &["holds", "rules"]))?;
            if let Some(inside) = &holds.inside {
                self.event(inside, names, &at(path, &["holds", "in"]))?;
            }
        }
        if let Some(repeat) = &step.repeat {
            let path = at(path, &["repeat"]);
            let mut own = names.clone();
            self.matcher(&repeat.each, &mut own, &at(&path, &["each"]), true)?;
            if let (Some(min), Some(max)) = (repeat.min, repeat.max)
                && min > max
            {
                return Err(self.value(&at(&path, &["min"]), format!("`min` {min} is more than `max` {max}")));
            }
            if repeat.steps.is_empty() {
                return Err(self.entry(&at(&path, &["steps"]), "`repeat` has no steps"));
            }
            self.steps(&repeat.steps, &mut own, &at(&path, &["steps"]), false)?;
        }
        self.branches(&step.any_of, names, &at(path, &["any_of"]))?;
        self.branches(&step.all_of, names, &at(path, &["all_of"]))?;
        self.branches(&step.first_decided, names, &at(path, &["first_decided"]))?;
        self.steps(&step.steps, names, &at(path, &["steps"]), false)?;
        if let Some(may) = &step.may {
            let path = at(path, &["may"]);
            if may.upon.is_none() {
                return Err(self.value(&path, "`may` needs an `upon`: without it, it is no option"));
            }
            self.step(may, names, &path, false)?;
        }
        Ok(())
    }

    /// In an active run, what the other side is waited for to do has to be sent by somebody.
    fn stimulus(&mut self, upon: &Matcher, path: &[String]) -> Result<(), Fault> {
        let kinds = match self.case.role {
            TestedRole::Client => &upon.server,
            TestedRole::Server => &upon.client,
            TestedRole::Interop => return Ok(()),
        };
        let by_itself = [EventKind::Session, EventKind::Message, EventKind::Http, EventKind::SyncHdr, EventKind::Final];
        let itself = kinds.iter().all(|kind| by_itself.contains(kind));
        if self.sent || itself || !self.case.modes.contains(&CaseMode::Active) {
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

    fn matcher(&self, matcher: &Matcher, names: &mut Names, path: &[String], binds: bool) -> Result<(), Fault> {
        let sides = [&matcher.client, &matcher.server, &matcher.any];
        let mut given = sides.iter().filter(|side| !side.is_empty());
        let (Some(kinds), None) = (given.next(), given.next()) else {
            let fault = self.value(path, "a matcher names one of `client`, `server` and `any`");
            return Err(fault.mend("such as `client: Status`"));
        };
        for (index, of) in matcher.of.iter().enumerate() {
            let path = at(path, &["of", &index.to_string()]);
            if of.starts_with('$') {
                self.event(of, names, &path)?;
            } else if kind_of(of).is_none() {
                let fault = self.value(&path, format!("`{of}` is neither a `$name` nor a kind of event"));
                return Err(fault.meant(of, KINDS.map(|(name, _)| name)));
            }
        }
        for (key, name) in [("in", &matcher.inside), ("continues", &matcher.continues)] {
            if let Some(name) = name {
                self.event(name, names, &at(path, &[key]))?;
            }
        }
        for (field, cond) in &matcher.conditions {
            let path = at(path, &["where", field]);
            let Some(found) = kinds.iter().find_map(|kind| resolve(*kind, field)) else {
                return Err(self.unknown_field(&self.outline.entry(&path), field, &kinds.0));
            };
            self.cond(cond, found, field, names, &path)?;
        }
        if let Some(timeout) = &matcher.timeout
            && time::duration(timeout).is_none()
        {
            let fault = self.value(&at(path, &["timeout"]), format!("`{timeout}` is no time"));
            return Err(fault.mend("such as 500ms, 30s, 5m or 24h"));
        }
        match &matcher.bound {
            None => Ok(()),
            Some(_) if !binds => Err(self.entry(&at(path, &["as"]), "what never comes gets no name")),
            Some(name) => self.bind(names, name, Bound::Event(kinds.0.clone()), &at(path, &["as"])),
        }
    }

    fn unknown_field(&self, place: &super::outline::Place, field: &str, kinds: &[EventKind]) -> Fault {
        let known: Vec<&str> = kinds.iter().flat_map(|kind| fields(*kind)).map(|field| field.name).collect();
        let shown: Vec<String> = kinds.iter().map(|kind| format!("{kind:?}")).collect();
        Fault::new(Some(*place), format!("{} has no field `{field}`", shown.join(" or "))).meant(field, known)
    }

    fn cond(&self, cond: &Cond, kind: FieldType, field: &str, names: &Names, path: &[String]) -> Result<(), Fault> {
        match cond {
            Cond::Is(scalar) => self.scalar(scalar, kind, field, names, path),
            Cond::OneOf(all) if all.is_empty() => Err(self.value(path, "an empty list: nothing is one of it")),
            Cond::OneOf(all) => all.iter().enumerate().try_for_each(|(index, scalar)| {
                self.scalar(scalar, kind, field, names, &at(path, &[&index.to_string()]))
            }),
            Cond::Test(test) => self.test(test, kind, field, names, path),
        }
    }

    fn scalar(
        &self,
        scalar: &Scalar,
        kind: FieldType,
        field: &str,
        names: &Names,
        path: &[String],
    ) -> Result<(), Fault> {
        match (kind, scalar) {
            (FieldType::Text, Scalar::Text(text)) => self.text(text, names, path),
            (FieldType::Int | FieldType::Bool, Scalar::Text(text)) if text.starts_with('$') => {
                self.text(text, names, path)
            }
            (FieldType::Int, Scalar::Int(_)) | (FieldType::Bool, Scalar::Bool(_)) => Ok(()),
            (FieldType::Text, Scalar::Int(_) | Scalar::Bool(_)) => {
                let fault = self
                    .value(path, format!("`{field}` is a text, and this is not quoted: its spelling would be lost"));
                Err(fault.mend("quote it"))
            }
            (FieldType::Int, _) => {
                Err(self.value(path, format!("`{field}` is a whole number")).mend("write it without quotes"))
            }
            (FieldType::Bool, _) => {
                Err(self.value(path, format!("`{field}` is true or false")).mend("write it without quotes"))
            }
            (FieldType::List | FieldType::Events(_), _) => {
                Err(self.value(path, format!("`{field}` is a list")).mend("write {has: …} for one of its elements"))
            }
            (FieldType::Group | FieldType::Event(_), _) => Err(self
                .value(path, format!("`{field}` has fields of its own"))
                .mend("name one of them, or ask {present: true}")),
        }
    }

    fn test(&self, test: &Test, kind: FieldType, field: &str, names: &Names, path: &[String]) -> Result<(), Fault> {
        if *test == Test::default() {
            return Err(self.value(path, "no operator is given"));
        }
        let text_only = [
            ("eq", test.eq.is_some()),
            ("uri", test.uri.is_some()),
            ("re", test.re.is_some()),
            ("decoded_len", test.decoded_len.is_some()),
            ("is", test.is.is_some()),
        ];
        if let Some((name, _)) = text_only.iter().find(|(_, given)| *given && kind != FieldType::Text) {
            return Err(self.entry(&at(path, &[name]), format!("`{name}` asks a text, and `{field}` is none")));
        }
        if test.len.is_some() && !matches!(kind, FieldType::Text | FieldType::List | FieldType::Events(_)) {
            return Err(self.entry(&at(path, &["len"]), format!("`{field}` has no length")));
        }
        if let Some(pattern) = &test.re
            && let Err(error) = regex::RegexBuilder::new(pattern).size_limit(Limits::CASE_REGEX).build()
        {
            let error = error.to_string();
            let last = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
            return Err(self.value(&at(path, &["re"]), format!("the regular expression is wrong: {last}")));
        }
        if let Some(has) = &test.has {
            let path = at(path, &["has"]);
            if kind != FieldType::List {
                return Err(self.entry(&path, format!("`has` asks a list, and `{field}` is none")));
            }
            // What its elements are is not known here; a text is what all of them are in the end.
            if !matches!(**has, Cond::Is(Scalar::Int(_) | Scalar::Bool(_))) {
                self.cond(has, FieldType::Text, field, names, &path)?;
            }
        }
        for (name, operand) in [("gt", &test.gt), ("ge", &test.ge), ("lt", &test.lt), ("le", &test.le)] {
            let Some(operand) = operand else { continue };
            let path = at(path, &[name]);
            if !matches!(kind, FieldType::Int | FieldType::Text) {
                return Err(self.entry(&path, format!("`{name}` asks a number, and `{field}` is none")));
            }
            self.scalar(operand, FieldType::Int, name, names, &path)?;
        }
        if let Some(ne) = &test.ne {
            self.scalar(ne, kind, field, names, &at(path, &["ne"]))?;
        }
        test.not.as_ref().map_or(Ok(()), |not| self.cond(not, kind, field, names, &at(path, &["not"])))
    }

    /// A text in which names are filled in.
    fn text(&self, text: &str, names: &Names, path: &[String]) -> Result<(), Fault> {
        names_in(text).iter().try_for_each(|reference| self.reference(reference, names, path).map(|_| ()))
    }

    /// A name that has to stand for an event.
    fn event(&self, text: &str, names: &Names, path: &[String]) -> Result<(), Fault> {
        let found = names_in(text);
        let [reference] = found.as_slice() else {
            return Err(self.value(path, format!("`{text}` is no name")).mend("a `$` and the name that `as` gave"));
        };
        match self.reference(reference, names, path)? {
            Some(FieldType::Event(_)) => Ok(()),
            _ => Err(self.value(path, format!("`{text}` is a value, and an event is needed here"))),
        }
    }

    fn expression(&self, text: &str, names: &Names, path: &[String]) -> Result<Expr, Fault> {
        let expr = parse(text).map_err(|error| self.wrong(text, error, path))?;
        if let Some((word, at)) = expr.words().first() {
            let error =
                ExprError::new(*at, format!("`{word}` is no name"), "names begin with `$`, texts stand in quotes");
            return Err(self.wrong(text, error, path));
        }
        expr.names().iter().try_for_each(|reference| self.reference(reference, names, path).map(|_| ()))?;
        Ok(expr)
    }

    /// Refuses what reads well and cannot mean what its author meant.
    fn is_certain(
        &self,
        text: &str,
        expr: &Expr,
        is_condition: bool,
        names: &Names,
        path: &[String],
    ) -> Result<(), Fault> {
        for doubt in expr.doubts(is_condition) {
            let error = match doubt {
                Doubt::Alone(name) => match self.reference(&name, names, path)? {
                    Some(FieldType::Bool) | None => continue,
                    _ => {
                        ExprError::new(name.at, "a value alone is neither true nor false", "compare it with something")
                    }
                },
                Doubt::NoComparison => {
                    ExprError::new(0, "what has to be true is no comparison", "compare with `==`, `!=`, `<`, `in` …")
                }
                Doubt::ListWithOne(name) => {
                    let what =
                        format!("`${}.{}` is a list, and is compared with one value", name.name, name.path.as_str());
                    ExprError::new(name.at, what, "write `VALUE in LIST`, or name one Item: `items.0`")
                }
                Doubt::Quoted(quoted) => {
                    let what = format!("a name in quotes is not filled in: \"{quoted}\"");
                    ExprError::new(text.find(quoted).unwrap_or_default(), what, "write it without the quotes")
                }
                Doubt::InOne => ExprError::new(0, "what stands behind `in` is no list", "write `[…]` around it"),
            };
            return Err(self.wrong(text, error, path));
        }
        Ok(())
    }

    fn wrong(&self, text: &str, error: ExprError, path: &[String]) -> Fault {
        let at = text.get(..error.at).unwrap_or(text).chars().count().saturating_add(1);
        self.value(path, format!("in the expression, at character {at}: {}", error.what)).mend(error.mend)
    }

    /// What a reference leads to; nothing where that is known in a run only.
    fn reference(&self, reference: &NameUse, names: &Names, path: &[String]) -> Result<Option<FieldType>, Fault> {
        let Some(bound) = names.get(&reference.name) else {
            let fault =
                self.value(path, format!("`${}` is not bound by an earlier step and is no parameter", reference.name));
            return Err(fault.meant(&reference.name, names.keys().map(String::as_str)));
        };
        match (bound, reference.path.as_str()) {
            (Bound::Event(kinds), "") => Ok(kinds.first().copied().map(FieldType::Event)),
            (Bound::Event(kinds), field) => match kinds.iter().find_map(|kind| resolve(*kind, field)) {
                Some(found) => Ok(Some(found)),
                None => Err(self.unknown_field(&self.outline.value(path), field, kinds)),
            },
            (Bound::Value, _) => Ok(None),
        }
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
