//! `charter-benches timing`: whether the time that an answer takes tells whether an
//! address has an account, and how others are served while passwords are hashed.
//!
//! It is a measure and no test, since a busy machine decides about it; the tests
//! count the work instead. Each way in is tried on an address that nobody has, one
//! that has an account and one that waits for confirmation, in turns in random
//! order. Whether their times come from one distribution is decided by the rank sum
//! of Mann and Whitney. Planted leaks show what the measure would find; one of them is
//! to let answers leave as soon as they are ready.

mod rank;
mod victims;

use std::fmt::{self, Display};
use std::time::{Duration, Instant};

use clap::Args;
use poem::http::StatusCode;
use rand::seq::SliceRandom as _;
use rand::{SeedableRng as _, rngs::StdRng};

use self::victims::{Sort, Victims, Way};
use crate::{Error, report};

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
    /// Answers leave as soon as they are ready, and not at even times.
    AtOnce,
    /// Addresses without an account are answered without a look.
    EarlyReturn,
    /// For addresses with an account, one small operation more is done before the
    /// answer is through.
    OneMoreRead,
}

impl Plant {
    /// Signing up comes last, since it changes what there is to an address.
    const ALL: [Self; 4] = [
        Self::AtOnce,
        Self::EarlyReturn,
        Self::OneMoreRead,
        Self::Nothing,
    ];

    const fn ways(self) -> &'static [Way] {
        match self {
            Self::Nothing => &Way::ALL,
            Self::AtOnce | Self::EarlyReturn | Self::OneMoreRead => &[Way::SignIn],
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::AtOnce => ", planted: answers leave at once",
            Self::EarlyReturn => ", planted: an early return",
            Self::OneMoreRead => ", planted: one more read",
        }
    }
}

/// Measures, and prints a table in Markdown.
pub(crate) fn measure(arguments: &Timing) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let server = arguments
        .postgres
        .clone()
        .or_else(|| std::env::var("CHARTER_BENCH_POSTGRES").ok());
    if let Some(load) = report::busy() {
        eprintln!("the load average is {load}: other programs will show in the figures");
    }
    let mut table = vec!["| way |".to_owned(), "|---|".to_owned()];
    for plant in Plant::ALL {
        for way in plant.ways() {
            table.push(format!("| {}{} |", way.name(), plant.name()));
        }
    }
    let sqlite = victims::Place::sqlite()?;
    runtime.block_on(compare("SQLite", &sqlite.url, arguments, &mut table))?;
    if let Some(server) = server {
        let postgres = victims::Place::postgres(&runtime, &server)?;
        runtime.block_on(compare("PostgreSQL", &postgres.url, arguments, &mut table))?;
        postgres.drop_database(&runtime)?;
    }
    // What is measured last is what matters most.
    if let [_, _, rows @ ..] = table.as_mut_slice() {
        rows.rotate_right(Way::ALL.len());
    }
    println!(
        "Argon2id: {} KiB, {} passes. {} samples of each sort, in turns. Median of nobody's; how \
         much more the other medians are; p.\n\n{}",
        arguments.memory_kib,
        arguments.passes,
        arguments.samples,
        table.join("\n")
    );
    runtime.block_on(flood(arguments))
}

/// Compares the sorts of addresses, by each way in, and adds the columns of the database to
/// `table`.
async fn compare(
    database: &str,
    url: &str,
    arguments: &Timing,
    table: &mut [String],
) -> Result<(), Error> {
    let victims = Victims::new(url, arguments).await?;
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
    let mut columns = vec![
        format!(" {database}, nobody | account | waiting |"),
        "---|---|---|".to_owned(),
    ];
    for plant in Plant::ALL {
        victims.leave_at_once(plant == Plant::AtOnce);
        for way in plant.ways() {
            eprintln!("{database}: {}{}", way.name(), plant.name());
            let times = take(&victims, *way, plant, arguments.samples, &mut rng).await?;
            columns.push(times.to_string());
        }
        victims.forgive();
    }
    for (row, columns) in table.iter_mut().zip(columns) {
        row.push_str(&columns);
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
                    let status = victims.send(request).await?;
                    victims.plans().await?;
                    status
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

/// So many comparisons on a database share the chance.
const COMPARISONS: usize = Way::ALL.len() * 2;

impl Display for Times {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nobody = rank::median(&self.nobody);
        write!(formatter, " {:.2} ms |", nobody * 1e3)?;
        for other in [&self.known, &self.pending] {
            let difference = (rank::median(other) - nobody) * 1e6;
            let p = rank::mann_whitney(&self.nobody, other);
            let bold = if p < CHANCE / COMPARISONS as f64 {
                "**"
            } else {
                ""
            };
            let p = if p < 0.001 {
                "< 0.001".to_owned()
            } else {
                format!("{p:.3}")
            };
            write!(formatter, " {bold}{difference:+.0} us; {p}{bold} |")?;
        }
        Ok(())
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
