//! How a failure is called where it is counted.

/// The closed set of names by which failed calls are counted.
pub trait ErrorType {
    /// A short name such as `timeout`; never text from outside.
    fn error_type(&self) -> &'static str;
}
