//! The log: lines to standard error, as text or JSON, at a level that can change at run time.

use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, reload};

use super::log_line::Lines;
use crate::config::{LogConfig, LogFormat};

/// Changes the level of a log that was started.
#[derive(Clone)]
pub struct LogHandle {
    filter: reload::Handle<EnvFilter, Registry>,
}

impl LogHandle {
    /// A level such as `info`, or directives such as `achei=debug`. What cannot be read changes nothing.
    pub fn set_level(&self, level: &str) {
        match EnvFilter::try_new(level) {
            // Fails only once the log is gone, at the end of the process.
            Ok(filter) => drop(self.filter.reload(filter)),
            Err(error) => tracing::error!(%error, "log.level"),
        }
    }
}

/// Starts the log of this process. A second start changes nothing.
pub fn start(config: &LogConfig) -> LogHandle {
    let filter = EnvFilter::try_new(&config.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let (filter, handle) = reload::Layer::new(filter);
    let json = config.format == LogFormat::Json;
    let colours = !json && std::io::IsTerminal::is_terminal(&std::io::stderr());
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(colours).event_format(Lines::new(json));
    // Only a test process starts twice.
    let _ = Registry::default().with(filter).with(lines).try_init();
    LogHandle { filter: handle }
}
