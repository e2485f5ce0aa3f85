//! The layers around every handler, from the outside in: answers, admission, bodies.

pub(crate) mod admission;
pub(crate) mod answers;
pub(crate) mod bodies;
