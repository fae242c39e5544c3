//! A time as the report writes it.

use crate::base::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

/// A [`Timestamp`] in a report: RFC 3339 in UTC with six digits of fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub Timestamp);

impl Time {
    /// Reads RFC 3339 with any offset, or a day alone, which means its first moment in UTC.
    pub fn parse(text: &str) -> Option<Self> {
        let time = match text.parse::<jiff::civil::Date>() {
            Ok(_) if text.len() == "2026-01-01".len() => format!("{text}T00:00:00Z").parse::<jiff::Timestamp>(),
            _ => text.parse(),
        };
        let nanos = time.ok()?.as_nanosecond();
        i64::try_from(nanos).ok().map(|nanos| Self(Timestamp::from_nanos(nanos)))
    }
}

impl From<Timestamp> for Time {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.rfc3339().as_str())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("\"{text}\" is no time of RFC 3339")))
    }
}

impl schemars::JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "RFC 3339 in UTC with six digits of fraction.",
            "type": "string",
            "format": "date-time",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_with_any_offset_and_a_day_is_its_first_moment() {
        let table = [
            ("2026-01-01T00:00:00Z", Some(1_767_225_600_000_000_000)),
            ("2026-01-01T01:00:00+01:00", Some(1_767_225_600_000_000_000)),
            ("2026-01-01T00:00:00.000001Z", Some(1_767_225_600_000_001_000)),
            ("2026-01-01", Some(1_767_225_600_000_000_000)),
            ("2026-13-01", None),
            ("2026-01-01T00:00:00", None),
            ("now", None),
            ("", None),
        ];
        for (text, nanos) in table {
            assert_eq!(Time::parse(text).map(|time| time.0.nanos()), nanos, "{text}");
        }
    }

    #[test]
    fn a_time_survives_the_way_through_json() {
        let time = Time(Timestamp::from_nanos(1_767_225_600_123_456_000));
        let json = serde_json::to_string(&time).unwrap();
        assert_eq!(json, "\"2026-01-01T00:00:00.123456Z\"");
        assert_eq!(serde_json::from_str::<Time>(&json).unwrap(), time);
    }
}
