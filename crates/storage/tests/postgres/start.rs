use std::time::{Duration, Instant};

use futures_util::future::join_all;
use storage::{ConnectError, Error};
use testbed::Postgres;

use crate::bench::{DATABASE, connect, open, pen, settings};

#[tokio::test(flavor = "multi_thread")]
async fn eight_starters_at_once_make_the_tables_once() {
    let server = Postgres::start();
    let settings = settings(&server.url(DATABASE));

    let starts = (0..8).map(|_| {
        let settings = settings.clone();
        tokio::spawn(async move {
            let store = connect(&settings).await.unwrap();
            store.create_item(&pen()).await.unwrap();
        })
    });
    for start in join_all(starts).await {
        start.unwrap();
    }

    assert_eq!(server.sql(DATABASE, "select count(*) from items"), "8");
}

#[tokio::test]
async fn a_server_that_starts_at_the_same_time_is_waited_for() {
    let server = Postgres::start();
    server.stop();
    let settings = settings(&server.url(DATABASE));

    let start = tokio::spawn(async move { connect(&settings).await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.start_again();

    start.await.unwrap().unwrap().check().await.unwrap();
}

#[tokio::test]
async fn a_server_that_stays_absent_is_given_up_on_after_ten_seconds() {
    let server = Postgres::start();
    server.stop();
    let started = Instant::now();

    let error = connect(&settings(&server.url(DATABASE))).await.unwrap_err();

    let waited = started.elapsed();
    assert!(
        (Duration::from_secs(7)..Duration::from_secs(11)).contains(&waited),
        "{waited:?}"
    );
    assert!(
        matches!(
            &error,
            ConnectError::Open {
                source: Error::Unavailable(_),
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        "cannot open database postgres on 127.0.0.1"
    );
}

#[tokio::test]
async fn what_no_waiting_helps_against_stops_the_start_at_once() {
    let server = Postgres::start();
    let absent = server.url("absent");
    let unencrypted = server.url(DATABASE).replace("disable", "require");

    for url in [absent, unencrypted] {
        let started = Instant::now();
        let error = connect(&settings(&url)).await.unwrap_err();
        assert!(matches!(error, ConnectError::Open { .. }), "{error:?}");
        assert!(started.elapsed() < Duration::from_secs(2), "{error:?}");
    }
}

#[tokio::test]
async fn a_schema_of_the_future_or_of_another_hand_is_not_opened() {
    let server = Postgres::start();
    open(&server).await.close().await;

    server.sql(
        DATABASE,
        "update _sqlx_migrations set checksum = '' where version = 2",
    );
    let edited = connect(&settings(&server.url(DATABASE))).await.unwrap_err();
    let future = "insert into _sqlx_migrations select 99, description, installed_on, success, checksum, execution_time
                  from _sqlx_migrations where version = 1";
    server.sql(DATABASE, future);
    let future = connect(&settings(&server.url(DATABASE))).await.unwrap_err();

    assert!(
        matches!(edited, ConnectError::OtherSchema { version: 2, .. }),
        "{edited:?}"
    );
    assert!(
        matches!(future, ConnectError::NewSchema { found: 99, .. }),
        "{future:?}"
    );
}

#[tokio::test]
async fn the_server_knows_who_is_connected() {
    let server = Postgres::start();
    let store = open(&server).await;
    store.check().await.unwrap();

    let shown = "select count(*) from pg_stat_activity where application_name = 'storage'";
    assert_eq!(server.sql(DATABASE, shown), "1");
}

#[tokio::test]
async fn a_wrong_password_stops_the_start_at_once_and_is_shown_to_nobody() {
    let server = Postgres::start();
    server.demand_password("op3n-s3same");
    let with = |password: &str| {
        let url = server.url(DATABASE);
        settings(&url.replace("quartet@", &format!("quartet:{password}@")))
    };

    let right = connect(&with("op3n-s3same")).await;
    right.unwrap().check().await.unwrap();
    let started = Instant::now();
    let wrong = connect(&with("s3cret")).await.unwrap_err();

    assert!(started.elapsed() < Duration::from_secs(2));
    let said = format!("{wrong} {wrong:?} {:?}", with("s3cret"));
    assert!(said.contains("password authentication failed"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}
