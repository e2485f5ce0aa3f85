//! Answers as a store might give them.

pub mod logs;
pub mod map;
pub mod metrics;
pub mod overview;
pub mod profiles;
pub mod traces;

/// The moment at which all of it is looked at, in nanoseconds since 1970.
pub const NOW: u64 = 1_795_269_735_000_000_000;

/// Numbers that look like chance and are the same each time.
pub struct Chance(pub u64);

impl Chance {
    /// The next one, from 0 to 1.
    pub fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1_u64 << 31) as f64
    }
}
