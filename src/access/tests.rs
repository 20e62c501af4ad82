//! Wiki.js' rules by a table of cases, our own rules, and every known attack on signed tokens.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;
use crate::config::{AccessConfig, AccessDefault, AccessRule, PathPattern};
use crate::index::PageFacts;

fn rule(kind: &str, path: &str, deny: bool) -> Value {
    json!({"id": "x", "deny": deny, "match": kind, "roles": ["read:pages"], "path": path, "locales": []})
}

fn wiki(permissions: &[&str], rules: &[Value]) -> WikiRules {
    let groups = json!([
        {"id": 1, "name": "Administrators", "permissions": ["manage:system"], "pageRules": []},
        {"id": 2, "name": "Guests", "permissions": ["read:pages"], "pageRules": [rule("START", "pub", false)]},
        {"id": 3, "name": "Equipe", "permissions": permissions, "pageRules": rules},
    ]);
    WikiRules::read(&groups.to_string()).expect("rules").0
}

/// Each case is what Wiki.js 2's `checkAccess` answers for the page `suporte/vpn/a` with the tag ` VPN `, which its model of
/// tags trims and puts in small letters. Seen to fail where the tag of a rule was compared in any case.
#[test]
fn wikijs_rules_count_as_wikijs_counts_them() {
    type Rule = (&'static str, &'static str, bool);
    let cases: &[(&str, &[Rule], bool)] = &[
        ("no rule denies", &[], false),
        ("the empty path is everything", &[("START", "", false)], true),
        ("a path that begins so", &[("START", "suporte", false)], true),
        ("half a folder, too", &[("START", "sup", false)], true),
        ("not in the middle", &[("START", "vpn", false)], false),
        ("an end", &[("END", "/a", false)], true),
        ("another end", &[("END", "/b", false)], false),
        ("the whole path", &[("EXACT", "suporte/vpn/a", false)], true),
        ("not a part of it", &[("EXACT", "suporte/vpn", false)], false),
        ("a tag", &[("TAG", "vpn", false)], true),
        ("another tag", &[("TAG", "vp", false)], false),
        ("tags are kept in small letters, rules as written", &[("TAG", "VPN", false)], false),
        ("so such a rule denies nothing either", &[("START", "s", false), ("TAG", "VPN", true)], true),
        ("nor does one with blanks", &[("START", "s", false), ("TAG", "vpn ", true)], true),
        ("letters have a case", &[("START", "Suporte", false)], false),
        ("in patterns, too", &[("REGEX", "^Suporte", false)], false),
        ("a slash at the start is part of the path", &[("START", "/suporte", false)], false),
        ("also of a whole one", &[("EXACT", "/suporte/vpn/a", false)], false),
        ("an empty end is everything", &[("END", "", false)], true),
        ("an empty whole path is none", &[("EXACT", "", false)], false),
        ("an empty tag is none", &[("TAG", "", false)], false),
        ("of empty paths the stronger kind", &[("START", "", false), ("REGEX", "", true)], false),
        ("a letter that needs no escape", &[("START", "s", false), ("REGEX", r"\<vpn", true)], true),
        ("a pattern anywhere", &[("REGEX", "vpn/[a-c]$", false)], true),
        ("the longer one wins, denying", &[("START", "sup", false), ("START", "suporte", true)], false),
        ("whichever comes first", &[("START", "suporte", true), ("START", "sup", false)], false),
        ("the longer one wins, allowing", &[("START", "sup", true), ("START", "suporte", false)], true),
        ("longer before stronger kinds", &[("TAG", "vpn", true), ("START", "supo", false)], true),
        ("END over START", &[("END", "vpn/a", true), ("START", "supor", false)], false),
        ("END over START, later", &[("START", "supor", false), ("END", "vpn/a", true)], false),
        ("REGEX over END", &[("END", "vpn/a", false), ("REGEX", "vpn/.", true)], false),
        ("REGEX over END, first", &[("REGEX", "vpn/.", true), ("END", "vpn/a", false)], false),
        ("TAG over REGEX", &[("TAG", "vpn", false), ("REGEX", "vp.", true)], true),
        ("TAG over START", &[("TAG", "vpn", false), ("START", "sup", true)], true),
        ("EXACT over START", &[("EXACT", "suporte/vpn/a", false), ("START", "suporte/vpn/a", true)], true),
        ("EXACT over START, later", &[("START", "suporte/vpn/a", true), ("EXACT", "suporte/vpn/a", false)], true),
        ("deny wins in one kind", &[("START", "sup", true), ("START", "sup", false)], false),
        ("deny wins in one kind, later", &[("START", "sup", false), ("START", "sup", true)], false),
        ("look-ahead cannot be expressed and denies", &[("START", "s", false), ("REGEX", "(?!x)", true)], false),
        ("even one that allows", &[("START", "s", false), ("REGEX", "a(?=b)", false)], false),
        ("a longer rule stands over it", &[("START", "suporte/vpn", false), ("REGEX", "a(?=b)", false)], true),
    ];
    let tags = [" VPN ".to_owned()];
    for (what, rules, expected) in cases {
        let rules: Vec<Value> = rules.iter().map(|(kind, path, deny)| rule(kind, path, *deny)).collect();
        let rules = wiki(&["read:pages"], &rules);
        assert_eq!(rules.may_read("suporte/vpn/a", "pt-br", &tags, &Reader::of(["3"])), *expected, "{what}");
    }
}

