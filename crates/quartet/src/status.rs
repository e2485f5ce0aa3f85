//! `quartet status`: a table of the parts.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

use crate::probe::{Readiness, readiness};
use crate::process::Vitals;
use crate::record::{PartRecord, Record};
use crate::root::Root;
use crate::terminal::{Terminal, table};
use crate::up::opened::{is_closed, opened};

/// What `status` exits with unless all parts are up, as init scripts do.
pub(crate) const NOT_ALL_UP: u8 = 3;

const NOTHING: &str = "-";

/// Prints the table, and answers whether all parts are up.
pub(crate) fn status(root: &Root, terminal: &Terminal) -> Result<ExitCode> {
    let record = Record::read(root)?;
    let mut rows = vec![
        [
            "PART", "STATE", "PID", "UPTIME", "READY", "ADDRESS", "MEMORY",
        ]
        .map(str::to_owned),
    ];
    let mut all_up = true;
    let running = record.iter().flat_map(|record| &record.parts);
    let mut seen: Vec<_> = running.map(row).collect();
    if record.is_none() {
        let parts = root.mode().table().parts.iter();
        seen.extend(parts.map(|part| (stopped(part.name), false)));
    }
    for (row, up) in seen {
        all_up &= up;
        rows.push(row);
    }
    table(&rows).iter().for_each(|line| terminal.say(line));
    // The other addresses stand in the table.
    let places = record.iter().flat_map(|record| &record.parts);
    let places = places.filter(|part| part.alive().is_some());
    for (title, place) in places.flat_map(|part| &part.places) {
        if is_closed(place) {
            terminal.say("");
            terminal.say(&format!("{title}: {}", opened(root, place)));
        }
    }
    if let Some(record) = record
        && !record.supervisor.is_alive()
        && record.anything_alive()
    {
        all_up = false;
        terminal.say("The supervisor is gone: nothing collects what the parts write. `just up` starts all of it afresh.");
    }
    Ok(match all_up {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(NOT_ALL_UP),
    })
}

fn row(part: &PartRecord) -> ([String; 7], bool) {
    let Some((process, vitals)) = part
        .alive()
        .and_then(|process| Some((process, process.vitals()?)))
    else {
        let mut row = stopped(&part.name);
        row[1] = match part.end() {
            Some(reason) => format!("ended ({reason})"),
            None => "starting".to_owned(),
        };
        return (row, false);
    };
    let Vitals {
        uptime,
        resident_bytes,
        ..
    } = vitals;
    let readiness = readiness(&part.ready);
    let row = [
        part.name.clone(),
        "running".to_owned(),
        process.pid.to_string(),
        duration(uptime),
        readiness.word().to_owned(),
        part.listens
            .first()
            .map_or_else(|| NOTHING.to_owned(), |listen| listen.address.to_string()),
        format!("{:.1} MiB", resident_bytes as f64 / (1024.0 * 1024.0)),
    ];
    (row, readiness == Readiness::Ready)
}

fn stopped(name: &str) -> [String; 7] {
    [name, "down", NOTHING, NOTHING, NOTHING, NOTHING, NOTHING].map(str::to_owned)
}

fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        let cases = [
            (7, "7 s"),
            (60, "1 min 0 s"),
            (3_725, "1 h 2 min"),
            (90_000, "1 d 1 h"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
    }
}
