use std::path::Path;
use std::time::Instant;

use storage::{ConnectError, Store};
use testbed::Postgres;

use crate::bench::{ANSWERED, DATABASE, connect, settings};

async fn by(
    server: &Postgres,
    host: &str,
    mode: &str,
    authority: Option<&Path>,
) -> Result<Store, ConnectError> {
    let port = server.address().port();
    let mut url = format!("postgres://quartet@{host}:{port}/{DATABASE}?sslmode={mode}");
    if let Some(authority) = authority {
        url = format!("{url}&sslrootcert={}", authority.display());
    }
    connect(&settings(&url)).await
}

#[tokio::test]
async fn each_mode_demands_what_it_says() {
    let server = Postgres::start();
    let authority = server.encrypt();
    let stranger = Postgres::start();
    let other = stranger.encrypt();
    let ours = Some(&*authority);

    for (host, mode, authority, encrypted) in [
        ("localhost", "disable", None, Some(false)),
        ("localhost", "prefer", None, Some(true)),
        ("127.0.0.1", "require", None, Some(true)),
        ("localhost", "verify-ca", None, None),
        ("127.0.0.1", "verify-ca", ours, Some(true)),
        ("127.0.0.1", "verify-full", ours, None),
        ("localhost", "verify-full", ours, Some(true)),
        ("localhost", "verify-full", None, None),
        ("localhost", "verify-full", Some(&*other), None),
    ] {
        let started = Instant::now();
        let outcome = by(&server, host, mode, authority).await;

        let elapsed = started.elapsed();
        assert!(elapsed < ANSWERED, "{host} {mode} {elapsed:?}");
        assert_eq!(
            outcome.is_ok(),
            encrypted.is_some(),
            "{host} {mode} {outcome:?}"
        );
        let Ok(store) = outcome else { continue };
        store.check().await.unwrap();
        let seen = "select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid)
                    where application_name = 'storage'";
        let seen = server.sql(DATABASE, seen) == "t";
        assert_eq!(Some(seen), encrypted, "{host} {mode}");
        store.close().await;
    }
}
