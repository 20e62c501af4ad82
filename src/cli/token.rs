//! `achei token`: a search token for the server that renders a page, so that its reader finds what their groups may.

use std::time::Duration;

use clap::Args;

use super::Failure;
use super::exit::Exit;
use super::output::print;
use crate::access::mint;
use crate::config::Config;
use crate::daemon::read_access_file;

/// No token holds longer, in seconds: it cannot be taken back.
const MOST_S: u64 = 30 * 86_400;

#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    /// The reader's groups, parted by commas
    #[arg(long, value_delimiter = ',', required = true)]
    groups: Vec<String>,
    /// How long it holds: 90s, 30m, 2h or 7d; at most 30d
    #[arg(long, default_value = "2h", value_parser = duration)]
    expires: Duration,
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a number with s, m, h or d, up to 30d".to_owned();
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let seconds = number.checked_mul(unit).filter(|seconds| (1..=MOST_S).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

pub(super) fn run(config: &Config, args: &TokenArgs) -> Result<Exit, Failure> {
    let path = config.access.token_key_file.as_deref();
    let path = path.ok_or_else(|| (Exit::Config, "access.token_key_file names no file with the secret".to_owned()))?;
    let key = read_access_file(path).map_err(|error| (Exit::InputOutput, format!("{}: {error}", path.display())))?;
    let token = mint(&key, &args.groups, args.expires)
        .map_err(|error| (Exit::Config, format!("{}: {error}", path.display())))?;
    print(&format!("{token}\n"));
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_bounded() {
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7200)));
        assert_eq!(duration("30d"), Ok(Duration::from_secs(MOST_S)));
        for text in ["", "2", "h", "0s", "31d", "-1h", "1é", "99999999999999999999d", "18446744073709551615d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
