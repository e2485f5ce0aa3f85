//! The series of all metrics, bounded in bytes and in number.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use hashbrown::HashMap;

use super::metric::{FamilyKind, Labels};

/// There is room for one sample more for each so many: growth by doubling would take twice what is counted.
const SPARE: usize = 4;
const SAMPLE_BYTES: usize = size_of::<Sample>() + size_of::<Sample>() / SPARE;
/// Exemplars that one series keeps.
const EXEMPLARS: usize = 48;
/// The pause between them in milliseconds, so that they reach back a quarter of an hour however often they come.
const BETWEEN_EXEMPLARS: u64 = 20_000;
/// The bookkeeping of one series beside its labels.
const SERIES_BYTES: usize = 256;
/// Labels of one node of a map, and what a node takes.
const NODE_LABELS: usize = 11;
const NODE_BYTES: usize = NODE_LABELS * 2 * size_of::<String>() + 16;
/// What the allocator adds to a text, on average.
const ALLOCATION: usize = 16;
/// Room is made by dropping this share of the time that is kept.
const SHARE: u64 = 16;

/// A value at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    /// In milliseconds since 1970.
    pub(crate) millis: u64,
    pub(crate) value: f64,
}

/// A measured event that names its trace.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeptExemplar {
    pub(crate) millis: u64,
    pub(crate) value: f64,
    pub(crate) trace: u128,
    pub(crate) span: u64,
}

/// Values over time, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct KeptSeries {
    /// Labels, but for those that tell the samples of one family apart.
    pub(crate) labels: Arc<Labels>,
    /// The suffix of the sample's name behind that of the family, such as `_bucket`.
    pub(crate) suffix: &'static str,
    /// The upper bound of a bucket or the quantile of a summary; NaN in other samples.
    pub(crate) bound: f64,
    pub(crate) samples: VecDeque<Sample>,
    pub(crate) exemplars: VecDeque<KeptExemplar>,
}

/// What is known of one family.
#[derive(Clone, Debug)]
pub(crate) struct KeptFamily {
    pub(crate) kind: FamilyKind,
    pub(crate) help: String,
    pub(crate) unit: String,
    pub(crate) series: Vec<Arc<KeptSeries>>,
    /// From what tells a series from the others to its place.
    places: HashMap<SeriesKey, usize>,
}

type SeriesKey = (Arc<Labels>, &'static str, u64);

/// A sample on its way into the store.
#[derive(Clone, Debug)]
pub(crate) struct NewSample<'a> {
    pub(crate) family: &'a str,
    pub(crate) kind: FamilyKind,
    pub(crate) help: &'a str,
    pub(crate) unit: &'a str,
    pub(crate) labels: &'a Labels,
    pub(crate) suffix: &'static str,
    pub(crate) bound: f64,
    pub(crate) sample: Sample,
    pub(crate) exemplar: Option<KeptExemplar>,
}

/// Why a sample is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There are as many series as may be.
    SeriesLimit,
    /// It is older than the newest of its series.
    OutOfOrder,
    /// The series has it already.
    Repeated,
}

/// All series that are kept.
#[derive(Debug)]
pub(crate) struct SeriesStore {
    families: BTreeMap<String, KeptFamily>,
    bytes: usize,
    limit: usize,
    series: usize,
    series_limit: usize,
    samples: usize,
    pub(crate) received: u64,
    pub(crate) evicted: u64,
    pub(crate) repeated: u64,
}

impl SeriesStore {
    pub(crate) fn new(limit: usize, series_limit: usize) -> Self {
        Self {
            families: BTreeMap::new(),
            bytes: 0,
            limit,
            series: 0,
            series_limit,
            samples: 0,
            received: 0,
            evicted: 0,
            repeated: 0,
        }
    }

