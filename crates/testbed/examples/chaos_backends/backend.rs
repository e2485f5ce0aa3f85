//! Who is broken, and what cannot flow meanwhile.

use clap::ValueEnum;

use crate::fault::Fault;

/// A part of native mode that no request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum Backend {
    VictoriaMetrics,
    Loki,
    Tempo,
    Pyroscope,
    Alloy,
    Vmalert,
    Alertmanager,
}

impl Backend {
    pub(crate) const ALL: &[Self] = &[
        Self::VictoriaMetrics,
        Self::Loki,
        Self::Tempo,
        Self::Pyroscope,
        Self::Alloy,
        Self::Vmalert,
        Self::Alertmanager,
    ];

    /// What people call it, and `quartet doctor` too.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::VictoriaMetrics => "VictoriaMetrics",
            Self::Loki => "Loki",
            Self::Tempo => "Tempo",
            Self::Pyroscope => "Pyroscope",
            Self::Alloy => "Alloy",
            Self::Vmalert => "vmalert",
            Self::Alertmanager => "Alertmanager",
        }
    }

    /// What `quartet` calls it, and the folder of its data.
    pub(crate) fn part(self) -> &'static str {
        match self {
            Self::VictoriaMetrics => "victoriametrics",
            Self::Loki => "loki",
            Self::Tempo => "tempo",
            Self::Pyroscope => "pyroscope",
            Self::Alloy => "alloy",
            Self::Vmalert => "vmalert",
            Self::Alertmanager => "alertmanager",
        }
    }

    /// The fault that is tried where there is time for one: each at least once, the likely ones first.
    pub(crate) fn quick(self) -> &'static Fault {
        match self {
            Self::VictoriaMetrics => &Fault::Full,
            Self::Loki | Self::Vmalert => &Fault::Killed,
            Self::Tempo | Self::Alertmanager => &Fault::Hung,
            Self::Pyroscope => &Fault::Slow,
            Self::Alloy => &Fault::Killed,
        }
    }

    /// How large the disk of its data is made; none where nothing is kept on one.
    pub(crate) fn disk_mebibytes(self) -> Option<u32> {
        match self {
            Self::VictoriaMetrics => Some(700),
            Self::Loki | Self::Tempo | Self::Pyroscope | Self::Alloy => Some(160),
            Self::Alertmanager => Some(16),
            Self::Vmalert => None,
        }
    }

    /// How much of it is left when it is full. `VictoriaMetrics` takes nothing any more where less than 500 MB are free,
    /// so that what it merges always has room; without that room it ends itself.
    pub(crate) fn left_mebibytes(self) -> u32 {
        match self {
            Self::VictoriaMetrics => 250,
            _ => 0,
        }
    }

    /// Whether `quartet doctor` looks at it.
    pub(crate) fn is_a_hop(self) -> bool {
        !matches!(self, Self::Vmalert | Self::Alertmanager)
    }
}