#[test]
fn wikijs_rights_groups_and_locales() {
    let all = [rule("START", "", false)];
    let asked = |rules: &WikiRules, reader: &Reader| rules.may_read("interno/a", "pt-br", &[], reader);
    assert!(!asked(&wiki(&["read:assets"], &all), &Reader::of(["3"])), "without the global right");
    assert!(asked(&wiki(&[], &[]), &Reader::of(["1"])), "the system's managers need no rule");
    assert!(!asked(&wiki(&["read:pages"], &all), &Reader::guest()), "guests are group 2");
    assert!(wiki(&[], &[]).may_read("pub/a", "pt-br", &[], &Reader::guest()));
    assert!(asked(&wiki(&["read:pages"], &all), &Reader::of(["equipe"])), "groups have names, too");
    assert!(!asked(&wiki(&["read:pages"], &all), &Reader::of([""; 0])), "in no group");
    let english = json!({"deny": false, "match": "START", "roles": ["read:pages"], "path": "", "locales": ["en"]});
    let rules = wiki(&["read:pages"], &[english]);
    assert!(!asked(&rules, &Reader::of(["3"])));
    assert!(rules.may_read("interno/a", "en", &[], &Reader::of(["3"])));
    let writes = json!({"deny": false, "match": "START", "roles": ["write:pages"], "path": "", "locales": null});
    assert!(!asked(&wiki(&["read:pages"], &[writes]), &Reader::of(["3"])), "a rule for another right");
    let denied = json!([
        {"id": 3, "name": "a", "permissions": ["read:pages"], "pageRules": [rule("START", "interno", false)]},
        {"id": 4, "name": "b", "permissions": [], "pageRules": [rule("START", "interno", true)]},
    ]);
    let rules = WikiRules::read(&denied.to_string()).expect("rules").0;
    assert!(asked(&rules, &Reader::of(["3"])) && !asked(&rules, &Reader::of(["3", "4"])), "deny of another group");
}

#[test]
fn patterns_that_cannot_be_expressed_are_named() {
    for pattern in
        ["(?=a)", "(?<n>a)", r"(a)\1", "[]", "[a[b]", "[a&&b]", "(?i)a", r"\cA", r"\p{L}", "a(", r"\A", "a{,3}"]
    {
        let rules = json!([{"id": 3, "name": "x", "permissions": [], "pageRules": [rule("REGEX", pattern, false)]}]);
        assert_eq!(WikiRules::read(&rules.to_string()).expect("rules").1, [pattern]);
    }
    for broken in ["", "{}", "[{}]", r#"[{"id": 1}]"#] {
        WikiRules::read(broken).expect_err(broken);
    }
}

fn policy(default: AccessDefault, rules: &[(Option<&str>, Option<&str>, &[&str])]) -> Policy {
    let rules = rules.iter().map(|(path, tag, groups)| AccessRule {
        path: path.map(|path| PathPattern::new(path).expect("a pattern")),
        tag: tag.map(str::to_owned),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
    });
    let config = AccessConfig { default, rules: rules.collect(), ..AccessConfig::default() };
    Policy::new(&config, &["pt-br".to_owned(), "en".to_owned()], None)
}

