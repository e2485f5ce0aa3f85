//! Families: all there are, and each as a chart.

pub mod one;

use actix_web::HttpResponse;
use askama::Template;

use super::address::Address;
use super::answer;
use super::ask::Ask;
use super::filters;
use super::frame::{Frame, Section};
use super::links;
use crate::questions;
use crate::store::{Family, FamilyKind};

/// What was asked for, as the form shows it again.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The service that has it.
    pub service: String,
    /// A text in name or help.
    pub text: String,
}

/// All families.
#[derive(Debug, Template)]
#[template(path = "metrics.html")]
pub struct List {
    frame: Frame,
    asked: Asked,
    services: Vec<String>,
    groups: Vec<Group>,
    shown: usize,
    known: usize,
}

#[derive(Debug)]
struct Group {
    name: String,
    families: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    family: Family,
    kind: &'static str,
    link: Address,
}

impl List {
    /// Those of `families` that match; `services` are those that the form offers.
    pub fn new(
        frame: Frame,
        asked: Asked,
        services: Vec<String>,
        mut families: Vec<Family>,
    ) -> Self {
        let known = families.len();
        let text = asked.text.to_lowercase();
        families.retain(|family| {
            let of_service = asked.service.is_empty() || family.services.contains(&asked.service);
            let has_text = family.name.to_lowercase().contains(&text)
                || family.help.to_lowercase().contains(&text);
            of_service && has_text
        });
        families.sort_by(|a, b| a.name.cmp(&b.name));
        let shown = families.len();
        let mut groups: Vec<Group> = Vec::new();
        for family in families {
            let subject = family
                .name
                .split(['_', '.', ':'])
                .next()
                .unwrap_or_default();
            let row = Row {
                kind: kind_name(family.kind),
                link: frame.timed(links::family(&family.name).with("service", &asked.service)),
                family: family.clone(),
            };
            match groups.last_mut().filter(|group| group.name == subject) {
                Some(group) => group.families.push(row),
                None => groups.push(Group {
                    name: subject.to_owned(),
                    families: vec![row],
                }),
            }
        }
        Self {
            frame,
            asked,
            services,
            groups,
            shown,
            known,
        }
    }
}

fn kind_name(kind: FamilyKind) -> &'static str {
    match kind {
        FamilyKind::Counter => "counter",
        FamilyKind::Gauge => "gauge",
        FamilyKind::Histogram => "histogram",
        FamilyKind::Summary => "summary",
        FamilyKind::Info => "info",
        FamilyKind::Unknown => "not stated",
    }
}

/// `GET /metrics`: all families, or the one that is named.
pub(crate) async fn show(ask: Ask) -> HttpResponse {
    if let Some(family) = ask.params.first("family") {
        return one::show(&ask, family);
    }
    let asked = Asked {
        service: ask.params.text("service"),
        text: ask.params.text("text"),
    };
    let families = questions::families(&ask.store, "");
    let frame = ask.frame(Section::Metrics, "Metrics");
    answer::page(&List::new(frame, asked, ask.services(), families))
}
