use std::collections::BTreeMap;

use super::POINTS;
use crate::store::{Red, RouteSummary};

/// The shares whose quantiles are shown.
pub(super) const SHARES: [f64; 3] = [0.5, 0.95, 0.99];

/// The requests of one service, by method and route.
#[derive(Debug, Default)]
pub(super) struct Routes {
    pub(super) routes: BTreeMap<(String, String), Counted>,
    /// Over all routes, in seconds.
    pub(super) quantiles: [Option<f64>; 3],
    /// How long the window is.
    pub(super) seconds: f64,
}

/// The requests of one route.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) count: f64,
    pub(super) errors: f64,
    /// In seconds.
    pub(super) quantiles: [Option<f64>; 3],
    /// Requests by part of the window.
    pub(super) parts: Vec<f64>,
}

impl Routes {
    pub(super) fn red(&self) -> Red {
        let all = self.routes.values();
        let (count, errors) = all.fold((0.0, 0.0), |(count, errors), route| {
            (count + route.count, errors + route.errors)
        });
        red(count, errors, self.quantiles, self.seconds)
    }

    pub(super) fn sparkline(&self) -> Vec<f64> {
        let mut sum = vec![0.0; POINTS];
        for counted in self.routes.values() {
            for (sum, part) in sum.iter_mut().zip(&counted.parts) {
                *sum += part;
            }
        }
        per_second(&sum, self.seconds)
    }

    /// The busiest first.
    pub(super) fn summaries(&self) -> Vec<RouteSummary> {
        let routes = self
            .routes
            .iter()
            .map(|((method, route), of)| RouteSummary {
                method: method.clone(),
                route: route.clone(),
                red: red(of.count, of.errors, of.quantiles, self.seconds),
                sparkline: per_second(&of.parts, self.seconds),
            });
        let mut routes: Vec<_> = routes.collect();
        routes.sort_by(|a, b| {
            b.red
                .rate
                .total_cmp(&a.red.rate)
                .then(a.route.cmp(&b.route))
        });
        routes
    }
}

fn red(count: f64, errors: f64, [p50, p95, p99]: [Option<f64>; 3], seconds: f64) -> Red {
    Red {
        rate: count / seconds.max(1e-9),
        error_share: if count > 0.0 { errors / count } else { 0.0 },
        p50,
        p95,
        p99,
    }
}

fn per_second(parts: &[f64], seconds: f64) -> Vec<f64> {
    let each = (seconds / parts.len().max(1) as f64).max(1e-9);
    parts.iter().map(|count| count / each).collect()
}
