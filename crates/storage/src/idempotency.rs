//! Requests that are sent again, and answered as they were the first time.

use std::time::Duration;

use domain::{Caller, IdempotencyKey, Timestamp};
use sqlx::Row as _;

use crate::connection::{Connection, Row};
use crate::lane::Held;
use crate::{Error, Store};

/// How long a request may work before another may take its key over: far above any time-out of ours.
const CLAIM_LASTS: Duration = Duration::from_secs(30);
const ANSWER_LASTS: Duration = Duration::from_hours(24);

/// Bounds of one [`Store::prune`], so that it never holds the writer for long.
const PRUNE_BATCH: i64 = 500;
const PRUNE_BATCHES: usize = 20;

/// A digest of what makes two requests the same, made by the caller.
pub type Fingerprint = [u8; 32];

/// The right to answer for a key, held by the request that came first.
#[derive(Debug, PartialEq, Eq)]
pub struct Claim {
    /// Never given twice, so that who lost the key to another cannot answer for it.
    id: i64,
}

/// An answer as it was sent, and will be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The header `Location`.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}

/// What is known of a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Claiming {
    /// Nothing: go on, and answer for it.
    Claimed(Claim),
    /// The request was answered: send this again.
    Replay(Answer),
    /// The key was used for another request.
    Mismatch,
    /// The first request is still under way.
    InFlight,
}

impl Store {
    /// Claims a key before work begins, or says why not.
    ///
    /// # Errors
    /// [`Error`], if the database failed.
    pub async fn claim(
        &self,
        caller: &Caller,
        key: &IdempotencyKey,
        fingerprint: &Fingerprint,
        now: Timestamp,
    ) -> Result<Claiming, Error> {
        let mut held = self.writer().acquire().await?;
        let work = claim(&mut held, caller, key, fingerprint, now);
        let outcome = self.call(&self.calls().insert_key, work).await;
        held.settle(outcome)
    }

    /// Gives a key back, so that the same request may be tried again.
    ///
    /// # Errors
    /// [`Error`], if the database failed; the claim expires then.
    pub async fn release(&self, claim: Claim) -> Result<(), Error> {
        let mut held = self.writer().acquire().await?;
        let outcome = self
            .call(&self.calls().delete_keys, release(&mut held, claim))
            .await;
        held.settle(outcome)
    }

    /// Deletes expired keys, a bounded number; says how many.
    ///
    /// # Errors
    /// [`Error`], if the database failed.
    pub async fn prune(&self, now: Timestamp) -> Result<u64, Error> {
        let mut pruned = 0;
        for _ in 0..PRUNE_BATCHES {
            let batch = self.prune_batch(now).await?;
            pruned += batch;
            if batch < PRUNE_BATCH.unsigned_abs() {
                break;
            }
        }
        Ok(pruned)
    }

    async fn prune_batch(&self, now: Timestamp) -> Result<u64, Error> {
        let mut held = self.writer().acquire().await?;
        let outcome = self
            .call(&self.calls().delete_keys, prune(&mut held, now))
            .await;
        held.settle(outcome)
    }
}

impl Claim {
    /// Writes the answer; says whether the claim still held.
    pub(crate) async fn answer(
        &self,
        connection: &mut Connection,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let written = sqlx::query(
            "update idempotency_keys set status = $2, location = $3, body = $4, expires_at = $5
             where id = $1 and status is null",
        )
        .bind(self.id)
        .bind(i64::from(answer.status))
        .bind(&answer.location)
        .bind(&answer.body)
        .bind((now + ANSWER_LASTS).millis())
        .execute(connection)
        .await?;
        Ok(0 < written.rows_affected())
    }
}

async fn claim(
    held: &mut Held,
    caller: &Caller,
    key: &IdempotencyKey,
    fingerprint: &Fingerprint,
    now: Timestamp,
) -> Result<Claiming, Error> {
    let mut transaction = held.begin().await?;
    forget_expired(&mut transaction, caller, key, now).await?;
    let claimed = sqlx::query_scalar(
        "insert into idempotency_keys (caller, key, fingerprint, expires_at) values ($1, $2, $3, $4)
         on conflict (caller, key) do nothing returning id",
    )
    .bind(caller.as_str())
    .bind(key.as_str())
    .bind(&fingerprint[..])
    .bind((now + CLAIM_LASTS).millis())
    .fetch_optional(&mut *transaction)
    .await?;
    let outcome = match claimed {
        Some(id) => Claiming::Claimed(Claim { id }),
        None => known(&mut transaction, caller, key, fingerprint).await?,
    };
    transaction.commit().await?;
    Ok(outcome)
}

async fn forget_expired(
    connection: &mut Connection,
    caller: &Caller,
    key: &IdempotencyKey,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query("delete from idempotency_keys where caller = $1 and key = $2 and expires_at <= $3")
        .bind(caller.as_str())
        .bind(key.as_str())
        .bind(now.millis())
        .execute(connection)
        .await?;
    Ok(())
}

async fn known(
    connection: &mut Connection,
    caller: &Caller,
    key: &IdempotencyKey,
    fingerprint: &Fingerprint,
) -> Result<Claiming, Error> {
    let row = sqlx::query(
        "select fingerprint, status, location, body from idempotency_keys where caller = $1 and key = $2",
    )
    .bind(caller.as_str())
    .bind(key.as_str())
    .fetch_optional(connection)
    .await?;
    // Given back since we ran into it: whoever asks again will find it free.
    let Some(row) = row else {
        return Ok(Claiming::InFlight);
    };
    if row.try_get::<&[u8], _>("fingerprint")? != fingerprint {
        return Ok(Claiming::Mismatch);
    }
    Ok(answer(&row)?.map_or(Claiming::InFlight, Claiming::Replay))
}

async fn release(held: &mut Held, claim: Claim) -> Result<(), Error> {
    let mut transaction = held.begin().await?;
    sqlx::query("delete from idempotency_keys where id = $1 and status is null")
        .bind(claim.id)
        .execute(&mut *transaction)
        .await?;
    Ok(transaction.commit().await?)
}

async fn prune(held: &mut Held, now: Timestamp) -> Result<u64, Error> {
    let mut transaction = held.begin().await?;
    let deleted = sqlx::query(
        "delete from idempotency_keys where id in
         (select id from idempotency_keys where expires_at <= $1 order by expires_at limit $2)",
    )
    .bind(now.millis())
    .bind(PRUNE_BATCH)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(deleted.rows_affected())
}

fn answer(row: &Row) -> Result<Option<Answer>, Error> {
    let Some(status) = row.try_get::<Option<i64>, _>("status")? else {
        return Ok(None);
    };
    Ok(Some(Answer {
        status: u16::try_from(status).map_err(|error| Error::Failed(sqlx::Error::decode(error)))?,
        location: row.try_get("location")?,
        body: row.try_get("body")?,
    }))
}
