//! Holds the colours of the style sheet to WCAG 2.2, level AA, in both themes.

use std::collections::BTreeMap;

/// Text, by criterion 1.4.3.
const LEGIBLE: f64 = 4.5;
/// Shapes and the borders of fields, by criterion 1.4.11.
const VISIBLE: f64 = 3.0;

const GROUNDS: [&str; 3] = ["ground", "raised", "hover"];

/// Each colour by its name: on light, on dark.
fn colours() -> BTreeMap<&'static str, [u32; 2]> {
    let style = include_str!("../../assets/console.css");
    let found = style.lines().filter_map(|line| {
        let (name, value) = line
            .trim()
            .strip_prefix("--")?
            .split_once(": light-dark(#")?;
        let (light, dark) = value.strip_suffix(");")?.split_once(", #")?;
        let number = |digits| u32::from_str_radix(digits, 16).ok();
        Some((name, [number(light)?, number(dark)?]))
    });
    found.collect()
}

/// The relative luminance of WCAG.
fn luminance(colour: u32) -> f64 {
    let channel = |shift: u32| {
        let share = f64::from((colour >> shift) & 0xff) / 255.0;
        if share <= 0.04045 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
}

fn contrast(a: u32, b: u32) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[track_caller]
fn check(front: &str, back: &str, least: f64) {
    let colours = colours();
    let colour = |name: &str| {
        let found = colours.get(name);
        *found.unwrap_or_else(|| panic!("the style sheet has no --{name}"))
    };
    let pairs = colour(front).into_iter().zip(colour(back));
    for (theme, (a, b)) in ["light", "dark"].into_iter().zip(pairs) {
        let found = contrast(a, b);
        assert!(
            least <= found,
            "{front} on {back}, {theme}: {found:.2}, not {least}"
        );
    }
}

#[test]
fn black_on_white_is_21() {
    assert!((contrast(0, 0xff_ff_ff) - 21.0).abs() < 1e-9);
    assert!((contrast(0x77_77_77, 0xff_ff_ff) - 4.48).abs() < 0.01);
}

#[test]
fn text_is_legible_on_every_ground() {
    for text in ["text", "quiet", "link"] {
        for ground in GROUNDS {
            check(text, ground, LEGIBLE);
        }
    }
    for text in ["bad", "warn", "good"] {
        check(text, "ground", LEGIBLE);
        check(text, "raised", LEGIBLE);
    }
    check("bad", "bad-ground", LEGIBLE);
    check("warn", "warn-ground", LEGIBLE);
}

#[test]
fn names_are_legible_in_every_frame_of_a_flame_graph() {
    for frame in (0..8).map(|n| format!("f{n}")) {
        check("text", &frame, LEGIBLE);
    }
    for frame in ["found", "more", "less"] {
        check("text", frame, LEGIBLE);
    }
}

#[test]
fn lines_dots_and_fields_can_be_seen() {
    for ground in ["ground", "raised"] {
        for hue in (0..8).map(|n| format!("h{n}")) {
            check(&hue, ground, VISIBLE);
        }
        check("field", ground, VISIBLE);
    }
}
