//! Request bodies: read within a size and a deadline, and taken for JSON whatever the content type says.
//!
//! Its own file because both endpoints that take a body must refuse in the same words.

use std::fmt;

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::{BodyExt, Limited};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;
use tokio::time::{Instant, timeout_at};

use super::problem::{Code, Problem};

/// The whole body, if it has at most `limit` bytes and arrives by `deadline`.
pub(super) async fn read(body: Body, limit: usize, deadline: Instant) -> Result<Bytes, Problem> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Problem::new(Code::PayloadTooLarge));
    }
    match timeout_at(deadline, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(Problem::new(Code::PayloadTooLarge)),
        Ok(Err(_)) => Err(Problem::new(Code::BadRequest)),
        Err(_) => Err(Problem::new(Code::RequestTimeout)),
    }
}

/// The members of a JSON object in their order, doubles kept.
pub(super) fn members(json: &[u8]) -> Result<Vec<(String, Json)>, Problem> {
    serde_json::from_slice(json).map(|Members(members)| members).map_err(|_| Problem::new(Code::InvalidJson))
}

/// A JSON object that has not yet lost members of the same name.
struct Members(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::Frame;

    use super::*;

    #[test]
    fn only_objects_are_taken() {
        for json in ["", "[]", "1", "null", "\"x\"", "{", "{}x", "{\"a\":}", "\u{feff}{}", "[[[["] {
            assert!(members(json.as_bytes()).is_err(), "{json}");
        }
        assert!(members(b"{\"a\":\"\xff\"}").is_err());
        assert!(members("[".repeat(10_000).as_bytes()).is_err());
        assert_eq!(members(b" {} ").expect("an object"), []);
        assert_eq!(members(b"{\"a\":1,\"a\":2}").expect("an object").len(), 2);
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        let due = Instant::now() + std::time::Duration::from_secs(5);
        assert_eq!(read(Body::from("12345"), 5, due).await.expect("fits").as_ref(), b"12345");
        assert_eq!(read(Body::from("123456"), 5, due).await.expect_err("too large").code, Code::PayloadTooLarge);
        assert_eq!(read(Body::new(Chunks(2)), 4, due).await.expect("fits").as_ref(), b"abab");
        assert_eq!(read(Body::new(Chunks(3)), 4, due).await.expect_err("too large").code, Code::PayloadTooLarge);
        let past = Instant::now();
        assert_eq!(
            read(Body::new(Chunks(usize::MAX)), usize::MAX, past).await.expect_err("late").code,
            Code::RequestTimeout
        );
    }

    /// Of no size known beforehand, as with chunked encoding; without an end it also rests now and then.
    struct Chunks(usize);

    impl HttpBody for Chunks {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            if self.0 == usize::MAX {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.0 = match self.0.checked_sub(1) {
                Some(left) => left,
                None => return Poll::Ready(None),
            };
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"ab")))))
        }
    }
}
