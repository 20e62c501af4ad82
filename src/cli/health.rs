//! `achei health`: whether the running daemon is ready, for those who watch it: containers without a shell have no
//! other program to ask with.

use std::time::Duration;

use ureq::Agent;

use super::Failure;
use super::exit::Exit;
use super::output::print;
use super::reindex::reachable;
use crate::config::Config;

/// Who asks has a limit of their own; this one comes before it.
const TIMEOUT: Duration = Duration::from_secs(3);

pub(super) fn run(config: &Config) -> Result<Exit, Failure> {
    let base = format!("http://{}", reachable(config.server.listen));
    let agent: Agent = Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build().into();
    let answer = agent.get(format!("{base}/readyz")).call();
    let answer = answer.map_err(|error| (Exit::Unavailable, format!("no daemon answers at {base}: {error}")))?;
    match answer.status().as_u16() {
        200 => {
            print("ready\n");
            Ok(Exit::Done)
        }
        503 => Err((Exit::No, "not ready yet: the index is being compared with the directory".to_owned())),
        status => Err((Exit::Unavailable, format!("what answers at {base} is no Achei daemon: {status}"))),
    }
}
