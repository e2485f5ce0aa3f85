//! Programs in which there is nothing to sample with.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::env::consts::ARCH;
use std::path::Path;
use std::process::{Command, Output};
use std::{fs, mem, ptr};

use spanprof::{Settings, StartError};

extern "C" fn of_another(_: libc::c_int) {}

#[test]
fn another_handler_is_left_alone() {
    let handler = of_another as extern "C" fn(_) as libc::sighandler_t;
    // SAFETY: the handler does nothing, and stays.
    unsafe { libc::signal(libc::SIGPROF, handler) };

    let refused = spanprof::start(Settings::default());

    assert!(
        matches!(refused, Err(StartError::SignalTaken)),
        "{refused:?}"
    );
    assert_eq!(spanprof::counters().threads_watched, 0);
    // SAFETY: only asks, and zeroes are a valid answer.
    let present = unsafe {
        let mut present: libc::sigaction = mem::zeroed();
        libc::sigaction(libc::SIGPROF, ptr::null(), &raw mut present);
        present.sa_sigaction
    };
    assert_eq!(present, handler);
}

const PROGRAM: &str = r#"
fn main() {
    match spanprof::start(spanprof::Settings::default()) {
        Ok(_) => println!("sampling"),
        Err(refused) => println!("{refused}"),
    }
    let label = spanprof::Label::new(1);
    let sum: u64 = spanprof::with_label(&label, || (0..50_000_000_u64).map(std::hint::black_box).sum());
    println!("{sum} {}", label.hits());
}
"#;

/// What cargo said, and what the program did.
fn built_with(flags: &str, arguments: &[&str]) -> (String, Output) {
    let crate_folder = env!("CARGO_MANIFEST_DIR");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("refused");
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/main.rs"), PROGRAM).unwrap();
    let manifest = format!(
        "[package]\nname = \"program\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\nspanprof = {{ path = {crate_folder:?}, package = \"quartet-spanprof\" }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();

    let built = Command::new(env!("CARGO"))
        .args(["run", "--offline", "--target-dir"])
        .arg(folder.join("target"))
        .args(arguments)
        .current_dir(&folder)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTFLAGS", flags)
        .output()
        .unwrap();
    let said = String::from_utf8(built.stderr.clone()).unwrap();
    assert!(built.status.success(), "{said}");
    (said, built)
}

#[test]
fn without_frame_pointers_there_is_a_warning_and_an_error_and_no_crash() {
    const WARNING: &str = "frame pointers are not forced";
    for arguments in [&[][..], &["--release"]] {
        let (said, program) = built_with("-C debuginfo=0", arguments);
        assert!(said.contains(WARNING), "{said}");
        let output = String::from_utf8(program.stdout).unwrap();
        assert_eq!(
            output, "this program was built without frame pointers\n1249999975000000 0\n",
            "{ARCH}"
        );

        let (said, program) = built_with("-C debuginfo=0 -C force-frame-pointers=yes", arguments);
        assert!(!said.contains(WARNING), "{said}");
        let output = String::from_utf8(program.stdout).unwrap();
        assert!(
            output.starts_with("sampling\n1249999975000000 "),
            "{output}"
        );
    }
}
