//! Several servers loaded in turns, and what their figures say about each other.

use serde_json::Value;

use crate::Error;
use crate::bench::Bench;
use crate::load::{self, Load, Reading};
use crate::process::Server;
use crate::report::{Detail, Measured, Unit};

/// One of those that are compared.
pub(crate) struct Contender<'a> {
    /// As it is called in the report.
    pub(crate) name: &'a str,
    /// It, running.
    pub(crate) server: &'a Server,
    /// What it is loaded with.
    pub(crate) load: &'a Load,
}

/// Loads the contenders in turns, A B A B, each after a warm-up of its own.
pub(crate) fn contest(bench: &Bench, contenders: &[Contender<'_>]) -> Result<Contest, Error> {
    let mut readings: Vec<Vec<Reading>> = contenders.iter().map(|_| Vec::new()).collect();
    for round in 1..=bench.rounds {
        for (contender, readings) in contenders.iter().zip(&mut readings) {
            let reading =
                turn(bench, contender).map_err(|error| format!("{}: {error}", contender.name))?;
            eprintln!(
                "  {round}/{} {:<16} {:>9.2} us CPU  {:>9.0} /s  p99 {:>7.2} ms",
                bench.rounds, contender.name, reading.cpu, reading.throughput, reading.p99
            );
            readings.push(reading);
        }
    }
    Ok(Contest {
        names: contenders
            .iter()
            .map(|contender| contender.name.to_owned())
            .collect(),
        readings,
    })
}

/// One turn. A machine that is busy with something else can keep a server waiting for all of it,
/// which says nothing about the server: such a turn is given again, twice at most.
fn turn(bench: &Bench, contender: &Contender<'_>) -> Result<Reading, Error> {
    let server = contender.server;
    for _ in 0..3 {
        let reading = load::run(
            server.address,
            contender.load,
            bench.warm_up,
            bench.window,
            || server.cpu(),
        )?;
        if let Some(reading) = reading {
            return Ok(reading);
        }
        eprintln!("  {}: nothing was answered in time", contender.name);
    }
    Err("nothing was answered in three turns".into())
}

/// The readings of all rounds. Contenders are named by their place.
pub(crate) struct Contest {
    names: Vec<String>,
    readings: Vec<Vec<Reading>>,
}

impl Contest {
    /// `figure` of one contender over that of another, round by round.
    pub(crate) fn ratio(&self, of: usize, over: usize, figure: fn(&Reading) -> f64) -> Measured {
        Measured::ratios(&self.all(of, figure), &self.all(over, figure))
    }

    /// CPU time per request of one contender over that of another.
    pub(crate) fn cpu_ratio(&self, of: usize, over: usize) -> Measured {
        self.ratio(of, over, |reading| reading.cpu)
    }

    /// A figure of one contender in every round.
    pub(crate) fn all(&self, of: usize, figure: fn(&Reading) -> f64) -> Vec<f64> {
        self.readings
            .get(of)
            .map(|readings| readings.iter().map(figure).collect())
            .unwrap_or_default()
    }

    /// The medians of every contender, for orientation.
    pub(crate) fn details(&self) -> Vec<Detail> {
        (0..self.names.len())
            .flat_map(|index| self.details_of(index))
            .collect()
    }

    /// The medians of one contender.
    pub(crate) fn details_of(&self, index: usize) -> Vec<Detail> {
        let name = self.names.get(index).map_or("", String::as_str);
        type Figure = (&'static str, fn(&Reading) -> f64, Unit);
        let figures: [Figure; 4] = [
            ("CPU per request", |reading| reading.cpu, Unit::Microseconds),
            ("throughput", |reading| reading.throughput, Unit::PerSecond),
            ("p50", |reading| reading.p50, Unit::Milliseconds),
            ("p99", |reading| reading.p99, Unit::Milliseconds),
        ];
        figures
            .into_iter()
            .map(|(what, figure, unit)| {
                let median = Measured::of(self.all(index, figure)).median;
                Detail::new(name, what, median, unit)
            })
            .collect()
    }
}

/// Fails unless all contenders answer their next request with the expected status and the same JSON.
pub(crate) fn same_answers(contenders: &[Contender<'_>]) -> Result<(), Error> {
    same_answers_but(contenders, |_| {})
}

/// The same, after `forget` has taken away what may differ, such as ids that are made anew.
pub(crate) fn same_answers_but(
    contenders: &[Contender<'_>],
    forget: impl Fn(&mut Value),
) -> Result<(), Error> {
    let mut first: Option<(&str, Value)> = None;
    for contender in contenders {
        let answer = load::ask(contender.server.address, &contender.load.request())?;
        let mut body = answer.json()?;
        if answer.status != contender.load.status() {
            return Err(format!("{} answers {}: {body}", contender.name, answer.status).into());
        }
        forget(&mut body);
        match &first {
            None => first = Some((contender.name, body)),
            Some((name, expected)) if *expected != body => {
                let other = contender.name;
                return Err(format!("{name} answers\n{expected}\n{other} answers\n{body}").into());
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Runs each of these in turns, A B A B, as often as there are rounds. For what is not a server
/// under load: starts, builds, generators. The figures of each, by round.
pub(crate) fn in_turns<const N: usize>(
    bench: &Bench,
    mut runs: [&mut dyn FnMut() -> Result<f64, Error>; N],
) -> Result<[Vec<f64>; N], Error> {
    let mut figures = [const { Vec::new() }; N];
    for _ in 0..bench.rounds {
        for (run, figures) in runs.iter_mut().zip(&mut figures) {
            figures.push(run()?);
        }
    }
    Ok(figures)
}
