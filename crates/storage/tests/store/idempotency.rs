use std::time::Duration;

use domain::{Caller, IdempotencyKey, Timestamp};
use storage::{Claim, Claiming, Fingerprint, PlaceError};

use crate::bench::{Bench, created, place};

const BODY: Fingerprint = [7; 32];
const OTHER_BODY: Fingerprint = [8; 32];

const START: Timestamp = Timestamp::from_millis(1_795_255_200_000);

async fn claim(bench: &Bench, body: &Fingerprint, now: Timestamp) -> Claiming {
    let key = IdempotencyKey::parse("key").unwrap();
    bench
        .store
        .claim(&Caller::anonymous(), &key, body, now)
        .await
        .unwrap()
}

async fn claimed(bench: &Bench, now: Timestamp) -> Claim {
    match claim(bench, &BODY, now).await {
        Claiming::Claimed(claim) => claim,
        other => panic!("not claimed but {other:?}"),
    }
}

fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    let first = claimed(&bench, now()).await;
    let order = place(&bench.store, &[(item.id.get(), 1)], Some(&first))
        .await
        .unwrap();

    let again = claim(&bench, &BODY, now()).await;

    assert_eq!(again, Claiming::Replay(created(&order)));
    assert_eq!(bench.stock(item.id).await, 4);
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_caller() {
    let bench = Bench::start().await;
    let key = IdempotencyKey::parse("key").unwrap();
    claimed(&bench, START).await;

    let other_body = claim(&bench, &OTHER_BODY, START).await;
    let other_caller = bench
        .store
        .claim(&Caller::parse("maria").unwrap(), &key, &OTHER_BODY, START)
        .await
        .unwrap();

    assert_eq!(other_body, Claiming::Mismatch);
    assert!(
        matches!(other_caller, Claiming::Claimed(_)),
        "{other_caller:?}"
    );
}

#[tokio::test]
async fn a_request_under_way_keeps_its_key_for_30_seconds() {
    let bench = Bench::start().await;
    claimed(&bench, START).await;

    let just_before = claim(&bench, &BODY, START + Duration::from_millis(29_999)).await;
    let then = claim(&bench, &BODY, START + Duration::from_secs(30)).await;

    assert_eq!(just_before, Claiming::InFlight);
    assert!(matches!(then, Claiming::Claimed(_)), "{then:?}");
}

#[tokio::test]
async fn who_lost_the_key_cannot_order_with_it() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    let slow = claimed(&bench, START).await;
    claimed(&bench, START + Duration::from_secs(31)).await;

    let lost = place(&bench.store, &[(item.id.get(), 1)], Some(&slow))
        .await
        .unwrap_err();

    assert!(matches!(lost, PlaceError::ClaimLost), "{lost}");
    assert_eq!(bench.stock(item.id).await, 5);
    assert_eq!(bench.number("select count(*) from orders").await, 0);
}

#[tokio::test]
async fn a_pruned_claim_is_lost_even_if_the_key_was_claimed_anew() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    let slow = claimed(&bench, START).await;
    bench
        .store
        .prune(START + Duration::from_secs(31))
        .await
        .unwrap();
    claimed(&bench, START + Duration::from_secs(31)).await;

    let lost = place(&bench.store, &[(item.id.get(), 1)], Some(&slow))
        .await
        .unwrap_err();

    assert!(matches!(lost, PlaceError::ClaimLost), "{lost}");
}

#[tokio::test]
async fn an_answer_is_kept_for_24_hours() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    let first = claimed(&bench, now()).await;
    let before = now();
    place(&bench.store, &[(item.id.get(), 1)], Some(&first))
        .await
        .unwrap();
    let after = now();

    let day = Duration::from_hours(24);
    let kept = claim(&bench, &BODY, before + (day - Duration::from_millis(1))).await;
    let forgotten = claim(&bench, &BODY, after + day).await;

    assert!(matches!(kept, Claiming::Replay(_)), "{kept:?}");
    assert!(matches!(forgotten, Claiming::Claimed(_)), "{forgotten:?}");
}

#[tokio::test]
async fn an_answer_is_stored_with_its_order_or_not_at_all() {
    let bench = Bench::start().await;
    let item = bench.item(1).await;
    let first = claimed(&bench, now()).await;

    let short = place(&bench.store, &[(item.id.get(), 2)], Some(&first)).await;

    assert!(matches!(short, Err(PlaceError::OutOfStock(_))));
    assert_eq!(claim(&bench, &BODY, now()).await, Claiming::InFlight);
}

#[tokio::test]
async fn an_answer_is_given_once() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    let first = claimed(&bench, now()).await;
    let order = place(&bench.store, &[(item.id.get(), 1)], Some(&first))
        .await
        .unwrap();

    let second = place(&bench.store, &[(item.id.get(), 1)], Some(&first))
        .await
        .unwrap_err();
    bench.store.release(first).await.unwrap();

    assert!(matches!(second, PlaceError::ClaimLost), "{second}");
    assert_eq!(bench.stock(item.id).await, 4);
    assert_eq!(
        claim(&bench, &BODY, now()).await,
        Claiming::Replay(created(&order))
    );
}

#[tokio::test]
async fn a_released_key_can_be_claimed_again() {
    let bench = Bench::start().await;
    let first = claimed(&bench, START).await;

    bench.store.release(first).await.unwrap();

    claimed(&bench, START).await;
}

#[tokio::test]
async fn pruning_deletes_what_expired_and_nothing_else() {
    let bench = Bench::start().await;
    let late = START + Duration::from_secs(1);
    for number in 0..600 {
        let key = IdempotencyKey::parse(&format!("key-{number}")).unwrap();
        let now = if number < 550 { START } else { late };
        bench
            .store
            .claim(&Caller::anonymous(), &key, &BODY, now)
            .await
            .unwrap();
    }

    let pruned = bench
        .store
        .prune(START + Duration::from_secs(30))
        .await
        .unwrap();

    assert_eq!(pruned, 550);
    assert_eq!(
        bench.number("select count(*) from idempotency_keys").await,
        50
    );
}
