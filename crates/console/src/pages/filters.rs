//! What templates may do to a value.

use std::borrow::Borrow;
use std::fmt::Display;

use askama::{Result, Values};

use super::units::{Count, Number, Share, Took};

/// A figure that may be missing.
#[askama::filter_fn]
pub(crate) fn dash<T: Display>(value: &Option<T>, _: &dyn Values) -> Result<String> {
    Ok(value
        .as_ref()
        .map_or_else(|| "–".to_owned(), ToString::to_string))
}

/// Seconds that may be missing.
#[askama::filter_fn]
pub(crate) fn took(seconds: &Option<f64>, _: &dyn Values) -> Result<String> {
    Ok(seconds.map_or_else(|| "–".to_owned(), |seconds| Took(seconds).to_string()))
}

/// A share of a whole.
#[askama::filter_fn]
pub(crate) fn share(share: &f64, _: &dyn Values) -> Result<Share> {
    Ok(Share(*share))
}

/// A number.
#[askama::filter_fn]
pub(crate) fn number(number: &f64, _: &dyn Values) -> Result<Number> {
    Ok(Number(*number))
}

/// How many.
#[askama::filter_fn]
pub(crate) fn count<T: Borrow<usize>>(count: T, _: &dyn Values) -> Result<Count> {
    Ok(Count(*count.borrow() as u64))
}

/// Seconds.
#[askama::filter_fn]
pub(crate) fn seconds(seconds: &f64, _: &dyn Values) -> Result<Took> {
    Ok(Took(*seconds))
}
