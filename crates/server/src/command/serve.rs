//! `charter serve`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use poem::Server;
use reqwest::Client;
use tokio::sync::Notify;

use super::{Failure, print_line};
use crate::cli::Global;
use crate::configuration::{Configuration, Environment, Flags, LogFormat, RateLimit};
use crate::listener::Socket;
use crate::shutdown::Signals;
use crate::system::{SystemClock, SystemRandom, SystemTimer};
use crate::worker::Worker;
use crate::{application, database, demo, logging, mail, server_key, social};

/// Flags of `charter serve`.
#[derive(Args, Debug)]
pub struct Serve {
    /// Address to listen on; port 0 picks a free one
    /// [env: CHARTER_LISTEN] [default: 127.0.0.1:8080]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,

    /// Fill an empty database with a believable organisation (25 members, invites in every state,
    /// a year of usage), and print the documentation address and an API key
    /// [env: CHARTER_DEMO]
    #[arg(long)]
    demo: bool,

    /// How clients reach this server, for links in mail
    /// [env: CHARTER_PUBLIC_URL] [default: http:// and the address it listens on]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,

    /// REQUESTS/SECONDS that one key, or one address without a key, may make; `off` for none
    /// [env: CHARTER_RATE_LIMIT] [default: 1200/60]
    #[arg(long, value_name = "LIMIT")]
    rate_limit: Option<RateLimit>,

    /// Log as text or JSON, on standard error
    /// [env: CHARTER_LOG_FORMAT] [default: text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

impl Serve {
    /// The configuration with these flags.
    fn configuration(
        &self,
        global: &Global,
        environment: &Environment,
    ) -> Result<Configuration, Failure> {
        let format = self.log_format.map(|format| match format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        });
        let flags = Flags::new()
            .set("listen", self.listen.clone())
            .set("demo", self.demo.then_some(true))
            .set("public_url", self.public_url.clone())
            .set("rate_limit", self.rate_limit.map(|limit| limit.to_string()))
            .set("log.format", format);
        Ok(global.configuration_with(flags, environment)?)
    }

    /// Serves until a signal says to stop.
    pub async fn run(self, global: &Global, environment: &Environment) -> Result<(), Failure> {
        let mut signals = Signals::listen()?;
        let configuration = self.configuration(global, environment)?;
        logging::start(&configuration.log)?;
        for variable in Configuration::unknown_variables(environment) {
            tracing::warn!(variable, "no setting has this variable");
        }
        let stop = Notify::new();
        let twice_signalled = async {
            let signal = signals.next().await;
            tracing::info!(signal, "stopping");
            stop.notify_one();
            signals.next().await
        };
        tokio::select! {
            result = serve(&configuration, stop.notified()) => result,
            signal = twice_signalled => {
                Err(format!("a second signal, {signal}: work in hand was left").into())
            }
        }
    }
}

async fn serve(
    configuration: &Configuration,
    stop: impl Future<Output = ()>,
) -> Result<(), Failure> {
    // Before the database is touched: a second server on the port fails here.
    let socket = Socket::bind(&configuration.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", configuration.listen))?;
    let address = socket.address();
    let clock = Arc::new(SystemClock);
    let random = Arc::new(SystemRandom);
    let public_url = configuration
        .public_url
        .clone()
        .unwrap_or_else(|| reachable(address));
    let mailer = mail::mailer(configuration, clock.clone())?;
    let settings = configuration.identity.providers();
    let providers = social::providers(&settings, Client::builder(), clock.clone())?;
    let store = database::open(
        configuration,
        &public_url,
        server_key::load(configuration, &*random)?,
        clock.clone(),
        random.clone(),
        mailer,
        Some(providers),
    )
    .await?;
    let demo = if configuration.demo {
        Some(demo::prepare(&store).await?)
    } else {
        None
    };
    let timer = Arc::new(SystemTimer::default());
    let application = application::application(store.clone(), clock, timer, random, configuration)?;
    let worker = Worker::start(store.clone());
    print_line(&format!("listening on http://{address}"))?;
    if let Some(demo) = demo {
        print_line(&demo.text(&reachable(address)))?;
    }

    let patience = Duration::from_secs(configuration.http.shutdown_seconds);
    Server::new_with_acceptor(socket)
        .idle_timeout(Duration::from_secs(configuration.http.idle_timeout_seconds))
        .run_with_graceful_shutdown(application, stop, Some(patience))
        .await?;
    worker.finish(patience).await;
    database::close(&store).await?;
    tracing::info!("stopped");
    Ok(())
}

/// An address under which this machine reaches the server.
fn reachable(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}
