//! A store over a server of its own.

use std::future::Future;
use std::time::{Duration, Instant};

use ::telemetry::Telemetry;
use domain::{ItemName, NewItem, Price, Stock};
use storage::{ConnectError, Error, Place, Settings, Store};
use testbed::Postgres;

pub(crate) const DATABASE: &str = "postgres";

/// What the documents promise for whoever asks a server in trouble.
pub(crate) const ANSWERED: Duration = Duration::from_secs(2);

pub(crate) fn settings(url: &str) -> Settings {
    Settings {
        place: Place::parse(url).unwrap(),
        connections: 10,
        timeout: Duration::from_millis(1_100),
        slow: Duration::from_millis(100),
        max_pages: 10_000,
    }
}

pub(crate) fn detached() -> Telemetry {
    Telemetry::detached(::telemetry::Settings::for_tests("storage")).unwrap()
}

pub(crate) async fn connect(settings: &Settings) -> Result<Store, ConnectError> {
    Store::connect(settings, &detached()).await
}

pub(crate) async fn open(server: &Postgres) -> Store {
    connect(&settings(&server.url(DATABASE))).await.unwrap()
}

pub(crate) fn pen() -> NewItem {
    NewItem {
        name: ItemName::parse("pen").unwrap(),
        price: Price::parse(250).unwrap(),
        stock: Stock::parse(5).unwrap(),
    }
}

/// How a call failed that had to, and soon.
pub(crate) async fn refused<T>(call: impl Future<Output = Result<T, Error>>) -> Error {
    let started = Instant::now();
    let Err(refusal) = call.await else {
        panic!("the database did what it was asked")
    };
    let elapsed = started.elapsed();
    assert!(elapsed < ANSWERED, "{refusal:?} after {elapsed:?}");
    refusal
}

/// Connections that somebody else has open, doing nothing.
pub(crate) fn occupied(server: &Postgres, count: usize) -> Vec<std::net::TcpStream> {
    let connect = || {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(server.address()).unwrap();
        let parameters = b"user\0quartet\0database\0postgres\0\0";
        let length = u32::try_from(8 + parameters.len()).unwrap();
        stream.write_all(&length.to_be_bytes()).unwrap();
        stream.write_all(&[0, 3, 0, 0]).unwrap();
        stream.write_all(parameters).unwrap();
        // The first byte of its welcome.
        stream.read_exact(&mut [0]).unwrap();
        stream
    };
    (0..count).map(|_| connect()).collect()
}
