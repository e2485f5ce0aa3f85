//! `quartet jobs`: the queue between the services, and a second life for what was given up.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::Body;
use ureq::http::Response;

use crate::parts::{FULFILMENT, FULFILMENT_OPERATIONS, Mode};
use crate::plan::variables;
use crate::probe::agent;
use crate::project::Project;
use crate::record::Record;
use crate::root::Root;
use crate::terminal::{Terminal, table};

/// More than the service takes to say that its database does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How much of an error the table shows, in characters.
const ERROR_CHARS: usize = 60;

const NOTHING: &str = "-";

/// Which jobs to show, or what to do with one.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Request {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only those that are `ready`, `leased`, `done`, `dead` or `cancelled`
    #[arg(long)]
    state: Option<String>,
    /// How many at most, up to 100
    #[arg(short = 'n', long, default_value_t = 20)]
    limit: u32,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Give a dead job as many attempts again as it had
    Revive {
        /// Its number
        id: u64,
    },
}

/// What `GET /jobs` answers, as far as it is shown.
#[derive(Debug, Deserialize)]
struct JobPage {
    jobs: Vec<Job>,
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Job {
    id: i64,
    order_id: i64,
    state: String,
    attempts: u32,
    due_at: String,
    last_error: Option<String>,
}

/// What every refusal says.
#[derive(Debug, Deserialize)]
struct Problem {
    detail: String,
}

/// Prints the table, or revives a job.
pub(crate) fn jobs(
    root: &Root,
    project: &Project,
    request: &Request,
    terminal: &Terminal,
) -> Result<()> {
    let operations = operations(root, project)?;
    match request.command {
        Some(Command::Revive { id }) => revive(&operations, id, terminal),
        None => list(&operations, request, terminal),
    }
}

/// Where the part that runs serves its operators; else where one would.
fn operations(root: &Root, project: &Project) -> Result<String> {
    let record = Record::read(root)?;
    let parts = record.iter().flat_map(|record| &record.parts);
    let running = parts.flat_map(|part| &part.listens);
    let mut running = running.filter(|listen| listen.variable == FULFILMENT_OPERATIONS);
    let mut variables = variables(Mode::Embedded, project)?;
    if let Some(listen) = running.next() {
        variables.fix(FULFILMENT_OPERATIONS, &listen.address.to_string());
    }
    variables.url(FULFILMENT_OPERATIONS)
}

fn list(operations: &str, request: &Request, terminal: &Terminal) -> Result<()> {
    let url = format!("{operations}/jobs");
    let mut asked = agent(PATIENCE)
        .get(&url)
        .query("limit", request.limit.to_string());
    if let Some(state) = &request.state {
        asked = asked.query("state", state);
    }
    let page: JobPage = read(asked.call(), operations)?;
    if page.jobs.is_empty() {
        terminal.say("There are no such jobs.");
        return Ok(());
    }
    table(&rows(&page))
        .iter()
        .for_each(|line| terminal.say(line));
    if page.next_cursor.is_some() {
        terminal.say("There are more: `--limit` shows up to 100.");
    }
    Ok(())
}

fn rows(page: &JobPage) -> Vec<[String; 6]> {
    let head = ["JOB", "ORDER", "STATE", "ATTEMPTS", "DUE", "LAST ERROR"].map(str::to_owned);
    let rows = page.jobs.iter().map(|job| {
        [
            job.id.to_string(),
            job.order_id.to_string(),
            job.state.clone(),
            job.attempts.to_string(),
            job.due_at.clone(),
            shortened(job.last_error.as_deref().unwrap_or(NOTHING)),
        ]
    });
    std::iter::once(head).chain(rows).collect()
}

/// A terminal would take control characters for commands.
fn shortened(error: &str) -> String {
    let shown = error.chars().filter(|letter| !letter.is_control());
    let mut text: String = shown.take(ERROR_CHARS + 1).collect();
    if let Some((cut, _)) = text.char_indices().nth(ERROR_CHARS) {
        text.truncate(cut);
        text.push('…');
    }
    text
}

fn revive(operations: &str, id: u64, terminal: &Terminal) -> Result<()> {
    let url = format!("{operations}/jobs/{id}/revive");
    let answer = agent(PATIENCE).post(&url).send_empty();
    accepted(answer, operations)?;
    terminal.say(&format!("Job {id} is ready again."));
    Ok(())
}

fn read<T: DeserializeOwned>(
    answer: Result<Response<Body>, ureq::Error>,
    operations: &str,
) -> Result<T> {
    let text = accepted(answer, operations)?;
    serde_json::from_str(&text).with_context(|| format!("{FULFILMENT} answered nonsense"))
}

/// The body of an answer that is no refusal.
fn accepted(answer: Result<Response<Body>, ureq::Error>, operations: &str) -> Result<String> {
    let mut answer = answer.with_context(|| {
        format!("{FULFILMENT} does not answer on {operations}: see `just status`")
    })?;
    let text = answer
        .body_mut()
        .read_to_string()
        .with_context(|| format!("the answer of {FULFILMENT} broke off"))?;
    if answer.status().is_success() {
        return Ok(text);
    }
    match serde_json::from_str::<Problem>(&text) {
        Ok(problem) => bail!("{}", problem.detail),
        Err(_) => bail!("{FULFILMENT} answered {}", answer.status()),
    }
}

#[cfg(test)]
mod tests {
    use super::{ERROR_CHARS, JobPage, rows, shortened};

    const ANSWER: &str = r#"{"jobs":[{"id":7,"order_id":12,"state":"dead","attempts":5,
        "due_at":"2026-11-21T12:00:00.000Z","leased_until":null,"last_error":"the carrier\u001b[31m refused",
        "created_at":"2026-11-21T11:00:00.000Z","ended_at":null}],"next_cursor":null}"#;

    #[test]
    fn a_job_is_a_row() {
        let page: JobPage = serde_json::from_str(ANSWER).unwrap();

        let rows = rows(&page);

        assert_eq!(rows[0][..3], ["JOB", "ORDER", "STATE"]);
        assert_eq!(rows[1][..4], ["7", "12", "dead", "5"]);
        assert_eq!(rows[1][5], "the carrier[31m refused");
    }

    #[test]
    fn a_long_error_is_cut() {
        let whole = "é".repeat(ERROR_CHARS);

        assert_eq!(shortened(&whole), whole);
        assert_eq!(shortened(&format!("{whole}x")), format!("{whole}…"));
    }
}
