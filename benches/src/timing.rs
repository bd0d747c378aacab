//! `charter-benches timing`: whether the time that an answer takes tells whether an
//! address has an account, and how others are served while passwords are hashed.
//!
//! It is a measure and no test, since a busy machine decides about it; the tests
//! count the work instead. Each way in is tried on an address that nobody has, one
//! that has an account and one that waits for confirmation, in turns in random
//! order. Whether their times come from one distribution is decided by the rank sum
//! of Mann and Whitney. Two planted leaks show what the measure would find.

mod rank;
mod victims;

use std::time::{Duration, Instant};

use clap::Args;
use poem::http::StatusCode;
use rand::seq::SliceRandom as _;
use rand::{SeedableRng as _, rngs::StdRng};

use self::victims::{Sort, Victims, Way};
use crate::Error;

/// Below this probability a difference is no chance, before it is divided by the
/// number of comparisons.
const CHANCE: f64 = 0.01;

/// Measure whether times tell which addresses have accounts.
#[derive(Args)]
pub(crate) struct Timing {
    /// Addresses of each sort, each tried once by each way.
    #[arg(long, default_value_t = 500)]
    samples: usize,

    /// Memory of one hash of a password, in KiB. The less, the less is hidden behind it.
    #[arg(long, default_value_t = 8)]
    memory_kib: u32,

    /// Passes over that memory.
    #[arg(long, default_value_t = 1)]
    passes: u32,

    /// Sign-ins at the same moment, while the time of another operation is taken.
    #[arg(long, default_value_t = 200)]
    flood: usize,

    /// A PostgreSQL server, for a role that may make databases [env: CHARTER_BENCH_POSTGRES].
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
}

/// A leak that is planted to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plant {
    /// As it is.
    Nothing,
    /// Addresses without an account are answered at once.
    EarlyReturn,
    /// For addresses with an account, one small operation more is done.
    OneMoreRead,
}

/// Measures, and prints tables in Markdown.
pub(crate) fn measure(arguments: &Timing) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let server = arguments
        .postgres
        .clone()
        .or_else(|| std::env::var("CHARTER_BENCH_POSTGRES").ok());
    println!(
        "Argon2id: {} KiB, {} passes. {} samples of each sort, in turns.\n",
        arguments.memory_kib, arguments.passes, arguments.samples
    );
    println!(
        "| database | way | against an address that nobody has | median, nobody | median | difference | p | |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let sqlite = victims::Place::sqlite()?;
    runtime.block_on(compare("SQLite", &sqlite.url, arguments))?;
    if let Some(server) = server {
        let postgres = victims::Place::postgres(&runtime, &server)?;
        runtime.block_on(compare("PostgreSQL", &postgres.url, arguments))?;
        postgres.drop_database(&runtime)?;
    }
    runtime.block_on(flood(arguments))
}

/// Compares the sorts of addresses, by each way in.
async fn compare(database: &str, url: &str, arguments: &Timing) -> Result<(), Error> {
    let victims = Victims::new(url, arguments).await?;
    let comparisons = Way::ALL.len() * 2;
    let mut rng = StdRng::seed_from_u64(4);
    // Once unmeasured, so that each address has been tried before.
    take(
        &victims,
        Way::SignIn,
        Plant::Nothing,
        arguments.samples,
        &mut rng,
    )
    .await?;
    victims.forgive();
    // Signing up comes last, since it changes what there is to an address.
    for plant in [Plant::EarlyReturn, Plant::OneMoreRead, Plant::Nothing] {
        let ways: &[Way] = match plant {
            Plant::Nothing => &Way::ALL,
            _ => &[Way::SignIn],
        };
        for way in ways {
            let times = take(&victims, *way, plant, arguments.samples, &mut rng).await?;
            for sort in [Sort::Known, Sort::Pending] {
                let row = Row::new(&times, sort, comparisons);
                let planted = match plant {
                    Plant::Nothing => String::new(),
                    other => format!(", planted: {other:?}"),
                };
                println!("| {database} | {way:?}{planted} | {sort:?} | {row}");
            }
        }
        victims.forgive();
    }
    victims.close().await
}

/// The times of each sort of address, in seconds.
struct Times {
    nobody: Vec<f64>,
    known: Vec<f64>,
    pending: Vec<f64>,
}

