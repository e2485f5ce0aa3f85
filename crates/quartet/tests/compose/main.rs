//! Compose mode as it really runs: the rendered file, the containers, and what goes between them. It wants a Docker
//! engine, and takes minutes: `just e2e-compose`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod containers;
mod double;
mod join;
mod links;
mod outward;
mod rendered;
mod signals;
mod stack;
mod table;

use std::process::ExitCode;

use stack::Stack;
use table::Table;

fn main() -> ExitCode {
    let mut table = Table::default();
    for rule in rendered::RULES {
        table.row(rule.name, || rendered::hold(rule));
    }
    let (one, two) = (Stack::new("e2e-one"), Stack::new("e2e-two"));
    table.row("a stack starts", || one.up());
    table.row("a second one starts beside it", || two.up());
    if table.has_failed() {
        return table.end(); // nothing of the rest could be told apart from this
    }
    for rule in containers::RULES {
        table.row(rule.name, || containers::hold(rule, &[&one, &two]));
    }
    table.row("only services are where other projects join", || {
        containers::only_services_are_in_telemetry(&one)
    });
    table.row("the engine answers to nothing but lists and lines", || {
        containers::the_engine_is_guarded(&one)
    });
    let mut request = None;
    table.row("a request leaves all four signals", || {
        request = Some(signals::of_a_request(&one)?);
        Ok(())
    });
    table.row("every link and every panel holds, by Grafana's API", || {
        links::hold(&one)
    });
    table.row("no line of another stack, or of none, is collected", || {
        signals::other_lines_are_not_collected(&one, &two)
    });
    table.row("a service of another project joins, and leaves", || {
        join::joins_and_leaves(&one)
    });
    table.row("data survive a restart", || {
        let request = request
            .as_ref()
            .ok_or_else(|| anyhow::anyhow!("there are none"))?;
        one.down()?;
        one.up()?;
        signals::are_still_there(&one, request)
    });
    table.row(
        "a stack whose secrets are lost is refused, with two ways out",
        || one.is_refused_without_settings(),
    );
    let outward = "no connection leaves the host, nor tries to";
    match outward::Watch::kept() {
        Some(watch) => table.row(outward, || watch.saw_nothing(&one)),
        None => table.not_here(outward, "this engine's network is not watched"),
    }
    table.row("what is deleted leaves nothing", || {
        two.clean()?;
        two.is_gone()
    });
    table.end()
}
