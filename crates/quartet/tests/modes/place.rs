//! A directory of its own for each test, with the programs, free ports, and an end to all of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use testbed::{eventually, free_port};

pub(crate) struct Place {
    directory: TempDir,
    pub(crate) public: u16,
    pub(crate) operations: u16,
    pub(crate) fulfilment: u16,
    pub(crate) fulfilment_operations: u16,
    pub(crate) console: u16,
    environment: Vec<(String, String)>,
}

/// What runs when all is well: the supervisor and its parts.
pub(crate) const PROCESSES: usize = 4;

pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) text: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("programs")).unwrap();
        let [
            public,
            operations,
            fulfilment,
            fulfilment_operations,
            console,
            console_operations,
            grpc,
            otlp,
            profiles,
            loki,
        ] = [(); _].map(|()| free_port());
        let mut place = Self {
            directory,
            public,
            operations,
            fulfilment,
            fulfilment_operations,
            console,
            environment: Vec::new(),
        };
        install(
            Path::new(env!("CARGO_BIN_EXE_quartet")),
            &place.path("programs/quartet"),
        );
        place.stand_in("api");
        place.stand_in("console");
        place.stand_in("fulfilment");
        for (name, port) in [
            ("QUARTET_CONSOLE_HTTP_ADDRESS", console),
            ("QUARTET_CONSOLE_OPERATIONS_ADDRESS", console_operations),
            ("QUARTET_CONSOLE_OTLP_GRPC_ADDRESS", grpc),
            ("QUARTET_CONSOLE_OTLP_HTTP_ADDRESS", otlp),
            ("QUARTET_CONSOLE_PROFILES_ADDRESS", profiles),
            ("QUARTET_CONSOLE_LOKI_ADDRESS", loki),
            ("QUARTET_API_HTTP_ADDRESS", public),
            ("QUARTET_API_OPERATIONS_ADDRESS", operations),
            ("QUARTET_FULFILMENT_HTTP_ADDRESS", fulfilment),
            (
                "QUARTET_FULFILMENT_OPERATIONS_ADDRESS",
                fulfilment_operations,
            ),
        ] {
            place.set(name, format!("127.0.0.1:{port}"));
        }
        place
    }

    /// One whose `api` behaves in a way of its own.
    pub(crate) fn behaving(behaviour: &str) -> Self {
        let mut place = Self::new();
        place.set("STAND_IN", format!("api {behaviour}"));
        place
    }

    /// Has every command run with this variable.
    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.environment.push((name.to_owned(), value));
    }

    /// Puts a stand-in in the place of a program.
    pub(crate) fn stand_in(&self, program: &str) {
        let quartet = Path::new(env!("CARGO_BIN_EXE_quartet"));
        let stand_in = quartet.with_file_name("examples").join("stand_in");
        install(&stand_in, &self.path("programs").join(program));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path("programs/quartet"));
        command
            .args(arguments)
            .arg("--root")
            .arg(self.directory.path())
            .env_remove("DATABASE_URL")
            .env_remove("STAND_IN")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs `quartet` to its end.
    pub(crate) fn quartet(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).output().unwrap())
    }

    /// Runs `quartet`, and insists that it says it succeeded.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let answer = self.quartet(arguments);
        assert_eq!(answer.code, 0, "{arguments:?}: {}", answer.text);
        answer.text
    }

    /// The pid of a part, or of the supervisor, as the record has it.
    pub(crate) fn pid(&self, of: &str) -> u32 {
        let text = fs::read_to_string(self.path("run/processes.json")).unwrap();
        let record: Value = serde_json::from_str(&text).unwrap();
        let parts = record["parts"].as_array().unwrap();
        let process = match of {
            "supervisor" => &record["supervisor"],
            name => &parts.iter().find(|part| part["name"] == name).unwrap()["process"],
        };
        process["pid"].as_u64().unwrap().try_into().unwrap()
    }

    /// Every living process whose program lies in this directory.
    pub(crate) fn living(&self) -> Vec<u32> {
        let ours = |pid: &u32| {
            fs::read_link(format!("/proc/{pid}/exe"))
                .is_ok_and(|program| program.starts_with(self.directory.path()))
        };
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter(ours).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.command(&["down"]).output();
        for pid in self.living() {
            kill(pid);
        }
    }
}

impl Answer {
    pub(crate) fn of(output: Output) -> Self {
        let text = [output.stdout, output.stderr].concat();
        Self {
            code: output.status.code().unwrap_or(-1),
            text: String::from_utf8(text).unwrap(),
        }
    }
}

/// Insists that all of this was said.
#[track_caller]
pub(crate) fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

/// Copies a program by another process: a file that this one had open for writing could still be held
/// by a child that a test beside this one has just forked, and would be too busy to be run.
pub(crate) fn install(program: &Path, to: &Path) {
    let copied = Command::new("cp").arg(program).arg(to).status().unwrap();
    assert!(copied.success());
}

/// Ends a process as a crash would, and waits until it is gone.
pub(crate) fn kill(pid: u32) {
    Command::new("kill")
        .args(["-9", &pid.to_string()])
        .status()
        .unwrap();
    eventually("the killed process is gone", || {
        fs::read_link(format!("/proc/{pid}/exe")).is_err()
    });
}
