//! How a setting is declared, read and refused.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// One environment variable: the declaration that code, documents and tests share.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name in the environment.
    pub name: &'static str,
    /// What counts when it is unset or empty.
    pub default: &'static str,
    /// What a value may be, as the sentence that refuses another.
    pub allowed: &'static str,
    /// A value that is refused, by which tests prove that a wrong one stops the start; empty if all text is taken.
    pub refused: &'static str,
}

/// A wrong value. `Display` is the one line that stops the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    name: String,
    value: String,
    allowed: String,
}

impl Wrong {
    /// Blames `value` of `variable`.
    pub fn new(variable: &Variable, value: &str) -> Self {
        Self {
            name: variable.name.to_owned(),
            value: value.chars().take(100).collect(),
            allowed: variable.allowed.to_owned(),
        }
    }

    /// Blames a variable that nobody declares; `allowed` says what to do instead.
    pub fn unknown(name: &str, value: &str, allowed: &str) -> Self {
        Self {
            name: name.chars().take(100).collect(),
            value: value.chars().take(100).collect(),
            allowed: allowed.to_owned(),
        }
    }

    /// The variable to blame.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Debug form keeps a value with a newline on this one line.
        write!(
            f,
            "{}={:?} is not allowed: {}",
            self.name, self.value, self.allowed
        )
    }
}

impl std::error::Error for Wrong {}

/// Where values come from: the process environment, or a closure in tests.
#[derive(Clone, Copy)]
pub struct Vars<'a> {
    source: &'a dyn Fn(&str) -> Option<String>,
}

impl fmt::Debug for Vars<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vars")
    }
}

impl<'a> Vars<'a> {
    /// Reads from `source`, which returns nothing for what is unset.
    pub fn new(source: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { source }
    }

    /// The value as set, or the default; surrounding blanks do not count.
    pub fn text(&self, variable: &Variable) -> String {
        self.set(variable)
            .unwrap_or_else(|| variable.default.to_owned())
    }

    /// The value if one is set and not empty: OpenTelemetry treats empty as unset.
    pub fn set(&self, variable: &Variable) -> Option<String> {
        let value = (self.source)(variable.name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// Reads the value with `read`, which returns nothing for what is not allowed.
    ///
    /// # Errors
    /// [`Wrong`], naming the variable, the value and what is allowed.
    pub fn parse<T>(
        &self,
        variable: &Variable,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Wrong> {
        let value = self.text(variable);
        read(&value).ok_or_else(|| Wrong::new(variable, &value))
    }
}

/// Reads a whole number within `range`, which has to fit into `T`.
pub fn whole<T: TryFrom<u64>>(range: RangeInclusive<u64>) -> impl FnOnce(&str) -> Option<T> {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number))?;
        T::try_from(number).ok()
    }
}

/// Reads a whole number of milliseconds within `range`.
pub fn millis(range: RangeInclusive<u64>) -> impl FnOnce(&str) -> Option<Duration> {
    move |text| whole(range)(text).map(Duration::from_millis)
}

/// Reads `on` or `off`.
pub fn switch(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// Reads a comma-separated list with `read`; blanks around parts do not count, empty parts are skipped.
pub fn list<T>(read: impl Fn(&str) -> Option<T>) -> impl FnOnce(&str) -> Option<Vec<T>> {
    move |text| {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(read)
            .collect()
    }
}
