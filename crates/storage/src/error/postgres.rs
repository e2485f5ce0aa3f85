//! What Postgres's SQLSTATEs mean to us, see <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use super::Meaning;

pub(super) fn meaning(state: &str) -> Meaning {
    match state {
        // serialization_failure, deadlock_detected, lock_not_available
        "40001" | "40P01" | "55P03" => Meaning::Locked,
        "25006" => Meaning::ReadOnly,
        "53100" => Meaning::Full,
        // data_corrupted, index_corrupted, io_error
        "XX001" | "XX002" | "58030" => Meaning::Unusable,
        // idle_in_transaction_session_timeout, transaction_timeout, out_of_memory, too_many_connections, query_canceled
        "25P03" | "25P04" | "53200" | "53300" | "57014" => Meaning::Unavailable,
        // Connections that broke, and servers that start or stop.
        _ if state.starts_with("08") || state.starts_with("57P") => Meaning::Unavailable,
        _ if refuses_us(state) => Meaning::Unavailable,
        _ => Meaning::Other,
    }
}

/// Wrong passwords, roles without rights, databases that do not exist.
pub(super) fn refuses_us(state: &str) -> bool {
    state.starts_with("28") || state == "3D000" || state == "42501"
}

#[cfg(test)]
mod tests {
    use super::{Meaning, meaning};

    #[test]
    fn states_mean_what_a_caller_can_do_about_them() {
        for (state, expected) in [
            ("40P01", Meaning::Locked),
            ("55P03", Meaning::Locked),
            ("25006", Meaning::ReadOnly),
            ("53100", Meaning::Full),
            ("53300", Meaning::Unavailable),
            ("57014", Meaning::Unavailable),
            ("57P01", Meaning::Unavailable),
            ("57P03", Meaning::Unavailable),
            ("08006", Meaning::Unavailable),
            ("28P01", Meaning::Unavailable),
            ("XX001", Meaning::Unusable),
            ("23505", Meaning::Other),
            ("42P01", Meaning::Other),
        ] {
            assert_eq!(meaning(state), expected, "{state}");
        }
    }
}
