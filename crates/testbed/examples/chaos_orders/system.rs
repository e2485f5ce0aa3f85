//! Both services on one database, and what is done to them.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::ensure;
use sqlx::AnyConnection;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::arguments::Arguments;
use crate::database::{self, Database};
use crate::part::Part;
use crate::progress::Progress;
use crate::schedule::{Kill, Schedule, Victim};

/// Far above what a start takes while the machine builds something else.
const START: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(5);

/// All that runs.
pub(crate) struct System {
    // The first to go: who is served goes before who serves.
    api: Part,
    fulfilment: Part,
    database: Database,
    folder: TempDir,
    runtime: Runtime,
}

impl System {
    /// Starts everything, and waits until it is ready.
    pub(crate) fn start(arguments: &Arguments, progress: &Progress) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("chaos-orders-").tempdir()?;
        let database = Database::start(arguments.database, folder.path());
        let part = |name, program: &Path| {
            let mut part = Part::new(
                name,
                program.to_owned(),
                folder.path().join(format!("{name}.log")),
            );
            part.set("DATABASE_URL", database.url());
            part.set("QUARTET_WORKERS", "2");
            part
        };
        let mut api = part("api", &arguments.api);
        let mut fulfilment = part("fulfilment", &arguments.fulfilment);
        api.set(
            "QUARTET_FULFILMENT_URL",
            format!("http://{}", fulfilment.public),
        );
        api.set("QUARTET_BREAKER_OPEN_MS", "500");
        fulfilment.set("QUARTET_JOB_WORKERS", "4");
        fulfilment.set("QUARTET_LEASE_MS", "1000");
        fulfilment.set("QUARTET_JOB_BACKOFF_MS", "50");
        // So many that no order may fail because its worker was killed.
        fulfilment.set("QUARTET_JOB_ATTEMPTS", "100");
        fulfilment.set("QUARTET_SHIPPING_MS", "20");
        let mut system = Self {
            api,
            fulfilment,
            database,
            folder,
            runtime: Builder::new_current_thread().enable_all().build()?,
        };
        system.api.start()?;
        system.fulfilment.start()?;
        system.wait_until_ready(progress)?;
        Ok(system)
    }

    /// Where the api is asked.
    pub(crate) fn api(&self) -> SocketAddr {
        self.api.public
    }

    /// The address of the database.
    pub(crate) fn database_url(&self) -> String {
        self.database.url()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves database and logs behind, to be looked at.
    pub(crate) fn keep(mut self) {
        self.folder.disable_cleanup(true);
    }

    pub(crate) fn victims(&self) -> &'static [Victim] {
        match self.database.can_be_killed() {
            true => &[Victim::Api, Victim::Fulfilment, Victim::Database],
            false => &[Victim::Api, Victim::Fulfilment],
        }
    }

    /// Kills and restarts as scheduled, then waits until everything is ready again.
    pub(crate) fn suffer(
        &mut self,
        schedule: &Schedule,
        progress: &Progress,
    ) -> anyhow::Result<()> {
        let mut down: Vec<(Instant, Victim)> = Vec::new();
        for kill in &schedule.kills {
            let mut due = Instant::now() + kill.after;
            while Instant::now() < due || down.iter().any(|(_, victim)| *victim == kill.victim) {
                // A database that recovers answers nobody: kills are to meet work.
                due += self.pass(&mut down, progress)?;
            }
            self.strike(kill)?;
            down.push((Instant::now() + kill.down, kill.victim));
            self.note("killed", kill.victim, progress)?;
            progress.killed();
            if progress.must_end() {
                break;
            }
        }
        while !down.is_empty() {
            self.pass(&mut down, progress)?;
        }
        self.wait_until_ready(progress)
    }

    /// Looks into the database, past the services.
    pub(crate) fn query<T>(
        &self,
        look: impl AsyncFnOnce(&mut AnyConnection) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.runtime
            .block_on(async { look(&mut database::connect(&self.database.url()).await?).await })
    }

    /// Ends the services as their operator would.
    pub(crate) fn stop(&mut self) -> anyhow::Result<()> {
        self.api.stop()?;
        self.fulfilment.stop()
    }

    /// Lets a moment pass, and starts who was down for long enough; says how long the starts took.
    fn pass(
        &mut self,
        down: &mut Vec<(Instant, Victim)>,
        progress: &Progress,
    ) -> anyhow::Result<Duration> {
        ensure!(!progress.is_interrupted(), "interrupted");
        let now = Instant::now();
        for (_, victim) in down.extract_if(.., |(until, _)| *until <= now) {
            self.revive(victim)?;
            self.note("started", victim, progress)?;
        }
        let starts = now.elapsed();
        for (part, victim) in [
            (&mut self.api, Victim::Api),
            (&mut self.fulfilment, Victim::Fulfilment),
        ] {
            if down.iter().all(|(_, killed)| *killed != victim) {
                part.expect_running()?;
            }
        }
        progress.show();
        thread::sleep(LOOK);
        Ok(starts)
    }

    fn strike(&mut self, kill: &Kill) -> anyhow::Result<()> {
        match kill.victim {
            Victim::Api => self.api.kill()?,
            Victim::Fulfilment => self.fulfilment.kill()?,
            Victim::Database => self.database.kill(),
        }
        Ok(())
    }

    /// Leaves a line beside the logs, to be read with them.
    fn note(&self, what: &str, victim: Victim, progress: &Progress) -> anyhow::Result<()> {
        let notes = self.folder().join("kills.log");
        let mut notes = OpenOptions::new().create(true).append(true).open(notes)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
        let elapsed = progress.elapsed().as_secs_f64();
        Ok(writeln!(
            notes,
            "{now:.3} {elapsed:9.3} {what} {}",
            victim.as_str()
        )?)
    }

    fn revive(&mut self, victim: Victim) -> anyhow::Result<()> {
        match victim {
            Victim::Api => self.api.start()?,
            Victim::Fulfilment => self.fulfilment.start()?,
            Victim::Database => self.database.start_again(),
        }
        Ok(())
    }

    fn wait_until_ready(&mut self, progress: &Progress) -> anyhow::Result<()> {
        let deadline = Instant::now() + START;
        while !(self.api.is_ready() && self.fulfilment.is_ready()) {
            ensure!(
                Instant::now() < deadline,
                "the services are not ready after {START:?}"
            );
            self.pass(&mut Vec::new(), progress)?;
        }
        Ok(())
    }
}
