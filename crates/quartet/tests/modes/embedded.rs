//! The services with the console.

mod faults;
mod life;
mod proof;
mod real;
