//! Answers as a store might give them.

pub(crate) mod logs;
pub(crate) mod map;
pub(crate) mod metrics;
pub(crate) mod overview;
pub(crate) mod profiles;
pub(crate) mod traces;

/// The moment at which all of it is looked at, in nanoseconds since 1970.
pub(crate) const NOW: u64 = 1_795_269_735_000_000_000;

/// Numbers that look like chance and are the same each time.
pub(crate) struct Chance(pub u64);

impl Chance {
    /// The next one, from 0 to 1.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1_u64 << 31) as f64
    }
}
