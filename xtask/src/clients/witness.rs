//! Between a client and the service: hears what the client really sends, and what it gets.

use std::io::{self, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::http::{self, Message};
use crate::failure::{Context, Failure};

/// A request and its answer.
pub(super) type Exchange = (Message, Message);

/// Passes everything on, and remembers it.
pub(super) struct Witness {
    /// Where clients find it: `http://127.0.0.1:PORT`.
    pub(super) address: String,
    heard: Arc<Mutex<Vec<Exchange>>>,
}

impl Witness {
    /// Listens in front of the service at `address`. It ends with this program.
    pub(super) fn before(address: &str) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").context("a port to listen on")?;
        let own = listener.local_addr().context("a port to listen on")?;
        let witness = Self {
            address: format!("http://{own}"),
            heard: Arc::default(),
        };
        let heard = Arc::clone(&witness.heard);
        let host = address.trim_start_matches("http://").to_owned();
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let (heard, host) = (Arc::clone(&heard), host.clone());
                // A connection that breaks is the client's to complain about.
                thread::spawn(move || pass_on(&connection, &host, &heard));
            }
        });
        Ok(witness)
    }

    /// What was heard since it was last asked.
    pub(super) fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn pass_on(mut client: &TcpStream, host: &str, heard: &Mutex<Vec<Exchange>>) -> io::Result<()> {
    let Some(mut request) = Message::read(&mut BufReader::new(client))? else {
        return Ok(());
    };
    // What is heard is to be read.
    request
        .headers
        .retain(|(name, _)| name != "accept-encoding");
    let answer = http::exchange(host, &request)?;
    // Remembered first: once the client has its answer, somebody asks.
    heard
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push((request, answer.clone()));
    answer.write(&mut client)
}
