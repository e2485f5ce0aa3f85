use hashbrown::HashMap;

use crate::store::{Frame, FrameCost, TopRow};

/// Beyond so many frames a flame graph is not read any more; what is above them counts for their callers.
const MOST_FRAMES: usize = 20_000;
/// Functions of the table.
const MOST_ROWS: usize = 500;

/// Stacks added up.
#[derive(Debug)]
pub(super) struct Tree {
    names: Vec<String>,
    known: HashMap<String, u32>,
    nodes: Vec<Node>,
    below: HashMap<(u32, u32), u32>,
}

#[derive(Debug, Default)]
struct Node {
    name: u32,
    parent: u32,
    depth: u32,
    cost: FrameCost,
    baseline: FrameCost,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            names: vec!["all".to_owned()],
            known: HashMap::new(),
            nodes: vec![Node::default()],
            below: HashMap::new(),
        }
    }
}

impl Tree {
    /// Adds a stack, whose functions come outermost first.
    pub(super) fn add<'a>(
        &mut self,
        stack: impl Iterator<Item = &'a str>,
        value: i64,
        is_baseline: bool,
    ) {
        let mut at = 0;
        let all = self.cost(at, is_baseline);
        all.total = all.total.saturating_add(value);
        for name in stack {
            let Some(next) = self.child(at, name) else {
                break;
            };
            at = next;
            let cost = self.cost(at, is_baseline);
            cost.total = cost.total.saturating_add(value);
        }
        let cost = self.cost(at, is_baseline);
        cost.own = cost.own.saturating_add(value);
    }

    pub(super) fn total(&self) -> i64 {
        self.nodes[0].cost.total
    }

    pub(super) fn baseline_total(&self) -> i64 {
        self.nodes[0].baseline.total
    }

    fn cost(&mut self, node: u32, is_baseline: bool) -> &mut FrameCost {
        let node = &mut self.nodes[node as usize];
        match is_baseline {
            true => &mut node.baseline,
            false => &mut node.cost,
        }
    }

    fn child(&mut self, parent: u32, name: &str) -> Option<u32> {
        let name = match self.known.get(name) {
            Some(known) => *known,
            None => {
                let number = self.names.len() as u32;
                self.names.push(name.to_owned());
                self.known.insert(name.to_owned(), number);
                number
            }
        };
        if let Some(node) = self.below.get(&(parent, name)) {
            return Some(*node);
        }
        if MOST_FRAMES <= self.nodes.len() {
            return None;
        }
        let node = self.nodes.len() as u32;
        let depth = self.nodes[parent as usize].depth + 1;
        self.nodes.push(Node {
            name,
            parent,
            depth,
            ..Node::default()
        });
        self.below.insert((parent, name), node);
        Some(node)
    }

    /// Each caller before those it calls, those by name.
    pub(super) fn frames(&self, has_baseline: bool) -> Vec<Frame> {
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate().skip(1) {
            children[node.parent as usize].push(at as u32);
        }
        let mut frames = Vec::with_capacity(self.nodes.len());
        let mut stack = vec![(0_u32, 0_i64)];
        while let Some((at, offset)) = stack.pop() {
            let node = &self.nodes[at as usize];
            frames.push(Frame {
                name: self.names[node.name as usize].clone(),
                depth: node.depth as usize,
                offset,
                cost: node.cost,
                baseline: has_baseline.then_some(node.baseline),
            });
            let below = &mut children[at as usize];
            below.sort_by_key(|child| &self.names[self.nodes[*child as usize].name as usize]);
            let mut offset = offset;
            let placed: Vec<_> = below
                .iter()
                .map(|child| {
                    let start = offset;
                    offset = offset.saturating_add(self.nodes[*child as usize].cost.total);
                    (*child, start)
                })
                .collect();
            stack.extend(placed.into_iter().rev());
        }
        frames
    }

    /// Functions, the most costly by themselves first.
    pub(super) fn top(&self, has_baseline: bool) -> Vec<TopRow> {
        let mut costs: HashMap<u32, (FrameCost, FrameCost)> = HashMap::new();
        for node in &self.nodes[1..] {
            let (cost, baseline) = costs.entry(node.name).or_default();
            cost.own = cost.own.saturating_add(node.cost.own);
            baseline.own = baseline.own.saturating_add(node.baseline.own);
            if !self.is_within_itself(node) {
                cost.total = cost.total.saturating_add(node.cost.total);
                baseline.total = baseline.total.saturating_add(node.baseline.total);
            }
        }
        let mut rows: Vec<TopRow> = costs
            .into_iter()
            .map(|(name, (cost, baseline))| TopRow {
                name: self.names[name as usize].clone(),
                cost,
                baseline: has_baseline.then_some(baseline),
            })
            .collect();
        rows.sort_by(|a, b| {
            let key = |row: &TopRow| (row.cost.own, row.cost.total);
            key(b).cmp(&key(a)).then_with(|| a.name.cmp(&b.name))
        });
        rows.truncate(MOST_ROWS);
        rows
    }

    fn is_within_itself(&self, node: &Node) -> bool {
        let mut at = node.parent;
        while at != 0 {
            let caller = &self.nodes[at as usize];
            if caller.name == node.name {
                return true;
            }
            at = caller.parent;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_add_up_and_lie_beside_each_other() {
        let mut tree = Tree::default();
        tree.add(["main", "work", "hash"].into_iter(), 3, false);
        tree.add(["main", "idle"].into_iter(), 2, false);
        tree.add(["main", "work"].into_iter(), 1, false);
        tree.add(["main", "work"].into_iter(), 7, true);

        let frames = tree.frames(true);

        let seen: Vec<_> = frames
            .iter()
            .map(|f| (f.name.as_str(), f.depth, f.offset, f.cost.total, f.cost.own))
            .collect();
        assert_eq!(
            seen,
            [
                ("all", 0, 0, 6, 0),
                ("main", 1, 0, 6, 0),
                ("idle", 2, 0, 2, 2),
                ("work", 2, 2, 4, 1),
                ("hash", 3, 2, 3, 3),
            ]
        );
        assert_eq!(frames[3].baseline.unwrap().total, 7);
    }

    #[test]
    fn a_function_that_calls_itself_counts_once() {
        let mut tree = Tree::default();
        tree.add(["f", "g", "f"].into_iter(), 5, false);

        let top = tree.top(false);

        let f = top.iter().find(|row| row.name == "f").unwrap();
        assert_eq!(f.cost, FrameCost { total: 5, own: 5 });
    }
}
