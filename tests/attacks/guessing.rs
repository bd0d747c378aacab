//! Guessing passwords: lists of leaked pairs of address and password, and lists of
//! passwords for one address, from one network and from many.

use super::people::{HOME, PASSWORD, account, behind_proxy, network, sign_in};
use crate::cases;
use crate::support::{Client, World};

/// The length of the lists.
const PAIRS: usize = 500;

/// One in so many pairs is right.
const RIGHT: usize = 50;

/// The sign-ins of a network in the window that the document has for them.
const BY_NETWORK: usize = 30;

/// Attempts from all places where an account is not at home, before they wait.
const BY_ACCOUNT: usize = 20;

/// What came of a list.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    /// How many passwords were compared at all.
    looked_at: usize,
    /// How many were right.
    through: usize,
}

impl Outcome {
    fn note(&mut self, status: u16) {
        match status {
            200 => {
                self.looked_at += 1;
                self.through += 1;
            }
            401 => self.looked_at += 1,
            429 => {}
            other => panic!("{other}"),
        }
    }
}

/// Tries pairs of different addresses at one moment, each once, as a list of leaked
/// passwords is tried.
async fn stuff(client: &Client, networks: usize, offset: usize) -> Outcome {
    let mut outcome = Outcome::default();
    for number in 0..PAIRS {
        let place = network(offset + number % networks);
        let right = number % RIGHT == RIGHT / 2;
        let (email, password) = if right {
            (
                format!("owner{}@example.com", number / RIGHT),
                PASSWORD.to_owned(),
            )
        } else {
            (
                format!("someone{number}@example.com"),
                format!("leaked {number}"),
            )
        };
        let answer = sign_in(client, &place, &email, &password).await;
        outcome.note(answer.status.as_u16());
    }
    outcome
}

/// Guesses the password of one address at one moment.
async fn guess(client: &Client, networks: usize, email: &str, guesses: usize) -> Outcome {
    let mut outcome = Outcome::default();
    for number in 0..guesses {
        let password = format!("guess {number}");
        let answer = sign_in(client, &network(number % networks), email, &password).await;
        outcome.note(answer.status.as_u16());
    }
    outcome
}

/// Guesses for a day, whenever any of the networks is let, and tells how often that
/// was.
async fn guess_for_a_day(world: &World, client: &Client, networks: usize, email: &str) -> usize {
    let mut outcome = Outcome::default();
    let (mut passed, mut number) = (0, 0);
    while passed < 86_400 {
        let place = network(number % networks);
        let answer = sign_in(client, &place, email, "another guess").await;
        outcome.note(answer.status.as_u16());
        number += 1;
        // Having been refused in one network it tries the next one; in vain once
        // it is the account that waits.
        if answer.status == 429 && number.is_multiple_of(networks) {
            let wait: i64 = answer.headers["retry-after"]
                .to_str()
                .unwrap()
                .parse()
                .unwrap();
            world.clock.advance(wait);
            passed += wait;
        }
    }
    outcome.looked_at
}

cases! {
    /// A list of leaked pairs is slowed down by network alone, since each address is
    /// tried once: whoever has many networks gets through it, and whoever has used a
    /// leaked password elsewhere is not safe here. Its owner is not locked out.
    async fn a_list_of_leaked_pairs(world: World) {
        let client = behind_proxy(&world);
        for number in 0..PAIRS / RIGHT {
            let email = format!("owner{number}@example.com");
            account(&world, &client, &email).await;
            world.clock.advance(3_600);
        }
        for (networks, offset) in [(1, 0), (50, 100), (500, 1_000)] {
            let outcome = stuff(&client, networks, offset).await;
            let looked_at = PAIRS.min(networks * BY_NETWORK);
            let through = (0..looked_at).filter(|number| number % RIGHT == RIGHT / 2).count();
            assert_eq!(outcome, Outcome { looked_at, through }, "{networks} networks");
            sign_in(&client, HOME, "owner0@example.com", PASSWORD).await.expect(200);
            world.clock.advance(3_600);
        }
    }

    /// A list of passwords for one address is slowed down by the account: five hundred
    /// networks are no better than fifty.
    async fn many_passwords_for_one_address(world: World) {
        let client = behind_proxy(&world);
        account(&world, &client, "ines@example.com").await;
        for (networks, guesses, looked_at) in [(1, 100, 5), (50, 200, BY_ACCOUNT), (500, 500, BY_ACCOUNT)] {
            // A day later what has failed is forgotten.
            world.clock.advance(2 * 86_400);
            let outcome = guess(&client, networks, "ines@example.com", guesses).await;
            assert_eq!(outcome, Outcome { looked_at, through: 0 }, "{networks} networks");
            sign_in(&client, HOME, "ines@example.com", PASSWORD).await.expect(200);
        }
    }

    /// Nor does patience help much.
    async fn guesses_of_a_day(world: World) {
        let client = behind_proxy(&world);
        account(&world, &client, "ines@example.com").await;
        for networks in [1, 10] {
            world.clock.advance(2 * 86_400);
            let guesses = guess_for_a_day(&world, &client, networks, "ines@example.com").await;
            assert!((90..=125).contains(&guesses), "{guesses} guesses from {networks} networks");
        }
        sign_in(&client, HOME, "ines@example.com", PASSWORD).await.expect(200);
    }

    /// Where a request comes from is what the connection says, not what it says
    /// itself; behind a proxy, what the proxy says.
    async fn invented_networks(world: World) {
        let behind = behind_proxy(&world);
        for (client, invented) in [(&world.anonymous, ""), (&behind, ", 198.51.100.1")] {
            let mut outcome = Outcome::default();
            for number in 0..2 * BY_NETWORK {
                let forged = format!("{}{invented}", network(number));
                let email = format!("someone{number}@example.com");
                let answer = sign_in(client, &forged, &email, "leaked").await;
                outcome.note(answer.status.as_u16());
            }
            assert_eq!(outcome.looked_at, BY_NETWORK);
        }
    }

    /// Twenty at the same moment are no more than one after the other.
    async fn at_the_same_moment(world: World) {
        let client = behind_proxy(&world);
        account(&world, &client, "ines@example.com").await;
        let attempts = (0..20).map(|number| {
            let client = client.clone();
            async move {
                let password = format!("guess {number}");
                sign_in(&client, &network(0), "ines@example.com", &password).await
            }
        });
        let mut outcome = Outcome::default();
        for answer in futures_util::future::join_all(attempts).await {
            outcome.note(answer.status.as_u16());
        }
        assert_eq!(outcome, Outcome { looked_at: 5, through: 0 });
    }
}
