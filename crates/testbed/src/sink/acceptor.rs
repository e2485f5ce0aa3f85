use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;

/// A thread that accepts, and the connections that are open because of it.
pub(super) struct Acceptor {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    listener: TcpListener,
}

struct Shared {
    stopping: AtomicBool,
    streams: Mutex<Vec<TcpStream>>,
}

impl Acceptor {
    /// Accepts until dropped; `handle` gets each connection on the accepting thread.
    pub(super) fn start(
        listener: TcpListener,
        handle: impl Fn(TcpStream) + Send + 'static,
    ) -> Self {
        let shared = Arc::new(Shared {
            stopping: AtomicBool::new(false),
            streams: Mutex::new(Vec::new()),
        });
        let accepting = listener.try_clone().unwrap();
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for stream in accepting.incoming() {
                    if shared.stopping.load(Ordering::SeqCst) {
                        break;
                    }
                    let Ok(stream) = stream else { continue };
                    shared.streams.lock().push(stream.try_clone().unwrap());
                    handle(stream);
                }
            }
        });
        Self {
            shared,
            thread: Some(thread),
            listener,
        }
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread out of `accept`.
        let waker = TcpStream::connect(self.listener.local_addr().unwrap());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
        drop(waker);
        for stream in self.shared.streams.lock().drain(..) {
            // Fails where the peer has gone already, which is as good.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
