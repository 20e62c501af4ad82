//! What the handlers work with: the index, the effective configuration, and what was fixed at start.
//!
//! Its own file because the daemon builds it, every handler reads it, and a reload swaps a part of it:
//! [`Live`] changes as a whole, so no request sees half of a new configuration.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use arc_swap::ArcSwap;
use metrics_exporter_prometheus::PrometheusHandle;

use super::admin::AdminToken;
use super::clicks::Beacons;
use super::desk::Desk;
use super::gate::Gate;
use super::identity::{Access, Views};
use super::layers::RequestIds;
use super::refusals::Refusals;
use crate::config::{Pin, ServerConfig};
use crate::insights::Insights;
use crate::{index, search};

/// What a reload of the configuration may change.
///
/// Of [`ServerConfig`], `listen`, `max_connections`, `search_threads` and `search_queue` count at start only.
#[derive(Debug)]
pub struct Live {
    /// The listener and its limits.
    pub server: ServerConfig,
    /// What searching needs of the configuration.
    pub search: search::Settings,
    /// Who may reindex.
    pub admin: AdminToken,
    /// Best bets, of which the lost ones are told on the insights page.
    pub pins: Vec<Pin>,
    /// Who may find what.
    pub access: Access,
    /// The first of `content.locales`: the language of the search page where the browser names none that we speak.
    pub default_locale: String,
    /// Differs whenever the effective configuration differs; a part of every `ETag`.
    pub digest: String,
}

/// What every handler is given.
pub struct Services {
    /// The way to the index.
    pub(super) index: index::Handle,
    /// Lets in as many searches as the machine can run.
    pub(super) gate: Gate,
    /// Where `/metrics` is read from.
    pub(super) metrics: PrometheusHandle,
    /// The bound address.
    pub(super) listen: SocketAddr,
    /// When the daemon began.
    pub(super) started: Instant,
    /// Names requests that come without a name.
    pub(super) request_ids: RequestIds,
    /// Slows down who tries tokens.
    pub(super) refusals: Refusals,
    /// What is kept of searches, if anything is.
    pub(super) insights: Option<Insights>,
    /// Slows down who tells clicks.
    pub(super) beacons: Beacons,
    /// What editors ask for takes longer than a search, so it runs aside of them, one at a time.
    pub(super) desk: Desk,
    /// Index states as kinds of readers see them.
    pub(super) views: Views,
    /// Grows while the accept loop turns.
    pub(super) turns: AtomicU64,
    live: ArcSwap<Live>,
}

impl Services {
    /// `listen` is the bound address, `metrics` belongs to the recorder that the process installed (see
    /// [`recorder`](super::recorder)).
    pub fn new(index: index::Handle, live: Live, listen: SocketAddr, metrics: PrometheusHandle) -> Self {
        Self {
            index,
            gate: Gate::new(live.server.search_threads, live.server.search_queue),
            metrics,
            listen,
            started: Instant::now(),
            request_ids: RequestIds::new(),
            refusals: Refusals::new(),
            insights: None,
            beacons: Beacons::new(),
            desk: Desk::new(),
            views: Views::default(),
            turns: AtomicU64::new(0),
            live: ArcSwap::from_pointee(live),
        }
    }

    /// Keeps searches from now on.
    #[must_use]
    pub fn with_insights(self, insights: Option<Insights>) -> Self {
        Self { insights, ..self }
    }

    /// The insights, if they are on.
    pub fn insights(&self) -> Option<&Insights> {
        self.insights.as_ref()
    }

    /// The effective configuration; keep it for one request, so that the request sees one.
    pub fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// Puts a new configuration in force for the requests to come.
    pub fn reload(&self, live: Live) {
        self.live.store(Arc::new(live));
    }
}
