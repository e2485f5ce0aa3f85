//! What stands for labels where the crate is built without profiles.

use opentelemetry::Context;

/// `future`, as it is: this crate was built without the feature `profiles`.
pub fn labelled<F: Future>(context: &Context, future: F) -> Labelled<F> {
    Root::of(context).labelled(future)
}

/// A future as it was.
pub type Labelled<F> = F;

/// No label.
#[derive(Debug)]
pub struct Root;

impl Root {
    /// Of any context.
    pub fn of(_context: &Context) -> Self {
        Self
    }

    /// Calls `f`.
    pub fn within<T>(&self, f: impl FnOnce() -> T) -> T {
        f()
    }

    /// The future, as it is.
    pub fn labelled<F: Future>(self, future: F) -> Labelled<F> {
        future
    }
}
