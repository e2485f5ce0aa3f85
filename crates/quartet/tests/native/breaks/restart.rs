//! All of it stopped and started again, and then deleted.

use testbed::eventually;

use crate::checkout::real;
use crate::said::Said;
use crate::stack::Stack;
use crate::stores::{Stores, now_ms};

/// In a stack of its own, which is deleted.
pub(super) fn keeps_data() {
    let mut stack = Stack::start();
    let stores = Stores::of(&stack);
    let began = now_ms();
    // Waits until every store has what it asks for.
    stack.verify(&real(), Said::well);
    let sent = stores.send_request();
    // What is younger may still be on its way.
    let ended = now_ms() - 5_000;
    let samples = || stores.samples("up{service_name=\"api\"}", began, ended);
    let flames = || stores.flames("api", began, ended);
    eventually("its line and its trace are there", || {
        stores.lines(&sent.request_id) == 1 && stores.spans(&sent.trace_id) > 0
    });
    let before = (samples(), stores.spans(&sent.trace_id), flames());
    assert!(before.0.len() > 1 && before.2 > 0, "{before:?}");

    stack.restart();

    eventually("lines and spans are there after a restart", || {
        stores.lines(&sent.request_id) == 1 && stores.spans(&sent.trace_id) == before.1
    });
    let after = samples();
    assert!(
        before.0.iter().all(|sample| after.contains(sample)),
        "{after:?}"
    );
    // What was pushed while it stopped is of that time too.
    eventually("profiles are there after a restart", || {
        flames() >= before.2
    });
    stack.verify(&real(), Said::well);

    stack.clean();

    for folder in ["data", "run"] {
        assert!(!stack.folder().join(folder).exists(), "{folder} is left");
    }
}