    pub(crate) fn families(&self) -> &BTreeMap<String, KeptFamily> {
        &self.families
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn samples(&self) -> usize {
        self.samples
    }

    /// The time of the oldest sample, in milliseconds since 1970.
    pub(crate) fn oldest(&self) -> Option<u64> {
        let series = self.families.values().flat_map(|family| &family.series);
        series
            .filter_map(|series| series.samples.front())
            .map(|sample| sample.millis)
            .min()
    }

    /// Takes a sample.
    pub(crate) fn push(&mut self, new: &NewSample<'_>) -> Result<(), Refused> {
        self.received += 1;
        let (family, place) = self.place(new)?;
        let Some(family) = self.families.get_mut(family) else {
            return Ok(());
        };
        let series = Arc::make_mut(&mut family.series[place]);
        if let Some(last) = series.samples.back()
            && new.sample.millis <= last.millis
        {
            let is_same = *last == new.sample;
            self.repeated += u64::from(is_same);
            return Err(if is_same {
                Refused::Repeated
            } else {
                Refused::OutOfOrder
            });
        }
        let before = series.bytes();
        series.add(new.sample);
        self.samples += 1;
        if let Some(exemplar) = &new.exemplar {
            series.mark(exemplar);
        }
        self.bytes = self.bytes + series.bytes() - before;
        if self.limit < self.bytes {
            self.make_room();
        }
        Ok(())
    }

    /// The series of a sample, which is new if need be.
    fn place<'a>(&mut self, new: &NewSample<'a>) -> Result<(&'a str, usize), Refused> {
        if !self.families.contains_key(new.family) {
            if self.series_limit <= self.series {
                return Err(Refused::SeriesLimit);
            }
            let family = KeptFamily {
                kind: new.kind,
                help: new.help.to_owned(),
                unit: new.unit.to_owned(),
                series: Vec::new(),
                places: HashMap::new(),
            };
            self.bytes += SERIES_BYTES + new.family.len() + new.help.len() + new.unit.len();
            self.families.insert(new.family.to_owned(), family);
        }
        let Some(family) = self.families.get_mut(new.family) else {
            return Err(Refused::SeriesLimit);
        };
        if family.kind == FamilyKind::Unknown {
            family.kind = new.kind;
        }
        if family.help.is_empty() && !new.help.is_empty() {
            family.help.push_str(new.help);
            self.bytes += new.help.len();
        }
        let key = (
            Arc::new(new.labels.clone()),
            new.suffix,
            new.bound.to_bits(),
        );
        if let Some(place) = family.places.get(&key) {
            return Ok((new.family, *place));
        }
        if self.series_limit <= self.series {
            return Err(Refused::SeriesLimit);
        }
        // Buckets of one histogram share their labels.
        let shared = family.series.last().map(|series| series.labels.clone());
        let labels = shared.filter(|labels| *labels == key.0).unwrap_or(key.0);
        self.series += 1;
        self.bytes += SERIES_BYTES + label_bytes(family.series.last(), &labels);
        let place = family.series.len();
        family
            .places
            .insert((labels.clone(), new.suffix, key.2), place);
        family.series.push(Arc::new(KeptSeries {
            labels,
            suffix: new.suffix,
            bound: new.bound,
            samples: VecDeque::new(),
            exemplars: VecDeque::new(),
        }));
        Ok((new.family, place))
    }

    /// Drops the oldest share of all samples, and the series that have none left.
    fn make_room(&mut self) {
        let series = self.families.values().flat_map(|family| &family.series);
        let mut newest: Vec<u64> = series
            .filter_map(|series| series.samples.back())
            .map(|sample| sample.millis)
            .collect();
        let middle = newest.len() / 2;
        let (Some(oldest), false) = (self.oldest(), newest.is_empty()) else {
            return;
        };
        // Of most series, so that one whose clock is ahead does not cost the others all they have.
        let (_, newest, _) = newest.select_nth_unstable(middle);
        let before = oldest + (newest.saturating_sub(oldest) / SHARE).max(1);
        for family in self.families.values_mut() {
            let bytes = family.bytes();
            let (samples, series) = family.forget(before);
            self.evicted += samples as u64;
            self.samples -= samples;
            self.series -= series;
            self.bytes -= bytes - family.bytes();
        }
        self.families.retain(|name, family| {
            if family.series.is_empty() {
                self.bytes -= SERIES_BYTES + name.len() + family.help.len() + family.unit.len();
            }
            !family.series.is_empty()
        });
    }
}

impl KeptFamily {
    /// What its series take in memory, in bytes.
    fn bytes(&self) -> usize {
        let mut last = None;
        let mut bytes = 0;
        for series in &self.series {
            bytes += SERIES_BYTES + label_bytes(last, &series.labels) + series.bytes();
            last = Some(series);
        }
        bytes
    }

    /// Numbers of samples from before a time, and of series without later ones, that were forgotten.
    fn forget(&mut self, before: u64) -> (usize, usize) {
        let mut samples = 0;
        for series in &mut self.series {
            let old = series
                .samples
                .partition_point(|sample| sample.millis < before);
            if 0 < old {
                Arc::make_mut(series).forget(old, before);
                samples += old;
            }
        }
        let all = self.series.len();
        self.series.retain(|series| !series.samples.is_empty());
        if self.series.len() < all {
            let places = self.series.iter().zip(0..);
            self.places = places
                .map(|(series, place)| {
                    let key = (series.labels.clone(), series.suffix, series.bound.to_bits());
                    (key, place)
                })
                .collect();
        }
        (samples, all - self.series.len())
    }
}

