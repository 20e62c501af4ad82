//! Who may find what: the configuration with the files that it names, read.
//!
//! Its own file because every failure here must close, never open: rules that cannot be read hide all pages, a key that
//! cannot be read makes everybody a guest, and both are said.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::access::{Policy, Verifier, WikiRules};
use crate::config::{AccessConfig, IdentityKind};
use crate::http::{Access, Identity};

/// No file of rules or keys is read further than this.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// The rules and the identity in force, and what else the answers depend on.
pub fn open(config: &AccessConfig, locales: &[String]) -> (Access, Vec<u8>) {
    let mut depends = format!("{config:?}").into_bytes();
    let wikijs = config.wikijs_rules_file.as_deref().map(|path| {
        let rules = read(path).map_err(|error| error.to_string()).and_then(|bytes| {
            depends.extend(&bytes);
            WikiRules::read(&String::from_utf8_lossy(&bytes)).map_err(|error| error.to_string())
        });
        match rules {
            Ok((rules, lost)) => {
                for pattern in lost {
                    tracing::warn!(pattern, "a pattern of Wiki.js' rules cannot be expressed here: it denies");
                }
                Ok(rules)
            }
            Err(error) => {
                tracing::error!(file = %path.display(), error, "Wiki.js' rules cannot be read: no page is found");
                Err(error)
            }
        }
    });
    let identity = match config.identity {
        IdentityKind::None => Identity::None,
        IdentityKind::Header => Identity::Header {
            name: config.groups_header.clone(),
            proxies: config
                .trusted_proxies
                .iter()
                .filter_map(|text| text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(Into::into)))
                .collect(),
        },
        IdentityKind::Jwt => {
            let (issuer, audience) = (config.jwt_issuer.as_str(), config.jwt_audience.as_str());
            if config.jwt_algorithm == "HS256" {
                warn_of_readers(config.jwt_key_file.as_deref());
            }
            let verifier = key(config.jwt_key_file.as_deref(), |key| {
                Verifier::new(&config.jwt_algorithm, key, issuer, audience, &config.jwt_groups_claim)
            });
            Identity::Token { verifier, cookie: config.jwt_cookie.clone() }
        }
        IdentityKind::Wikijs => {
            let of_wikijs = "urn:wiki.js";
            let audience = if config.jwt_audience.is_empty() { of_wikijs } else { &config.jwt_audience };
            let verifier =
                key(config.jwt_key_file.as_deref(), |key| Verifier::new("RS256", key, of_wikijs, audience, "groups"));
            Identity::Token { verifier, cookie: "jwt".to_owned() }
        }
        IdentityKind::Token => {
            warn_of_readers(config.token_key_file.as_deref());
            Identity::Token { verifier: key(config.token_key_file.as_deref(), Verifier::ours), cookie: String::new() }
        }
    };
    (Access { policy: Policy::new(config, locales, wikijs), identity }, depends)
}

fn key(path: Option<&Path>, make: impl FnOnce(&[u8]) -> Result<Verifier, crate::access::KeyError>) -> Option<Verifier> {
    let verifier = match path {
        None => Err("no key file is configured".to_owned()),
        Some(path) => {
            read(path).map_err(|error| error.to_string()).and_then(|key| make(&key).map_err(|error| error.to_string()))
        }
    };
    match verifier {
        Ok(verifier) => Some(verifier),
        Err(error) => {
            tracing::error!(error, "the key of identities cannot be used: everybody is a guest");
            None
        }
    }
}

/// Whoever reads a secret can sign as anybody.
fn warn_of_readers(path: Option<&Path>) {
    let Some(path) = path else { return };
    if path.metadata().is_ok_and(|facts| facts.permissions().mode() & 0o077 != 0) {
        tracing::warn!(file = %path.display(), "others may read the secret of identities: chmod 600");
    }
}

/// A file of rules or a key.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(io::Error::other("too large"));
    }
    Ok(bytes)
}
