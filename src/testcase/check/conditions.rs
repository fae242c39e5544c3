//! Conditions: each is of the type of its field.

use super::{Check, Names, at};
use crate::base::Limits;
use crate::testcase::cond::{Cond, Scalar, Test};
use crate::testcase::load::Fault;
use crate::testcase::model::FieldType;

impl Check<'_> {
    pub(super) fn cond(
        &self,
        cond: &Cond,
        kind: FieldType,
        field: &str,
        names: &Names,
        path: &[String],
    ) -> Result<(), Fault> {
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
            (FieldType::Int, Scalar::Text(text)) if text.parse::<i64>().is_err() => {
                let fault = self.value(path, format!("`{field}` is a whole number, and `{text}` is none"));
                // 2xx is how people write a class of codes.
                let class = ["xx", "XX", "**"].iter().find_map(|rest| text.strip_suffix(rest)?.parse::<u8>().ok());
                Err(match class {
                    Some(digit) => fault.mend(format!("write {{ge: {digit}00, le: {digit}99}}")),
                    None => {
                        fault.mend("write one number, a list such as [200, 212], or a range such as {ge: 200, le: 299}")
                    }
                })
            }
            (FieldType::Int, _) => {
                Err(self.value(path, format!("`{field}` is a whole number")).mend("write it without quotes"))
            }
            (FieldType::Bool, Scalar::Text(text)) if ["true", "false"].contains(&text.as_str()) => {
                Err(self.value(path, format!("`{field}` is true or false")).mend("write it without quotes"))
            }
            (FieldType::Bool, _) => {
                Err(self.value(path, format!("`{field}` is true or false")).mend("write one of these two words"))
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
}
