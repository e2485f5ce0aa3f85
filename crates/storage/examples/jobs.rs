//! How many jobs a second go through the queue: `jobs [DATABASE_URL [WORKERS [COUNT]]]`, one row of a table.
//!
//! Without an address it is a new file of `SQLite`. COUNT orders are placed first; then WORKERS tasks take the jobs
//! one at a time and finish them, as workers without any work to do would.

use std::env;
use std::error::Error;
use std::io::{Write, stdout};
use std::time::{Duration, Instant};

use domain::{ItemName, NewItem, NewOrder, Order, Price, Quote, Stock};
use futures_util::future::try_join_all;
use storage::{Answer, Placement, Settings, Store};
use telemetry::Telemetry;
use telemetry::settings::Vars;

const LEASE: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 5;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let mut arguments = env::args().skip(1);
    let url = arguments
        .next()
        .unwrap_or_else(|| format!("sqlite://{}/jobs.db", folder.path().display()));
    let workers: usize = arguments.next().map_or(Ok(1), |workers| workers.parse())?;
    let count: u64 = arguments.next().map_or(Ok(2_000), |count| count.parse())?;

    let source = |name: &str| (name == "DATABASE_URL").then(|| url.clone());
    let settings = Settings::from_vars(&Vars::new(&source))?;
    let telemetry = Telemetry::detached(telemetry::Settings::for_tests("jobs"))?;
    let store = Store::connect(&settings, &telemetry).await?;
    place(&store, count).await?;

    let started = Instant::now();
    let tasks = (0..workers).map(|_| tokio::spawn(work(store.clone())));
    let done: u64 = try_join_all(tasks)
        .await?
        .into_iter()
        .sum::<Result<u64, storage::JobError>>()?;
    let seconds = started.elapsed().as_secs_f64();

    store.close().await;
    let database = url.split(':').next().unwrap_or_default();
    let rate = u32::try_from(done).map_or(f64::INFINITY, f64::from) / seconds;
    writeln!(
        stdout(),
        "| {database} | {workers} | {done} | {seconds:.2} | {rate:.0} |"
    )?;
    Ok(())
}

async fn place(store: &Store, count: u64) -> Result<(), Failure> {
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
async fn work(store: Store) -> Result<u64, storage::JobError> {
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
