//! Where boxes and curves of the map lie: callers left of those they call, in columns, and no curve behind a box.

use std::collections::HashMap;

use crate::store::ServiceMap;

/// Width of a box, in pixels.
pub const WIDTH: usize = 168;
/// Height of a box.
pub const HEIGHT: usize = 62;
/// Between two columns: room for what a curve says.
const BETWEEN: usize = 132;
/// Between two rows.
const ROW: usize = 34;
/// Around all of it.
const MARGIN: usize = 12;

/// Where a box begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// From the left.
    pub x: usize,
    /// From the top.
    pub y: usize,
}

/// A call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Curve {
    /// What is drawn.
    pub path: String,
    /// Where its words stand.
    pub x: usize,
    /// The same, from the top.
    pub y: usize,
}

/// A map with places.
#[derive(Debug)]
pub struct Drawn {
    /// How wide it is, in pixels.
    pub width: usize,
    /// How high it is.
    pub height: usize,
    /// One for each node.
    pub boxes: Vec<Spot>,
    /// One for each edge.
    pub curves: Vec<Curve>,
}

/// What takes a place in a column: a node, or an edge on its way to a column further right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Item {
    Node(usize),
    Passing { edge: usize, column: usize },
}

/// Gives each node and edge its place.
pub fn draw(map: &ServiceMap) -> Drawn {
    let ends = ends(map);
    let columns = columns(map.nodes.len(), &ends);
    let mut placed: HashMap<Item, usize> = HashMap::new();
    let mut tables: Vec<Vec<Item>> = Vec::new();
    for column in 0..=columns.iter().copied().max().unwrap_or_default() {
        let mut items = items(column, &columns, &ends);
        let weight = |item: &Item| weight(*item, &columns, &ends, &placed);
        items.sort_by(|a, b| weight(a).total_cmp(&weight(b)));
        placed.extend(items.iter().enumerate().map(|(row, item)| (*item, row)));
        tables.push(items);
    }
    let rows = tables.iter().map(Vec::len).max().unwrap_or_default();
    let height = 2 * MARGIN + rows * HEIGHT + rows.saturating_sub(1) * ROW;
    let place = |column: usize, item: Item| {
        let many = tables[column].len();
        let own = many * HEIGHT + many.saturating_sub(1) * ROW;
        Spot {
            x: MARGIN + column * (WIDTH + BETWEEN),
            y: (height - own) / 2 + placed[&item] * (HEIGHT + ROW),
        }
    };
    let boxes: Vec<Spot> = columns
        .iter()
        .enumerate()
        .map(|(node, column)| place(*column, Item::Node(node)))
        .collect();
    let curves = ends
        .iter()
        .enumerate()
        .map(|(edge, ends)| {
            let Some((from, to)) = *ends else {
                return Curve::default();
            };
            if columns[to] <= columns[from] {
                return back(boxes[from], boxes[to]);
            }
            let between = columns[from] + 1..columns[to];
            let way = between.map(|column| place(column, Item::Passing { edge, column }));
            forth(boxes[from], way, boxes[to])
        })
        .collect();
    Drawn {
        width: 2 * MARGIN + tables.len() * WIDTH + (tables.len() - 1) * BETWEEN,
        height: height + ROW,
        boxes,
        curves,
    }
}

/// The nodes of each edge, by their numbers.
fn ends(map: &ServiceMap) -> Vec<Option<(usize, usize)>> {
    let index: HashMap<&str, usize> = map
        .nodes
        .iter()
        .enumerate()
        .map(|(i, node)| (node.name.as_str(), i))
        .collect();
    let ends = |from: &str, to: &str| Some((*index.get(from)?, *index.get(to)?));
    map.edges
        .iter()
        .map(|edge| ends(&edge.from, &edge.to))
        .collect()
}

/// The longest way to each node from who is called by nobody; a circle stops where it would go on for ever.
fn columns(nodes: usize, ends: &[Option<(usize, usize)>]) -> Vec<usize> {
    let mut columns = vec![0; nodes];
    for _ in 0..nodes {
        let mut has_moved = false;
        for &(from, to) in ends.iter().flatten() {
            if from != to && columns[to] <= columns[from] && columns[from] + 1 < nodes {
                columns[to] = columns[from] + 1;
                has_moved = true;
            }
        }
        if !has_moved {
            break;
        }
    }
    without_holes(&columns)
}

/// A circle may leave columns empty.
fn without_holes(columns: &[usize]) -> Vec<usize> {
    let mut used = columns.to_vec();
    used.sort_unstable();
    used.dedup();
    columns
        .iter()
        .map(|column| used.partition_point(|known| known < column))
        .collect()
}

fn items(column: usize, columns: &[usize], ends: &[Option<(usize, usize)>]) -> Vec<Item> {
    let nodes = (0..columns.len())
        .filter(|node| columns[*node] == column)
        .map(Item::Node);
    let passing = ends.iter().enumerate().filter_map(|(edge, ends)| {
        let (from, to) = (*ends)?;
        let passes = columns[from] < column && column < columns[to];
        passes.then_some(Item::Passing { edge, column })
    });
    nodes.chain(passing).collect()
}

