//! The services and their backends. All programs are stand-ins; tables, addresses and configuration are the real ones.

mod faults;
mod life;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::place::{Answer, Place, free_ports};

const PARTS: [&str; 9] = [
    "api",
    "fulfilment",
    "alloy",
    "victoriametrics",
    "vmalert",
    "alertmanager",
    "loki",
    "tempo",
    "pyroscope",
];

const BACKENDS: [&str; 7] = [
    "alloy",
    "victoria-metrics",
    "vmalert",
    "alertmanager",
    "loki",
    "tempo",
    "pyroscope",
];

/// What runs when all is well: the supervisor and its parts.
const PROCESSES: usize = 1 + PARTS.len();

/// Every variable of `deploy/native/addresses.env` that holds a port.
const LISTENS: [&str; 3] = [
    "VICTORIAMETRICS_LISTEN",
    "VMALERT_LISTEN",
    "ALERTMANAGER_LISTEN",
];
const PORTS: [&str; 12] = [
    "LOKI_HTTP_PORT",
    "LOKI_GRPC_PORT",
    "TEMPO_HTTP_PORT",
    "TEMPO_GRPC_PORT",
    "PYROSCOPE_HTTP_PORT",
    "PYROSCOPE_GRPC_PORT",
    "PYROSCOPE_RAFT_PORT",
    "PYROSCOPE_GOSSIP_PORT",
    "ALLOY_HTTP_PORT",
    "ALLOY_OTLP_GRPC_PORT",
    "ALLOY_OTLP_HTTP_PORT",
    "ALLOY_PROFILES_PORT",
];

/// A place with a project in it: its configuration, and a script that knows where the programs are.
struct Stack {
    place: Place,
    ports: [u16; PORTS.len()],
    metrics: u16,
}

impl Stack {
    fn new() -> Self {
        let mut place = Place::new();
        BACKENDS.iter().for_each(|program| place.stand_in(program));
        let project = place.path("project");
        fs::create_dir_all(project.join("deploy/native")).unwrap();
        let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        copy(
            &real.join("deploy/native/addresses.env"),
            &project.join("deploy/native"),
        );
        copy(&real.join("observability"), &project);
        let programs = place.path("programs");
        script(
            &project.join("deploy/native/build"),
            &format!(
                "cd '{}' && ls -d \"$PWD/$2\" 2>/dev/null || {{ echo \"$2 is not built: just native-build\" >&2; exit 1; }}",
                programs.display()
            ),
        );
        script(
            &project.join("load.sh"),
            "sleep \"$4\"; echo \"$1 a second to $2\"",
        );
        let listens: [u16; LISTENS.len() + 1] = free_ports();
        for (name, port) in LISTENS
            .into_iter()
            .chain(["TEMPO_OTLP_LISTEN"])
            .zip(listens)
        {
            place.set(name, format!("127.0.0.1:{port}"));
        }
        let ports = free_ports();
        for (name, port) in PORTS.into_iter().zip(ports) {
            place.set(name, port.to_string());
        }
        Self {
            place,
            ports,
            metrics: listens[0],
        }
    }

    /// One of whose programs behaves in a way of its own.
    fn with(program: &str, behaviour: &str) -> Self {
        let mut stack = Self::new();
        stack
            .place
            .set("STAND_IN", format!("{program} {behaviour}"));
        stack
    }

    fn port(&self, variable: &str) -> u16 {
        let index = PORTS.iter().position(|name| *name == variable);
        self.ports[index.unwrap()]
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command(arguments);
        command.arg("--project").arg(self.place.path("project"));
        command
    }

    fn quartet(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).output().unwrap())
    }

    fn succeed(&self, arguments: &[&str]) -> String {
        let answer = self.quartet(arguments);
        assert_eq!(answer.code, 0, "{arguments:?}: {}", answer.text);
        answer.text
    }
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-r").arg(from).arg(to).status();
    assert!(copied.unwrap().success());
}

fn script(path: &Path, commands: &str) {
    fs::write(path, format!("#!/bin/sh\n{commands}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
