use std::path::PathBuf;
use std::process::{Command, Stdio};

use storage::ConnectError;

use crate::bench::{Bench, connect, detached, foreign, read_only, run, settings};

/// The message and its causes on one line, as a program prints them.
fn line(error: &ConnectError) -> String {
    let mut line = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        line = format!("{line}: {error}");
        cause = error.source();
    }
    assert!(!line.contains('\n'), "{line}");
    line
}

/// Opens a fresh database, or the one that the test below names in the last argument.
#[tokio::test]
async fn a_fresh_database_answers() {
    let folder = tempfile::tempdir().unwrap();
    let named = std::env::args()
        .next_back()
        .map(PathBuf::from)
        .filter(|path| path.extension().is_some());
    let path = named.unwrap_or_else(|| folder.path().join("fresh.db"));

    let store = connect(&settings(&path)).await.unwrap();

    store.check().await.unwrap();
    store.create_item(&crate::bench::pen(1, 1)).await.unwrap();
    store.close().await;
}

#[test]
fn eight_processes_start_at_once_on_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shared.db");
    let start = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "start::a_fresh_database_answers"])
            .arg(&path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };

    let starters: Vec<_> = (0..8).map(|_| start()).collect();
    let outcomes: Vec<_> = starters
        .into_iter()
        .map(|starter| starter.wait_with_output().unwrap())
        .collect();

    for outcome in outcomes {
        assert!(
            outcome.status.success(),
            "{}",
            String::from_utf8_lossy(&outcome.stdout)
        );
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let items: i64 = runtime.block_on(async {
        sqlx::query_scalar("select count(*) from items")
            .fetch_one(&mut foreign(&path).await)
            .await
            .unwrap()
    });
    assert_eq!(items, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_stores_of_one_process_start_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shared.db");

    let starts = (0..8).map(|_| {
        let path = path.clone();
        tokio::spawn(async move {
            connect(&settings(&path))
                .await
                .unwrap()
                .check()
                .await
                .unwrap()
        })
    });

    for start in starts.collect::<Vec<_>>() {
        start.await.unwrap();
    }
}

#[tokio::test]
async fn a_restart_finds_what_was_stored() {
    let bench = Bench::file().await;
    let item = bench.item(3).await;
    bench.store.close().await;

    let store = connect(&bench.settings).await.unwrap();

    assert_eq!(store.find_item(item.id).await.unwrap(), Some(item));
}

#[tokio::test]
async fn a_start_needs_no_lock_when_there_is_nothing_to_migrate() {
    let bench = Bench::file().await;
    let mut foreign = bench.foreign().await;
    run(&mut foreign, "begin immediate").await;

    let store = connect(&bench.settings).await.unwrap();

    store.check().await.unwrap();
}

#[tokio::test]
async fn a_migration_waits_until_the_lock_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("busy.db");
    let mut foreign = foreign(&path).await;
    run(&mut foreign, "pragma journal_mode = wal").await;
    run(&mut foreign, "create table theirs (id integer)").await;
    run(&mut foreign, "begin immediate").await;

    let settings = settings(&path);
    let start = tokio::spawn(async move { connect(&settings).await });
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    assert!(!start.is_finished());
    run(&mut foreign, "rollback").await;

    start.await.unwrap().unwrap().check().await.unwrap();
}

#[tokio::test]
async fn a_half_made_schema_of_a_killed_starter_is_no_hindrance() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("killed.db");
    let mut killed = foreign(&path).await;
    run(&mut killed, "pragma journal_mode = wal").await;
    run(&mut killed, "begin immediate").await;
    run(&mut killed, "create table items (id integer)").await;
    drop(killed);

    let store = connect(&settings(&path)).await.unwrap();

    store.check().await.unwrap();
}

#[tokio::test]
async fn an_old_schema_is_not_opened_for_reading_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    run(
        &mut foreign(&path).await,
        "create table theirs (id integer)",
    )
    .await;

    let error = connect(&read_only(&path)).await.unwrap_err();

    assert!(
        matches!(error, ConnectError::OldSchema { found: 0, .. }),
        "{error}"
    );
    assert!(
        line(&error).contains("old.db has schema version 0, but 2 is needed"),
        "{}",
        line(&error)
    );
}

#[tokio::test]
async fn a_schema_of_the_future_is_not_opened() {
    let bench = Bench::file().await;
    let future = "insert into _sqlx_migrations select 99, description, installed_on, success, checksum, execution_time
                  from _sqlx_migrations where version = 1";
    run(&mut bench.foreign().await, future).await;

    let error = connect(&bench.settings).await.unwrap_err();

    assert!(
        line(&error).contains("has schema version 99, but this program knows versions up to 2"),
        "{}",
        line(&error)
    );
}

#[tokio::test]
async fn a_migration_that_was_edited_later_is_noticed() {
    let bench = Bench::file().await;
    run(
        &mut bench.foreign().await,
        "update _sqlx_migrations set checksum = x'00'",
    )
    .await;

    let error = connect(&bench.settings).await.unwrap_err();

    assert!(
        line(&error).ends_with("migration 1 is not the one that was applied"),
        "{}",
        line(&error)
    );
}

#[tokio::test]
async fn files_that_are_no_database_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.db");
    std::fs::write(
        &text,
        "not a database, but long enough to be taken for one".repeat(100),
    )
    .unwrap();
    let missing = folder.path().join("missing.db");

    for (settings, name) in [
        (settings(&text), "text.db"),
        (settings(folder.path()), "cannot open database"),
        (read_only(&missing), "missing.db"),
    ] {
        let error = connect(&settings).await.unwrap_err();
        assert!(matches!(error, ConnectError::Open { .. }), "{error}");
        assert!(line(&error).contains(name), "{}", line(&error));
    }
    assert!(!missing.exists());
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();

    let error = storage::Store::connect(&settings(&folder.path().join("file/q.db")), &detached())
        .await
        .unwrap_err();

    assert!(matches!(error, ConnectError::Folder { .. }), "{error}");
    assert!(line(&error).contains("file/q.db"), "{}", line(&error));
}