async fn take(
    victims: &Victims,
    way: Way,
    plant: Plant,
    samples: usize,
    rng: &mut StdRng,
) -> Result<Times, Error> {
    let mut times = Times {
        nobody: Vec::new(),
        known: Vec::new(),
        pending: Vec::new(),
    };
    for number in 0..samples {
        let mut sorts = Sort::ALL;
        sorts.shuffle(rng);
        for sort in sorts {
            let request = victims.request(way, sort, number);
            let started = Instant::now();
            let status = match (plant, sort) {
                (Plant::EarlyReturn, Sort::Nobody) => way.status(),
                (Plant::OneMoreRead, Sort::Known | Sort::Pending) => {
                    victims.plans().await?;
                    victims.send(request).await?
                }
                _ => victims.send(request).await?,
            };
            let taken = started.elapsed().as_secs_f64();
            if status != way.status() {
                return Err(format!("{way:?} of {sort:?} was answered {status}").into());
            }
            match sort {
                Sort::Nobody => times.nobody.push(taken),
                Sort::Known => times.known.push(taken),
                Sort::Pending => times.pending.push(taken),
            }
        }
    }
    Ok(times)
}

/// One comparison.
struct Row {
    nobody: f64,
    other: f64,
    p: f64,
    comparisons: usize,
}

impl Row {
    fn new(times: &Times, sort: Sort, comparisons: usize) -> Self {
        let other = match sort {
            Sort::Nobody => &times.nobody,
            Sort::Known => &times.known,
            Sort::Pending => &times.pending,
        };
        Self {
            nobody: rank::median(&times.nobody),
            other: rank::median(other),
            p: rank::mann_whitney(&times.nobody, other),
            comparisons,
        }
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            nobody,
            other,
            p,
            comparisons,
        } = *self;
        let told = if p < CHANCE / comparisons as f64 {
            "told apart"
        } else {
            "not told apart"
        };
        write!(
            formatter,
            "{:.3} ms | {:.3} ms | {:+.1} % | {p:.3} | {told} |",
            nobody * 1e3,
            other * 1e3,
            (other / nobody - 1.0) * 100.0
        )
    }
}

/// Many wrong passwords at once, at the usual costs, and how long another operation
/// takes meanwhile.
async fn flood(arguments: &Timing) -> Result<(), Error> {
    let place = victims::Place::sqlite()?;
    let victims = std::sync::Arc::new(Victims::at_usual_costs(&place.url).await?);
    let mut alone = Vec::new();
    for _ in 0..50 {
        alone.push(timed(&victims).await?);
    }
    let mut sign_ins = tokio::task::JoinSet::new();
    let started = Instant::now();
    for number in 0..arguments.flood {
        let victims = victims.clone();
        sign_ins.spawn(async move {
            victims
                .send(victims.request(Way::SignIn, Sort::Nobody, number))
                .await
                .map_err(|error| error.to_string())
        });
    }
    let mut meanwhile = Vec::new();
    let mut compared = 0;
    let mut sent_away = 0;
    while !sign_ins.is_empty() {
        meanwhile.push(timed(&victims).await?);
        while let Some(joined) = sign_ins.try_join_next() {
            match joined?? {
                StatusCode::UNAUTHORIZED => compared += 1,
                StatusCode::SERVICE_UNAVAILABLE => sent_away += 1,
                other => return Err(format!("a sign-in of the flood was answered {other}").into()),
            }
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!(
        "\n{} sign-ins at once, at the usual costs: {compared} compared, {sent_away} sent away with 503, after {:.1} s.",
        arguments.flood,
        started.elapsed().as_secs_f64()
    );
    println!(
        "List plans: alone {:.2} ms (median); meanwhile {:.2} ms (median), {:.2} ms (99 of 100), {:.2} ms (longest of {}).",
        rank::median(&alone) * 1e3,
        rank::median(&meanwhile) * 1e3,
        rank::quantile(&meanwhile, 0.99) * 1e3,
        rank::quantile(&meanwhile, 1.0) * 1e3,
        meanwhile.len()
    );
    victims.close().await
}

async fn timed(victims: &Victims) -> Result<f64, Error> {
    let started = Instant::now();
    victims.plans().await?;
    Ok(started.elapsed().as_secs_f64())
}
