//! A TCP connection that can be cut.

use std::sync::Mutex;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use url::Url;

/// Stands between a client and its server.
pub struct Proxy {
    address: String,
    server: String,
    running: Mutex<Option<AbortHandle>>,
}

impl Proxy {
    /// In front of the server in `url`; gives the URL that leads through it.
    pub async fn before(url: &str) -> (String, Self) {
        let mut through: Url = url.parse().unwrap();
        let server = format!(
            "{}:{}",
            through.host_str().unwrap(),
            through.port().unwrap()
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        through.set_host(Some("127.0.0.1")).unwrap();
        through.set_port(Some(address.port())).unwrap();
        let proxy = Self {
            address: address.to_string(),
            server,
            running: Mutex::default(),
        };
        proxy.run(listener);
        (through.into(), proxy)
    }

    fn run(&self, listener: TcpListener) {
        let server = self.server.clone();
        let task = tokio::spawn(async move {
            // Dropped with the task, and every connection with it.
            let mut connections = JoinSet::new();
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let server = server.clone();
                connections.spawn(async move {
                    let mut server = TcpStream::connect(server).await.unwrap();
                    // Either end may go first.
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        *self.running.lock().unwrap() = Some(task.abort_handle());
    }

    /// Ends all connections and takes no more.
    pub fn cut(&self) {
        if let Some(running) = self.running.lock().unwrap().take() {
            running.abort();
        }
    }

    /// Takes connections again.
    pub async fn mend(&self) {
        let listener = TcpListener::bind(&self.address).await.unwrap();
        self.run(listener);
    }
}
