//! How the store fares on a server in trouble.
