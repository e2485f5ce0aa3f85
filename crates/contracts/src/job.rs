//! Work that one service leaves for another.

use serde::{Deserialize, Serialize};

/// A job in the queue, in any version that is still read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "version")]
pub enum Job {
    /// The first version.
    #[serde(rename = "1")]
    V1(JobV1),
}

/// Bring an order from `pending` to `done`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobV1 {
    /// Which order.
    pub order_id: i64,
    /// The trace that asked for it; the worker's first attempt continues it.
    #[serde(flatten)]
    pub trace: TraceContext,
}

/// Where a trace goes on, in the form of W3C Trace Context.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceContext {
    /// The header `traceparent`; absent where nothing is traced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The header `tracestate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracestate: Option<String>,
}

impl Job {
    /// Writes the job for the queue.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads a job from the queue.
    ///
    /// # Errors
    /// What is wrong with the text, an unknown version included.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Job, JobV1, TraceContext};

    const WRITTEN: &str = concat!(
        r#"{"version":"1","order_id":12,"#,
        r#""traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","#,
        r#""tracestate":"vendor=1"}"#,
    );

    #[test]
    fn a_job_is_written_and_read_as_published() {
        let job = Job::from_json(WRITTEN).unwrap();

        let Job::V1(first) = &job;
        assert_eq!(first.order_id, 12);
        assert_eq!(first.trace.tracestate.as_deref(), Some("vendor=1"));
        assert_eq!(job.to_json().unwrap(), WRITTEN);
    }

    #[test]
    fn an_untraced_job_says_nothing_about_traces() {
        let untraced = JobV1 {
            order_id: 1,
            trace: TraceContext::default(),
        };

        let written = Job::V1(untraced.clone()).to_json().unwrap();

        assert_eq!(written, r#"{"version":"1","order_id":1}"#);
        assert_eq!(Job::from_json(&written).unwrap(), Job::V1(untraced));
    }

    #[test]
    fn a_version_that_nobody_knows_is_refused() {
        let unknown = WRITTEN.replace(r#""1""#, r#""2""#);

        let error = Job::from_json(&unknown).unwrap_err();

        assert!(error.to_string().contains("unknown variant `2`"), "{error}");
    }
}
