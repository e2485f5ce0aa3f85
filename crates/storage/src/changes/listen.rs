//! Listening to Postgres, which tells whoever asks that others wrote.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::time::{sleep, timeout};

use super::Signals;
use crate::Error;
use crate::connect::Server;

/// The channels of the triggers in the second migration.
const JOBS: &str = "quartet_jobs";
const EVENTS: &str = "quartet_events";

/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// After this much silence the server is asked whether it is still there: a dead one says nothing either.
const SILENCE: Duration = Duration::from_secs(15);

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Listens on a connection of its own, and makes a new one when that is lost; until then who waits
/// looks when its time is up.
pub(super) async fn listen(server: Server, signals: Arc<Signals>) {
    let mut pause = FIRST_PAUSE;
    let mut told = false;
    loop {
        let error = match connect(&server).await {
            Ok(listener) => {
                if told {
                    tracing::info!("the database's notifications are back");
                }
                (pause, told) = (FIRST_PAUSE, false);
                hear(listener, &signals).await
            }
            Err(error) => error,
        };
        if !told {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(
                error,
                "lost the database's notifications: jobs and events are polled"
            );
            told = true;
        }
        sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

async fn connect(server: &Server) -> Result<PgListener, Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(server.listener()?);
    let connecting = async {
        let mut listener = PgListener::connect_with(&pool).await?;
        // Else it would reconnect without a pause, and to the same server after a failover.
        listener.eager_reconnect(false);
        listener.listen_all([JOBS, EVENTS]).await?;
        Ok(listener)
    };
    let connected = timeout(PATIENCE, connecting).await;
    connected.unwrap_or_else(|_| Err(Error::timed_out(PATIENCE)))
}

fn lost() -> Error {
    sqlx::Error::Io(io::ErrorKind::ConnectionReset.into()).into()
}

/// Passes on what it hears until the connection is lost.
async fn hear(mut listener: PgListener, signals: &Signals) -> Error {
    // For what was written while nobody listened.
    signals.all();
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(heard))) if heard.channel() == JOBS => {
                signals.jobs.send_replace(());
            }
            Ok(Ok(Some(_))) => {
                signals.events.send_replace(());
            }
            Ok(Ok(None)) => return lost(),
            Ok(Err(error)) => return error.into(),
            Err(_) => {
                let asked = sqlx::query("select 1").execute(&mut listener);
                match timeout(PATIENCE, asked).await {
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => return error.into(),
                    Err(_) => return Error::timed_out(PATIENCE),
                }
            }
        }
    }
}
