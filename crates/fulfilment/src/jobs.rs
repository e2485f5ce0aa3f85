//! `/jobs` on the operations port: the queue as an operator sees it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use domain::{Cursor, JobId, JobState, PageSize, Rejection, Timestamp};
use serde::{Deserialize, Serialize};
use service::{Problem, Query};
use storage::{JobRecord, Store};

use crate::problems;

/// Which jobs are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    state: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

struct Wanted {
    state: Option<JobState>,
    size: PageSize,
    after: Option<Cursor<JobId>>,
}

/// A page of jobs, newest first.
#[derive(Serialize)]
pub(crate) struct JobPage {
    jobs: Vec<JobBody>,
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct JobBody {
    id: i64,
    order_id: i64,
    state: &'static str,
    attempts: u32,
    due_at: String,
    leased_until: Option<String>,
    last_error: Option<String>,
    created_at: String,
    ended_at: Option<String>,
}

/// `GET /jobs`
pub(crate) async fn list(
    store: Data<Store>,
    Query(asked): Query<Asked>,
) -> Result<Json<JobPage>, Problem> {
    let Wanted { state, size, after } = asked.parse().map_err(problems::parameter)?;

    let page = store
        .list_jobs(state, size, after)
        .await
        .map_err(problems::store)?;

    Ok(Json(JobPage {
        jobs: page.entries.into_iter().map(JobBody::from).collect(),
        next_cursor: page.next.map(|cursor| cursor.to_string()),
    }))
}

/// `POST /jobs/{id}/revive`
pub(crate) async fn revive(store: Data<Store>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = job_id(&id).map_err(problems::parameter)?;

    store.revive_job(id).await.map_err(problems::revive)?;

    tracing::warn!(job.id = id.get(), "revived job {}", id.get());
    Ok(HttpResponse::NoContent().finish())
}

impl Asked {
    fn parse(self) -> Result<Wanted, Rejection> {
        let state = self.state.as_deref().map(JobState::parse).transpose()?;
        let size = self.limit.map(PageSize::parse).transpose();
        let size = size.map_err(|rejection| rejection.named("limit"))?;
        let after = self.cursor.as_deref().map(Cursor::parse).transpose()?;
        Ok(Wanted {
            state,
            size: size.unwrap_or_default(),
            after,
        })
    }
}

impl From<JobRecord> for JobBody {
    fn from(job: JobRecord) -> Self {
        Self {
            id: job.id.get(),
            order_id: job.order.get(),
            state: job.state.as_str(),
            attempts: job.attempts,
            due_at: rfc_3339(job.run_at),
            leased_until: job.leased_until.map(rfc_3339),
            last_error: job.last_error,
            created_at: rfc_3339(job.created_at),
            ended_at: job.ended_at.map(rfc_3339),
        }
    }
}

fn job_id(text: &str) -> Result<JobId, Rejection> {
    let number = text
        .parse()
        .map_err(|_| Rejection::new("id", "invalid", "must be a whole number"))?;
    JobId::parse(number).map_err(|rejection| rejection.named("id"))
}

/// A moment in RFC 3339, UTC, with milliseconds.
fn rfc_3339(moment: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(moment.millis()).unwrap_or_default();
    format!("{moment:.3}")
}
