//! Tells the log of pins whose page is gone: whoever moves a page seldom thinks of the configuration.

use std::time::Duration;

use crate::config::Pin;
use crate::index::Handle;
use crate::search::lost_pins;

/// Between two looks at whether the index is complete.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Waits for the first complete comparison with the directory, since before it any page may be missing; then warns.
pub(super) async fn warn_once_indexed(index: Handle, pins: Vec<Pin>) {
    if pins.is_empty() {
        return;
    }
    while index.status().last_reconcile.is_none() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    warn_of_lost(&index, &pins);
}

/// Warns of the pins whose page the published index state does not find.
pub(super) fn warn_of_lost(index: &Handle, pins: &[Pin]) {
    let Some(snapshot) = index.snapshot() else { return };
    match lost_pins(&snapshot, pins) {
        Ok(lost) => {
            for pin in lost {
                tracing::warn!(path = pin.path, "a pinned page is not found: see `achei check`");
            }
        }
        Err(error) => tracing::warn!(%error, "the pinned pages could not be looked up"),
    }
}
