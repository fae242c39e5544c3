//! Names in texts and in expressions.

/// A name and what of it is meant: `$first.session_id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) name: String,
    pub(super) path: String,
}

/// Where an expression is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The character, counted from 1.
    pub(super) at: usize,
    pub(super) text: String,
}

/// The names that a text has filled in.
pub(super) fn in_text(text: &str) -> Vec<Reference> {
    text.split('$').skip(1).filter_map(reference).collect()
}

/// The names of an expression, outside its quoted texts; brackets and quotes have to be closed.
pub(super) fn in_expression(text: &str) -> Result<Vec<Reference>, Wrong> {
    let mut found = Vec::new();
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut quoted: Option<usize> = None;
    for (count, (index, ch)) in text.char_indices().enumerate() {
        let at = count.saturating_add(1);
        match (quoted, ch) {
            (Some(_), '"') => quoted = None,
            (Some(_), _) => {}
            (None, '"') => quoted = Some(at),
            (None, '(' | '[') => open.push((at, ch)),
            (None, ')' | ']') => {
                let opening = if ch == ')' { '(' } else { '[' };
                if open.pop().is_none_or(|(_, last)| last != opening) {
                    return Err(Wrong { at, text: format!("`{ch}` closes nothing") });
                }
            }
            (None, '$') => match text.get(index.saturating_add(1)..).and_then(reference) {
                Some(name) => found.push(name),
                None => return Err(Wrong { at, text: "a name has to follow `$`".to_owned() }),
            },
            _ => {}
        }
    }
    if let Some(at) = quoted {
        return Err(Wrong { at, text: "the quoted text does not end".to_owned() });
    }
    if let Some((at, ch)) = open.pop() {
        return Err(Wrong { at, text: format!("`{ch}` is not closed") });
    }
    if text.trim().is_empty() {
        return Err(Wrong { at: 1, text: "nothing stands here".to_owned() });
    }
    Ok(found)
}

/// The name that a text begins with.
fn reference(text: &str) -> Option<Reference> {
    let is_part = |ch: char| ch.is_ascii_alphanumeric() || ch == '_';
    let name: String = text.chars().take_while(|ch| is_part(*ch)).collect();
    if name.is_empty() {
        return None;
    }
    let mut rest = text.get(name.len()..).unwrap_or_default();
    let mut path = Vec::new();
    while let Some(after) = rest.strip_prefix('.') {
        let part: String = after.chars().take_while(|ch| is_part(*ch) || matches!(ch, '*' | '-')).collect();
        if part.is_empty() {
            break;
        }
        rest = after.get(part.len()..).unwrap_or_default();
        path.push(part);
    }
    Some(Reference { name, path: path.join(".") })
}

/// Milliseconds of a time such as `30s`.
pub(super) fn duration(text: &str) -> Option<u64> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let unit = match text.get(digits.len()..)? {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}
