//! Which nodes may be absent.

/// Nodes that are not there, or once were not: of most sessions few or none, so that nothing is looked up above each node that
/// is named.
#[derive(Debug, Default)]
pub(super) struct Absent(Vec<String>);

impl Absent {
    /// Past it, any node may be one.
    const FEW: usize = 32;

    pub(super) fn add(&mut self, key: &str) {
        if self.0.len() <= Self::FEW && !self.0.iter().any(|known| known == key) {
            self.0.push(key.to_owned());
        }
    }

    /// Whether a node, or one above it, may be among them.
    pub(super) fn may_have(&self, key: &str) -> bool {
        let is_at_or_above = |known: &String| {
            let rest = key.strip_prefix(known.as_str());
            // A path may lead through them, and its key not: see `loose_uri`.
            matches!(known.as_str(), "" | "device" | "device/vendor")
                || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.0.len() > Self::FEW || self.0.iter().any(is_at_or_above)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_at_or_below_an_absent_node_may_be_absent() {
        let mut absent = Absent::default();
        assert!(!absent.may_have("a/b"));
        absent.add("a/b");
        absent.add("a/b");
        assert!(absent.may_have("a/b") && absent.may_have("a/b/c"));
        assert!(!absent.may_have("a") && !absent.may_have("a/bc"));
        assert_eq!(absent.0.len(), 1);
        // With many of them, nobody looks any more.
        (0..=Absent::FEW).for_each(|at| absent.add(&format!("x/{at}")));
        assert!(absent.may_have("a"));
        // The key of a path below it does not begin with it.
        let mut absent = Absent::default();
        absent.add("device/vendor");
        assert!(absent.may_have("vendor/x"));
    }
}
