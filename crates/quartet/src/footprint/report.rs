//! The table of costs, and how it compares with what was aimed at.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Result;

use super::phase::Cost;
use crate::disk::size;
use crate::root::Root;
use crate::terminal::{Terminal, table};

/// For all parts together, under load.
const AIM_BYTES: u64 = 1 << 30;
/// From the start of the first part to the readiness of the last.
const AIM_READY_SECONDS: f64 = 20.0;

const MIB: f64 = 1024.0 * 1024.0;

pub(super) fn show(
    root: &Root,
    rate: u32,
    ready: &BTreeMap<String, f64>,
    idle: &[Cost],
    loaded: &[Cost],
    terminal: &Terminal,
) -> Result<()> {
    let loaded_at = |what: &str| format!("{what} {rate}/s");
    let head = [
        "PART".to_owned(),
        "READY".to_owned(),
        "RSS idle".to_owned(),
        "PSS idle".to_owned(),
        "CPU idle".to_owned(),
        loaded_at("RSS"),
        loaded_at("PSS"),
        loaded_at("CPU"),
        "DISK".to_owned(),
    ];
    let mut rows = vec![head];
    for (idle, loaded) in idle.iter().zip(loaded) {
        let after = ready.get(&idle.name);
        rows.push(row(
            &idle.name,
            after,
            idle,
            loaded,
            on_disk(root, &idle.name),
        ));
    }
    let (idle, loaded) = (sum(idle), sum(loaded));
    let slowest = ready.values().copied().max_by(f64::total_cmp);
    let disk = size(&root.data()).mebibytes() + size(&root.run()).mebibytes();
    rows.push(row("together", slowest.as_ref(), &idle, &loaded, disk));
    table(&rows).iter().for_each(|line| terminal.say(line));

    terminal.say("");
    terminal.say("RSS, PSS and DISK in MiB, memory at its most; CPU in cores, the mean.");
    terminal.say(&format!(
        "Memory together (PSS, under load): {:.0} MiB, {}",
        loaded.proportional_bytes as f64 / MIB,
        against(loaded.proportional_bytes <= AIM_BYTES, "1,024 MiB")
    ));
    if let Some(slowest) = slowest {
        let verdict = against(slowest <= AIM_READY_SECONDS, "20 s");
        terminal.say(&format!("All ready after {slowest:.1} s, {verdict}"));
    }
    Ok(())
}

fn against(within: bool, aim: &str) -> String {
    match within {
        true => format!("within the aim of {aim}"),
        false => format!("above the aim of {aim}"),
    }
}

fn row(name: &str, ready: Option<&f64>, idle: &Cost, loaded: &Cost, disk: f64) -> [String; 9] {
    let mebibytes = |bytes: u64| format!("{:.0}", bytes as f64 / MIB);
    [
        name.to_owned(),
        ready.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.1} s")),
        mebibytes(idle.resident_bytes),
        mebibytes(idle.proportional_bytes),
        format!("{:.3}", idle.cores),
        mebibytes(loaded.resident_bytes),
        mebibytes(loaded.proportional_bytes),
        format!("{:.3}", loaded.cores),
        format!("{disk:.1}"),
    ]
}

fn sum(costs: &[Cost]) -> Cost {
    Cost {
        name: String::new(),
        resident_bytes: costs.iter().map(|cost| cost.resident_bytes).sum(),
        proportional_bytes: costs.iter().map(|cost| cost.proportional_bytes).sum(),
        cores: costs.iter().map(|cost| cost.cores).sum(),
    }
}

/// Mebibytes of the folder of a part, and of its logs.
fn on_disk(root: &Root, name: &str) -> f64 {
    let logs = fs::read_dir(root.logs()).into_iter().flatten().flatten();
    let own = logs.filter(|entry| {
        let file = entry.file_name();
        file.to_str().and_then(|file| file.split('.').next()) == Some(name)
    });
    let logs: u64 = own
        .filter_map(|entry| Some(entry.metadata().ok()?.len()))
        .sum();
    logs as f64 / MIB + size(&root.data().join(name)).mebibytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_its_folder_and_its_logs() {
        let directory = tempfile::tempdir().unwrap();
        let root = Root::new(directory.path()).unwrap();
        root.create().unwrap();
        let mebibyte = vec![1; 1 << 20];
        fs::write(root.log("tempo"), &mebibyte).unwrap();
        fs::write(root.logs().join("tempo.log.1"), &mebibyte).unwrap();
        fs::write(root.log("temporary"), &mebibyte).unwrap();
        fs::create_dir(root.data().join("tempo")).unwrap();
        fs::write(root.data().join("tempo/block"), &mebibyte).unwrap();

        let disk = on_disk(&root, "tempo");

        assert!((2.9..3.1).contains(&disk), "{disk}");
    }
}
