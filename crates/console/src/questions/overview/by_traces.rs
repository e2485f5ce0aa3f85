//! Requests as spans tell of them: only those that were sampled.

use std::collections::BTreeMap;

use super::super::Window;
use super::super::map::at_share;
use super::super::params::is_error;
use super::POINTS;
use super::routes::{Routes, SHARES};
use crate::store::{Kind, Store};

/// The routes of all services.
pub(super) fn routes(store: &Store, window: Window) -> BTreeMap<String, Routes> {
    let mut services: BTreeMap<String, Routes> = BTreeMap::new();
    let mut durations: BTreeMap<(String, (String, String)), Vec<u64>> = BTreeMap::new();
    let segments = store.spans.lock().ring.segments();
    for segment in segments.iter().filter(|segment| window.meets(segment.times)) {
        for head in &segment.heads {
            let is_request = matches!(head.kind, Kind::Server | Kind::Consumer);
            if !is_request || !window.has(head.start) {
                continue;
            }
            let text = |symbol| segment.strings.get(symbol).to_owned();
            let route = if head.route.0 == 0 { head.name } else { head.route };
            let (service, key) = (text(head.service), (text(head.method), text(route)));
            let of = services.entry(service.clone()).or_default();
            let counted = of.routes.entry(key.clone()).or_default();
            counted.count += 1.0;
            counted.errors += f64::from(u8::from(is_error(head.status, head.http_status)));
            counted.parts.resize(POINTS, 0.0);
            counted.parts[window.part(head.start, POINTS)] += 1.0;
            durations.entry((service, key)).or_default().push(head.duration);
        }
    }
    for (name, service) in &mut services {
        service.seconds = window.seconds();
        let mut all = Vec::new();
        for (key, counted) in &mut service.routes {
            if let Some(durations) = durations.get_mut(&(name.clone(), key.clone())) {
                durations.sort_unstable();
                counted.quantiles = SHARES.map(|share| at_share(durations, share));
                all.append(durations);
            }
        }
        all.sort_unstable();
        service.quantiles = SHARES.map(|share| at_share(&all, share));
    }
    services
}
