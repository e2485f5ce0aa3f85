//! promlint.
