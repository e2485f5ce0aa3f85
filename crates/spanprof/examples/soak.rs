//! Samples hard work for a while and looks for crashes, growth and leaks: `soak [SECONDS [HZ]]`.
//!
//! Requests interleave, write to SQLite, panic, hang up and hand work on, while threads come and go.

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use std::{env, fs, panic, process, thread};

use spanprof::{Label, Settings, counters, labelled, with_label};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

/// Memory and timers have found their level by then.
const SETTLED: Duration = Duration::from_secs(10);
const GROWTH_KIB: u64 = 16 << 10;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut arguments = env::args().skip(1);
    let seconds: u64 = arguments.next().map_or(Ok(60), |seconds| seconds.parse())?;
    let hz: u32 = arguments.next().map_or(Ok(100), |hz| hz.parse())?;

    let mut profiler = spanprof::start(Settings { hz })?;
    let working = Arc::new(AtomicBool::new(true));
    let work = {
        let working = Arc::clone(&working);
        thread::spawn(move || work(&working))
    };
    let churn = {
        let working = Arc::clone(&working);
        thread::spawn(move || churn(&working))
    };

    let began = Instant::now();
    let mut spans = HashMap::<bool, u64>::new();
    let (mut settled_kib, mut next_report) = (None, SETTLED);
    while began.elapsed() < Duration::from_secs(seconds) {
        thread::sleep(Duration::from_secs(1));
        profiler.drain(|sample| *spans.entry(sample.span != 0).or_default() += sample.nanoseconds);
        if began.elapsed() >= next_report {
            next_report += SETTLED;
            settled_kib = settled_kib.or(Some(status("VmRSS")));
            report(began.elapsed(), &spans)?;
        }
    }
    working.store(false, Relaxed);
    let requests = work.join().map_err(|_| "the work panicked")??;
    let threads = churn.join().map_err(|_| "the churn panicked")?;
    profiler.stop();
    report(began.elapsed(), &spans)?;

    let grown_kib = status("VmRSS").saturating_sub(settled_kib.unwrap_or(u64::MAX));
    println!("{requests} requests, {threads} short threads, {grown_kib} KiB grown");
    let leaked = timers()? != 0 || counters().threads_watched != 0;
    if leaked || grown_kib > GROWTH_KIB || counters().dropped > 0 {
        println!("failed: timers leaked, memory grown, or samples dropped");
        process::exit(1);
    }
    Ok(())
}

fn work(working: &AtomicBool) -> Result<u64, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()?;
    let folder = tempfile::tempdir()?;
    let mut requests = 0;
    runtime.block_on(async {
        let database = database(folder.path()).await?;
        while working.load(Relaxed) {
            let batch: Vec<_> = (0..16)
                .map(|_| {
                    requests += 1;
                    let request = request(requests, database.clone());
                    tokio::spawn(labelled(Label::new(requests), request))
                })
                .collect();
            for (number, request) in batch.into_iter().enumerate() {
                if number == 3 {
                    request.abort();
                }
                let _ = request.await;
            }
        }
        database.close().await;
        Ok(requests)
    })
}

