//! A console as tests meet it: on free ports.

use std::path::Path;

use crate::Program;

/// Where a console listens.
const ADDRESSES: [&str; 6] = [
    "QUARTET_HTTP_ADDRESS",
    "QUARTET_OPERATIONS_ADDRESS",
    "QUARTET_CONSOLE_OTLP_GRPC_ADDRESS",
    "QUARTET_CONSOLE_OTLP_HTTP_ADDRESS",
    "QUARTET_CONSOLE_PROFILES_ADDRESS",
    "QUARTET_CONSOLE_LOKI_ADDRESS",
];

/// The console at `path`, to which nobody sends until its addresses are asked for.
pub fn console(path: &Path) -> Program {
    ADDRESSES.iter().fold(Program::new(path), |program, name| {
        program.env(name, "127.0.0.1:0")
    })
}
