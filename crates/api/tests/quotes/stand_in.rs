//! A fulfilment that does as it is told.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use testbed::http::{Error, Question, Questions};

/// What it does with a question.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// Answers with a status and a body.
    Answer(u16, &'static str),
    /// The same after a while.
    Late(Duration, &'static str),
    /// Closes the connection without a word.
    Close,
    /// Says nothing, ever.
    Hang,
    /// Sends a head, half a body, and nothing more.
    HalfAnswer,
    /// Sends a body that does not end.
    Endless,
}

/// A good answer.
pub(crate) const QUOTE: Act = Act::Answer(
    200,
    r#"{"version":"1","shipping_cents":1234,"carrier":"parcel"}"#,
);

/// The stand-in; it ends with the test process.
pub(crate) struct StandIn {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    /// What to do with the next questions; the last one stays.
    acts: Vec<Act>,
    questions: Vec<Question>,
}

impl StandIn {
    pub(crate) fn start(acts: &[Act]) -> Self {
        Self::start_at(testbed::free_port(), acts)
    }

    pub(crate) fn start_at(port: u16, acts: &[Act]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let state = Arc::new(Mutex::new(State {
            acts: acts.to_vec(),
            questions: Vec::new(),
        }));
        let served = state.clone();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (connection, served) = (connection.unwrap(), served.clone());
                // A peer that gives up is what many tests want.
                thread::spawn(move || serve(&connection, &served).ok());
            }
        });
        Self { port, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn act(&self, act: Act) {
        self.state.lock().unwrap().acts = vec![act];
    }

    pub(crate) fn questions(&self) -> Vec<Question> {
        self.state.lock().unwrap().questions.clone()
    }
}

fn serve(mut connection: &TcpStream, state: &Mutex<State>) -> Result<(), Error> {
    let mut questions = Questions::default();
    while let Some(question) = questions.next(connection)? {
        let act = {
            let mut state = state.lock().unwrap();
            state.questions.push(question);
            let act = state.acts[0];
            if 1 < state.acts.len() {
                state.acts.remove(0);
            }
            act
        };
        match act {
            Act::Answer(status, body) => answer(connection, status, body)?,
            Act::Late(delay, body) => {
                thread::sleep(delay);
                answer(connection, 200, body)?;
            }
            Act::Close => return Ok(()),
            Act::Hang => thread::park(),
            Act::HalfAnswer => {
                connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{\"ver")?;
                thread::park();
            }
            Act::Endless => {
                connection.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
                loop {
                    connection.write_all(&[b' '; 8192])?;
                }
            }
        }
    }
    Ok(())
}

fn answer(mut connection: &TcpStream, status: u16, body: &str) -> std::io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} As Told\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    connection.write_all((head + body).as_bytes())
}
