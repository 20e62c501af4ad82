//! Documents on their way to the engine's writer, and how much of them may wait.
//!
//! Its own file because the engine takes ten thousand documents into its queue, however large: where pages are read
//! faster than words are written, that was most of the memory of a build. What it keeps true: what waits is bounded in
//! bytes, and nobody waits for ever.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tantivy::TantivyDocument;
use tantivy::schema::document::Document;

/// Bytes of documents that may wait.
const ROOM_BYTES: usize = 32 * 1024 * 1024;
/// A document's size, in sizes of its file: its text, and its words in each way in which they are searched.
const DOCUMENT_SHARE: usize = 6;
/// Longer nobody waits: a writer that has died frees no room, and the next document put to it says so.
const PATIENCE: Duration = Duration::from_secs(10);

/// Room for documents that wait for the writer.
#[derive(Debug, Default)]
pub struct Room {
    taken: Mutex<usize>,
    freed: Condvar,
}

impl Room {
    /// Waits for room for the document of a file of so many bytes. A document for which there is never room goes alone.
    pub fn enter(self: &Arc<Self>, document: TantivyDocument, file_bytes: u64) -> Waiting {
        let bytes = usize::try_from(file_bytes).unwrap_or(usize::MAX).saturating_mul(DOCUMENT_SHARE).min(ROOM_BYTES);
        let full = |taken: &mut usize| *taken + bytes > ROOM_BYTES;
        let waited = self.freed.wait_timeout_while(self.taken(), PATIENCE, full);
        *waited.unwrap_or_else(PoisonError::into_inner).0 += bytes;
        Waiting { document, _ticket: Ticket { room: Arc::clone(self), bytes } }
    }

    fn taken(&self) -> MutexGuard<'_, usize> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Ticket {
    room: Arc<Room>,
    bytes: usize,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut taken = self.room.taken();
        *taken = taken.saturating_sub(self.bytes);
        self.room.freed.notify_all();
    }
}

/// A document that waits; its room is free again as soon as the writer takes it up.
#[derive(Debug)]
pub struct Waiting {
    document: TantivyDocument,
    _ticket: Ticket,
}

impl Document for Waiting {
    type Value<'a> = <TantivyDocument as Document>::Value<'a>;
    type FieldsValuesIter<'a> = <TantivyDocument as Document>::FieldsValuesIter<'a>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        self.document.iter_fields_and_values()
    }

    fn into_tantivy_document(self) -> TantivyDocument {
        self.document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_that_fills(share: usize) -> u64 {
        (ROOM_BYTES / DOCUMENT_SHARE / share) as u64
    }

    #[test]
    fn who_finds_no_room_waits_until_a_document_is_taken_up() {
        let room = Arc::new(Room::default());
        let first = room.enter(TantivyDocument::default(), file_that_fills(2));
        let second = room.enter(TantivyDocument::default(), file_that_fills(2));
        std::thread::scope(|scope| {
            let (sender, entered) = std::sync::mpsc::channel();
            let third = Arc::clone(&room);
            scope.spawn(move || {
                let third = third.enter(TantivyDocument::default(), file_that_fills(3));
                sender.send(()).expect("somebody waits");
                drop(third);
            });
            assert!(entered.recv_timeout(Duration::from_millis(50)).is_err(), "there is no room");
            let _ = first.into_tantivy_document();
            entered.recv_timeout(PATIENCE / 2).expect("there is room again");
        });
        drop(second);
        assert_eq!(*room.taken(), 0);
    }

    #[test]
    fn a_document_larger_than_the_room_goes_alone() {
        let room = Arc::new(Room::default());
        let huge = room.enter(TantivyDocument::default(), u64::MAX);
        assert_eq!(*room.taken(), ROOM_BYTES);
        drop(huge);
        assert_eq!(*room.taken(), 0);
    }
}
