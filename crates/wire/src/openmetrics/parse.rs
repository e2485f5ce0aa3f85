use std::collections::HashSet;

use super::scan::Scanner;
use super::{Error, Exposition, Family, Format, Kind, Reason, Sample, rules};

/// Parses what one scrape returned.
pub fn parse(text: &str, format: Format) -> Result<Exposition, Error> {
    let mut parser = Parser {
        format,
        families: Vec::new(),
        names: HashSet::new(),
        taken: HashSet::new(),
        open: None,
    };
    let lines = lines(text, format)?;
    for (line, number) in lines.iter().zip(1..) {
        parser.line(line, number)?;
    }
    parser.close()?;
    Ok(Exposition {
        format,
        families: parser.families,
    })
}

/// The lines of a text that ends as its format demands, without that end.
fn lines(text: &str, format: Format) -> Result<Vec<&str>, Error> {
    let wanted = match format {
        Format::OpenMetrics => "# EOF",
        Format::Prometheus => "a line feed",
    };
    let unfinished = Error {
        line: text.lines().count().max(1),
        reason: Reason::End(wanted),
    };
    let body = match format {
        Format::OpenMetrics => text.strip_suffix('\n').unwrap_or(text).strip_suffix(wanted),
        Format::Prometheus => Some(text),
    };
    let body = body.ok_or(unfinished.clone())?;
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let body = body.strip_suffix('\n').ok_or(unfinished)?;
    Ok(body.split('\n').collect())
}

struct Parser {
    format: Format,
    families: Vec<Family>,
    names: HashSet<String>,
    /// Every sample name that the families so far could use.
    taken: HashSet<String>,
    open: Option<Open>,
}

/// The family whose lines are being read.
struct Open {
    family: Family,
    /// The line that each sample stands on.
    lines: Vec<usize>,
    typed: bool,
    started: usize,
}

impl Parser {
    fn line(&mut self, line: &str, number: usize) -> Result<(), Error> {
        let at = |reason| Error {
            line: number,
            reason,
        };
        let mut scanner = Scanner::new(self.format, line);
        scanner.blanks();
        if self.format == Format::Prometheus && scanner.end().is_ok() {
            return Ok(());
        }
        if line.trim_start_matches([' ', '\t']).starts_with('#') {
            return self.comment(line, number);
        }
        let sample = scanner.sample().map_err(at)?;
        self.sample(sample, number)
    }

    fn comment(&mut self, line: &str, number: usize) -> Result<(), Error> {
        let at = |reason| Error {
            line: number,
            reason,
        };
        let format = self.format;
        let mut scanner = Scanner::new(format, line);
        scanner.hash().map_err(at)?;
        let (keyword, descriptor) = match (scanner.word(), format) {
            ("TYPE", _) => ("# TYPE", Descriptor::Kind),
            ("HELP", _) => ("# HELP", Descriptor::Help),
            ("UNIT", Format::OpenMetrics) => ("# UNIT", Descriptor::Unit),
            (_, Format::Prometheus) => return Ok(()),
            (_, Format::OpenMetrics) => {
                let expected = "TYPE, HELP or UNIT";
                let position = 2;
                return Err(at(Reason::Expected { expected, position }));
            }
        };
        scanner.gap().map_err(at)?;
        let name = scanner.metric_name().map_err(at)?;
        let open = self.open(&name, number)?;
        if !open.family.samples.is_empty() {
            return Err(at(Reason::LateDescriptor(keyword)));
        }
        let second = open
            .describe(descriptor, &mut scanner, format)
            .map_err(at)?;
        if second {
            return Err(at(Reason::SecondDescriptor(keyword)));
        }
        Ok(())
    }

    fn sample(&mut self, sample: Sample, number: usize) -> Result<(), Error> {
        let belongs = self.open.as_ref().is_some_and(|open| {
            rules::sample_names(&open.family, self.format).contains(&sample.name)
        });
        if !belongs {
            if let Some(open) = &self.open
                && open.family.name == sample.name
            {
                return Err(Error {
                    line: number,
                    reason: Reason::Suffix {
                        family: sample.name,
                        kind: open.family.kind,
                    },
                });
            }
            self.open(&sample.name, number)?;
        }
        if let Some(open) = &mut self.open {
            open.family.samples.push(sample);
            open.lines.push(number);
        }
        Ok(())
    }

    /// The open family, which becomes that of `name` if it is another.
    fn open(&mut self, name: &str, number: usize) -> Result<&mut Open, Error> {
        if self
            .open
            .as_ref()
            .is_none_or(|open| open.family.name != name)
        {
            self.close()?;
            if !self.names.insert(name.to_owned()) {
                return Err(Error {
                    line: number,
                    reason: Reason::Interleaved(name.to_owned()),
                });
            }
        }
        Ok(self.open.get_or_insert_with(|| Open {
            family: Family {
                name: name.to_owned(),
                kind: Kind::Unknown,
                help: None,
                unit: None,
                samples: Vec::new(),
            },
            lines: Vec::new(),
            typed: false,
            started: number,
        }))
    }

    /// Ends the open family, now that it can be judged as a whole.
    fn close(&mut self) -> Result<(), Error> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let family = open.family;
        for name in rules::sample_names(&family, self.format) {
            let free = self.taken.insert(name.clone());
            if !free && self.format == Format::OpenMetrics {
                let family = family.name;
                return Err(Error {
                    line: open.started,
                    reason: Reason::Clash { family, name },
                });
            }
        }
        rules::check(&family, self.format).map_err(|(sample, reason)| Error {
            line: sample.map_or(open.started, |sample| open.lines[sample]),
            reason,
        })?;
        self.families.push(family);
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Descriptor {
    Kind,
    Help,
    Unit,
}

impl Open {
    /// Notes what a descriptor says; whether the family had one of its sort before.
    fn describe(
        &mut self,
        descriptor: Descriptor,
        scanner: &mut Scanner<'_>,
        format: Format,
    ) -> Result<bool, Reason> {
        match descriptor {
            Descriptor::Kind => {
                scanner.gap()?;
                let word = scanner.word();
                let kind = kind(word, format);
                self.family.kind = kind.ok_or_else(|| Reason::Kind(word.to_owned()))?;
                scanner.end()?;
                Ok(std::mem::replace(&mut self.typed, true))
            }
            Descriptor::Help => {
                // The older format lets the text be absent, and what separates it too.
                if format == Format::OpenMetrics || scanner.more_follows() {
                    scanner.gap()?;
                }
                scanner.blanks();
                let help = scanner.help()?;
                Ok(self.family.help.replace(help).is_some())
            }
            Descriptor::Unit => {
                scanner.gap()?;
                let unit = scanner.word().to_owned();
                scanner.end()?;
                Ok(self.family.unit.replace(unit).is_some())
            }
        }
    }
}

fn kind(word: &str, format: Format) -> Option<Kind> {
    match (word, format) {
        ("counter", _) => Some(Kind::Counter),
        ("gauge", _) => Some(Kind::Gauge),
        ("histogram", _) => Some(Kind::Histogram),
        ("summary", _) => Some(Kind::Summary),
        ("untyped", Format::Prometheus) | ("unknown", Format::OpenMetrics) => Some(Kind::Unknown),
        ("gaugehistogram", Format::OpenMetrics) => Some(Kind::GaugeHistogram),
        ("stateset", Format::OpenMetrics) => Some(Kind::StateSet),
        ("info", Format::OpenMetrics) => Some(Kind::Info),
        _ => None,
    }
}
