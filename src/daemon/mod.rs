//! The daemon: opens the index, follows the directory, serves, and stops. It only wires.

mod access;
mod descriptors;
pub mod limits;
mod log_line;
mod logging;
mod pins;
mod systemd;
mod token;

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics_exporter_prometheus::PrometheusHandle;
use sha2::{Digest, Sha256};
use tokio::signal::unix::{Signal, SignalKind, signal};

pub use access::{open as open_access, read as read_access_file};
pub use logging::{LogHandle, start as start_logging};
pub use token::{TokenError, admin_token, read_admin_token};

use crate::config::{Config, ConfigErrors, ContentConfig, diff_restart_only};
use crate::content::{Root, RootError};
use crate::http::{AdminToken, Live, Services};
use crate::index::{Ahead, IndexError, Indexer, IndexerThread};
use crate::insights::Insights;
use crate::search::Settings;
use crate::{http, index};
use systemd::Systemd;

/// Stack of the runtime's threads: a second wall behind code that does not recurse on input.
const THREAD_STACK_BYTES: usize = 8 << 20;
/// From a stop to the end of the process, whatever clients and disks do.
const STOP_WITHIN: Duration = Duration::from_secs(9);

/// Why the daemon could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The index or the content directory cannot be used.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The admin token cannot be read or made.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The address cannot be bound.
    #[error("listen on {address}: {source}")]
    Listen {
        /// As configured.
        address: SocketAddr,
        /// What came back.
        source: std::io::Error,
    },
    /// The metrics cannot be recorded.
    #[error("metrics: {0}")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// A thread, a signal handler or the runtime could not be started.
    #[error("start: {0}")]
    Start(#[from] std::io::Error),
}

/// Reads the configuration again, for SIGHUP.
pub type Reload = Box<dyn Fn() -> Result<Config, ConfigErrors> + Send>;

/// Serves until a signal says stop. The first error before serving is returned; faults while serving are not errors.
pub fn serve(config: Config, reload: Reload, log: LogHandle) -> Result<(), DaemonError> {
    let metrics = http::recorder()?;
    log_panics();
    descriptors::raise(config.server.max_connections);
    let mut indexer = Indexer::lock(config.content.clone(), config.index.clone())?;
    let ahead = Ahead::begin(&config.content, &config.watch);
    indexer.open_last()?;
    if !indexer.has_index() {
        // With an index a missing directory is a fault that may end; without one there is nothing to serve.
        indexer.root().map_err(IndexError::from)?;
    }
    let address = config.server.listen;
    let listen = |source| DaemonError::Listen { address, source };
    let listener = TcpListener::bind(config.server.listen).map_err(listen)?;
    listener.set_nonblocking(true).map_err(listen)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(THREAD_STACK_BYTES).build()?;
    let result = runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).map_err(listen)?;
        let stop = stop_signal()?;
        run(config, listener, indexer, ahead, metrics, Some((reload, log)), stop).await
    });
    runtime.shutdown_background();
    result
}

/// Serves on a bound listener until `shutdown` ends, then stops everything in good order.
pub async fn run(
    config: Config,
    listener: tokio::net::TcpListener,
    indexer: Indexer,
    ahead: Ahead,
    metrics: PrometheusHandle,
    reload: Option<(Reload, LogHandle)>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), DaemonError> {
    let address = listener.local_addr()?;
    let live = live(&config)?;
    let thread = IndexerThread::spawn(indexer, config.watch.clone(), ahead)?;
    let insights = Insights::start(&config.insights)?;
    let services = Arc::new(Services::new(thread.handle(), live, address, metrics).with_insights(insights));
    let kept = Arc::clone(&services);
    tracing::info!(%address, content = %config.content.dir.display(), index = %config.index.dir.display(), "listening");
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "not a loopback address: anybody who reaches it can search; use a proxy for TLS and limits");
    }
    let systemd = Systemd::from_environment();
    let following = systemd.clone().map(|systemd| {
        let (services, index) = (Arc::clone(&services), thread.handle());
        tokio::spawn(async move { systemd.follow(services, index).await })
    });
    let pins = tokio::spawn(pins::warn_once_indexed(thread.handle(), config.search.pins.clone()));
    let reloading = reload.map(|(reload, log)| {
        let (services, index, configure) = (Arc::clone(&services), thread.handle(), thread.configurer());
        tokio::spawn(reload_on_hangup(config, reload, log, services, index, configure, systemd.clone()))
    });
    let shutdown = async {
        shutdown.await;
        if let Some(systemd) = &systemd {
            systemd.stopping();
        }
    };
    let served = http::run(listener, services, shutdown).await;
    let since = Instant::now();
    if let Some(following) = following {
        following.abort();
    }
    tracing::info!("stopping");
    let flushed = tokio::task::spawn_blocking(move || kept.insights().map(Insights::flush));
    // A disk that does not answer does not hold up the stop.
    let _ = tokio::time::timeout(Duration::from_secs(3), flushed).await;
    pins.abort();
    if let Some(reloading) = reloading {
        reloading.abort();
    }
    stop_thread(thread, since).await;
    tracing::info!(ms = since.elapsed().as_millis() as u64, "stopped");
    served.map_err(DaemonError::Start)
}

