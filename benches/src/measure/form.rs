//! A body with twelve constrained members, read, checked and answered.

use serde_json::{Value, json};

use crate::Error;
use crate::bench::Bench;
use crate::contest::{Contender, contest, same_answers};
use crate::load::{self, Load, Request};
use crate::opponent::{AXUM_FORM, CHARTER_FORM};
use crate::report::{Goal, Row, Unit};

const TARGET: &str = "/v1/applications";

/// CPU per request over that of axum, serde and garde.
pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let charter = bench.serve(&CHARTER_FORM, "")?;
    let axum = bench.serve(&AXUM_FORM, "")?;
    let load = Load::of(&Request::post(TARGET, application().to_string()));
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
    same_rules(&contenders)?;
    let contest = contest(bench, &contenders)?;
    let row = Row::new(
        "JSON body with 12 constrained members, checked: CPU per request",
        "axum, serde and garde by hand",
        Goal::AtMost(1.05, Unit::Times),
        contest.cpu_ratio(0, 1),
    )
    .details(contest.details());
    Ok(vec![row])
}

fn application() -> Value {
    json!({
        "name": "Ines Laurent",
        "reference": "ABC-123456",
        "email": "ines.laurent@organisation.example.com",
        "employment": "part_time",
        "years": 12,
        "salary": 61_250.5,
        "skills": ["carpentry", "technical drawing", "stair building", "French", "English"],
        "phone": "+33123456789",
        "position_id": "0198c5a2-7b6e-7c3f-9d41-2f6a5be0c913",
        "available_from": "2026-03-01T08:30:00.125250Z",
        "address": {
            "street": "12 rue des Ateliers",
            "city": "Nantes",
            "postcode": "44000",
            "country": "FR"
        },
        "relocates": true
    })
}

/// Each rule broken once: everybody refuses all of these with 400.
fn same_rules(contenders: &[Contender<'_>]) -> Result<(), Error> {
    for (pointer, wrong) in [
        ("/name", json!("")),
        ("/name", json!("n".repeat(101))),
        ("/reference", json!("abc-123456")),
        ("/email", json!("nobody")),
        ("/employment", json!("never")),
        ("/years", json!(-1)),
        ("/years", json!(61)),
        ("/years", json!("12")),
        ("/salary", json!(-0.5)),
        ("/salary", json!(1_000_000.5)),
        ("/skills", json!([])),
        ("/skills", json!(vec!["skill"; 21])),
        ("/skills/0", json!("")),
        ("/skills/0", json!("s".repeat(41))),
        ("/phone", json!("33")),
        ("/position_id", json!("0198c5a2")),
        ("/available_from", json!("tomorrow")),
        ("/address/street", json!("")),
        ("/address/postcode", json!("44")),
        ("/address/country", json!("fr")),
        ("/relocates", json!(null)),
    ] {
        let mut body = application();
        *body.pointer_mut(pointer).ok_or("no such member")? = wrong;
        refused(contenders, &body)?;
    }
    let whole = application();
    let members = whole.as_object().ok_or("an application is an object")?;
    for name in members.keys() {
        let mut body = members.clone();
        body.remove(name);
        refused(contenders, &body.into())?;
    }
    let mut body = members.clone();
    body.insert("unknown".to_owned(), json!(1));
    refused(contenders, &body.into())
}

fn refused(contenders: &[Contender<'_>], body: &Value) -> Result<(), Error> {
    let request = Request::post(TARGET, body.to_string()).bytes();
    for contender in contenders {
        let answer = load::ask(contender.server.address, &request)?;
        if answer.status != 400 {
            let (name, status) = (contender.name, answer.status);
            return Err(format!("{name} answers {status} to {body}").into());
        }
    }
    Ok(())
}
