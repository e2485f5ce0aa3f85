//! A stack under test, started and stopped by `quartet` itself, with settings of its own.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

/// Generous, for machines that are busy.
const PATIENCE_SECONDS: &str = "300";

/// A stack, deleted when it is dropped.
pub(crate) struct Stack {
    pub(crate) name: &'static str,
    root: TempDir,
}

impl Stack {
    pub(crate) fn new(name: &'static str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let stack = Self { name, root };
        // What a run left that was killed.
        let _nothing_usually = stack.clean();
        stack
    }

    pub(crate) fn up(&self) -> Result<()> {
        let without = without();
        let without = without.iter().flat_map(|part| ["--without", part.as_str()]);
        let mut arguments = vec![
            "up",
            "compose",
            "--no-build",
            "--patience",
            PATIENCE_SECONDS,
        ];
        arguments.extend(without);
        self.quartet(&arguments).map(drop)
    }

    pub(crate) fn down(&self) -> Result<()> {
        self.quartet(&["down"]).map(drop)
    }

    pub(crate) fn clean(&self) -> Result<()> {
        self.quartet(&["clean"]).map(drop)
    }

    /// Takes the settings away from beside the data, and puts them back.
    pub(crate) fn is_refused_without_settings(&self) -> Result<()> {
        self.down()?;
        let settings = self.settings();
        let aside = self.root.path().join("aside");
        fs::rename(&settings, &aside)?;
        let refused = self.up();
        ensure!(!settings.exists(), "new secrets were made beside old data");
        fs::rename(&aside, &settings)?;
        let refusal = match refused {
            Ok(()) => bail!("it started"),
            Err(error) => format!("{error:#}"),
        };
        for word in [
            ".env.",
            "POSTGRES_PASSWORD",
            "put that file back",
            "just clean --name",
        ] {
            ensure!(
                refusal.contains(word),
                "the refusal does not say {word:?}: {refusal}"
            );
        }
        self.up()
    }

    /// Whether nothing of it is left in the engine.
    pub(crate) fn is_gone(&self) -> Result<()> {
        let label = format!("label=com.docker.compose.project={}", self.name);
        for kind in ["container", "volume", "network"] {
            let mut left = vec![kind, "ls", "--quiet", "--filter", &label];
            left.extend((kind == "container").then_some("--all"));
            let left = docker(&left)?;
            ensure!(left.is_empty(), "{kind}s: {left}");
        }
        Ok(())
    }

    /// What the engine says of each of its containers.
    pub(crate) fn containers(&self) -> Result<Vec<Value>> {
        let label = format!("label=com.docker.compose.project={}", self.name);
        let ids = docker(&["ps", "--quiet", "--filter", &label])?;
        let mut arguments = vec!["inspect"];
        arguments.extend(ids.lines());
        let Value::Array(containers) = serde_json::from_str(&docker(&arguments)?)? else {
            bail!("docker inspect is not understood");
        };
        Ok(containers)
    }

    /// Runs a command in one of its containers.
    pub(crate) fn inside(&self, part: &str, command: &[&str]) -> Result<String> {
        let project = format!("label=com.docker.compose.project={}", self.name);
        let service = format!("label=com.docker.compose.service={part}");
        let id = docker(&["ps", "--quiet", "--filter", &project, "--filter", &service])?;
        ensure!(!id.is_empty(), "{part} of {} does not run", self.name);
        docker(&[&["exec", id.trim()], command].concat())
    }

    /// Where `api` is reached from here.
    pub(crate) fn api(&self) -> Result<SocketAddr> {
        Ok(SocketAddr::from(([127, 0, 0, 1], self.port("API_PORT")?)))
    }

    /// A published port, by the name of its setting.
    pub(crate) fn port(&self, name: &str) -> Result<u16> {
        let settings = fs::read_to_string(self.settings())?;
        let mut lines = settings.lines().filter_map(|line| line.split_once('='));
        let port = lines.find(|(found, _)| *found == name);
        let (_, port) = port.with_context(|| format!("no {name}"))?;
        Ok(port.parse()?)
    }

    /// The file of a secret.
    pub(crate) fn secret(&self, name: &str) -> PathBuf {
        let rendered = self.root.path().join("run/compose").join(self.name);
        rendered.join("secrets").join(name)
    }

    /// Whether the part cannot be started here.
    pub(crate) fn leaves_out(&self, part: &str) -> bool {
        without().is_some_and(|name| name == part)
    }

    /// Follows every link and panel through this Grafana.
    pub(crate) fn verify(&self, grafana: &str, password: &Path) -> Result<()> {
        let mut command = self.command();
        command.args([
            "verify",
            "--links",
            "--panels",
            "--patience",
            PATIENCE_SECONDS,
        ]);
        command
            .args(["--grafana", grafana, "--password-file"])
            .arg(password);
        for (variable, port) in [
            ("QUARTET_API_HTTP_ADDRESS", "API_PORT"),
            ("QUARTET_API_OPERATIONS_ADDRESS", "API_OPERATIONS_PORT"),
            (
                "QUARTET_FULFILMENT_OPERATIONS_ADDRESS",
                "FULFILMENT_OPERATIONS_PORT",
            ),
        ] {
            command.env(variable, format!("127.0.0.1:{}", self.port(port)?));
        }
        output(&mut command).map(drop)
    }

    fn settings(&self) -> PathBuf {
        self.root.path().join(format!(".env.{}", self.name))
    }

    fn quartet(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.command();
        command.args(arguments).args(["--name", self.name]);
        output(&mut command)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quartet"));
        command.arg("--root").arg(self.root.path());
        command.arg("--project").arg(project());
        command
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let _gone_already = self.clean();
    }
}

/// The checkout.
pub(crate) fn project() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// What `docker` answers.
pub(crate) fn docker(arguments: &[&str]) -> Result<String> {
    output(Command::new("docker").args(arguments))
}

/// What a command writes; if it fails, the end of that is the error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<_> = said.lines().chain(complaint.lines()).collect();
        let last = lines.len().saturating_sub(30);
        bail!("{}", lines[last..].join("\n"));
    }
    Ok(said)
}

/// Asks until the answer is yes.
pub(crate) fn eventually(
    what: &str,
    patience: Duration,
    ask: impl Fn() -> Result<bool>,
) -> Result<()> {
    let began = Instant::now();
    loop {
        let answer = ask();
        if matches!(answer, Ok(true)) {
            return Ok(());
        }
        if patience < began.elapsed() {
            let last = answer
                .err()
                .map(|error| format!(" ({error:#})"))
                .unwrap_or_default();
            bail!("{what}: not within {} s{last}", patience.as_secs());
        }
        thread::sleep(Duration::from_millis(500));
    }
}

/// The part that cannot be started here.
fn without() -> Option<String> {
    variable("QUARTET_COMPOSE_WITHOUT")
}

/// What who runs this test says of the place.
#[expect(
    clippy::disallowed_methods,
    reason = "only a variable gets through cargo"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
