//! A moment in time as the wiki writes and the interface prints it.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime};

/// Milliseconds since 1970-01-01T00:00:00Z. Printed and serialised as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The years that RFC 3339 can print, 0000 to 9999, in milliseconds.
const RANGE_MS: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

impl Timestamp {
    /// From milliseconds since the epoch, held within the years 0 to 9999.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(*RANGE_MS.start(), *RANGE_MS.end()))
    }

    /// From nanoseconds since the epoch, as file systems tell times.
    pub fn from_nanos(nanos: i64) -> Self {
        Self::from_millis(nanos.div_euclid(1_000_000))
    }

    /// The present.
    pub fn now() -> Self {
        Self::from_nanos(OffsetDateTime::now_utc().unix_timestamp_nanos() as i64)
    }

    /// Milliseconds since the epoch.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 (`2024-08-08T10:00:00Z`, with offset or fraction), the same with a space,
    /// without seconds or without offset (taken as UTC), or a date (00:00 UTC),
    /// also `2024/08/08`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
            return Some(Self::from_offset(moment));
        }
        let date_only = [format_description!("[year]-[month]-[day]"), format_description!("[year]/[month]/[day]")];
        if let Some(date) = date_only.iter().find_map(|format| Date::parse(text, format).ok()) {
            return Some(Self::from_offset(date.midnight().assume_utc()));
        }
        let normal = text.replacen(' ', "T", 1);
        // YAML and Hugo write "2024-08-08 10:00:00 -03:00", with a blank before the offset.
        let normal = normal.replacen(" -", "-", 1).replacen(" +", "+", 1).replacen(' ', "", 1);
        if let Ok(moment) = OffsetDateTime::parse(&normal, &Rfc3339) {
            return Some(Self::from_offset(moment));
        }
        let local = [
            format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond]"),
            format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]"),
            format_description!("[year]-[month]-[day]T[hour]:[minute]"),
        ];
        let moment = local.iter().find_map(|format| PrimitiveDateTime::parse(&normal, format).ok())?;
        Some(Self::from_offset(moment.assume_utc()))
    }

    fn from_offset(moment: OffsetDateTime) -> Self {
        Self::from_millis((moment.unix_timestamp_nanos() / 1_000_000) as i64)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).map_err(|_| fmt::Error)?;
        f.write_str(&moment.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 date"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_wikis_write() {
        for (text, printed) in [
            ("2026-05-01T10:26:10.123Z", "2026-05-01T10:26:10.123Z"),
            ("2024-08-08", "2024-08-08T00:00:00Z"),
            ("2024/08/08", "2024-08-08T00:00:00Z"),
            ("2024-08-08T10:00:00-03:00", "2024-08-08T13:00:00Z"),
            ("2024-08-08 10:00:00", "2024-08-08T10:00:00Z"),
            ("2024-08-08 10:00:00 -03:00", "2024-08-08T13:00:00Z"),
            ("2024-08-08T10:00", "2024-08-08T10:00:00Z"),
        ] {
            assert_eq!(Timestamp::parse(text).map(|t| t.to_string()).as_deref(), Some(printed), "{text}");
        }
        for text in ["", "ontem", "08/08/2024", "2024-13-01", "2024"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn far_times_are_held_within_what_can_be_printed() {
        assert_eq!(Timestamp::from_millis(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_millis(i64::MIN).to_string(), "0000-01-01T00:00:00Z");
    }
}
