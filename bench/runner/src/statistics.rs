//! Medians and quartiles.

use serde::Serialize;

/// The middle of some figures, and the middle half of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Quartiles {
    pub(crate) lower: f64,
    pub(crate) median: f64,
    pub(crate) upper: f64,
}

impl Quartiles {
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_unstable_by(f64::total_cmp);
        Self {
            lower: quantile(&figures, 0.25),
            median: quantile(&figures, 0.5),
            upper: quantile(&figures, 0.75),
        }
    }
}

/// Interpolates between the two nearest; NaN of nothing.
fn quantile(ascending: &[f64], share: f64) -> f64 {
    let Some(last) = ascending.len().checked_sub(1) else {
        return f64::NAN;
    };
    let at = last as f64 * share;
    let (below, above) = (ascending[at as usize], ascending[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::Quartiles;

    #[test]
    fn quartiles_lie_between_the_nearest_figures() {
        let of_four = Quartiles::of([4.0, 1.0, 3.0, 2.0]);

        let expected = Quartiles {
            lower: 1.75,
            median: 2.5,
            upper: 3.25,
        };
        assert_eq!(of_four, expected);
        assert_eq!(Quartiles::of([7.0]).upper, 7.0);
    }
}
