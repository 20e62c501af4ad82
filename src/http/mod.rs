//! The interface over HTTP: every route in one list, and the limits around them.
//!
//! Its own room because nothing behind it knows of requests: it asks `search` on a published
//! [`index::Snapshot`](crate::index::Snapshot), hands jobs to [`index::Handle`](crate::index::Handle), and knows
//! neither engine, content directory nor Markdown.
//! It keeps invariant 7 of the contract: no request makes the daemon panic, hang or grow without bound.

mod address;
mod admin;
mod algolia;
mod body;
mod clicks;
mod connection;
mod desk;
mod engine;
mod etag;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod gate;
mod guard;
mod home;
mod html;
mod identity;
mod insights;
mod insights_ailments;
mod insights_texts;
mod insights_view;
mod language;
mod layers;
pub mod limits;
mod memory;
mod metrics;
mod narrow;
mod openapi;
mod opensearch;
mod pages;
mod params;
mod probe;
mod problem;
mod query;
mod refusals;
mod reindex;
mod scripts;
mod search;
mod server;
mod services;
mod status;
#[cfg(test)]
mod tests;
mod texts;
mod values;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use admin::AdminToken;
pub use identity::{Access, Identity};
pub use metrics::recorder;
pub use openapi::openapi;
pub use probe::Probe;
pub use server::run;
pub use services::{Live, Services};

/// What every handler is given.
type Shared = Arc<Services>;

/// Bodies up to this size are sent as they are: compressing them costs more than it saves.
const COMPRESS_ABOVE_BYTES: u64 = 1024;

/// The list of all routes, by who may ask: a new endpoint is one line here.
mod routes_by_family {
    use super::{
        OpenApiRouter, Shared, algolia, clicks, home, insights, openapi, opensearch, pages, reindex, routes, scripts,
        search, status,
    };

    /// Answered to any page of an allowed origin.
    pub(super) fn read() -> OpenApiRouter<Shared> {
        OpenApiRouter::new()
            .routes(routes!(search::search, search::search_posted))
            .routes(routes!(search::suggest))
            .routes(routes!(pages::page))
            .routes(routes!(pages::related))
            .routes(routes!(openapi::document))
            .routes(routes!(algolia::queries))
            .routes(routes!(algolia::query, algolia::query_posted))
            .routes(routes!(algolia::facet_values))
            .routes(routes!(clicks::click))
    }

    /// For people and browsers: the search page and what belongs to it.
    pub(super) fn site() -> OpenApiRouter<Shared> {
        OpenApiRouter::new()
            .routes(routes!(home::home))
            .routes(routes!(home::asset))
            .routes(routes!(opensearch::description))
            .routes(routes!(scripts::widget))
            .routes(routes!(scripts::pagefind))
    }

    /// For operators: never read by other origins.
    pub(super) fn operations() -> OpenApiRouter<Shared> {
        OpenApiRouter::new()
            .routes(routes!(status::status))
            .routes(routes!(status::healthz))
            .routes(routes!(status::readyz))
            .routes(routes!(status::metrics))
    }

    /// Behind the admin token; a wait has no time limit.
    pub(super) fn admin() -> OpenApiRouter<Shared> {
        OpenApiRouter::new()
            .routes(routes!(reindex::submit))
            .routes(routes!(reindex::job))
            .routes(routes!(insights::insights))
    }
}

/// All routes with what the document says of them, without layers.
fn documented() -> OpenApiRouter<Shared> {
    routes_by_family::read()
        .merge(routes_by_family::site())
        .merge(routes_by_family::operations())
        .merge(routes_by_family::admin())
}

/// The whole interface as a service, without a socket.
///
/// Layers, outermost first: request id, head limits, security headers, log and counts; compression; problem
/// documents for what the router refuses; then by family CORS, and the guard (panic, deadline, no body on GET).
pub fn router(services: Arc<Services>) -> Router {
    metrics::describe();
    let plain = |family: OpenApiRouter<Shared>| Router::from(family);
    let known = || from_fn_with_state(Arc::clone(&services), identity::layer);
    let read = guard::bounded(plain(routes_by_family::read()).layer(known()), &services)
        .layer(from_fn_with_state(Arc::clone(&services), layers::cors));
    let site = guard::bounded(plain(routes_by_family::site()).layer(known()), &services);
    let operations = guard::bounded(plain(routes_by_family::operations()), &services);
    let admin = guard::unbounded(plain(routes_by_family::admin()), &services);
    let compression = CompressionLayer::new().compress_when(SizeAbove::new(COMPRESS_ABOVE_BYTES));
    read.merge(site)
        .merge(operations)
        .merge(admin)
        .fallback(layers::not_found)
        .layer(from_fn(layers::problems))
        .layer(from_fn_with_state(Arc::clone(&services), refusals::slowed))
        .layer(compression)
        .layer(from_fn_with_state(Arc::clone(&services), layers::outermost))
        .with_state(services)
}
