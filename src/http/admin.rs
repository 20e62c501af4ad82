//! The admin token and who shows it.
//!
//! Its own file because it is the one secret here: only its digest is kept, digests are compared in constant time
//! whatever was sent, and every failure looks the same.

use std::fmt;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::problem::{Code, Problem};
use crate::config::Secret;

/// The SHA-256 digest of the admin token.
#[derive(Clone)]
pub struct AdminToken([u8; 32]);

impl AdminToken {
    /// The digest of `token`.
    pub fn new(token: &Secret) -> Self {
        Self(Sha256::digest(token.0.as_bytes()).into())
    }

    /// Compares digests, which takes as long for any token of a length.
    fn admits(&self, token: &[u8]) -> bool {
        let digest: [u8; 32] = Sha256::digest(token).into();
        self.0.ct_eq(&digest).into()
    }

    /// What the `Authorization` headers of a request say.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Caller {
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), more) = (given.next(), given.next()) else {
            return Caller::Guest;
        };
        let token = bearer(value.as_bytes()).unwrap_or_default();
        let admitted = self.admits(token);
        if admitted && !token.is_empty() && more.is_none() { Caller::Admin } else { Caller::Refused }
    }

    /// Lets only the admin pass.
    pub(super) fn require(&self, headers: &HeaderMap) -> Result<(), Problem> {
        match self.caller(headers) {
            Caller::Admin => Ok(()),
            Caller::Guest | Caller::Refused => Err(Problem::new(Code::Unauthorized)),
        }
    }

    /// Lets the admin pass who shows the token as the password of HTTP Basic, too. For reading alone: browsers send
    /// such a password by themselves, to whatever asks them to.
    pub(super) fn require_or_basic(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let (value, more) = (given.next(), given.next());
        let password = value.filter(|_| more.is_none()).and_then(|value| password(value.as_bytes()));
        match password {
            Some(password) if self.admits(&password) && !password.is_empty() => Ok(()),
            _ => self.require(headers),
        }
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// No `Authorization` header.
    Guest,
    /// One, with the token.
    Admin,
    /// Two headers, another scheme or a wrong token.
    Refused,
}

/// What follows `Bearer`, in any case of letters, and one or more blanks.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(6)?;
    let token = token.strip_prefix(b" ")?;
    scheme.eq_ignore_ascii_case(b"bearer").then(|| token.trim_ascii_start())
}

/// What follows the colon of `Basic` credentials, which are base64 of `name:password`.
fn password(value: &[u8]) -> Option<Vec<u8>> {
    let (scheme, rest) = value.split_at_checked(5)?;
    let encoded = rest.strip_prefix(b" ").filter(|_| scheme.eq_ignore_ascii_case(b"basic"))?.trim_ascii();
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    Some(decoded[colon + 1..].to_vec())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_str(value).expect("a header"))).collect()
    }

    #[test]
    fn only_the_token_itself_admits() {
        let admin = AdminToken::new(&Secret("s3cret-token".into()));
        let long = format!("Bearer {}", "x".repeat(8000));
        for (values, caller) in [
            (&[][..], Caller::Guest),
            (&["Bearer s3cret-token"], Caller::Admin),
            (&["bearer s3cret-token"], Caller::Admin),
            (&["BEARER  s3cret-token"], Caller::Admin),
            (&[""], Caller::Refused),
            (&["Bearer"], Caller::Refused),
            (&["Bearer "], Caller::Refused),
            (&["Bearers3cret-token"], Caller::Refused),
            (&["Bearer s3cret-toke"], Caller::Refused),
            (&["Bearer s3cret-tokenx"], Caller::Refused),
            (&["Bearer S3CRET-TOKEN"], Caller::Refused),
            (&["Bearer s3cret-token, Bearer s3cret-token"], Caller::Refused),
            (&["Basic s3cret-token"], Caller::Refused),
            (&["s3cret-token"], Caller::Refused),
            (&[long.as_str()], Caller::Refused),
            (&["Bearer s3cret-token", "Bearer s3cret-token"], Caller::Refused),
            (&["Bearer s3cret-token", "Basic x"], Caller::Refused),
        ] {
            assert_eq!(admin.caller(&headers(values)), caller, "{values:?}");
        }
    }

    #[test]
    fn an_empty_token_admits_nobody() {
        let admin = AdminToken::new(&Secret(String::new()));
        for value in ["Bearer ", "Bearer", "", "Basic"] {
            assert_eq!(admin.caller(&headers(&[value])), Caller::Refused, "{value:?}");
        }
    }

    #[test]
    fn it_never_shows() {
        let shown = format!("{:?}", AdminToken::new(&Secret("s3cret-token".into())));
        assert_eq!(shown, "(secret)");
    }
}
