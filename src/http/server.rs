//! The accept loop: connections with limits, and a stop with a deadline.
//!
//! Its own file, and not `axum::serve`, because that has no limit on time or number: slow clients could hold
//! connections for ever, and a stop with them. HTTP/1.1 only; TLS and HTTP/2 are the proxy's.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};
use tower::ServiceExt;

use super::connection::{Clock, Clocked, Signals};
use super::identity::Peer;
use super::{Services, limits, router};

/// After a failing accept (no descriptors left), at least and at most.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));
/// How often the recorder sorts what was counted, so that it does not grow when nobody reads it.
const UPKEEP: Duration = Duration::from_secs(5);

/// Serves until `shutdown` ends; then takes no more connections, closes idle ones at once, gives open requests
/// `server.drain_timeout`, and drops the rest.
///
/// # Errors
/// None at present: a failing accept is retried, since it passes.
pub async fn run(listener: TcpListener, services: Arc<Services>, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let router = router(Arc::clone(&services));
    let slots = Arc::new(Semaphore::new(services.live().server.max_connections.clamp(1, Semaphore::MAX_PERMITS)));
    let (stop, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut upkeep = interval(UPKEEP);
    upkeep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut shutdown = pin!(shutdown);
    let mut back_off = BACK_OFF.0;
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            _ = upkeep.tick() => {
                services.metrics.run_upkeep();
                services.turns.fetch_add(1, Ordering::Relaxed);
            }
            Some(_) = connections.join_next() => {}
            accepted = accept(&listener, &slots) => match accepted {
                Ok((stream, slot)) => {
                    back_off = BACK_OFF.0;
                    let (services, router, stopping) = (Arc::clone(&services), router.clone(), stopping.clone());
                    connections.spawn(async move {
                        serve(stream, &services, router, stopping).await;
                        drop(slot);
                    });
                }
                Err(cause) if is_of_one_client(&cause) => {}
                Err(cause) => {
                    tracing::warn!(%cause, retry_ms = back_off.as_millis() as u64, "no connection could be taken");
                    tokio::select! {
                        () = &mut shutdown => break,
                        () = sleep(back_off) => back_off = (back_off * 2).min(BACK_OFF.1),
                    }
                }
            }
        }
    }
    drop(listener);
    let _ = stop.send(true);
    let deadline = Instant::now() + services.live().server.drain_timeout;
    let drained = timeout_at(deadline, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(connections = connections.len(), "connections were dropped: the drain timeout is over");
        connections.shutdown().await;
    }
    Ok(())
}

/// The next connection, once there is room for it; until then it waits in the backlog.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, slot))
}

/// The client went away before it was taken: nothing that waiting would mend.
fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// One connection, to its end.
async fn serve(stream: TcpStream, services: &Services, router: Router, mut stopping: watch::Receiver<bool>) {
    // Answers are small and whole: waiting to fill a packet only costs time.
    let _ = stream.set_nodelay(true);
    let peer = stream.peer_addr().ok().map(|address| Peer(address.ip()));
    let live = services.live();
    let clock = Clock {
        head: live.server.header_timeout,
        idle: live.server.idle_timeout,
        write: live.server.idle_timeout.min(limits::WRITE_TIME),
    };
    drop(live);
    let signals = Arc::new(Signals::default());
    let stream = Clocked::new(stream, clock, Arc::clone(&signals));
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        signals.busy.store(true, Ordering::Relaxed);
        signals.unread.store(false, Ordering::Relaxed);
        let answered = Answered(Arc::clone(&signals));
        let signals = Arc::clone(&signals);
        let router = router.clone();
        async move {
            let of_body = Arc::clone(&signals);
            let mut request = request.map(|body| Body::new(Asked { body, signals: of_body }));
            if let Some(peer) = peer {
                request.extensions_mut().insert(peer);
            }
            let Ok(mut response) = router.oneshot(request).await;
            if signals.unread.load(Ordering::Relaxed) {
                // The connection ends behind this answer: a client that is not told sends its next request into the void.
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response.map(|body| Answer { body, _answered: answered }))
        }
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // Ours ends sooner; this one only stands behind it.
        .header_read_timeout(clock.head + clock.idle)
        .keep_alive(true)
        .max_buf_size(limits::HEAD_BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        ended = &mut connection => Some(ended),
        () = async { drop(stopping.wait_for(|stop| *stop).await) } => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        Pin::new(&mut connection).graceful_shutdown();
        (&mut connection).await
    };
    let unreadable = ended.as_ref().is_err_and(hyper::Error::is_parse);
    if let Err(cause) = ended {
        tracing::debug!(%cause, "a connection broke");
    }
    connection.into_parts().io.into_inner().finish(unreadable).await;
}

/// A request's body, which tells when it was left unread.
struct Asked {
    body: Incoming,
    signals: Arc<Signals>,
}

impl HttpBody for Asked {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if !self.body.is_end_stream() {
            self.signals.unread.store(true, Ordering::Relaxed);
        }
    }
}

/// Tells when a request has been answered, or given up.
struct Answered(Arc<Signals>);

impl Drop for Answered {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::Relaxed);
    }
}

/// A response's body, which holds the mark that its request is being answered.
struct Answer {
    body: Body,
    _answered: Answered,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
