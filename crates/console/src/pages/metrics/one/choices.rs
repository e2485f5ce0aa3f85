//! What can be chosen: the form of the lines, what tells them apart, and what all of them have.

use super::{Asked, EACH, Show};
use crate::pages::address::Address;
use crate::pages::frame::Frame;
use crate::store::FamilyKind;

/// One choice of several.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) name: String,
    pub(crate) link: Address,
    pub(crate) is_here: bool,
}

pub(super) fn shows(frame: &Frame, asked: &Asked, kind: FamilyKind) -> Vec<Choice> {
    Show::offered(kind)
        .iter()
        .map(|show| Choice {
            name: show.name().to_owned(),
            link: frame.address.clone().with("show", show.name()),
            is_here: *show == asked.show,
        })
        .collect()
}

pub(super) fn bys(frame: &Frame, asked: &Asked, labels: &[String]) -> Vec<Choice> {
    [("service", "")]
        .into_iter()
        .chain(labels.iter().map(|label| (label.as_str(), label.as_str())))
        .chain([("each series", EACH)])
        .map(|(name, by)| Choice {
            name: name.to_owned(),
            link: frame.address.clone().with("by", by),
            is_here: by == asked.by,
        })
        .collect()
}

pub(super) fn only(frame: &Frame, asked: &Asked) -> Vec<Choice> {
    asked
        .labels
        .iter()
        .map(|label| Choice {
            name: label.clone(),
            link: frame.address.clone().without_value("label", label),
            is_here: true,
        })
        .collect()
}

pub(super) fn services(frame: &Frame, asked: &Asked, services: &[String]) -> Vec<Choice> {
    std::iter::once("")
        .chain(services.iter().map(String::as_str))
        .map(|service| Choice {
            name: if service.is_empty() { "all" } else { service }.to_owned(),
            link: frame.address.clone().with("service", service),
            is_here: service == asked.service,
        })
        .collect()
}
