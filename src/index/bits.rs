//! A set of documents of one segment: matching is plain set algebra.

/// A set of documents of one segment, one bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocBits {
    words: Vec<u64>,
}

impl DocBits {
    /// No document of a segment of so many.
    pub fn empty(max_doc: u32) -> Self {
        Self { words: vec![0; (max_doc as usize).div_ceil(64)] }
    }

    /// Adds a document.
    pub fn insert(&mut self, doc: u32) {
        self.words[(doc / 64) as usize] |= 1 << (doc % 64);
    }

    /// Takes a document out.
    pub fn remove(&mut self, doc: u32) {
        self.words[(doc / 64) as usize] &= !(1 << (doc % 64));
    }

    /// Whether it holds a document.
    pub fn contains(&self, doc: u32) -> bool {
        self.words[(doc / 64) as usize] & (1 << (doc % 64)) != 0
    }

    /// Keeps what the other holds, too.
    pub fn intersect(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// Adds what the other holds.
    pub fn unite(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Drops what the other holds.
    pub fn subtract(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
    }

    /// Number of documents.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The documents, in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                if rest == 0 {
                    return None;
                }
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                Some(index as u32 * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(docs: &[u32]) -> DocBits {
        let mut bits = DocBits::empty(200);
        for doc in docs {
            bits.insert(*doc);
        }
        bits
    }

    #[test]
    fn algebra() {
        let mut bits = of(&[0, 63, 64, 199]);
        assert_eq!((bits.len(), bits.contains(64), bits.contains(65)), (4, true, false));
        assert_eq!(bits.iter().collect::<Vec<_>>(), [0, 63, 64, 199]);
        bits.subtract(&of(&[63]));
        bits.unite(&of(&[5]));
        bits.intersect(&of(&[0, 5, 63, 199]));
        bits.remove(0);
        assert_eq!(bits, of(&[5, 199]));
        assert!(of(&[]).is_empty() && !bits.is_empty());
    }
}
