//! Writers in one process: tasks that make invites, each the next one as soon as the last one is
//! committed. `charter-benches write` is a child process of the measure `invites`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use charter_api_organisations::invites::{CREATE_INVITE, CreateInviteRequest, InvitesApi as _};
use charter_api_organisations::models::{CreateInvite, MemberRole};
use charter_contract::{Authenticator as _, Call, Caller, Credential};
use charter_persistence::Store;
use clap::{Args, ValueEnum};
use nix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::opponent::invites_sqlx::{InviteCaller, Inviter};
use crate::{Error, fixture};

/// Make invites for a while, and print what was seen as one line of JSON.
#[derive(Args)]
pub(crate) struct Write {
    /// Who makes them.
    contender: Contender,

    /// The database, a copy of its own.
    #[arg(long, value_name = "URL")]
    database: String,

    /// An API key of an admin.
    #[arg(long)]
    key: String,

    /// How many write at once.
    #[arg(long)]
    writers: usize,

    /// How long they write before it counts.
    #[arg(long, default_value_t = 0.5)]
    warm_up: f64,

    /// How long it counts.
    #[arg(long)]
    seconds: f64,
}

/// Who makes invites.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Contender {
    /// Charter's store, without HTTP and mail.
    Charter,
    /// The same statements by hand.
    Sqlx,
}

/// What was seen.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Seen {
    /// Invites that were committed.
    pub(crate) invites: usize,
    /// Invites per second.
    pub(crate) throughput: f64,
    /// CPU time of the process per invite, in microseconds.
    pub(crate) cpu: f64,
    /// Half of them took at most so many milliseconds.
    pub(crate) p50: f64,
    /// 99 of 100 took at most so many milliseconds.
    pub(crate) p99: f64,
}

/// What invites are made with.
enum Maker {
    Charter(Store, Box<Caller>),
    Sqlx(Inviter, InviteCaller),
}

impl Maker {
    async fn open(write: &Write) -> Result<Self, Error> {
        match write.contender {
            Contender::Charter => {
                let store = fixture::open(&write.database).await?;
                let identity = store
                    .authenticate(Credential(&write.key))
                    .await
                    .map_err(fixture::failed)?
                    .ok_or("the key is unknown")?;
                let call = Call {
                    operation: &CREATE_INVITE,
                    request_id: "0198c5a0-0000-7000-8000-000000000000".into(),
                    remote: None,
                    agent: None,
                    idempotency: None,
                };
                Ok(Self::Charter(store, Box::new(Caller { call, identity })))
            }
            Contender::Sqlx => {
                let inviter = Inviter::open(&write.database).await?;
                let caller = inviter
                    .caller_with(&write.key)
                    .await
                    .map_err(fixture::failed)?;
                Ok(Self::Sqlx(inviter, caller))
            }
        }
    }

    /// Invites somebody whom nobody has invited before.
    async fn invite(&self, number: u64) -> Result<(), Error> {
        let email = format!("invited.{number}@example.org");
        match self {
            Self::Charter(store, caller) => {
                let body = CreateInvite {
                    email: email.try_into().map_err(fixture::failed)?,
                    role: MemberRole::Member,
                };
                store
                    .create_invite(Caller::clone(caller), CreateInviteRequest { body })
                    .await
                    .map_err(fixture::failed)?;
            }
            Self::Sqlx(inviter, caller) => {
                inviter
                    .invite_member(caller, email)
                    .await
                    .map_err(fixture::failed)?;
            }
        }
        Ok(())
    }
}

/// What the writers share.
struct Shift {
    maker: Maker,
    next: AtomicU64,
    measuring: AtomicBool,
    ended: AtomicBool,
}

impl Shift {
    /// Writes until the shift ends; how long each invite took that counted.
    async fn work(self: Arc<Self>) -> Result<Vec<Duration>, Error> {
        let mut latencies = Vec::new();
        while !self.ended.load(Ordering::Relaxed) {
            let begun = Instant::now();
            self.maker
                .invite(self.next.fetch_add(1, Ordering::Relaxed))
                .await?;
            if self.measuring.load(Ordering::Relaxed) {
                latencies.push(begun.elapsed());
            }
        }
        Ok(latencies)
    }
}

/// Runs the writers and prints what was seen.
pub(crate) fn write(write: &Write) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let seen = runtime.block_on(async {
        let shift = Arc::new(Shift {
            maker: Maker::open(write).await?,
            next: AtomicU64::new(0),
            measuring: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        });
        let mut writers = JoinSet::new();
        for _ in 0..write.writers {
            writers.spawn(shift.clone().work());
        }
        tokio::time::sleep(Duration::try_from_secs_f64(write.warm_up)?).await;
        let (begun, cpu_before) = (Instant::now(), own_cpu()?);
        shift.measuring.store(true, Ordering::Relaxed);
        tokio::time::sleep(Duration::try_from_secs_f64(write.seconds)?).await;
        shift.measuring.store(false, Ordering::Relaxed);
        let (took, cpu) = (begun.elapsed(), own_cpu()? - cpu_before);
        shift.ended.store(true, Ordering::Relaxed);
        let mut latencies = Vec::new();
        while let Some(ended) = writers.join_next().await {
            latencies.extend(ended??);
        }
        seen(latencies, took, cpu)
    })?;
    println!("{}", serde_json::to_string(&seen)?);
    Ok(())
}

fn seen(mut latencies: Vec<Duration>, took: Duration, cpu: Duration) -> Result<Seen, Error> {
    latencies.sort_unstable();
    let invites = latencies.len();
    let last = invites
        .checked_sub(1)
        .ok_or("nothing was written in time")?;
    let [p50, p99] = [50, 99].map(|percent| {
        let latency = latencies[(invites * percent / 100).min(last)];
        latency.as_secs_f64() * 1e3
    });
    Ok(Seen {
        invites,
        throughput: invites as f64 / took.as_secs_f64(),
        cpu: cpu.as_secs_f64() * 1e6 / invites as f64,
        p50,
        p99,
    })
}

fn own_cpu() -> Result<Duration, Error> {
    Ok(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?.into())
}
