//! Where and when.

use std::fs;

use chrono::Utc;

use crate::bench::Bench;

/// `2026-11-22, 7 x 3 s`: the date, the rounds and how long a turn lasts.
pub(super) fn run(bench: &Bench) -> String {
    let date = Utc::now().format("%Y-%m-%d");
    let seconds = bench.window.as_secs_f64();
    format!("{date}, {} x {seconds} s", bench.rounds)
}

/// Cores, processor, memory, kernel.
pub(super) fn description() -> String {
    let cpu = read("/proc/cpuinfo");
    let cores = cpu
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let model = field(&cpu, "model name").unwrap_or("unknown processor");
    let memory = field(&read("/proc/meminfo"), "MemTotal")
        .and_then(|value| value.strip_suffix(" kB")?.parse::<f64>().ok())
        .map_or_else(String::new, |kilobytes| {
            format!(", {:.0} GiB", kilobytes / 1024.0 / 1024.0)
        });
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{cores} cores of {model}{memory}, Linux {}", kernel.trim())
}

/// The load of the last minute when there is more of it than a quiet machine has.
pub(crate) fn busy() -> Option<f64> {
    let load = read("/proc/loadavg");
    let minute = load.split(' ').next()?.parse().ok()?;
    (minute > 0.5).then_some(minute)
}

/// A machine without the file has nothing to say about it.
fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim())
}
