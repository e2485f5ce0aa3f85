use super::{Exemplar, Format, Labels, Reason, Sample, number};

/// A position in a line, moved on by one token per call.
pub(super) struct Scanner<'a> {
    format: Format,
    line: &'a str,
    position: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(format: Format, line: &'a str) -> Self {
        Self {
            format,
            line,
            position: 0,
        }
    }

    /// A whole line with a value.
    pub(super) fn sample(&mut self) -> Result<Sample, Reason> {
        let name = self.metric_name()?;
        let mut labels = Labels::new();
        if self.labels_follow() {
            self.blanks();
            labels = self.labels()?;
        }
        self.gap()?;
        let value = self.number()?;
        let mut sample = Sample {
            name,
            labels,
            value,
            timestamp: None,
            exemplar: None,
        };
        if self.more_follows() && !self.rest().starts_with(" # ") {
            self.gap()?;
            sample.timestamp = Some(self.timestamp()?);
        }
        if self.format == Format::OpenMetrics && self.more_follows() {
            sample.exemplar = Some(self.exemplar()?);
        }
        self.end()?;
        Ok(sample)
    }

    /// The sign that starts a comment, and what separates it from the first word.
    pub(super) fn hash(&mut self) -> Result<(), Reason> {
        self.blanks();
        self.literal('#', "a metric name")?;
        match self.format {
            Format::OpenMetrics => self.gap()?,
            Format::Prometheus => self.blanks(),
        }
        Ok(())
    }

    pub(super) fn metric_name(&mut self) -> Result<String, Reason> {
        self.name("a metric name", |byte| byte == b':')
    }

    /// The rest of the line, unescaped, as help texts are.
    pub(super) fn help(&mut self) -> Result<String, Reason> {
        let mut help = String::new();
        loop {
            match self.next() {
                None => return Ok(help),
                Some('\\') => help.push(self.escape(self.format == Format::OpenMetrics)?),
                Some('"') if self.format == Format::OpenMetrics => {
                    self.position -= 1;
                    return Err(self.expected("an escape of the quote"));
                }
                Some(found) => help.push(found),
            }
        }
    }

    /// The next word, which may be empty.
    pub(super) fn word(&mut self) -> &'a str {
        let length = self.rest().find([' ', '\t']).unwrap_or(self.rest().len());
        let word = &self.rest()[..length];
        self.position += length;
        word
    }

    /// What must stand between two parts of a line.
    pub(super) fn gap(&mut self) -> Result<(), Reason> {
        let before = self.position;
        match self.format {
            Format::OpenMetrics => self.position += usize::from(self.rest().starts_with(' ')),
            Format::Prometheus => self.blanks(),
        }
        if before == self.position {
            return Err(self.expected("a space"));
        }
        Ok(())
    }

    /// What may stand between two parts of a line.
    pub(super) fn blanks(&mut self) {
        if self.format == Format::Prometheus {
            let kept = self.rest().trim_start_matches([' ', '\t']).len();
            self.position = self.line.len() - kept;
        }
    }

    pub(super) fn end(&mut self) -> Result<(), Reason> {
        self.blanks();
        match self.rest() {
            "" => Ok(()),
            _ => Err(self.expected("the end of the line")),
        }
    }

    fn labels_follow(&self) -> bool {
        let rest = match self.format {
            Format::OpenMetrics => self.rest(),
            Format::Prometheus => self.rest().trim_start_matches([' ', '\t']),
        };
        rest.starts_with('{')
    }

    pub(super) fn more_follows(&self) -> bool {
        match self.format {
            Format::OpenMetrics => !self.rest().is_empty(),
            Format::Prometheus => !self.rest().trim_matches([' ', '\t']).is_empty(),
        }
    }

    fn labels(&mut self) -> Result<Labels, Reason> {
        self.literal('{', "an opening brace")?;
        self.blanks();
        let mut labels = Labels::new();
        while !self.rest().starts_with('}') {
            let name = self.name("a label name", |_| false)?;
            self.blanks();
            self.literal('=', "an equals sign")?;
            self.blanks();
            let value = self.quoted()?;
            if labels.contains_key(&name) {
                return Err(Reason::SecondLabel(name));
            }
            labels.insert(name, value);
            self.blanks();
            if self.rest().starts_with('}') {
                break;
            }
            self.literal(',', "a comma or a closing brace")?;
            self.blanks();
            if self.format == Format::OpenMetrics && self.rest().starts_with('}') {
                return Err(self.expected("a label name"));
            }
        }
        self.literal('}', "a closing brace")?;
        Ok(labels)
    }

    fn exemplar(&mut self) -> Result<Exemplar, Reason> {
        self.gap()?;
        self.literal('#', "an exemplar")?;
        self.gap()?;
        let labels = self.labels()?;
        self.gap()?;
        let value = self.number()?;
        let mut timestamp = None;
        if self.more_follows() {
            self.gap()?;
            timestamp = Some(self.timestamp()?);
        }
        Ok(Exemplar {
            labels,
            value,
            timestamp,
        })
    }

    fn number(&mut self) -> Result<f64, Reason> {
        let start = self.position;
        let number = number::parse(self.word());
        number.ok_or(expected("a number", start))
    }

    fn timestamp(&mut self) -> Result<f64, Reason> {
        let start = self.position;
        let word = self.word();
        match self.format {
            Format::OpenMetrics => number::finite(word).ok_or(expected("seconds", start)),
            Format::Prometheus => {
                let millis: Option<i64> = word.parse().ok();
                let millis = millis.ok_or(expected("whole milliseconds", start))?;
                Ok(millis as f64 / 1000.0)
            }
        }
    }

    fn name(&mut self, what: &'static str, also: impl Fn(u8) -> bool) -> Result<String, Reason> {
        let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || also(byte);
        let bytes = self.rest().bytes();
        let length = bytes.take_while(|byte| letter(*byte) || byte.is_ascii_digit());
        let length = length.count();
        if !self.rest().bytes().next().is_some_and(letter) {
            return Err(self.expected(what));
        }
        let name = self.rest()[..length].to_owned();
        self.position += length;
        Ok(name)
    }

    fn quoted(&mut self) -> Result<String, Reason> {
        self.literal('"', "an opening quote")?;
        let mut value = String::new();
        loop {
            match self.next() {
                None => return Err(self.expected("a closing quote")),
                Some('"') => return Ok(value),
                Some('\\') => value.push(self.escape(true)?),
                Some(found) => value.push(found),
            }
        }
    }

    /// The character that an escape stands for; its backslash has been read.
    fn escape(&mut self, quotes: bool) -> Result<char, Reason> {
        let position = self.position - 1;
        match self.next() {
            Some('\\') => Ok('\\'),
            Some('n') => Ok('\n'),
            Some('"') if quotes => Ok('"'),
            _ => Err(Reason::Escape { position }),
        }
    }

    fn literal(&mut self, wanted: char, what: &'static str) -> Result<(), Reason> {
        if !self.rest().starts_with(wanted) {
            return Err(self.expected(what));
        }
        self.position += wanted.len_utf8();
        Ok(())
    }

    fn next(&mut self) -> Option<char> {
        let found = self.rest().chars().next()?;
        self.position += found.len_utf8();
        Some(found)
    }

    fn rest(&self) -> &'a str {
        &self.line[self.position..]
    }

    fn expected(&self, what: &'static str) -> Reason {
        expected(what, self.position)
    }
}

fn expected(expected: &'static str, position: usize) -> Reason {
    Reason::Expected { expected, position }
}
