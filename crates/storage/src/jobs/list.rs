//! The queue, as whoever looks after it sees it.

use domain::{Cursor, JobId, JobState, Page, PageSize, Timestamp};
use sqlx::{AssertSqlSafe, Row as _};

use super::{JobRecord, QueueState};
use crate::connection::{Connection, Row};
use crate::{Error, Store, clock, rows};

impl Store {
    /// A page of the jobs, those of one state or all, newest first.
    ///
    /// # Errors
    /// [`Error`], if the database failed.
    pub async fn list_jobs(
        &self,
        state: Option<JobState>,
        size: PageSize,
        after: Option<Cursor<JobId>>,
    ) -> Result<Page<JobRecord, JobId>, Error> {
        let mut held = self.readers().acquire().await?;
        let work = list(&mut held, state, size, after);
        let outcome = self.call(&self.calls().select_jobs, work).await;
        Ok(Page::cut(held.settle(outcome)?, size, |job| job.id))
    }

    /// How much work there is, and for how long it has waited.
    ///
    /// # Errors
    /// [`Error`], if the database failed.
    pub async fn queue(&self) -> Result<QueueState, Error> {
        let mut held = self.readers().acquire().await?;
        let outcome = self.call(&self.calls().select_jobs, count(&mut held)).await;
        held.settle(outcome)
    }
}

/// One more than a page, which shows whether there is a next one.
async fn list(
    connection: &mut Connection,
    state: Option<JobState>,
    size: PageSize,
    after: Option<Cursor<JobId>>,
) -> Result<Vec<JobRecord>, Error> {
    let before = after.map_or(i64::MAX, |cursor| cursor.last().get());
    // The word of a state stands in the text, so that the index of that state is seen to serve.
    let state = state.map_or(String::new(), |state| {
        format!("and state = '{}'", state.as_str())
    });
    let sql = format!("select * from jobs where id < $1 {state} order by id desc limit $2");
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(before)
        .bind(size.get() + 1);
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(record).collect()
}

fn record(row: &Row) -> Result<JobRecord, Error> {
    let state = JobState::parse(row.try_get("state")?).map_err(rows::wrong("jobs"))?;
    let moment = |column| {
        let millis: Option<i64> = row.try_get(column)?;
        Ok::<_, Error>(millis.map(Timestamp::from_millis))
    };
    Ok(JobRecord {
        id: super::job_id(row)?,
        order: super::order_id(row)?,
        state,
        attempts: super::attempts(row)?,
        run_at: rows::moment(row, "run_at")?,
        leased_until: moment("leased_until")?,
        last_error: row.try_get("last_error")?,
        created_at: rows::moment(row, "created_at")?,
        ended_at: moment("ended_at")?,
    })
}

async fn count(connection: &mut Connection) -> Result<QueueState, Error> {
    let at = clock::now(connection).await?;
    let row = sqlx::query(
        "select (select count(*) from jobs where state = 'ready') as ready,
                (select count(*) from jobs where state = 'leased') as leased,
                (select count(*) from jobs where state = 'dead') as dead,
                (select min(run_at) from jobs where state = 'ready' and run_at <= $1) as fell_due,
                (select min(leased_until) from jobs where state = 'leased' and leased_until <= $1) as expired",
    )
    .bind(at.millis())
    .fetch_one(connection)
    .await?;
    let number = |column| {
        let number: i64 = row.try_get(column)?;
        Ok::<_, Error>(number.unsigned_abs())
    };
    let fell_due: Option<i64> = row.try_get("fell_due")?;
    let expired: Option<i64> = row.try_get("expired")?;
    Ok(QueueState {
        ready: number("ready")?,
        leased: number("leased")?,
        dead: number("dead")?,
        oldest_due: fell_due
            .into_iter()
            .chain(expired)
            .min()
            .map(Timestamp::from_millis),
        at,
    })
}
