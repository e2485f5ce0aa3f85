//! Bytes that want to be a field, a line or a series of ours, and stay what they are.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod attack;
mod lines;
mod metrics;
mod spans;
mod vocabulary;
mod world;

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::{TestCaseError, prop_assert, prop_assert_eq};
use proptest::test_runner::{Config, TestRunner};
use testbed::http::Response;

use attack::{Attack, Place};
use world::{Blow, World};

/// Batches of one run; a batch is sent, and then all it has left behind is looked at.
const BATCHES: u32 = 60;
const LARGEST_BATCH: usize = 24;

#[test]
fn no_bytes_of_a_stranger_become_a_field_a_line_or_a_series() {
    besiege(World::start(&[("QUARTET_TRUSTED_PROXIES", "none")]));
}

#[test]
fn no_bytes_of_a_trusted_peer_become_more_than_its_trace() {
    besiege(World::start(&[]));
}

fn besiege(world: World) {
    let mut runner = TestRunner::new(Config {
        cases: BATCHES,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&vec(attack::any(), 1..=LARGEST_BATCH), |attacks| {
        let blows = world.strike(attacks);
        for blow in &blows {
            check(&world, blow)
                .map_err(|error| TestCaseError::fail(format!("{error}\nafter {blow:?}")))?;
        }
        metrics::check(&world)?;
        spans::check(&world)
    });
    let places: BTreeSet<Place> = world.answered_places();
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        places.len(),
        Place::ALL.len(),
        "only these got past the parser: {places:?}"
    );
}

fn check(world: &World, blow: &Blow) -> Result<(), TestCaseError> {
    let access = lines::check(world, blow)?;
    let logged: Vec<_> = access
        .iter()
        .filter_map(|line| line.get("request_id"))
        .collect();
    let answers = blow
        .answers
        .iter()
        .filter(|answer| is_of_the_service(answer));
    let answered: Vec<_> = answers.clone().filter_map(id).collect();
    if blow.cut_off {
        prop_assert!(
            logged.starts_with(&answered),
            "{logged:?} begin with {answered:?}"
        );
    } else {
        prop_assert_eq!(logged, answered, "request ids of lines and answers");
    }
    for answer in answers {
        check_answer(answer)?;
    }
    check_acceptance(&blow.attack, &blow.answers)
}

/// What is no HTTP is refused by the framework, before there is a request to be observed.
fn is_of_the_service(answer: &Response) -> bool {
    id(answer).is_some()
}

fn id(answer: &Response) -> Option<&str> {
    answer.header("x-request-id")
}

fn check_answer(answer: &Response) -> Result<(), TestCaseError> {
    prop_assert_eq!(answer.header_values("x-request-id").len(), 1);
    prop_assert_eq!(answer.header_values("traceresponse").len(), 1);
    if 400 <= answer.status {
        let problem: serde_json::Value = serde_json::from_slice(&answer.body)
            .map_err(|error| TestCaseError::fail(format!("no problem details: {error}")))?;
        prop_assert_eq!(problem["request_id"].as_str(), id(answer));
        prop_assert!(
            answer.body.len() < 4096,
            "an answer of {} bytes",
            answer.body.len()
        );
        prop_assert!(answer.status < 500, "{:?}", problem);
    }
    Ok(())
}

/// The caller's id is taken exactly if it is harmless.
fn check_acceptance(attack: &Attack, answers: &[Response]) -> Result<(), TestCaseError> {
    let one_header = !attack.bytes.iter().any(|byte| b"\r\n".contains(byte));
    if attack.place == Place::RequestId
        && one_header
        && let [answer] = answers
        && let Some(id) = id(answer)
    {
        match lines::acceptable(attack.bytes.trim_ascii()) {
            Some(given) => prop_assert_eq!(id, given),
            None => prop_assert!(lines::is_uuid_v7(id), "id {id} is neither given nor new"),
        }
    }
    Ok(())
}
