//! The ring of profiles.

use hashbrown::HashMap;

use super::Labels;
use super::ring::{Ring, Segment};
use super::strings::{Strings, Symbol};

/// A profile on its way into the store.
#[derive(Debug)]
pub(crate) struct NewProfile<'a> {
    pub(crate) service: &'a str,
    /// Such as `process_cpu:cpu`.
    pub(crate) kind: &'a str,
    pub(crate) unit: &'a str,
    pub(crate) labels: &'a Labels,
    pub(crate) start: u64,
    pub(crate) duration: u64,
}

/// Profiles of one stretch of arrival.
#[derive(Clone, Debug, Default)]
pub(crate) struct StackSegment {
    pub(crate) strings: Strings,
    pub(crate) profiles: Vec<ProfileHead>,
    samples: Vec<StackSample>,
    /// Functions of all stacks, each caller before those it calls.
    functions: Vec<Symbol>,
    /// Where each stack ends among the functions.
    ends: Vec<u32>,
    known: HashMap<Box<[Symbol]>, u32>,
    labels: Vec<Labels>,
    label_bytes: usize,
}

/// One profile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProfileHead {
    pub(crate) service: Symbol,
    pub(crate) kind: Symbol,
    pub(crate) unit: Symbol,
    /// When it began, in nanoseconds since 1970.
    pub(crate) start: u64,
    /// When it ended, in nanoseconds since 1970.
    pub(crate) end: u64,
    samples_end: u32,
    labels: u32,
}

/// How much was found in a stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StackSample {
    stack: u32,
    /// 0 where no span was being worked on.
    pub(crate) span: u64,
    pub(crate) value: i64,
}

impl Segment for StackSegment {
    fn bytes(&self) -> usize {
        // A stack lies among the functions, and as a key of what is known.
        self.strings.bytes()
            + self.profiles.len() * size_of::<ProfileHead>()
            + self.samples.len() * size_of::<StackSample>()
            + self.functions.len() * size_of::<Symbol>() * 2
            + self.ends.len() * 40
            + self.label_bytes
    }

    fn items(&self) -> usize {
        self.samples.len()
    }

    fn seal(&mut self) {
        self.strings.seal();
        self.samples.shrink_to_fit();
        self.functions.shrink_to_fit();
    }
}

/// All profiles that are kept.
#[derive(Debug)]
pub(crate) struct Stacks {
    pub(crate) ring: Ring<StackSegment>,
    pub(crate) received: u64,
}

impl Stacks {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            ring: Ring::new(limit),
            received: 0,
        }
    }

    /// Takes a profile: `fill` adds its samples.
    pub(crate) fn push(&mut self, new: &NewProfile<'_>, fill: impl FnOnce(&mut StackSegment)) {
        let segment = self.ring.open(|_| {});
        let before = segment.samples.len();
        fill(segment);
        self.received += (segment.samples.len() - before) as u64;
        let labels = segment.labels_of(new.labels);
        let head = ProfileHead {
            service: segment.strings.intern(new.service),
            kind: segment.strings.intern(new.kind),
            unit: segment.strings.intern(new.unit),
            start: new.start,
            end: new.start.saturating_add(new.duration),
            samples_end: segment.samples.len() as u32,
            labels,
        };
        segment.profiles.push(head);
    }
}

impl StackSegment {
    /// Adds a sample to the profile that is being filled; `frames` come callee first, as pprof has them.
    pub(crate) fn sample<'a>(
        &mut self,
        frames: impl Iterator<Item = &'a str>,
        span: u64,
        value: i64,
    ) {
        let mut stack: Vec<Symbol> = frames.map(|name| self.strings.intern(name)).collect();
        stack.reverse();
        let stack = match self.known.get(stack.as_slice()) {
            Some(known) => *known,
            None => {
                let number = self.ends.len() as u32;
                self.functions.extend_from_slice(&stack);
                self.ends.push(self.functions.len() as u32);
                self.known.insert(stack.into_boxed_slice(), number);
                number
            }
        };
        self.samples.push(StackSample { stack, span, value });
    }

    fn labels_of(&mut self, labels: &Labels) -> u32 {
        if let Some(known) = self.labels.iter().position(|known| known == labels) {
            return known as u32;
        }
        let each = labels
            .iter()
            .map(|(name, value)| name.len() + value.len() + 48);
        self.label_bytes += each.sum::<usize>();
        self.labels.push(labels.clone());
        self.labels.len() as u32 - 1
    }

    /// The labels of a profile.
    pub(crate) fn labels(&self, profile: usize) -> &Labels {
        &self.labels[self.profiles[profile].labels as usize]
    }

    /// The samples of a profile.
    pub(crate) fn samples(&self, profile: usize) -> &[StackSample] {
        let start = match profile.checked_sub(1) {
            Some(before) => self.profiles[before].samples_end as usize,
            None => 0,
        };
        &self.samples[start..self.profiles[profile].samples_end as usize]
    }

    /// The functions of a sample, each caller before those it calls.
    pub(crate) fn stack(&self, sample: &StackSample) -> &[Symbol] {
        let stack = sample.stack as usize;
        let start = match stack.checked_sub(1) {
            Some(before) => self.ends[before] as usize,
            None => 0,
        };
        &self.functions[start..self.ends[stack] as usize]
    }
}