#[test]
fn the_most_specific_rule_counts_and_ties_are_strict() {
    use AccessDefault::{Closed, Public};
    let (tags, none): (&[String], &[String]) = (&["vpn".to_owned()], &[]);
    let page = |groups| PageFacts { path: "en/Interno/RH/a.md", tags, groups };
    let (guest, team, rh) = (Reader::guest(), Reader::of(["equipe"]), Reader::of(["Equipe", "rh"]));
    let asked = |policy: &Policy, groups| [&guest, &team, &rh].map(|who| policy.may_find(page(groups), who));
    let internal: (Option<&str>, Option<&str>, &[&str]) = (Some("/Interno/"), None, &["equipe"]);
    assert_eq!(asked(&policy(Public, &[]), none), [true; 3]);
    assert_eq!(asked(&policy(Closed, &[]), none), [false; 3]);
    assert_eq!(asked(&policy(Public, &[internal]), none), [false, true, true], "the locale folder aside");
    let deeper: (Option<&str>, Option<&str>, &[&str]) = (Some("/Interno/RH/"), None, &["rh"]);
    assert_eq!(asked(&policy(Public, &[internal, deeper]), none), [false, false, true]);
    assert_eq!(asked(&policy(Closed, &[internal, (None, Some("VPN"), &["*"])]), none), [true; 3], "a tag is nearer");
    let tie: (Option<&str>, Option<&str>, &[&str]) = (Some("/Interno/**"), None, &["rh"]);
    assert_eq!(asked(&policy(Public, &[internal, tie]), none), [false, false, true], "both must be met");
    let own: &[String] = &["RH".to_owned()];
    assert_eq!(asked(&policy(Public, &[]), own), [false, false, true]);
    assert_eq!(asked(&policy(Closed, &[]), own), [false; 3], "groups of a page narrow, and open nothing");
    let nobody: &[String] = &[String::new()];
    assert_eq!(asked(&policy(Public, &[]), nobody), [false; 3]);
    let lost = Policy::new(&AccessConfig::default(), &[], Some(Err("lost".to_owned())));
    assert_eq!(asked(&lost, none), [false; 3], "rules that cannot be read close");
}

const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";
/// A public key made for this test; its private half was never kept.
const PUBLIC: &str = include_str!("tests/public.pem");

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn claims() -> Value {
    json!({"iss": "i", "aud": "a", "exp": now() + 600, "groups": ["equipe", 7]})
}

fn signed(claims: &Value, key: &[u8]) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(key)).expect("signed")
}

fn base64(text: &str) -> String {
    // A token's parts are base64url; the crate makes them for us from any header and claims.
    let table = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            out.push(char::from(table[(bits >> (18 - 6 * place) & 63) as usize]));
        }
    }
    out
}

