//! Stacks as folded text: `main;work;hash 12`, one stack a line, callers first.

/// Why a text is not folded stacks, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Error {
    /// The line, counted from 1.
    pub line: usize,
    /// Why.
    pub reason: &'static str,
}

/// One stack and how often it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack<'a> {
    /// The functions, each caller before those it calls.
    pub frames: Vec<&'a str>,
    /// How often.
    pub value: i64,
}

/// Reads all stacks; empty lines are passed over.
///
/// # Errors
/// The first line without a stack, or without a whole number from 0 on behind its last space.
pub fn parse(text: &str) -> Result<Vec<Stack<'_>>, Error> {
    let lines = text.lines().zip(1..);
    let lines = lines.filter(|(text, _)| !text.trim().is_empty());
    lines.map(|(text, line)| stack(text, line)).collect()
}

fn stack(text: &str, line: usize) -> Result<Stack<'_>, Error> {
    let wrong = |reason| Error { line, reason };
    let (frames, value) = text
        .trim_end()
        .rsplit_once(' ')
        .ok_or(wrong("expected a stack, a space and a number"))?;
    let value: u32 = value
        .parse()
        .map_err(|_| wrong("expected a whole number from 0 to 4294967295"))?;
    let frames: Vec<_> = frames.split(';').collect();
    if frames.iter().any(|frame| frame.is_empty()) {
        return Err(wrong("expected the name of a function"));
    }
    let value = i64::from(value);
    Ok(Stack { frames, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_come_first_and_names_may_hold_spaces() {
        let stacks = parse("main;<T as Trait>::run 3\n\nmain 1\n").unwrap();

        assert_eq!(stacks[0].frames, ["main", "<T as Trait>::run"]);
        assert_eq!(stacks[0].value, 3);
        assert_eq!(stacks[1].frames, ["main"]);
    }

    #[test]
    fn a_line_without_a_number_is_named() {
        for wrong in ["main", "main;;work 1", "main -1", "main 1.5", "\nx y"] {
            let error = parse(&format!("ok 1\n{wrong}")).unwrap_err();
            assert_eq!(error.line, 2 + wrong.matches('\n').count(), "{wrong}");
        }
    }
}
