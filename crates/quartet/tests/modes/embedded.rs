//! The services alone.

mod faults;
mod life;
mod real;