/// How far down those stand that come before it: what belongs together stands together.
fn weight(
    item: Item,
    columns: &[usize],
    ends: &[Option<(usize, usize)>],
    placed: &HashMap<Item, usize>,
) -> f64 {
    let before = |edge: usize, from: usize, column: usize| {
        let item = if columns[from] + 1 == column {
            Item::Node(from)
        } else {
            Item::Passing {
                edge,
                column: column - 1,
            }
        };
        placed.get(&item).map(|row| *row as f64)
    };
    let rows: Vec<f64> = match item {
        // Below the boxes that its caller calls in this column.
        Item::Passing { edge, column } => ends[edge]
            .and_then(|(from, _)| before(edge, from, column))
            .map(|row| row + 0.5)
            .into_iter()
            .collect(),
        Item::Node(node) => ends
            .iter()
            .enumerate()
            .filter_map(|(edge, ends)| {
                let (from, to) = (*ends)?;
                let is_caller = to == node && columns[from] < columns[node];
                is_caller.then(|| before(edge, from, columns[node]))?
            })
            .collect(),
    };
    rows.iter().sum::<f64>() / rows.len().max(1) as f64
}

/// From left to right, straight through the columns on its way.
fn forth(from: Spot, way: impl Iterator<Item = Spot>, to: Spot) -> Curve {
    let bend = BETWEEN / 2;
    let (mut x, mut y) = (from.x + WIDTH, from.y + HEIGHT / 2);
    let mut path = format!("M{x} {y}");
    let mut bow = |next: Spot, path: &mut String| {
        let middle = next.y + HEIGHT / 2;
        path.push_str(&format!(
            " C{} {y} {} {middle} {} {middle}",
            x + bend,
            next.x - bend,
            next.x
        ));
        (x, y) = (next.x + WIDTH, middle);
    };
    // Words stand near the end of a call, where calls of one caller have parted; of a long one, on its way.
    let mut words = (to.x - bend, (from.y + 3 * to.y) / 4 + HEIGHT / 2);
    for next in way {
        bow(next, &mut path);
        path.push_str(&format!(" H{}", next.x + WIDTH));
        words = (next.x + WIDTH / 2, next.y + HEIGHT / 2);
    }
    bow(to, &mut path);
    Curve {
        path,
        x: words.0,
        y: words.1,
    }
}

/// Back to the left, or to itself: below the boxes.
fn back(from: Spot, to: Spot) -> Curve {
    let below = from.y.max(to.y) + HEIGHT + ROW / 2;
    let (right, left) = (from.x + WIDTH * 2 / 3, to.x + WIDTH / 3);
    Curve {
        path: format!(
            "M{right} {} C{right} {below} {left} {below} {left} {}",
            from.y + HEIGHT,
            to.y + HEIGHT
        ),
        x: usize::midpoint(right, left),
        y: below,
    }
}

#[cfg(test)]
mod tests {
    use super::{HEIGHT, ServiceMap, draw};
    use crate::store::{MapEdge, MapNode, MapNodeKind};

    fn map(edges: &[(&str, &str)]) -> ServiceMap {
        let mut names: Vec<&str> = edges.iter().flat_map(|(from, to)| [*from, *to]).collect();
        names.sort_unstable();
        names.dedup();
        ServiceMap {
            nodes: names
                .iter()
                .map(|name| MapNode {
                    name: (*name).to_owned(),
                    kind: MapNodeKind::Service,
                    rate: 1.0,
                    error_share: 0.0,
                })
                .collect(),
            edges: edges
                .iter()
                .map(|(from, to)| MapEdge {
                    from: (*from).to_owned(),
                    to: (*to).to_owned(),
                    rate: 1.0,
                    error_share: 0.0,
                    p50: 0.1,
                    p95: 0.2,
                    example_trace_id: None,
                })
                .collect(),
        }
    }

    const ORDERS: [(&str, &str); 4] = [
        ("user", "api"),
        ("api", "ful"),
        ("api", "db"),
        ("ful", "db"),
    ];

    #[test]
    fn who_calls_stands_left_of_who_is_called() {
        let drawn = draw(&map(&ORDERS));
        let [api, db, ful, user] = drawn.boxes[..] else {
            panic!("four boxes")
        };

        assert!(user.x < api.x && api.x < ful.x && ful.x < db.x);
    }

    #[test]
    fn a_long_way_does_not_lead_through_a_box() {
        let drawn = draw(&map(&ORDERS));
        let (ful, long) = (drawn.boxes[2], &drawn.curves[2]);

        let passes_at: usize = long.path.split(' ').nth(6).unwrap().parse().unwrap();

        assert!(
            !(ful.y..=ful.y + HEIGHT).contains(&passes_at),
            "{}",
            long.path
        );
    }

    #[test]
    fn circles_loops_and_nothing_can_be_drawn() {
        for edges in [
            &[][..],
            &[("a", "a")],
            &[("a", "b"), ("b", "a")],
            &[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")],
        ] {
            let drawn = draw(&map(edges));
            assert_eq!(drawn.curves.len(), edges.len());
            assert!(drawn.boxes.iter().all(|place| place.x < drawn.width));
        }
    }
}
