//! `quartet verify`: makes requests, and follows every link from them through the real stores.

mod alerts;
mod fill;
mod follow;
mod panels;
mod place;
mod requests;
mod row;
mod traffic;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::parts::Mode;
use crate::project::Project;
use crate::record::Record;
use crate::root::Root;
use crate::stores::http::Address;
use crate::terminal::{Terminal, table};

pub(crate) use place::now_ms;

use place::{Place, Viewed};
use requests::Requests;
use row::{Row, Verdict};

/// What to follow, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// Follow every link between signals; what is done where nothing is named
    #[arg(long)]
    links: bool,
    /// Ask every query of every panel, and count the points
    #[arg(long)]
    panels: bool,
    /// Make each alert of the services fire by a real fault, and resolve
    #[arg(long)]
    alerts: bool,
    /// How long each of them may take to become true
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    patience: u64,
    /// Ask through this Grafana, and follow what it has loaded, instead of the files and stores of native mode
    #[arg(long, value_name = "URL")]
    grafana: Option<String>,
    /// File with that Grafana's password for `admin`
    #[arg(long, value_name = "FILE", requires = "grafana")]
    password_file: Option<PathBuf>,
}

/// Prints a table, and answers whether all of it held.
pub(crate) fn verify(
    root: &Root,
    project: &Project,
    request: &Request,
    terminal: &Terminal,
) -> Result<ExitCode> {
    let rows = match (&request.grafana, Record::read(root)?) {
        (None, Some(record)) if record.mode == Mode::Embedded => {
            viewed(&Viewed::of(root, project)?, request, terminal)?
        }
        (None, _) => stored(&Place::native(project)?, root, request, terminal)?,
        (Some(url), _) => {
            let place = Place::grafana(project, url, request.password_file.as_deref())?;
            stored(&place, root, request, terminal)?
        }
    };
    Ok(show(&rows, terminal))
}

impl Request {
    fn links(&self) -> bool {
        self.links || !(self.panels || self.alerts)
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(self.patience)
    }
}

/// Through the stores, as Grafana would.
fn stored(place: &Place, root: &Root, request: &Request, terminal: &Terminal) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    if request.links() || request.panels {
        terminal
            .say("Making requests, then following them; the slowest store takes half a minute.");
        let requests = made(&place.api, terminal)?;
        // Rates need requests that go on.
        let traffic = traffic::of_every_kind(&place.api);
        if request.links() {
            rows.extend(follow::all(place, &requests, request.patience()));
        }
        if request.panels {
            rows.extend(panels::all(place, &requests, request.patience()));
        }
        drop(traffic);
    }
    if request.alerts {
        terminal.say("Making alerts fire: requests will fail and be slow for a while.");
        rows.extend(alerts::all(place, root, request.patience()));
    }
    Ok(rows)
}

/// Through the console, where nothing else runs.
fn viewed(viewed: &Viewed, request: &Request, terminal: &Terminal) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    if request.links() {
        terminal
            .say("Making requests, then following them; profiles are pushed every ten seconds.");
        let requests = made(&viewed.api, terminal)?;
        let traffic = traffic::of_every_kind(&viewed.api);
        rows.extend(follow::all_viewed(viewed, &requests, request.patience()));
        drop(traffic);
    }
    if request.panels {
        rows.push(Row::not_here("panels", "dashboards are Grafana's"));
    }
    if request.alerts {
        rows.extend(alerts::not_here());
    }
    Ok(rows)
}

fn made(api: &Address, terminal: &Terminal) -> Result<Requests> {
    let requests = requests::make(api)?;
    if requests.not_sampled.is_some() {
        terminal.say(&format!(
            "Not every request is sampled: it took {} until three were.",
            requests.tries
        ));
    }
    Ok(requests)
}

fn show(rows: &[Row], terminal: &Terminal) -> ExitCode {
    let head = ["LINK", "RESULT", "SECONDS", ""].map(str::to_owned);
    let cells: Vec<_> = std::iter::once(head)
        .chain(rows.iter().map(Row::cells))
        .collect();
    table(&cells).iter().for_each(|line| terminal.say(line));
    let broken: Vec<_> = rows
        .iter()
        .filter(|row| matches!(row.verdict, Verdict::Broken { .. }))
        .collect();
    let held = rows
        .iter()
        .filter(|row| matches!(row.verdict, Verdict::Held { .. }))
        .count();
    terminal.say("");
    if broken.is_empty() {
        terminal.say(&format!("All {held} hold."));
        return ExitCode::SUCCESS;
    }
    for row in &broken {
        if let Verdict::Broken { hop } = &row.verdict {
            terminal.say(&format!("Broken: {}: {hop}", row.name));
        }
    }
    terminal.say(&format!(
        "{} of {} do not hold. `quartet doctor` says where signals were lost.",
        broken.len(),
        rows.len()
    ));
    ExitCode::FAILURE
}
