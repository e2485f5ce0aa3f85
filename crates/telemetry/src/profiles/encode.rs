//! From stacks to pprof.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prost::Message;
use pyroscope::encode::r#gen::google::{
    Function, Label, Line, Location, Profile, Sample, ValueType,
};

/// Pyroscope takes 4 MiB by default; the rest is for what grows with the last sample.
const MOST_BYTES: usize = 7 << 19;

/// What a message costs beside its numbers.
const OVERHEAD: usize = 16;

/// The text by which Pyroscope finds the samples of a span.
const SPAN_ID: &str = "span_id";

/// A function that was under way, and where in it.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) function: Arc<str>,
    pub(super) file: Arc<str>,
    pub(super) line: u32,
}

/// A profile that grows sample by sample, up to a size.
pub(super) struct Encoder {
    profile: Profile,
    texts: HashMap<Arc<str>, i64>,
    functions: HashMap<(i64, i64), u64>,
    locations: HashMap<Vec<(u64, i64)>, u64>,
    samples: HashMap<(u64, Vec<u64>), usize>,
    bytes: usize,
}

impl Encoder {
    /// An empty profile of CPU time; a sample is taken each `period`.
    pub(super) fn new(period: Duration) -> Self {
        let mut encoder = Self {
            profile: Profile::default(),
            texts: HashMap::new(),
            functions: HashMap::new(),
            locations: HashMap::new(),
            samples: HashMap::new(),
            bytes: 0,
        };
        encoder.text(&"".into());
        let cpu = ValueType {
            r#type: encoder.text(&"cpu".into()),
            unit: encoder.text(&"nanoseconds".into()),
        };
        encoder.profile.sample_type = vec![cpu];
        encoder.profile.period_type = Some(cpu);
        encoder.profile.period = nanoseconds(period);
        encoder
    }

    /// Adds what was found in a stack, given as the frames of each of its addresses, the leaf first;
    /// `false` if the profile is as large as it may be.
    pub(super) fn add(&mut self, span: u64, stack: &[Arc<[Frame]>], time: Duration) -> bool {
        if MOST_BYTES <= self.bytes {
            return false;
        }
        let locations = stack.iter().map(|frames| self.location(frames)).collect();
        let key = (span, locations);
        if let Some(known) = self.samples.get(&key) {
            self.profile.sample[*known].value[0] += nanoseconds(time);
            return true;
        }
        let label = (span != 0).then(|| Label {
            key: self.text(&SPAN_ID.into()),
            str: self.text(&format!("{span:016x}").into()),
            num: 0,
            num_unit: 0,
        });
        self.bytes += 2 * OVERHEAD + 3 * stack.len();
        self.profile.sample.push(Sample {
            location_id: key.1.clone(),
            value: vec![nanoseconds(time)],
            label: label.into_iter().collect(),
        });
        self.samples.insert(key, self.profile.sample.len() - 1);
        true
    }

    /// The bytes of the profile, which was taken from `since` to `until`.
    pub(super) fn finish(mut self, since: SystemTime, until: SystemTime) -> Vec<u8> {
        self.profile.time_nanos = nanoseconds(since.duration_since(UNIX_EPOCH).unwrap_or_default());
        self.profile.duration_nanos = nanoseconds(until.duration_since(since).unwrap_or_default());
        self.profile.encode_to_vec()
    }

    /// Of the same lines, whatever their addresses: without lines in the build, one per function.
    fn location(&mut self, frames: &[Frame]) -> u64 {
        let mut lines = Vec::with_capacity(frames.len());
        for frame in frames {
            lines.push((self.function(frame), i64::from(frame.line)));
        }
        if let Some(id) = self.locations.get(&lines) {
            return *id;
        }
        let id = self.locations.len() as u64 + 1;
        self.bytes += OVERHEAD * (1 + lines.len());
        self.profile.location.push(Location {
            id,
            line: lines
                .iter()
                .map(|(function_id, line)| Line {
                    function_id: *function_id,
                    line: *line,
                })
                .collect(),
            ..Location::default()
        });
        self.locations.insert(lines, id);
        id
    }

    fn function(&mut self, frame: &Frame) -> u64 {
        let key = (self.text(&frame.function), self.text(&frame.file));
        if let Some(id) = self.functions.get(&key) {
            return *id;
        }
        let id = self.functions.len() as u64 + 1;
        self.bytes += OVERHEAD;
        self.profile.function.push(Function {
            id,
            name: key.0,
            filename: key.1,
            ..Function::default()
        });
        self.functions.insert(key, id);
        id
    }

    fn text(&mut self, text: &Arc<str>) -> i64 {
        if let Some(number) = self.texts.get(text) {
            return *number;
        }
        let number = i64::try_from(self.texts.len()).unwrap_or(i64::MAX);
        self.bytes += OVERHEAD + text.len();
        self.profile.string_table.push(text.to_string());
        self.texts.insert(text.clone(), number);
        number
    }
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(10);

    fn frame(function: &str, line: u32) -> Arc<[Frame]> {
        Arc::from([Frame {
            function: function.into(),
            file: "src/lib.rs".into(),
            line,
        }])
    }

    fn decoded(encoder: Encoder) -> wire::pprof::Profile {
        let began = UNIX_EPOCH + Duration::from_secs(5);
        wire::pprof::decode(&encoder.finish(began, began + TICK * 3)).unwrap()
    }

    #[test]
    fn stacks_come_back_with_their_spans() {
        let mut encoder = Encoder::new(TICK);
        encoder.add(0xabc, &[frame("api::burn", 7), frame("api::cpu", 9)], TICK);
        encoder.add(0xabc, &[frame("api::burn", 7), frame("api::cpu", 9)], TICK);
        encoder.add(0, &[frame("api::cpu", 9)], TICK);

        let profile = decoded(encoder);

        assert_eq!(
            (profile.period, profile.unix_nanos),
            (10_000_000, 5_000_000_000)
        );
        assert_eq!(profile.duration_nanos, 30_000_000);
        assert_eq!(profile.samples.len(), 2);
        let of_span = &profile.samples[0];
        assert_eq!(of_span.label("span_id"), Some("0000000000000abc"));
        assert_eq!(of_span.values, [20_000_000]);
        assert_eq!(of_span.frames[0].function, "api::burn");
        assert_eq!(of_span.frames[1].line, 9);
        assert!(profile.samples[1].labels.is_empty());
    }

    #[test]
    fn a_profile_stays_below_what_pyroscope_takes() {
        let mut encoder = Encoder::new(TICK);

        let mut added = 0;
        for span in 1..100_000 {
            let stack: Vec<_> = (0..100)
                .map(|depth| frame(&format!("module::{}", (span + depth) % 5_000), 1))
                .collect();
            added += u64::from(encoder.add(span, &stack, TICK));
        }

        let bytes = encoder.finish(UNIX_EPOCH, UNIX_EPOCH);
        assert!((2 << 20..4 << 20).contains(&bytes.len()), "{}", bytes.len());
        let profile = wire::pprof::decode(&bytes).unwrap();
        assert_eq!(profile.samples.len() as u64, added);
        assert!(added < 99_999);
    }
}
