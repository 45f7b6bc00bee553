//! Processes of the tests: none of them outlives the test process, however that ends.

use std::io::Write;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};

/// Runs a program until standard input ends, which it does when the test process does, however
/// that ends: then the program is killed, and its state goes unless the last word was `keep`.
const KEEPER: &str = r#"
state=$1; shift
"$@" & program=$!
trap '' HUP INT TERM
exec >&- 2>&-
read -r order
kill -KILL $program
wait $program
[ "$order" = keep ] || rm -rf "$state"
"#;

/// A program that runs, and the folder of its state.
pub struct Keeper {
    orders: ChildStdin,
    process: Child,
}

/// What a program writes.
pub struct Output {
    pub stdout: ChildStdout,
    pub stderr: ChildStderr,
}

impl Keeper {
    /// Starts a program.
    pub fn start<'a>(
        state_dir: &Path,
        program: &str,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> (Self, Output) {
        let mut process = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(state_dir)
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sh starts");
        let orders = process.stdin.take().expect("piped");
        let stdout = process.stdout.take().expect("piped");
        let stderr = process.stderr.take().expect("piped");
        (Self { orders, process }, Output { stdout, stderr })
    }

    /// Kills the program as it stands, and keeps its state.
    pub fn kill(self) {
        self.end("keep");
    }

    /// Kills the program and removes its state.
    pub fn remove(self) {
        self.end("remove");
    }

    fn end(mut self, order: &str) {
        // It may have ended with the program.
        let _ = writeln!(self.orders, "{order}");
        drop(self.orders);
        let _ = self.process.wait();
    }
}
