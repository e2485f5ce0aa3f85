//! Starting, stopping, and being refused.

use spanprof::{Settings, StartError, counters};

use crate::recording::alone;

#[test]
fn a_second_profiler_is_refused_until_the_first_has_stopped() {
    alone(|| {
        let mut first = spanprof::start(Settings::default()).unwrap();
        let second = spanprof::start(Settings::default()).unwrap_err();
        assert_eq!(second.to_string(), "this process has a profiler already");

        first.stop();
        first.stop();
        let third = spanprof::start(Settings::default()).unwrap();
        drop(first);
        assert!(matches!(
            spanprof::start(Settings::default()),
            Err(StartError::Running)
        ));
        assert!(counters().threads_watched > 0);
        drop(third);
        assert_eq!(counters().threads_watched, 0);
    });
}

#[test]
fn a_rate_without_sense_is_refused() {
    alone(|| {
        for hz in [0, 1_001] {
            let refused = spanprof::start(Settings { hz }).unwrap_err();
            assert_eq!(
                refused.to_string(),
                format!("sampling rate {hz} hz is not within 1 to 1000")
            );
        }
    });
}
