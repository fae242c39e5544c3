//! Names and expressions: each name is bound before it is used, and what reads well means something.

use super::{Bound, Check, Names};
use crate::testcase::expr::{Doubt, Expr, ExprError, NameUse, names_in, parse};
use crate::testcase::load::Fault;
use crate::testcase::model::{FieldType, resolve};

impl Check<'_> {
    /// A text in which names are filled in.
    pub(super) fn text(&self, text: &str, names: &Names, path: &[String]) -> Result<(), Fault> {
        names_in(text).iter().try_for_each(|reference| self.reference(reference, names, path).map(|_| ()))
    }

    /// A name that has to stand for an event.
    pub(super) fn event(&self, text: &str, names: &Names, path: &[String]) -> Result<(), Fault> {
        let found = names_in(text);
        let [reference] = found.as_slice() else {
            return Err(self.value(path, format!("`{text}` is no name")).mend("a `$` and the name that `as` gave"));
        };
        match self.reference(reference, names, path)? {
            Some(FieldType::Event(_)) => Ok(()),
            None if self.is_partial && !names.contains_key(&reference.name) => Ok(()),
            _ => Err(self.value(path, format!("`{text}` is a value, and an event is needed here"))),
        }
    }

    pub(super) fn expression(&self, text: &str, names: &Names, path: &[String]) -> Result<Expr, Fault> {
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
    pub(super) fn is_certain(
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

    pub(super) fn wrong(&self, text: &str, error: ExprError, path: &[String]) -> Fault {
        let at = text.get(..error.at).unwrap_or(text).chars().count().saturating_add(1);
        self.value(path, format!("in the expression, at character {at}: {}", error.what)).mend(error.mend)
    }

    /// What a reference leads to; nothing where that is known in a run only.
    fn reference(&self, reference: &NameUse, names: &Names, path: &[String]) -> Result<Option<FieldType>, Fault> {
        let Some(bound) = names.get(&reference.name) else {
            if self.is_partial {
                return Ok(None);
            }
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
