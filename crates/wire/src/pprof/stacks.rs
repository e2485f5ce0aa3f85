//! Profiles stack by stack: nothing is copied for a sample, however many share a stack.

use std::collections::HashMap;

use super::{Error, ValueType, message, resolve};

/// A profile whose samples are looked at one by one.
#[derive(Debug)]
pub struct Stacks {
    message: message::Profile,
    /// What the values of each sample are, in their order.
    pub types: Vec<ValueType>,
    functions: HashMap<u64, usize>,
    locations: HashMap<u64, usize>,
}

/// One sample of a profile.
#[derive(Clone, Copy, Debug)]
pub struct StackSample<'a> {
    stacks: &'a Stacks,
    sample: &'a message::Sample,
}

/// Reads a profile, compressed or not, of which at most `limit` bytes may come out.
///
/// # Errors
/// [`Error`], if it is no profile.
pub fn stacks(body: &[u8], limit: usize) -> Result<Stacks, Error> {
    let message = super::message(body, limit)?;
    let texts = resolve::Texts(&message.string_table);
    if !texts.get(0)?.is_empty() {
        return Err(Error::FirstText);
    }
    let types = message.sample_type.iter().map(|found| texts.typed(*found));
    let types: Vec<ValueType> = types.collect::<Result<_, _>>()?;
    let functions = indexes(
        "function",
        message.function.iter().map(|function| function.id),
    )?;
    let locations = indexes(
        "location",
        message.location.iter().map(|location| location.id),
    )?;
    let stacks = Stacks {
        types,
        functions,
        locations,
        message,
    };
    stacks.check()?;
    Ok(stacks)
}

impl Stacks {
    /// When the profile began, in nanoseconds since 1970.
    pub fn unix_nanos(&self) -> i64 {
        self.message.time_nanos
    }

    /// How long it lasted.
    pub fn duration_nanos(&self) -> i64 {
        self.message.duration_nanos
    }

    /// The samples in their order.
    pub fn samples(&self) -> impl Iterator<Item = StackSample<'_>> {
        let samples = self.message.sample.iter();
        samples.map(|sample| StackSample {
            stacks: self,
            sample,
        })
    }

    /// Every number stands for something, so that samples need not ask again.
    fn check(&self) -> Result<(), Error> {
        let texts = resolve::Texts(&self.message.string_table);
        for location in &self.message.location {
            for line in &location.line {
                let known = self.functions.get(&line.function_id);
                let known = known.ok_or_else(|| resolve::missing("function", line.function_id))?;
                texts.get(self.message.function[*known].name)?;
            }
        }
        for sample in &self.message.sample {
            if sample.value.len() != self.types.len() {
                return Err(Error::Values {
                    expected: self.types.len(),
                    found: sample.value.len(),
                });
            }
            for id in &sample.location_id {
                if !self.locations.contains_key(id) {
                    return Err(resolve::missing("location", *id));
                }
            }
            for label in &sample.label {
                texts.get(label.key)?;
                texts.get(label.text)?;
            }
        }
        Ok(())
    }
}

impl<'a> StackSample<'a> {
    /// The names of the functions, each before its caller; what was inlined before what it was inlined into.
    pub fn functions(self) -> impl Iterator<Item = &'a str> {
        let stacks = self.stacks;
        let locations = self.sample.location_id.iter();
        let lines = locations.flat_map(|id| &stacks.message.location[stacks.locations[id]].line);
        lines.map(|line| {
            let function = &stacks.message.function[stacks.functions[&line.function_id]];
            stacks.text(function.name)
        })
    }

    /// A value per type of the profile.
    pub fn values(self) -> &'a [i64] {
        &self.sample.value
    }

    /// The value of a label that is a text.
    pub fn label(self, name: &str) -> Option<&'a str> {
        let mut labels = self.sample.label.iter().filter(|label| label.text != 0);
        let found = labels.find(|label| self.stacks.text(label.key) == name)?;
        Some(self.stacks.text(found.text))
    }
}

impl Stacks {
    fn text(&self, number: i64) -> &str {
        resolve::Texts(&self.message.string_table)
            .get(number)
            .unwrap_or_default()
    }
}

fn indexes(
    what: &'static str,
    ids: impl Iterator<Item = u64>,
) -> Result<HashMap<u64, usize>, Error> {
    let mut known = HashMap::new();
    for (index, id) in ids.enumerate() {
        if id == 0 || known.insert(id, index).is_some() {
            return Err(Error::Id { what, id });
        }
    }
    Ok(known)
}
