//! Who asks: from a signed token to a reader with groups.
//!
//! Its own file because it trusts nobody: the algorithm is that of the configured key, whatever a token says of itself,
//! and a token that does not hold in every respect is no token.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Map, Value, json};

/// The shortest key of HS256, in bytes: a shorter one can be guessed.
const MIN_SECRET_BYTES: usize = 32;
/// Who makes and who reads search tokens of our own.
const OURS: &str = "urn:achei:search";
/// A token is read no further than this, in bytes.
const MAX_TOKEN_BYTES: usize = 8192;
/// How far clocks may be apart, in seconds.
const LEEWAY_S: u64 = 30;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A secret that can be guessed.
    #[error("the key has {0} bytes; a key of HS256 has at least {MIN_SECRET_BYTES}")]
    Short(usize),
    /// Neither a public key in PEM nor a JWK, or of another algorithm.
    #[error("not a public key of {0} in PEM or as a JWK")]
    Shape(String),
    /// An algorithm that is none of ours.
    #[error("{0} is not HS256, RS256 or ES256")]
    Algorithm(String),
    /// A token could not be signed.
    #[error("sign: {0}")]
    Sign(#[from] jsonwebtoken::errors::Error),
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reader {
    groups: Option<BTreeSet<String>>,
}

impl Reader {
    /// Nobody in particular.
    pub fn guest() -> Self {
        Self::default()
    }

    /// Somebody who is in these groups.
    pub fn of<'a>(groups: impl IntoIterator<Item = &'a str>) -> Self {
        let groups = groups.into_iter().map(|group| group.trim().to_lowercase()).filter(|group| !group.is_empty());
        Self { groups: Some(groups.collect()) }
    }

    /// Whether nobody in particular asks.
    pub fn is_guest(&self) -> bool {
        self.groups.is_none()
    }

    /// Whether the reader is in a group, in any case of letters. Nobody is in one without a name.
    pub fn is_in(&self, group: &str) -> bool {
        let group = group.trim().to_lowercase();
        self.groups.as_ref().is_some_and(|groups| !group.is_empty() && groups.contains(&group))
    }

    /// One name for all readers who may find the same.
    pub fn class(&self) -> String {
        self.groups.as_ref().map_or_else(|| "guest".to_owned(), |groups| format!("{groups:?}"))
    }
}

/// Reads signed tokens with one key of one algorithm.
#[derive(Clone)]
pub struct Verifier {
    key: DecodingKey,
    validation: Validation,
    claim: String,
}

impl Verifier {
    /// Tokens of somebody else: `key` is the content of the key file. An empty issuer is any; the audience is always
    /// looked at: empty, no token may name one.
    pub fn new(algorithm: &str, key: &[u8], issuer: &str, audience: &str, claim: &str) -> Result<Self, KeyError> {
        let shape = || KeyError::Shape(algorithm.to_owned());
        let (algorithm, key) = match algorithm {
            "HS256" => (Algorithm::HS256, secret(key)?),
            "RS256" => (Algorithm::RS256, public(key, Algorithm::RS256).ok_or_else(shape)?),
            "ES256" => (Algorithm::ES256, public(key, Algorithm::ES256).ok_or_else(shape)?),
            other => return Err(KeyError::Algorithm(other.to_owned())),
        };
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY_S;
        validation.validate_nbf = true;
        let mut required = vec!["exp"];
        if !issuer.is_empty() {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        if !audience.is_empty() {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        validation.set_required_spec_claims(&required);
        Ok(Self { key, validation, claim: claim.to_owned() })
    }

    /// Search tokens of our own.
    pub fn ours(key: &[u8]) -> Result<Self, KeyError> {
        Self::new("HS256", key, OURS, OURS, "groups")
    }

    /// Who a token names; none where it does not hold in every respect.
    pub fn reader(&self, token: &str) -> Option<Reader> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let claims = decode::<Map<String, Value>>(token, &self.key, &self.validation).ok()?.claims;
        // Groups are names, or numbers as Wiki.js has them. Anything else is no list of groups.
        let groups = claims.get(&self.claim)?.as_array()?;
        let names: Option<Vec<String>> = groups
            .iter()
            .map(|group| match group {
                Value::String(name) => Some(name.clone()),
                Value::Number(id) => id.as_u64().map(|id| id.to_string()),
                _ => None,
            })
            .collect();
        Some(Reader::of(names?.iter().map(String::as_str)))
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(key)")
    }
}

fn secret(key: &[u8]) -> Result<DecodingKey, KeyError> {
    let key = key.trim_ascii();
    if key.len() < MIN_SECRET_BYTES { Err(KeyError::Short(key.len())) } else { Ok(DecodingKey::from_secret(key)) }
}

/// A public key in PEM or as one JWK, if it is of the algorithm.
fn public(key: &[u8], algorithm: Algorithm) -> Option<DecodingKey> {
    if let Ok(jwk) = serde_json::from_slice::<Jwk>(key) {
        use jsonwebtoken::jwk::AlgorithmParameters;
        let fits = match jwk.algorithm {
            AlgorithmParameters::RSA(_) => algorithm == Algorithm::RS256,
            AlgorithmParameters::EllipticCurve(_) => algorithm == Algorithm::ES256,
            _ => false,
        };
        return DecodingKey::from_jwk(&jwk).ok().filter(|_| fits);
    }
    if algorithm == Algorithm::RS256 { DecodingKey::from_rsa_pem(key).ok() } else { DecodingKey::from_ec_pem(key).ok() }
}

/// A search token of our own for these groups.
pub fn mint(key: &[u8], groups: &[String], expires: Duration) -> Result<String, KeyError> {
    secret(key)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let claims = json!({ "iss": OURS, "aud": OURS, "exp": (now + expires).as_secs(), "groups": groups });
    Ok(encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(key.trim_ascii()))?)
}