impl KeptSeries {
    /// What its samples and exemplars take in memory, room for more of them included.
    fn bytes(&self) -> usize {
        self.samples.len() * SAMPLE_BYTES + self.exemplars.len() * size_of::<KeptExemplar>()
    }

    /// Adds a sample, for which no more room is made than is counted.
    fn add(&mut self, sample: Sample) {
        if self.samples.len() == self.samples.capacity() {
            self.samples
                .reserve_exact((self.samples.len() / SPARE).max(1));
        }
        self.samples.push_back(sample);
    }

    /// Keeps the newest exemplar, and of those before it some that lie apart.
    fn mark(&mut self, new: &KeptExemplar) {
        if self.exemplars.contains(new) {
            return;
        }
        let mut newest = self.exemplars.iter().rev().map(|known| known.millis);
        if let (Some(last), Some(before)) = (newest.next(), newest.next())
            && last.saturating_sub(before) < BETWEEN_EXEMPLARS
        {
            self.exemplars.pop_back();
        }
        if EXEMPLARS <= self.exemplars.len() {
            self.exemplars.pop_front();
        }
        self.exemplars.push_back(new.clone());
    }

    fn forget(&mut self, samples: usize, before: u64) {
        self.samples.drain(..samples);
        self.samples
            .shrink_to(self.samples.len() + self.samples.len() / SPARE);
        self.exemplars.retain(|exemplar| before <= exemplar.millis);
    }
}

/// What labels take in memory, unless they are those of the series before.
fn label_bytes(last: Option<&Arc<KeptSeries>>, labels: &Arc<Labels>) -> usize {
    if last.is_some_and(|last| Arc::ptr_eq(&last.labels, labels)) {
        return 0;
    }
    let texts = labels.iter();
    let texts = texts.map(|(name, value)| name.len() + value.len() + 2 * ALLOCATION);
    texts.sum::<usize>() + labels.len().div_ceil(NODE_LABELS) * NODE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(store: &mut SeriesStore, family: &str, series: usize, millis: u64) {
        let labels = Labels::from([("n".to_owned(), series.to_string())]);
        let new = NewSample {
            family,
            kind: FamilyKind::Gauge,
            help: "",
            unit: "",
            labels: &labels,
            suffix: "",
            bound: f64::NAN,
            sample: Sample { millis, value: 1.0 },
            exemplar: None,
        };
        store.push(&new).unwrap();
    }

    fn counted(store: &SeriesStore) -> usize {
        let families = store.families.iter();
        families
            .map(|(name, family)| SERIES_BYTES + name.len() + family.bytes())
            .sum()
    }

    #[test]
    fn room_is_made_by_dropping_the_oldest_and_every_byte_is_counted() {
        let mut store = SeriesStore::new(200_000, 1_000);

        for millis in 1..=10_000 {
            sample(&mut store, "old", millis % 3, millis as u64);
            if 5_000 < millis {
                sample(&mut store, "new", millis % 50, millis as u64);
            }
            assert!(store.bytes <= store.limit);
        }

        assert_eq!(store.bytes, counted(&store));
        assert_eq!(store.samples as u64 + store.evicted, store.received);
        assert!(store.oldest() > Some(1_000), "{:?}", store.oldest());
        assert!(store.limit / 2 < store.bytes, "{}", store.bytes);
    }

    #[test]
    fn exemplars_reach_back_and_the_newest_is_there() {
        let mut series = KeptSeries {
            labels: Arc::default(),
            suffix: "",
            bound: f64::NAN,
            samples: VecDeque::new(),
            exemplars: VecDeque::new(),
        };

        for second in 0..3_600 {
            series.mark(&KeptExemplar {
                millis: second * 1_000,
                value: 1.0,
                trace: 1,
                span: 0,
            });
        }

        let kept: Vec<u64> = series.exemplars.iter().map(|one| one.millis).collect();
        assert_eq!(kept.len(), EXEMPLARS);
        assert_eq!(kept.last(), Some(&3_599_000));
        assert!(kept[0] < 2_700_000, "{kept:?}");
    }

    #[test]
    fn a_clock_that_is_ahead_costs_nobody_else_their_samples() {
        let mut store = SeriesStore::new(200_000, 1_000);
        sample(&mut store, "ahead", 0, 1_000_000_000);

        for millis in 1..=20_000 {
            sample(&mut store, "usual", (millis % 5) as usize, millis);
        }

        assert!(store.limit / 2 < store.bytes, "{}", store.bytes);
        assert!(store.families.contains_key("ahead"));
    }
}