/// Waits for what the indexer does now, but not for ever: an index cut short is found whole again at start.
async fn stop_thread(thread: IndexerThread, since: Instant) {
    let thread = thread.stop();
    let ended = tokio::task::spawn_blocking(move || thread.join());
    match tokio::time::timeout(STOP_WITHIN.saturating_sub(since.elapsed()).min(Duration::from_secs(4)), ended).await {
        Ok(Ok(Ok(()))) => {}
        Ok(_) => tracing::error!("the indexer's thread had died"),
        Err(_) => tracing::warn!("the indexer is still at work: it is left behind, and the next start catches up"),
    }
}

/// What the interface takes from the configuration.
fn live(config: &Config) -> Result<Live, TokenError> {
    let token = admin_token(&config.admin, &config.index.dir)?;
    // Of the configuration without secrets: it becomes part of public answers.
    let (access, depends) = access::open(&config.access, &config.content.page.locales);
    let public = format!("{:?}{:?}{:?}", config.content, config.server, config.search);
    let digest = Sha256::new().chain_update(public).chain_update(depends).finalize();
    Ok(Live {
        server: config.server.clone(),
        search: Settings::new(&config.search, config.server.search_timeout),
        admin: AdminToken::new(&token),
        pins: config.search.pins.clone(),
        access,
        default_locale: config.content.page.locales.first().cloned().unwrap_or_default(),
        digest: digest.iter().take(8).fold(String::new(), |digest, byte| digest + &format!("{byte:02x}")),
    })
}

/// Ends with SIGTERM or SIGINT.
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// At each SIGHUP the configuration is read again. What can change at run time does; an invalid one changes nothing.
async fn reload_on_hangup(
    mut config: Config,
    reload: Reload,
    log: LogHandle,
    services: Arc<Services>,
    index: index::Handle,
    configure: index::Configurer,
    systemd: Option<Arc<Systemd>>,
) {
    let mut hangup: Signal = match signal(SignalKind::hangup()) {
        Ok(hangup) => hangup,
        Err(error) => {
            tracing::error!(%error, "SIGHUP cannot be handled");
            return;
        }
    };
    while hangup.recv().await.is_some() {
        if let Some(systemd) = &systemd {
            systemd.reloading();
        }
        let taken = match read_again(&reload) {
            Err(problem) => {
                tracing::error!(problem, "the configuration is invalid and changes nothing");
                false
            }
            Ok(read) => {
                let fixed = diff_restart_only(&config, &read);
                if !fixed.is_empty() {
                    tracing::warn!(keys = fixed.join(", "), "these keys change with the next start only");
                }
                config = config.with_runtime_part_of(&read);
                match live(&config) {
                    Ok(live) => services.reload(live),
                    Err(error) => tracing::error!(%error, "the admin token could not be read again"),
                }
                log.set_level(&config.log.level);
                configure.configure(config.watch.clone(), config.content.exclude.clone());
                tracing::info!("the configuration was read again");
                pins::warn_of_lost(&index, &config.search.pins);
                true
            }
        };
        if let Some(systemd) = &systemd {
            systemd.reloaded(taken);
        }
    }
}

/// The configuration as it is now, if it holds.
fn read_again(reload: &Reload) -> Result<Config, String> {
    let read = reload().map_err(|errors| errors.to_string())?;
    bad_pattern(&read.content).map_or(Ok(read), Err)
}

/// A panic is told by its place alone: its message may quote a query.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(place, "a panic was caught");
    }));
}

/// What is wrong with the patterns of `content.exclude`, if anything is: only the room that uses them can tell.
pub fn bad_pattern(content: &ContentConfig) -> Option<String> {
    match Root::open(content) {
        Err(error @ RootError::BadPattern { .. }) => Some(error.to_string()),
        _ => None,
    }
}

/// The directory in which relative paths begin.
pub fn working_dir() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."))
}
