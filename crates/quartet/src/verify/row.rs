//! A row of the table: what was looked at, and what came of it.

use std::thread;
use std::time::{Duration, Instant};

/// How long to wait before a question is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// What was looked at.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) verdict: Verdict,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It became true after so long; with what was found.
    Held { after: Duration, found: String },
    /// It did not in time.
    Broken { hop: String },
    /// One of its ends does not exist here.
    NotHere { reason: &'static str },
}

impl Row {
    /// One that cannot be looked at here.
    pub(crate) fn not_here(name: &str, reason: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            verdict: Verdict::NotHere { reason },
        }
    }

    /// One that could not even be tried.
    pub(crate) fn broken(name: &str, hop: String) -> Self {
        Self {
            name: name.to_owned(),
            verdict: Verdict::Broken { hop },
        }
    }

    /// Looks again and again until it holds, or `patience` is over. Time counts from `since`.
    pub(crate) fn of(
        name: &str,
        since: Instant,
        patience: Duration,
        look: impl Fn() -> Result<String, String>,
    ) -> Self {
        let end = Instant::now() + patience;
        let verdict = loop {
            match look() {
                Ok(found) => {
                    let after = since.elapsed();
                    break Verdict::Held { after, found };
                }
                Err(hop) if end <= Instant::now() => break Verdict::Broken { hop },
                Err(_) => thread::sleep(PAUSE),
            }
        };
        Self {
            name: name.to_owned(),
            verdict,
        }
    }

    pub(crate) fn cells(&self) -> [String; 4] {
        let (result, seconds, text) = match &self.verdict {
            Verdict::Held { after, found } => {
                ("ok", format!("{:.1}", after.as_secs_f64()), found.clone())
            }
            Verdict::Broken { hop } => ("BROKEN", String::new(), hop.clone()),
            Verdict::NotHere { reason } => ("n/a", String::new(), (*reason).to_owned()),
        };
        [self.name.clone(), result.to_owned(), seconds, text]
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::{Duration, Instant};

    use super::{Row, Verdict};

    #[test]
    fn it_is_looked_at_until_it_holds() {
        let looks = Cell::new(0);
        let row = Row::of("a → b", Instant::now(), Duration::from_secs(5), || {
            looks.set(looks.get() + 1);
            match looks.get() {
                1 => Err("nothing there".to_owned()),
                _ => Ok("2 lines".to_owned()),
            }
        });

        assert!(matches!(row.verdict, Verdict::Held { .. }));
        assert_eq!(
            (row.cells()[1].as_str(), row.cells()[3].as_str()),
            ("ok", "2 lines")
        );
    }

    #[test]
    fn it_is_given_up_with_the_last_reason() {
        let row = Row::of("a → b", Instant::now(), Duration::ZERO, || {
            Err("nothing there".to_owned())
        });

        assert_eq!(
            row.cells(),
            ["a → b", "BROKEN", "", "nothing there"].map(str::to_owned)
        );
    }
}
