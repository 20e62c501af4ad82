//! Pins: whether the pages that the configuration puts first are there.

use super::SearchError;
use crate::config::Pin;
use crate::index::Snapshot;

/// The pins whose page no search finds: it is gone, kept out, or another has its URL. In the order configured.
pub fn lost_pins<'a>(snapshot: &Snapshot, pins: &'a [Pin]) -> Result<Vec<&'a Pin>, SearchError> {
    let mut lost = Vec::new();
    for pin in pins {
        if snapshot.find_path(&pin.path)?.is_none() {
            lost.push(pin);
        }
    }
    Ok(lost)
}
