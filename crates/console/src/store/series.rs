//! The series of all metrics, bounded in bytes and in number.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use hashbrown::HashMap;

use super::metric::{FamilyKind, Labels};

/// Samples of one series that are kept at least as long as any of its own age.
const SAMPLE_BYTES: usize = size_of::<Sample>();
/// Exemplars that one series keeps.
const EXEMPLARS: usize = 16;
/// The bookkeeping of one series beside its labels.
const SERIES_BYTES: usize = 256;
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
        series.samples.push_back(new.sample);
        self.samples += 1;
        self.bytes += SAMPLE_BYTES;
        if let Some(exemplar) = &new.exemplar
            && series.exemplars.iter().all(|known| known != exemplar)
        {
            if EXEMPLARS <= series.exemplars.len() {
                series.exemplars.pop_front();
                self.bytes -= size_of::<KeptExemplar>();
            }
            series.exemplars.push_back(exemplar.clone());
            self.bytes += size_of::<KeptExemplar>();
        }
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
        self.bytes += SERIES_BYTES + label_bytes(&labels);
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
        let newest = self.families.values().flat_map(|family| &family.series);
        let newest = newest
            .filter_map(|series| series.samples.back())
            .map(|s| s.millis)
            .max();
        let (Some(oldest), Some(newest)) = (self.oldest(), newest) else {
            return;
        };
        let before = oldest + ((newest - oldest) / SHARE).max(1);
        for family in self.families.values_mut() {
            for series in &mut family.series {
                let keep = series
                    .samples
                    .partition_point(|sample| sample.millis < before);
                if keep == 0 {
                    continue;
                }
                let series = Arc::make_mut(series);
                series.samples.drain(..keep);
                let old = series.exemplars.len();
                series
                    .exemplars
                    .retain(|exemplar| before <= exemplar.millis);
                self.evicted += keep as u64;
                self.samples -= keep;
                let exemplars = (old - series.exemplars.len()) * size_of::<KeptExemplar>();
                self.bytes -= keep * SAMPLE_BYTES + exemplars;
            }
            if family.series.iter().any(|series| series.samples.is_empty()) {
                let (bytes, series) = family.forget_empty();
                self.bytes -= bytes;
                self.series -= series;
            }
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
    /// Bytes and number of the series that were forgotten.
    fn forget_empty(&mut self) -> (usize, usize) {
        let (mut bytes, before) = (0, self.series.len());
        self.series.retain(|series| {
            if series.samples.is_empty() {
                let exemplars = series.exemplars.len() * size_of::<KeptExemplar>();
                bytes += SERIES_BYTES + label_bytes(&series.labels) + exemplars;
            }
            !series.samples.is_empty()
        });
        let places = self.series.iter().zip(0..);
        self.places = places
            .map(|(series, place)| {
                let key = (series.labels.clone(), series.suffix, series.bound.to_bits());
                (key, place)
            })
            .collect();
        (bytes, before - self.series.len())
    }
}

fn label_bytes(labels: &Labels) -> usize {
    let each = labels
        .iter()
        .map(|(name, value)| name.len() + value.len() + 48);
    each.sum()
}
