//! One connection's bytes, with a clock: a head, an idle wait and a blocked write each end in time, and what the
//! HTTP library refuses by itself gets a problem document too.
//!
//! Its own file because no HTTP library in use has these limits; it knows bytes, not routes.
//! It keeps invariant 7: a client that sends or reads slowly, or never, costs bounded time.

use std::fmt::Write as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::http::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, timeout};

use super::layers::SEAL;
use super::limits::LINGER;
use super::problem::{Code, PROBLEM_JSON, Problem};

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// From the first byte of a head to its last; and from the connection to the first head.
    pub(super) head: Duration,
    /// From one answer to the next head.
    pub(super) idle: Duration,
    /// To take in an answer, once it blocks.
    pub(super) write: Duration,
}

/// What the request handler tells the bytes.
#[derive(Debug, Default)]
pub(super) struct Signals {
    /// A request is being answered: its own deadline counts.
    pub(super) busy: AtomicBool,
    /// A request's body was left unread.
    pub(super) unread: AtomicBool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Head,
    Busy,
}

/// A stream with a clock.
pub(super) struct Clocked<S> {
    stream: S,
    clock: Clock,
    signals: Arc<Signals>,
    phase: Phase,
    read_timer: Pin<Box<Sleep>>,
    write_timer: Pin<Box<Sleep>>,
    blocked: bool,
    /// Bytes of the current head, and whether its first line is whole.
    head_bytes: usize,
    first_line_whole: bool,
    /// What we answer in place of the HTTP library, not yet written.
    own: Vec<u8>,
    /// Our own answer has taken the library's place.
    refused: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Clocked<S> {
    pub(super) fn new(stream: S, clock: Clock, signals: Arc<Signals>) -> Self {
        Self {
            stream,
            clock,
            signals,
            phase: Phase::Head,
            read_timer: Box::pin(sleep(clock.head)),
            write_timer: Box::pin(sleep(clock.write)),
            blocked: false,
            head_bytes: 0,
            first_line_whole: false,
            own: Vec::new(),
            refused: false,
        }
    }

    /// Ends the connection: writes what is left to say, and lets the client read it.
    ///
    /// `unreadable` is whether it ends because a head could not be read; not all of these get an answer by the HTTP
    /// library (the preface of HTTP/2 gets none).
    pub(super) async fn finish(mut self, unreadable: bool) {
        if unreadable && !self.refused && self.own.is_empty() {
            self.own = refusal(Code::BadRequest);
        }
        let own = std::mem::take(&mut self.own);
        if !own.is_empty() {
            self.signals.unread.store(true, Ordering::Relaxed);
            let _ = timeout(self.clock.write, self.stream.write_all(&own)).await;
        }
        if self.signals.unread.load(Ordering::Relaxed) {
            let _ = timeout(LINGER.0, self.linger()).await;
        }
    }

    /// Closing with bytes unread makes the system cut the client off before it has read our answer.
    async fn linger(&mut self) -> io::Result<()> {
        self.stream.shutdown().await?;
        let mut scratch = vec![0; 16 * 1024];
        let mut left = LINGER.1;
        while left > 0 {
            match self.stream.read(&mut scratch).await? {
                0 => break,
                read => left = left.saturating_sub(read),
            }
        }
        Ok(())
    }

    /// Follows the request handler, and tells whether the client is out of time.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> bool {
        if self.signals.busy.load(Ordering::Relaxed) {
            self.phase = Phase::Busy;
            return false;
        }
        if self.phase == Phase::Busy {
            self.phase = Phase::Idle;
            (self.head_bytes, self.first_line_whole) = (0, false);
            self.read_timer.as_mut().reset(Instant::now() + self.clock.idle);
        }
        self.read_timer.as_mut().poll(cx).is_ready()
    }

    fn note_head(&mut self, bytes: &[u8]) {
        if self.phase == Phase::Busy || bytes.is_empty() {
            return;
        }
        if self.phase == Phase::Idle {
            self.phase = Phase::Head;
            self.read_timer.as_mut().reset(Instant::now() + self.clock.head);
        }
        self.head_bytes += bytes.len();
        self.first_line_whole |= bytes.contains(&b'\n');
    }

    /// Writes our own answer; then `Ready`.
    fn poll_own(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.own.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.own))?;
            self.own.drain(..written);
        }
        Poll::Ready(Ok(()))
    }

    /// Puts an end to a write that blocks.
    fn poll_blocked(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if !self.blocked {
            self.blocked = true;
            self.write_timer.as_mut().reset(Instant::now() + self.clock.write);
        }
        self.write_timer.as_mut().poll(cx).map(|()| io::ErrorKind::TimedOut.into())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Clocked<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.poll_late(cx) {
            if this.phase == Phase::Head && this.head_bytes > 0 {
                this.own = refusal(Code::RequestTimeout);
            }
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
        let read = buf.filled().get(before..).unwrap_or_default();
        this.note_head(read);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Clocked<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.own.is_empty()
            && let Some(status) = bare_refusal(buf)
        {
            let long_line = status == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE && !this.first_line_whole;
            this.own = refusal(if long_line { Code::UriTooLong } else { Code::of_status(status) });
            this.refused = true;
            this.signals.unread.store(true, Ordering::Relaxed);
            return Poll::Ready(Ok(buf.len()));
        }
        let poll = match this.poll_own(cx) {
            Poll::Ready(Ok(())) => Pin::new(&mut this.stream).poll_write(cx, buf),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        };
        if poll.is_pending() { this.poll_blocked(cx).map(Err) } else { poll }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let poll = match this.poll_own(cx) {
            Poll::Ready(Ok(())) => Pin::new(&mut this.stream).poll_flush(cx),
            poll => poll,
        };
        match poll {
            Poll::Pending => this.poll_blocked(cx).map(Err),
            done @ Poll::Ready(_) => {
                this.blocked = false;
                done
            }
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The status, if these bytes are what the HTTP library answers by itself to a head that it cannot read:
/// our own answers to such requests always have a body.
fn bare_refusal(bytes: &[u8]) -> Option<StatusCode> {
    let line = bytes.strip_prefix(b"HTTP/1.1 ").or_else(|| bytes.strip_prefix(b"HTTP/1.0 "))?;
    let status = StatusCode::from_bytes(line.get(..3)?).ok()?;
    let bare = bytes.ends_with(b"\r\n\r\n") && bytes.windows(17).any(|part| part == b"content-length: 0");
    (bare && matches!(status.as_u16(), 400 | 414 | 431)).then_some(status)
}

/// A whole answer, as it goes over the wire; the connection ends with it.
fn refusal(code: Code) -> Vec<u8> {
    let problem = Problem::new(code);
    let (status, body) = (problem.status(), problem.json());
    let mut answer = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: {PROBLEM_JSON}\r\ncontent-length: {}\r\ncache-control: no-store\r\nconnection: close\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or("Error"),
        body.len()
    );
    for (name, value) in SEAL {
        // Writing to a String cannot fail.
        let _ = write!(answer, "{name}: {value}\r\n");
    }
    answer.push_str("\r\n");
    let mut answer = answer.into_bytes();
    answer.extend_from_slice(&body);
    answer
}
