//! A line the size of a word.

use askama::Template;
use askama::filters::HtmlSafe;

/// A sparkline; its scale begins at zero.
#[derive(Clone, Debug, Template)]
#[template(
    ext = "html",
    source = r#"<svg class="spark" viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label="{{ label }}"><path class="area" d="{{ area }}"/><path class="edge" d="{{ edge }}"/></svg>"#
)]
pub struct Spark {
    label: String,
    area: String,
    edge: String,
}

impl HtmlSafe for Spark {}

impl Spark {
    /// Of values in order of time; what is missing counts as nothing.
    pub fn new(label: impl Into<String>, values: &[f64]) -> Self {
        let highest = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let width = 100.0 / (values.len().max(2) - 1) as f64;
        let mut edge = String::new();
        for (i, value) in values.iter().enumerate() {
            let pen = if i == 0 { 'M' } else { 'L' };
            let share = if value.is_finite() {
                value / highest
            } else {
                0.0
            };
            let (x, y) = (i as f64 * width, 19.0 - share.max(0.0) * 18.0);
            edge.push_str(&format!("{pen}{x:.1} {y:.1}"));
        }
        let area = if edge.is_empty() {
            String::new()
        } else {
            format!("{edge}L100 20L0 20Z")
        };
        Self {
            label: label.into(),
            area,
            edge,
        }
    }
}
