//! A JSON list from memory: what routing, credentials, parameters and
//! serialising cost beside axum and serde.

use crate::Error;
use crate::bench::Bench;
use crate::contest::{Contender, contest, same_answers};
use crate::load::{Load, Request};
use crate::opponent::{AXUM_LIST, CHARTER_LIST, KEY};
use crate::report::{Goal, Row, Unit};

/// For each size: CPU per request over that of axum.
pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let charter = bench.serve(&CHARTER_LIST, "")?;
    let axum = bench.serve(&AXUM_LIST, "")?;
    [20, 100]
        .into_iter()
        .map(|size| {
            let target = format!("/v1/organisations/members?limit={size}");
            let load = Load::of(&Request::get(&target).bearer(KEY));
            let contenders = [
                Contender {
                    name: "charter",
                    server: &charter,
                    load: &load,
                },
                Contender {
                    name: "axum",
                    server: &axum,
                    load: &load,
                },
            ];
            same_answers(&contenders)?;
            let contest = contest(bench, &contenders)?;
            Ok(Row::new(
                &format!("JSON list of {size}, from memory: CPU per request"),
                "axum and serde by hand",
                Goal::AtMost(1.05, Unit::Times),
                contest.cpu_ratio(0, 1),
            )
            .details(contest.details()))
        })
        .collect()
}
