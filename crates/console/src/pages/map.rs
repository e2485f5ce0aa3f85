//! Who calls whom, drawn from left to right.

pub mod layout;

use actix_web::HttpResponse;
use askama::Template;

use super::address::Address;
use super::answer;
use super::ask::Ask;
use super::chart::Hue;
use super::filters;
use super::frame::{Frame, Section};
use super::links;
use crate::questions;
use crate::store::{MapEdge, MapNode, MapNodeKind, ServiceMap};
use layout::{Curve, Spot};

/// The service map.
#[derive(Debug, Template)]
#[template(path = "map.html")]
pub struct Map {
    frame: Frame,
    width: usize,
    height: usize,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

#[derive(Debug)]
struct Node {
    node: MapNode,
    kind: &'static str,
    hue: Hue,
    place: Spot,
    link: Option<Address>,
    is_service: bool,
}

#[derive(Debug)]
struct Edge {
    edge: MapEdge,
    curve: Curve,
    example: Option<Address>,
    traces: Address,
    metric: Option<Address>,
}

impl Map {
    /// Of this map.
    pub fn new(frame: Frame, map: ServiceMap) -> Self {
        let drawn = layout::draw(&map);
        let nodes = map
            .nodes
            .iter()
            .zip(drawn.boxes)
            .map(|(node, place)| Node::new(&frame, node, place))
            .collect();
        let edges = map
            .edges
            .iter()
            .zip(drawn.curves)
            .map(|(edge, curve)| Edge::new(&frame, &map, edge, curve))
            .collect();
        Self {
            frame,
            width: drawn.width,
            height: drawn.height,
            nodes,
            edges,
        }
    }
}

impl Node {
    fn new(frame: &Frame, node: &MapNode, place: Spot) -> Self {
        let is_service = node.kind == MapNodeKind::Service;
        Self {
            kind: match node.kind {
                MapNodeKind::User => "user",
                MapNodeKind::Service => "service",
                MapNodeKind::Database => "database",
                MapNodeKind::Remote => "sends no spans",
            },
            hue: if is_service {
                frame.hues.hue(&node.name)
            } else {
                Hue(7)
            },
            link: is_service.then(|| frame.timed(links::traces(&node.name, ""))),
            node: node.clone(),
            place,
            is_service,
        }
    }
}

impl Edge {
    fn new(frame: &Frame, map: &ServiceMap, edge: &MapEdge, curve: Curve) -> Self {
        let of_service = |name: &str| {
            map.nodes
                .iter()
                .any(|node| node.name == name && node.kind == MapNodeKind::Service)
        };
        let is_database = map
            .nodes
            .iter()
            .any(|node| node.name == edge.to && node.kind == MapNodeKind::Database);
        let traces = if of_service(&edge.from) && !of_service(&edge.to) {
            links::traces(&edge.from, "").with("attribute", format!("peer.service={}", edge.to))
        } else {
            links::traces(&edge.to, "")
        };
        let metric = match is_database {
            true => Some(links::metric_of_database(&edge.from)),
            false => of_service(&edge.to).then(|| links::metric_of_calls(&edge.to)),
        };
        Self {
            metric: metric.map(|metric| frame.timed(metric)),
            example: edge.example_trace_id.as_deref().map(links::trace),
            traces: frame.timed(traces),
            edge: edge.clone(),
            curve,
        }
    }
}

/// `GET /map`
pub(crate) async fn show(ask: Ask) -> HttpResponse {
    let map = questions::service_map(&ask.store, ask.window());
    answer::page(&Map::new(ask.frame(Section::Map, "Map"), map))
}
