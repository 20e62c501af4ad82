//! `achei reindex`: asks the running daemon over HTTP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use clap::Args;
use serde_json::json;
use ureq::http::Response;
use ureq::{Agent, Body};

use super::exit::Exit;
use super::index::{progress_bar, show};
use super::{Failure, output};
use crate::config::Config;
use crate::daemon::read_admin_token;
use crate::index::{Job, JobState};

/// Between two looks at the job.
const POLL: Duration = Duration::from_millis(100);
/// For one answer of the daemon.
const TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Debug, Args)]
pub(super) struct ReindexArgs {
    /// Build the index from nothing
    #[arg(long, conflicts_with = "paths")]
    rebuild: bool,
    /// Files and folders, relative to the content directory
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
}

pub(super) fn run(config: &Config, args: &ReindexArgs) -> Result<Exit, Failure> {
    let base = format!("http://{}", reachable(config.server.listen));
    let agent: Agent = Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build().into();
    let no_daemon = |error: ureq::Error| {
        (
            Exit::Unavailable,
            format!(
                "no daemon answers at {base}: {error}; start it with `achei serve`, or name its address with --listen"
            ),
        )
    };
    let token = match read_admin_token(&config.admin, &config.index.dir) {
        Ok(token) => token,
        Err(error) => {
            // Where no daemon ever ran there is no token either, and that is the lesser news.
            agent.get(format!("{base}/healthz")).call().map_err(no_daemon)?;
            return Err((Exit::Permission, error.to_string()));
        }
    };
    let authorization = format!("Bearer {}", token.0);
    let body = match (args.rebuild, args.paths.as_slice()) {
        (true, _) => json!({"rebuild": true}),
        (false, []) => json!({}),
        (false, paths) => json!({"paths": paths}),
    };
    let asked = agent.post(format!("{base}/reindex")).header("authorization", &authorization).send_json(body);
    let mut job = read_job(asked.map_err(no_daemon)?)?;
    let bar = progress_bar();
    while !job.state.ended() {
        show(&bar, &job.counts);
        std::thread::sleep(POLL);
        let asked = agent.get(format!("{base}/reindex/{}", job.id)).header("authorization", &authorization).call();
        job = read_job(asked.map_err(no_daemon)?)?;
    }
    bar.finish_and_clear();
    let counts = job.counts;
    if job.state == JobState::Failed {
        return Err((
            Exit::No,
            format!("the reindex failed: {}", output::clean(job.error.as_deref().unwrap_or("no reason given"))),
        ));
    }
    output::print(&format!(
        "{} {} added, {} updated, {} removed, {} unchanged, {} failed",
        output::styled(output::STRONG, "Reindexed:"),
        counts.added,
        counts.updated,
        counts.removed,
        counts.unchanged,
        counts.failed,
    ));
    Ok(Exit::Done)
}

fn read_job(mut response: Response<Body>) -> Result<Job, Failure> {
    let status = response.status().as_u16();
    let body = response.body_mut();
    match status {
        200 | 202 => body.read_json().map_err(|error| (Exit::Unavailable, format!("what answers is no Achei daemon: {error}"))),
        401 | 403 => Err((Exit::Permission, "the daemon refused the admin token: it is in ACHEI_ADMIN_TOKEN, admin.token_file, or admin.token in the index directory".to_owned())),
        _ => {
            let problem: serde_json::Value = body.read_json().unwrap_or_default();
            let detail = problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or("no reason given");
            let exit = match status {
                400 | 422 => Exit::Usage,
                503 => Exit::Unavailable,
                _ => Exit::Internal,
            };
            Err((exit, format!("the daemon answered {status}: {}", output::clean(detail))))
        }
    }
}

/// Where a daemon that listens everywhere is reached from this machine.
pub(super) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_that_listens_everywhere_is_asked_here() {
        for (listen, asked) in [("0.0.0.0:1", "127.0.0.1:1"), ("[::]:1", "[::1]:1"), ("192.0.2.1:1", "192.0.2.1:1")] {
            assert_eq!(reachable(listen.parse().expect("an address")), asked.parse().expect("an address"));
        }
    }
}
