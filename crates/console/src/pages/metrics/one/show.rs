use crate::store::FamilyKind;

/// What the chart shows of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// How much more it is each second.
    Rate,
    /// Half, 95 and 99 of 100, beside each other.
    Quantiles,
    /// Half of all are at most this.
    P50,
    /// 95 of 100 are at most this.
    P95,
    /// 99 of 100 are at most this.
    P99,
    /// The value itself.
    Value,
}

impl Show {
    const ALL: [Self; 6] = [
        Self::Rate,
        Self::Quantiles,
        Self::P50,
        Self::P95,
        Self::P99,
        Self::Value,
    ];

    /// What `name` says, if it can be shown of this type; else what is usual for it.
    pub fn named(name: &str, kind: FamilyKind) -> Self {
        let offered = Self::offered(kind);
        let asked = Self::ALL.into_iter().find(|show| show.name() == name);
        asked
            .filter(|show| offered.contains(show))
            .unwrap_or(offered[0])
    }

    /// What can be shown of a type, the usual first.
    pub fn offered(kind: FamilyKind) -> &'static [Self] {
        match kind {
            FamilyKind::Counter => &[Self::Rate, Self::Value],
            FamilyKind::Histogram => {
                &[Self::Quantiles, Self::P50, Self::P95, Self::P99, Self::Rate]
            }
            FamilyKind::Gauge | FamilyKind::Summary | FamilyKind::Info | FamilyKind::Unknown => {
                &[Self::Value]
            }
        }
    }

    /// As addresses say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Quantiles => "quantiles",
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Value => "value",
        }
    }

    /// The quantiles that have to be computed, from 0 to 1; none if it is no quantile.
    pub fn quantiles(self) -> &'static [f64] {
        match self {
            Self::Quantiles => &[0.5, 0.95, 0.99],
            Self::P50 => &[0.5],
            Self::P95 => &[0.95],
            Self::P99 => &[0.99],
            Self::Rate | Self::Value => &[],
        }
    }
}
