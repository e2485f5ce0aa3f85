//! Every link and panel, as `quartet verify` follows them through Grafana's API.

use std::fs;

use anyhow::Result;

use crate::double;
use crate::stack::Stack;

/// Whether all of them hold: through Grafana, or where that was left out, through what answers as it does.
pub(crate) fn hold(stack: &Stack) -> Result<()> {
    let password = stack.secret("grafana_admin_password");
    let url = match stack.leaves_out("grafana") {
        true => {
            let secret = fs::read_to_string(&password)?;
            format!("http://{}", double::start(stack, &secret)?)
        }
        false => format!("http://127.0.0.1:{}", stack.port("GRAFANA_PORT")?),
    };
    stack.verify(&url, &password)
}
