//! The alerts of services: each made to fire by a real fault, seen where it is delivered, and over again.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::follow;
use super::place::Place;
use super::row::{Row, Verdict};
use super::traffic;
use crate::probe::agent;
use crate::record::Record;
use crate::root::Root;
use crate::stores::alerts::{self, Alert};

/// Longer than any alert of the demo takes to fire; a fault ends by itself if this program does not.
const FAULT_SECONDS: u64 = 300;

/// Why none of it can be looked at in embedded mode.
const NOBODY_EVALUATES: &str = "nothing evaluates alerts in embedded mode";

/// What a shell says of a program that Ctrl+C ended.
const INTERRUPTED: i32 = 130;

/// Something that goes wrong, and what must be told about it.
struct Drill {
    alert: &'static str,
    service: &'static str,
    fault: Fault,
}

#[derive(Clone, Copy)]
enum Fault {
    /// A switch of the service's switchboard, and its value.
    Switch(&'static str, u64),
    /// The process is stopped, and goes on afterwards.
    Stopped,
}

const DRILLS: &[Drill] = &[
    Drill {
        alert: "ServiceDown",
        service: "fulfilment",
        fault: Fault::Stopped,
    },
    Drill {
        alert: "HighErrorRate",
        service: "api",
        fault: Fault::Switch("errors", 60),
    },
    Drill {
        alert: "HighLatency",
        service: "api",
        fault: Fault::Switch("latency", 1_500),
    },
];

/// Two rows for each alert: that it fires, and that it resolves.
pub(super) fn all(place: &Place, root: &Root, patience: Duration) -> Vec<Row> {
    // Enough requests that a share of them means something, slow as they will be.
    let traffic: Vec<_> = (0..4).map(|_| traffic::of_readers(&place.api)).collect();
    let signals = Signals::new([SIGINT, SIGTERM]).ok();
    let handle = signals.as_ref().map(Signals::handle);
    let rows = thread::scope(|scope| {
        if let Some(mut signals) = signals {
            // A service that is stopped would stay so.
            scope.spawn(move || {
                if signals.forever().next().is_some() {
                    take_back(place, root);
                    std::process::exit(INTERRUPTED);
                }
            });
        }
        let drills: Vec<_> = DRILLS
            .iter()
            .map(|drill| scope.spawn(move || drill.run(place, root, patience)))
            .collect();
        let rows = drills.into_iter().filter_map(|drill| drill.join().ok());
        let rows = rows.flatten().collect();
        if let Some(handle) = handle {
            handle.close();
        }
        rows
    });
    drop(traffic);
    rows
}

/// The same rows where no alert can fire.
pub(super) fn not_here() -> Vec<Row> {
    let rows = DRILLS.iter().flat_map(|drill| {
        ["fires", "resolves"]
            .map(|what| Row::not_here(&format!("alert {} {what}", drill.alert), NOBODY_EVALUATES))
    });
    rows.collect()
}

/// Ends every fault, as far as that is possible.
fn take_back(place: &Place, root: &Root) {
    for drill in DRILLS {
        let _ = drill.inflict(place, root, false);
    }
}

impl Drill {
    fn run(&self, place: &Place, root: &Root, patience: Duration) -> Vec<Row> {
        let name = format!("alert {} fires", self.alert);
        let quiet = Row::of(&name, Instant::now(), patience, || {
            match self.seen(place)? {
                Some(_) => Err("it fires before anything is wrong".to_owned()),
                None => Ok(String::new()),
            }
        });
        if matches!(quiet.verdict, Verdict::Broken { .. }) {
            return vec![quiet];
        }
        let since = Instant::now();
        if let Err(error) = self.inflict(place, root, true) {
            return vec![Row::broken(&name, format!("{error:#}"))];
        }
        let fires = Row::of(&name, since, patience, || {
            let alert = self.seen(place)?.ok_or("Alertmanager does not have it")?;
            follow::alerts::leads(place, &alert.annotations)?;
            Ok(alert
                .annotations
                .get("summary")
                .cloned()
                .unwrap_or_default())
        });
        let name = format!("alert {} resolves", self.alert);
        let since = Instant::now();
        if let Err(error) = self.inflict(place, root, false) {
            return vec![fires, Row::broken(&name, format!("{error:#}"))];
        }
        let resolves = match fires.verdict {
            Verdict::Held { .. } => {
                Row::of(&name, since, patience * 2, || match self.seen(place)? {
                    Some(_) => Err("Alertmanager still has it".to_owned()),
                    None => Ok(String::new()),
                })
            }
            _ => Row::broken(&name, "it did not fire".to_owned()),
        };
        vec![fires, resolves]
    }

    fn seen(&self, place: &Place) -> Result<Option<Alert>, String> {
        let firing = alerts::firing(&place.stores.alerts).map_err(|error| error.to_string())?;
        let mut firing = firing.into_iter();
        Ok(firing.find(|alert| {
            alert.label("alertname") == self.alert && alert.label("service_name") == self.service
        }))
    }

    fn inflict(&self, place: &Place, root: &Root, on: bool) -> Result<()> {
        match self.fault {
            Fault::Switch(name, value) => self.switch(place, name, on.then_some(value)),
            Fault::Stopped => {
                let record = Record::read(root)?.context("nothing runs here: `just up native`")?;
                let part = record.parts.iter().find(|part| part.name == self.service);
                let process = part.and_then(|part| part.alive());
                let process = process
                    .with_context(|| format!("{} does not run: see `just status`", self.service))?;
                process.pause(on);
                Ok(())
            }
        }
    }

    /// Switches a fault on with this value, or off.
    fn switch(&self, place: &Place, name: &str, value: Option<u64>) -> Result<()> {
        let found = place
            .operations
            .iter()
            .find(|(service, _)| *service == self.service);
        let (_, operations) = found.with_context(|| format!("nobody knows {}", self.service))?;
        let url = format!("{}/faults/{name}", operations.base());
        let agent = agent(Duration::from_secs(10));
        let answer = match value {
            Some(value) => {
                let body = json!({ "value": value, "seconds": FAULT_SECONDS });
                let request = agent.put(&url).header("content-type", "application/json");
                request.send(body.to_string())
            }
            None => agent.delete(&url).call(),
        };
        let status = answer
            .with_context(|| format!("{url} does not answer"))?
            .status();
        anyhow::ensure!(
            status.is_success(),
            "{url} answered {status}: is QUARTET_DEMO on?"
        );
        Ok(())
    }
}
