//! The `pyroscope` crate's own profiler: no span labels, but no frame pointers either.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prost::Message;
use pyroscope::backend::{
    Backend, BackendConfig, BackendImpl, BackendReady, PprofConfig, ReportBatch, ReportData,
    ThreadTag, pprof_backend,
};

use super::fates::Fates;
use super::profiler::{CPU, HZ, PERIOD};

/// Profiles without span labels.
pub(super) struct Plain {
    inner: BackendImpl<BackendReady>,
    fates: Fates,
    since: SystemTime,
}

impl Plain {
    /// Begins to sample. It needs a folder for a temporary file.
    pub(super) fn start(fates: Fates) -> pyroscope::Result<Self> {
        let config = PprofConfig { sample_rate: HZ };
        let inner = pprof_backend(config, BackendConfig::default()).initialize()?;
        Ok(Self {
            inner,
            fates,
            since: SystemTime::now(),
        })
    }
}

impl Backend for Plain {
    fn initialize(&mut self) -> pyroscope::Result<()> {
        Ok(())
    }

    fn shutdown(self: Box<Self>) -> pyroscope::Result<()> {
        self.inner.shutdown()
    }

    /// What the inner backend reports, encoded here with the window that it was taken in.
    fn report(&mut self) -> pyroscope::Result<ReportBatch> {
        let reports = match self.inner.report()?.data {
            ReportData::Reports(reports) => reports,
            ReportData::RawPprof(encoded) => return Ok(batch(encoded)),
        };
        let stacks = reports.iter().flat_map(|report| report.data.values());
        let samples = stacks.sum::<usize>() as u64;
        self.fates.sampled(
            samples,
            Duration::from_secs_f64(samples as f64 / f64::from(HZ)),
        );
        let until = SystemTime::now();
        let since = std::mem::replace(&mut self.since, until);
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let profile = pyroscope::encode::pprof::encode(
            &reports,
            HZ,
            nanoseconds(since.duration_since(UNIX_EPOCH).unwrap_or_default()),
            nanoseconds(until.duration_since(since).unwrap_or(PERIOD)),
        );
        Ok(batch(profile.encode_to_vec()))
    }

    fn add_tag(&self, tag: ThreadTag) -> pyroscope::Result<()> {
        self.inner.add_tag(tag)
    }

    fn remove_tag(&self, tag: ThreadTag) -> pyroscope::Result<()> {
        self.inner.remove_tag(tag)
    }
}

fn batch(encoded: Vec<u8>) -> ReportBatch {
    ReportBatch {
        profile_type: CPU.to_owned(),
        data: ReportData::RawPprof(encoded),
    }
}