/// Each of its connections has a thread, which ends after a second: others take its place.
async fn database(folder: &Path) -> Result<SqlitePool, Failure> {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("soak.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal);
    let database = SqlitePoolOptions::new()
        .max_connections(4)
        .max_lifetime(Duration::from_secs(1))
        .connect_with(options)
        .await?;
    sqlx::query("create table words (id integer primary key, word text not null)")
        .execute(&database)
        .await?;
    Ok(database)
}

/// Overwrites one of a thousand rows and reads others, so that the file does not grow.
async fn look_up(database: &SqlitePool, number: u64) -> Result<i64, sqlx::Error> {
    let row = (number % 1_000).cast_signed();
    sqlx::query("insert or replace into words (id, word) values ($1, $2)")
        .bind(row)
        .bind(format!("{number:>40}"))
        .execute(database)
        .await?;
    sqlx::query_scalar("select count(*) from words where word like '%7%' and id < $1")
        .bind(row)
        .fetch_one(database)
        .await
}

async fn request(number: u64, database: SqlitePool) {
    for slice in 0..4 {
        black_box(fib(18 + number % 3));
        let text: Vec<String> = (0..200).map(|word| format!("{word:>20}")).collect();
        black_box(text.concat());
        match (number + slice) % 9 {
            0 => tokio::time::sleep(Duration::from_micros(300)).await,
            1 if slice == 2 => panic::resume_unwind(Box::new("planted")),
            2 => drop(black_box(look_up(&database, number).await)),
            3 => hand_on().await,
            _ => tokio::task::yield_now().await,
        }
    }
}

async fn hand_on() {
    let label = Label::current();
    let blocking = move || match &label {
        Some(label) => with_label(label, || fib(20)),
        None => fib(20),
    };
    black_box(
        tokio::task::spawn_blocking(blocking)
            .await
            .unwrap_or_default(),
    );
}

/// Deep rather than fast, so that some stacks are cut.
fn fib(n: u64) -> u64 {
    if n < 2 {
        n
    } else {
        black_box(fib(n - 1)) + black_box(fib(n - 2))
    }
}

fn deep(frames: u64) -> u64 {
    if frames == 0 {
        fib(12)
    } else {
        black_box(deep(frames - 1)) + 1
    }
}

fn churn(working: &AtomicBool) -> u64 {
    let mut threads = 0;
    while working.load(Relaxed) {
        let batch: Vec<_> = (0..8)
            .map(|number| {
                threads += 1;
                thread::spawn(move || match number % 4 {
                    0 => with_label(&Label::new(7), || fib(16)),
                    1 => deep(400),
                    2 => with_label(&Label::new(8), || deep(300)),
                    _ => 0,
                })
            })
            .collect();
        for thread in batch {
            black_box(thread.join().unwrap_or_default());
        }
        thread::sleep(Duration::from_millis(2));
    }
    threads
}

fn report(elapsed: Duration, spans: &HashMap<bool, u64>) -> Result<(), Failure> {
    let now = counters();
    let of_process = 100.0 * (now.sampled_ns as f64 / 1e9) / process_seconds()?;
    let labelled = spans.get(&true).copied().unwrap_or_default();
    println!(
        "{:>5} s  {now:?}  sampled {of_process:.1} % of cpu, {:.1} % of it labelled  missed {:.1} %  \
         {} timers, {} threads, {} KiB, scanner {:.2} % of a core",
        elapsed.as_secs(),
        100.0 * labelled as f64 / now.sampled_ns as f64,
        100.0 * (now.missed_ns as f64 / 1e9) / process_seconds()?,
        timers()?,
        fs::read_dir("/proc/self/task")?.count(),
        status("VmRSS"),
        100.0 * scanner_seconds()? / elapsed.as_secs_f64(),
    );
    Ok(())
}

fn process_seconds() -> Result<f64, Failure> {
    seconds_of("/proc/self/stat")
}

fn scanner_seconds() -> Result<f64, Failure> {
    for task in fs::read_dir("/proc/self/task")? {
        let task = task?.path();
        if fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim() == "spanprof") {
            return seconds_of(task.join("stat").to_str().unwrap_or_default());
        }
    }
    Ok(0.0)
}

/// User and system time, in hundredths of seconds, the 14th and 15th field.
fn seconds_of(stat: &str) -> Result<f64, Failure> {
    let stat = fs::read_to_string(stat)?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<f64> = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .flat_map(str::parse)
        .collect();
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

fn timers() -> Result<usize, Failure> {
    let timers = fs::read_to_string("/proc/self/timers")?;
    Ok(timers
        .lines()
        .filter(|line| line.starts_with("ID:"))
        .count())
}

fn status(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with(field))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse().ok())
        .unwrap_or_default()
}
