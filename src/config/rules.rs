//! What single texts may say: locales, URLs, origins, addresses, log levels.
//!
//! Pure functions from a text to its normal form or to what is wrong with it, named by the rows of `table.rs`.

use std::net::{Ipv4Addr, SocketAddr};

use super::problem::quoted;
use super::table::{nearest_word, suggestion};

/// Takes every text as it is.
#[expect(clippy::unnecessary_wraps, reason = "it stands where a check stands")]
pub(super) fn any(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// `[a-z]{2,3}(-[a-z0-9]{2,8})*` in any case of letters, kept as spelled.
pub(crate) fn locale(text: &str) -> Result<String, String> {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let language_holds = matches!(language.len(), 2..=3) && language.bytes().all(|b| b.is_ascii_alphabetic());
    let rest_holds = parts.all(|part| matches!(part.len(), 2..=8) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if language_holds && rest_holds {
        Ok(text.to_owned())
    } else {
        Err(format!("{} is not a locale such as \"pt-br\" or \"en\"", quoted(text)))
    }
}

/// A path or an absolute URL; ends in `/` when done.
pub(crate) fn url_base(text: &str) -> Result<String, String> {
    if text.starts_with('/') && !text.starts_with("//") {
        path(text)
    } else {
        absolute_url(text).map_err(|reason| {
            format!(
                "{reason}; expected a path such as \"/wiki/\" or an absolute URL such as \"https://wiki.example.org/\""
            )
        })
    }
}

/// Empty, or an absolute URL; that ends in `/` when done.
pub(super) fn public_url(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    absolute_url(text).map_err(|reason| {
        format!("{reason}; expected an absolute URL such as \"https://wiki.example.org/_busca/\", or \"\"")
    })
}

fn absolute_url(text: &str) -> Result<String, String> {
    let (scheme, rest) = scheme(text)
        .filter(|(scheme, _)| matches!(scheme.as_str(), "http" | "https"))
        .ok_or_else(|| format!("{} does not begin with http:// or https://", quoted(text)))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host_and_port(&scheme, authority)?;
    Ok(format!("{scheme}://{host}{}", path(&rest[authority.len()..])?))
}

/// The path of a URL, with a `/` at its end.
fn path(text: &str) -> Result<String, String> {
    if text.contains(['?', '#']) {
        return Err(format!("{} has a query or a fragment", quoted(text)));
    }
    let odd = |c: char| !c.is_ascii_graphic() || "\"<>\\^`{|}".contains(c);
    if let Some(c) = text.chars().find(|&c| odd(c)) {
        return Err(format!("{} holds {c:?}, which a URL has percent-encoded", quoted(text)));
    }
    let slash = if text.ends_with('/') { "" } else { "/" };
    Ok(format!("{text}{slash}"))
}

/// `*` or `scheme://host[:port]`, as a browser would write it: lower case, without the scheme's own port.
pub(super) fn origin(text: &str) -> Result<String, String> {
    if text == "*" {
        return Ok(text.to_owned());
    }
    let expected = "expected \"*\" or an origin such as \"https://wiki.example.org\"";
    let (scheme, rest) = scheme(text).ok_or_else(|| format!("{} has no scheme; {expected}", quoted(text)))?;
    if rest.contains(['/', '?', '#']) {
        return Err(format!("{} goes on after the host, which an origin does not; {expected}", quoted(text)));
    }
    let host = host_and_port(&scheme, rest).map_err(|reason| format!("{reason}; {expected}"))?;
    Ok(format!("{scheme}://{host}"))
}

/// The scheme in lower case, and what follows `://`.
fn scheme(text: &str) -> Option<(String, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let holds = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    holds.then(|| (scheme.to_ascii_lowercase(), rest))
}

fn host_and_port(scheme: &str, text: &str) -> Result<String, String> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let inside = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let host_holds = match inside {
        Some(inside) => inside.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)),
    };
    if !host_holds {
        return Err(format!("{} is not a host (international names as \"xn--…\")", quoted(host)));
    }
    let host = host.to_ascii_lowercase();
    let Some(port) = port else { return Ok(host) };
    match port.parse::<u16>() {
        Ok(port) if port > 0 => Ok(match (scheme, port) {
            ("http", 80) | ("https", 443) => host,
            _ => format!("{host}:{port}"),
        }),
        _ => Err(format!("{} is not a port", quoted(port))),
    }
}

/// `address:port`, or `localhost:port` for 127.0.0.1.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let localhost = text
        .strip_prefix("localhost:")
        .and_then(|port| port.parse().ok())
        .map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    localhost.or_else(|| text.parse().ok()).ok_or_else(|| {
        format!(
            "{} is not an address with a port such as \"127.0.0.1:7370\", \"[::1]:7370\" or \"localhost:7370\"",
            quoted(text)
        )
    })
}

const LEVELS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "off"];

/// Directives parted by commas: a level, or `target=level`. Spans and fields are not taken.
pub(super) fn log_level(text: &str) -> Result<String, String> {
    let directives: Result<Vec<_>, _> = text.split(',').map(|d| directive(d.trim())).collect();
    directives.map(|directives| directives.join(","))
}

fn directive(text: &str) -> Result<String, String> {
    let (target, level) = match text.split_once('=') {
        Some((target, level)) => (Some(target.trim()), level.trim()),
        None => (None, text),
    };
    let in_target = |b: u8| b.is_ascii_alphanumeric() || b"_:-.".contains(&b);
    if target.is_some_and(|target| target.is_empty() || !target.bytes().all(in_target)) {
        return Err(format!(
            "{} is not a target such as \"achei\" or \"achei::http\"",
            quoted(target.unwrap_or_default())
        ));
    }
    let lower = level.to_ascii_lowercase();
    if !LEVELS.contains(&lower.as_str()) {
        let near = nearest_word(level, &LEVELS).map_or_else(String::new, |(near, likeness)| suggestion(near, likeness));
        return Err(format!("{} is not a level ({}); {near}", quoted(level), LEVELS.join(", ")));
    }
    Ok(target.map_or_else(|| lower.clone(), |target| format!("{target}={lower}")))
}

/// An address, or a network as `10.0.0.0/8`.
pub(super) fn network(text: &str) -> Result<String, String> {
    let network = text.parse::<ipnet::IpNet>().is_ok() || text.parse::<std::net::IpAddr>().is_ok();
    if network {
        Ok(text.to_owned())
    } else {
        Err(format!("{} is not an address or a network such as \"10.0.0.0/8\"", quoted(text)))
    }
}

/// The name of a header, in lower case.
pub(super) fn header_name(text: &str) -> Result<String, String> {
    let holds = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !text.is_empty() && text.bytes().all(holds) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(format!("{} is not the name of a header", quoted(text)))
    }
}

/// The admin token from the environment. Errors never show it.
pub(super) fn token(text: &str) -> Result<String, String> {
    if text.chars().count() < 8 {
        Err("shorter than 8 characters".to_owned())
    } else if !text.bytes().all(|b| b.is_ascii_graphic()) {
        Err("holds a blank or a character that an HTTP header cannot carry".to_owned())
    } else {
        Ok(text.to_owned())
    }
}
