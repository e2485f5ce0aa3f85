//! How many jobs a second go through the queue, on both databases, as a table: `jobs [COUNT]`.
//!
//! COUNT orders are placed first; then workers take the jobs one at a time and finish them, as workers without any
//! work to do would. Each case has a database of its own, three times; the table shows the median and both others.

use std::env;
use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;
use std::time::{Duration, Instant};

use domain::{ItemName, NewItem, NewOrder, Order, Price, Quote, Stock};
use futures_util::future::try_join_all;
use storage::{Answer, JobError, Placement, Settings, Store};
use telemetry::Telemetry;
use telemetry::settings::Vars;
use testbed::Postgres;

const WORKERS: [usize; 2] = [1, 4];
const ROUNDS: usize = 3;
const LEASE: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 5;

type Failure = Box<dyn Error + Send + Sync>;

/// A database with so many workers, and the jobs per second of each round.
struct Case {
    database: Database,
    workers: usize,
    rates: Vec<f64>,
}

#[derive(Clone, Copy)]
enum Database {
    Sqlite,
    Postgres,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let count = env::args()
        .nth(1)
        .map_or(Ok(2_000), |count| count.parse())?;
    let folder = tempfile::tempdir()?;
    let server = Postgres::start();
    let mut cases: Vec<_> = [Database::Sqlite, Database::Postgres]
        .into_iter()
        .flat_map(|database| WORKERS.map(|workers| Case::new(database, workers)))
        .collect();
    // Round by round, so that what else the machine does meanwhile hits all of them alike.
    for round in 0..ROUNDS {
        for case in &mut cases {
            let name = format!("jobs_{}_{round}", case.workers);
            let url = case.database.make(&name, folder.path(), &server);
            case.rates.push(measured(&url, case.workers, count).await?);
        }
    }
    let mut out = stdout().lock();
    writeln!(
        out,
        "| database | workers | jobs per second | slowest | fastest |"
    )?;
    writeln!(out, "|---|---|---|---|---|")?;
    for case in &mut cases {
        case.rates.sort_by(f64::total_cmp);
        let [slowest, median, fastest] = case.rates[..] else {
            return Err("a case was not measured three times".into());
        };
        let (database, workers) = (case.database.name(), case.workers);
        writeln!(
            out,
            "| {database} | {workers} | {median:.0} | {slowest:.0} | {fastest:.0} |"
        )?;
    }
    Ok(())
}

impl Case {
    fn new(database: Database, workers: usize) -> Self {
        let rates = Vec::new();
        Self {
            database,
            workers,
            rates,
        }
    }
}

impl Database {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "Postgres",
        }
    }

    /// Makes a new one; returns its address.
    fn make(self, name: &str, folder: &Path, server: &Postgres) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}/{name}.db", folder.display()),
            Self::Postgres => {
                server.sql("postgres", &format!("create database {name}"));
                server.url(name)
            }
        }
    }
}

/// Jobs per second.
async fn measured(url: &str, workers: usize, count: u32) -> Result<f64, Failure> {
    let source = |name: &str| (name == "DATABASE_URL").then(|| url.to_owned());
    let settings = Settings::from_vars(&Vars::new(&source))?;
    let telemetry = Telemetry::detached(telemetry::Settings::for_tests("jobs"))?;
    let store = Store::connect(&settings, &telemetry).await?;
    place(&store, count).await?;

    let started = Instant::now();
    let tasks = (0..workers).map(|_| tokio::spawn(work(store.clone())));
    let done = try_join_all(tasks)
        .await?
        .into_iter()
        .sum::<Result<u32, JobError>>()?;
    let seconds = started.elapsed().as_secs_f64();

    store.close().await;
    if done != count {
        return Err(format!("{done} of {count} jobs were done").into());
    }
    Ok(f64::from(done) / seconds)
}

async fn place(store: &Store, count: u32) -> Result<(), Failure> {
    let pen = NewItem {
        name: ItemName::parse("pen")?,
        price: Price::parse(250)?,
        stock: Stock::parse(Stock::MAX)?,
    };
    let item = store.create_item(&pen).await?;
    let order = NewOrder::parse(&[(item.id.get(), 1)])?;
    for _ in 0..count {
        let placement = Placement {
            order: &order,
            quote: Quote::flat_rate(&order)?,
            job: &|order| format!("ship {}", order.get()),
        };
        store.place_order(placement, None, answer).await?;
    }
    Ok(())
}

fn answer(order: &Order) -> Answer {
    Answer {
        status: 201,
        location: None,
        body: order.id.get().to_string(),
    }
}

/// Takes jobs until there are none left, and says how many it finished.
async fn work(store: Store) -> Result<u32, JobError> {
    let mut done = 0;
    loop {
        let claimed = store.lease_jobs(1, LEASE, ATTEMPTS).await?;
        let Some(lease) = claimed.leases.first() else {
            return Ok(done);
        };
        store.finish_job(lease, "QT-1").await?;
        done += 1;
    }
}
