use super::Rule;

const BASE_UNITS: [&str; 11] = [
    "amperes", "bytes", "celsius", "grams", "joules", "kelvin", "meters", "metres", "seconds",
    "volts", "watts",
];

/// Units that are multiples of a base unit, beyond those that a prefix makes.
const OTHER_UNITS: [(&str, &str); 18] = [
    ("minutes", "seconds"),
    ("hours", "seconds"),
    ("days", "seconds"),
    ("weeks", "seconds"),
    ("kelvins", "kelvin"),
    ("fahrenheit", "celsius"),
    ("rankine", "celsius"),
    ("inches", "meters"),
    ("feet", "meters"),
    ("yards", "meters"),
    ("miles", "meters"),
    ("bits", "bytes"),
    ("calories", "joules"),
    ("pounds", "grams"),
    ("ounces", "grams"),
    ("tons", "grams"),
    ("horsepower", "watts"),
    ("percent", "ratio"),
];

const PREFIXES: [&str; 18] = [
    "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "mega", "giga",
    "tera", "peta", "kibi", "mebi", "gibi", "tebi", "pebi",
];

const ABBREVIATIONS: [&str; 14] = [
    "s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d",
];

/// Suffixes that may stand behind a unit.
const BEHIND_UNITS: [&str; 5] = ["total", "info", "count", "sum", "bucket"];

pub(super) fn check(name: &str, rules: &mut Vec<Rule>) {
    let words: Vec<&str> = name.split('_').collect();
    for (index, word) in words.iter().enumerate() {
        if let Some(base) = multiple_of(word) {
            let unit = (*word).to_owned();
            rules.push(Rule::NotABaseUnit { unit, base });
        }
        // The first word names the subject, and may well be as short as a unit.
        if let Some(unit) = known(&ABBREVIATIONS, word).filter(|_| index != 0) {
            rules.push(Rule::AbbreviatedUnit(unit));
        }
        let mut behind = words[index + 1..].iter();
        if let Some(unit) = known(&BASE_UNITS, word)
            && !behind.all(|word| BEHIND_UNITS.contains(word))
        {
            rules.push(Rule::UnitIsNotASuffix(unit));
        }
    }
}

/// The base unit that should be used instead of this one, if it is a unit and not a base.
fn multiple_of(word: &str) -> Option<&'static str> {
    if let Some((_, base)) = OTHER_UNITS.iter().find(|(unit, _)| *unit == word) {
        return Some(base);
    }
    let mut stems = PREFIXES
        .iter()
        .filter_map(|prefix| word.strip_prefix(prefix));
    stems.find_map(|stem| known(&BASE_UNITS, stem).or_else(|| multiple_of(stem)))
}

fn known(list: &[&'static str], word: &str) -> Option<&'static str> {
    list.iter().find(|known| **known == word).copied()
}
