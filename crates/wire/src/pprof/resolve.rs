//! From numbers to what they stand for; a number that stands for nothing is an error.

use std::collections::{BTreeMap, HashMap};

use super::{Error, Frame, Profile, Sample, ValueType, message};

pub(super) fn profile(message: message::Profile) -> Result<Profile, Error> {
    let texts = Texts(&message.string_table);
    if !texts.get(0)?.is_empty() {
        return Err(Error::FirstText);
    }
    let functions = by_id("function", &message.function, |function| function.id)?;
    let locations = by_id("location", &message.location, |location| location.id)?;
    let mut stacks = HashMap::new();
    for (id, location) in &locations {
        stacks.insert(*id, frames(location, &functions, texts)?);
    }
    let types = message.sample_type.iter().map(|found| texts.typed(*found));
    let types = types.collect::<Result<Vec<_>, _>>()?;
    let samples = message.sample.iter();
    Ok(Profile {
        samples: samples
            .map(|found| sample(found, types.len(), &stacks, texts))
            .collect::<Result<_, _>>()?,
        types,
        period_type: texts.typed(message.period_type.unwrap_or_default())?,
        period: message.period,
        unix_nanos: message.time_nanos,
        duration_nanos: message.duration_nanos,
    })
}

fn sample(
    message: &message::Sample,
    types: usize,
    stacks: &HashMap<u64, Vec<Frame>>,
    texts: Texts<'_>,
) -> Result<Sample, Error> {
    if message.value.len() != types {
        return Err(Error::Values {
            expected: types,
            found: message.value.len(),
        });
    }
    let mut frames = Vec::new();
    for id in &message.location_id {
        let found = stacks.get(id).ok_or_else(|| missing("location", *id))?;
        frames.extend_from_slice(found);
    }
    let mut labels = BTreeMap::new();
    for label in message.label.iter().filter(|label| label.text != 0) {
        let (name, value) = (texts.get(label.key)?, texts.get(label.text)?);
        labels.insert(name.to_owned(), value.to_owned());
    }
    Ok(Sample {
        frames,
        values: message.value.clone(),
        labels,
    })
}

/// What was inlined stands before what it was inlined into.
fn frames(
    location: &message::Location,
    functions: &HashMap<u64, &message::Function>,
    texts: Texts<'_>,
) -> Result<Vec<Frame>, Error> {
    let frame = |line: &message::Line| {
        let function = functions.get(&line.function_id);
        let function = function.ok_or_else(|| missing("function", line.function_id))?;
        Ok(Frame {
            function: texts.get(function.name)?.to_owned(),
            file: texts.get(function.filename)?.to_owned(),
            line: line.line,
        })
    };
    location.line.iter().map(frame).collect()
}

fn by_id<'a, T>(
    what: &'static str,
    all: &'a [T],
    id: impl Fn(&T) -> u64,
) -> Result<HashMap<u64, &'a T>, Error> {
    let mut known = HashMap::new();
    for one in all {
        let id = id(one);
        if id == 0 || known.insert(id, one).is_some() {
            return Err(Error::Id { what, id });
        }
    }
    Ok(known)
}

pub(super) fn missing(what: &'static str, id: u64) -> Error {
    Error::Missing {
        what,
        number: i64::try_from(id).unwrap_or(i64::MAX),
    }
}

#[derive(Clone, Copy)]
pub(super) struct Texts<'a>(pub(super) &'a [String]);

impl<'a> Texts<'a> {
    pub(super) fn get(self, number: i64) -> Result<&'a str, Error> {
        let text = usize::try_from(number).ok().and_then(|at| self.0.get(at));
        text.map(String::as_str).ok_or(Error::Missing {
            what: "text",
            number,
        })
    }

    pub(super) fn typed(self, message: message::ValueType) -> Result<ValueType, Error> {
        Ok(ValueType {
            name: self.get(message.name)?.to_owned(),
            unit: self.get(message.unit)?.to_owned(),
        })
    }
}
