//! What Achei promises, held from outside: the real daemon over a real directory and a real socket, the command line,
//! and the library as one piece. One test binary, so that everything is linked once.
//!
//! | file | holds |
//! | --- | --- |
//! | `site` | a private wiki with a daemon over it; everything below is written with it |
//! | `lab` | the same without daemon and socket: indexer and search in this process |
//! | `watching` | what happens to files is in the results a moment later |
//! | `lasting` | restarts, kills, damage, a second daemon, signals |
//! | `fault` | rows of the fault list, by their numbers |
//! | `faults` | a content directory that is missing, emptied, replaced |
//! | `storage` | an index directory that is damaged, cut off, swapped, removed |
//! | `jobs` | `POST /reindex` and what it answers |
//! | `access` | what a reader may not find leaves no trace |
//! | `readers` | who is believed over HTTP, and what each is answered |
//! | `rules` | which pages are found at all |
//! | `machine` | random operations, faults and restarts: the index equals the directory after each |
//! | `model` | random edits: the incremental index equals a rebuild, and the directory |
//! | `ranking` | the order of results, two pages at a time |
//! | `curation` | synonyms, pins, boosts, aliases, deprecated pages and copies |
//! | `queries` | what may be typed, and spellings |
//! | `proposals` | what is offered besides results: other spellings, completions, related pages |
//! | `contract` | the bodies of the contract, as snapshots |
//! | `facade` | what Algolia clients are told over a real wiki |
//! | `systemd` | what a service manager is told |
//! | `cli` | exit codes and output of the command line |
//! | `init` | what a directory is taken for, and the configuration that fits it |
//! | `golden` | `achei eval`, and the golden sets in `tests/golden` with their floors |
//! | `prefixes` | every beginning of a title finds its page |
//! | `starter` | the wiki that a newcomer searches first |
//! | `tree` | the rules of the source tree itself |

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

mod access;
mod ailing;
mod cli;
mod contract;
mod curation;
mod facade;
mod fault;
mod faults;
mod golden;
mod init;
mod jobs;
#[allow(dead_code, reason = "shared with the tests of faults")]
mod lab;
mod lasting;
mod machine;
mod model;
#[allow(dead_code, reason = "the walk of the chaos run, of which the state machine uses a part")]
#[path = "../chaos/oracle.rs"]
mod oracle;
mod prefixes;
mod proposals;
mod queries;
mod ranking;
mod readers;
mod rules;
#[allow(dead_code, reason = "shared with the tests of faults")]
mod site;
mod starter;
mod storage;
mod systemd;
mod tree;
mod watching;
