//! Charts as SVG that needs no script: they fill the width they are given with text that stays as large as it is,
//! and a dot is a link.
//!
//! Ours, because what charting crates draw scales text with the picture and has no links.

pub mod axis;
pub mod bars;
pub mod lines;
pub mod spark;

use std::fmt;

/// A coordinate, in percent of the width or height.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Percent(f64);

impl Percent {
    /// A share of the whole; outside of it there is nothing to draw on.
    pub fn of(share: f64) -> Self {
        if share.is_finite() {
            Self(share.clamp(0.0, 1.0) * 100.0)
        } else {
            Self(0.0)
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}%", self.0)
    }
}

/// Which of the eight colours of the palette something has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hue(pub usize);

impl fmt::Display for Hue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "h{}", self.0 % 8)
    }
}

/// The colours of services: by their place in the alphabet, so that a service has one colour on all pages.
#[derive(Clone, Debug, Default)]
pub struct Hues(Vec<String>);

impl Hues {
    /// Of these names.
    pub fn of(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut names: Vec<String> = names.into_iter().map(Into::into).collect();
        names.sort();
        names.dedup();
        Self(names)
    }

    /// The colour of `name`; the first one if it was not among them.
    pub fn hue(&self, name: &str) -> Hue {
        Hue(self
            .0
            .binary_search_by(|known| known.as_str().cmp(name))
            .unwrap_or(0))
    }
}