#[test]
fn a_token_that_does_not_hold_in_every_respect_is_a_guest() {
    let verifier = Verifier::new("HS256", KEY, "i", "a", "groups").expect("a key");
    let good = signed(&claims(), KEY);
    let reader = verifier.reader(&good).expect("it holds");
    assert!(reader.is_in("Equipe") && reader.is_in("7") && !reader.is_in("n2"));
    let with = |key: &str, value: Value| {
        let mut claims = claims();
        claims[key] = value;
        signed(&claims, KEY)
    };
    let without = |key: &str| {
        let mut claims = claims();
        claims.as_object_mut().expect("claims").remove(key);
        signed(&claims, KEY)
    };
    let parts: Vec<&str> = good.split('.').collect();
    let body = claims().to_string();
    let headed = |header: &str| format!("{}.{}.{}", base64(header), base64(&body), parts[2]);
    let attacks = [
        ("empty", String::new()),
        ("no token", "abc".to_owned()),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("none", format!("{}.{}.", base64(r#"{"alg":"none"}"#), base64(&body))),
        ("None", format!("{}.{}.", base64(r#"{"alg":"None","typ":"JWT"}"#), base64(&body))),
        ("none with a signature", headed(r#"{"alg":"none"}"#)),
        ("another algorithm", headed(r#"{"alg":"HS512"}"#)),
        ("another family", headed(r#"{"alg":"RS256"}"#)),
        ("a key in the header", headed(r#"{"alg":"HS256","jwk":{"kty":"oct","k":"YQ"}}"#)),
        (
            "other claims under its signature",
            format!("{}.{}.{}", parts[0], base64(&body.replace("equipe", "rh")), parts[2]),
        ),
        ("another key", signed(&claims(), b"another key of some thirty-two bytes")),
        ("an empty key", signed(&claims(), b"")),
        ("expired", with("exp", json!(now() - 3600))),
        ("no expiry", without("exp")),
        ("expiry as text", with("exp", json!("never"))),
        ("not yet", with("nbf", json!(now() + 3600))),
        ("another issuer", with("iss", json!("j"))),
        ("no issuer", without("iss")),
        ("another audience", with("aud", json!(["b"]))),
        ("no audience", without("aud")),
        ("no groups", without("groups")),
        ("groups as text", with("groups", json!("equipe"))),
        ("groups of odd things", with("groups", json!(["equipe", {"id": 1}]))),
        ("too long", with("x", json!("x".repeat(9000)))),
    ];
    for (what, token) in attacks {
        assert_eq!(verifier.reader(&token), None, "{what}");
    }
    // Key confusion: the public key is known to all, and must not do as a secret.
    let public = Verifier::new("RS256", PUBLIC.as_bytes(), "i", "a", "groups").expect("a public key");
    for key in [PUBLIC.as_bytes(), PUBLIC.trim().as_bytes()] {
        assert_eq!(public.reader(&signed(&claims(), key)), None);
    }
    assert_eq!(public.reader(&good), None);
    assert!(Verifier::new("ES256", PUBLIC.as_bytes(), "", "", "groups").is_err(), "a key of another algorithm");
    assert!(Verifier::new("HS256", b"short", "", "", "groups").is_err());
    assert!(Verifier::new("none", KEY, "", "", "groups").is_err());
}

#[test]
fn search_tokens_of_our_own() {
    let token = mint(KEY, &["equipe".to_owned()], Duration::from_secs(60)).expect("a token");
    let ours = Verifier::ours(KEY).expect("a key");
    assert_eq!(ours.reader(&token), Some(Reader::of(["equipe"])));
    assert_eq!(ours.reader(&signed(&claims(), KEY)), None, "a token for somebody else");
    assert_eq!(Verifier::ours(b"another key of some thirty-two bytes").expect("a key").reader(&token), None);
    assert!(mint(b"short", &[], Duration::from_secs(60)).is_err());
}

/// Both families, with keys made here: the public half as PEM and as a JWK.
#[test]
fn public_keys_verify_what_their_private_halves_signed() {
    use jsonwebtoken::jwk::Jwk;
    use p256::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
    let mut random = p256::elliptic_curve::rand_core::OsRng;
    let curve = p256::SecretKey::random(&mut random);
    // As small as is accepted: made in a moment, and for nothing else.
    let rsa = rsa::RsaPrivateKey::new(&mut random, 1024).expect("a key");
    let text = "a key as text";
    let ends = LineEnding::LF;
    let pairs = [
        ("ES256", curve.to_pkcs8_pem(ends).expect(text), curve.public_key().to_public_key_pem(ends).expect(text)),
        ("RS256", rsa.to_pkcs8_pem(ends).expect(text), rsa.to_public_key().to_public_key_pem(ends).expect(text)),
    ];
    for (name, private, public) in &pairs {
        let (algorithm, other) =
            if *name == "ES256" { (Algorithm::ES256, "RS256") } else { (Algorithm::RS256, "ES256") };
        let signer = if *name == "ES256" { EncodingKey::from_ec_pem } else { EncodingKey::from_rsa_pem };
        let signer = signer(private.as_bytes()).expect(name);
        let jwk = Jwk::from_encoding_key(&signer, algorithm).expect(name);
        let jwk = serde_json::to_string(&jwk).expect(name);
        let token = encode(&Header::new(algorithm), &claims(), &signer).expect(name);
        for key in [public, &jwk] {
            let verifier = Verifier::new(name, key.as_bytes(), "i", "a", "groups").expect(name);
            assert_eq!(verifier.reader(&token), Some(Reader::of(["equipe", "7"])), "{name}: {key}");
            assert_eq!(
                verifier.reader(&signed(&claims(), key.as_bytes())),
                None,
                "{name}: the public half as a secret"
            );
            assert_eq!(verifier.reader(&token.replacen('.', ".e", 1)), None, "{name}");
            assert!(Verifier::new(other, key.as_bytes(), "i", "a", "groups").is_err(), "{name}: of another algorithm");
        }
        let stranger = Verifier::new("RS256", PUBLIC.as_bytes(), "i", "a", "groups").expect("a public key");
        assert_eq!(stranger.reader(&token), None, "{name}: another key");
    }
}
