//! What `verify` or `doctor` said, and whether that is what was expected: if not, all of it.

/// The output of a command, and whether it found all well.
pub(crate) struct Said {
    pub(crate) well: bool,
    pub(crate) text: String,
}

pub(crate) type Outcome = Result<(), String>;

impl Said {
    /// Nothing is broken.
    pub(crate) fn well(&self) -> Outcome {
        self.must(self.well, "not all is well")
    }

    /// This stands somewhere in it.
    pub(crate) fn mentions(&self, words: &str) -> Outcome {
        self.must(self.text.contains(words), &format!("no word of {words:?}"))
    }

    /// `verify` found that this link holds.
    pub(crate) fn holds(&self, link: &str) -> Outcome {
        self.must(self.why(link).is_none(), &format!("{link} is broken"))
    }

    /// It found these links broken, each for a reason with this word.
    pub(crate) fn broken(&self, links: &[&str], word: &str) -> Outcome {
        for link in links {
            let why = self.why(link);
            let named = why.is_some_and(|why| why.contains(word));
            self.must(named, &format!("{link}: {why:?}, not {word:?}"))?;
        }
        self.must(!self.well, "all is well")
    }

    /// The same, and every other link holds.
    pub(crate) fn only_broken(&self, links: &[&str], word: &str) -> Outcome {
        self.broken(links, word)?;
        self.must(self.all_broken().count() == links.len(), "more is broken")
    }

    /// `doctor` found that a service loses a signal at this hop, for a reason with this word.
    pub(crate) fn loses(&self, service: &str, signal: &str, hop: &str, word: &str) -> Outcome {
        let found = self.lost(service, signal)?;
        let named = found.is_some_and(|(place, reason)| place == hop && reason.contains(word));
        self.must(
            named,
            &format!("{service} {signal}: {found:?}, not {hop}: {word:?}"),
        )
    }

    /// Both services do, and no other signal is lost.
    pub(crate) fn both_lose(&self, signal: &str, hop: &str, word: &str) -> Outcome {
        for service in ["api", "fulfilment"] {
            self.loses(service, signal, hop, word)?;
        }
        let lines = self.text.lines().filter(|line| line.contains("LOST at "));
        let mut others = lines.filter(|line| line.split_whitespace().nth(1) != Some(signal));
        self.must(others.next().is_none(), "another signal is lost")
    }

    /// `doctor` found nothing wrong with a signal of a service.
    pub(crate) fn keeps(&self, service: &str, signal: &str) -> Outcome {
        let found = self.lost(service, signal)?;
        self.must(found.is_none(), &format!("{service} {signal}: {found:?}"))
    }

    /// Why `verify` found a link broken; none if it holds.
    fn why(&self, link: &str) -> Option<&str> {
        let mut broken = self.all_broken();
        broken.find_map(|line| line.strip_prefix(link)?.strip_prefix(": "))
    }

    fn all_broken(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines();
        lines.filter_map(|line| line.strip_prefix("Broken: "))
    }

    /// The hop at which a signal of a service was lost, and why.
    fn lost(&self, service: &str, signal: &str) -> Result<Option<(&str, &str)>, String> {
        let row = self.text.lines().find(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(service) && words.next() == Some(signal)
        });
        let row = row.ok_or_else(|| format!("no row of {service} {signal}:\n{}", self.text))?;
        let lost = row.split_once("LOST at ");
        Ok(lost.and_then(|(_, lost)| lost.split_once(": ")))
    }

    fn must(&self, so: bool, otherwise: &str) -> Outcome {
        match so {
            true => Ok(()),
            false => Err(format!("{otherwise}:\n{}", self.text)),
        }
    }
}
