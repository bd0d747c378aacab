//! UUIDv7 from the injected clock and randomness.

use charter_contract::{Random, Timestamp};
use uuid::{Builder, Uuid};

/// A new id. Ids order by their moment to about a quarter of a microsecond
/// (RFC 9562, method 3: the fraction of the millisecond stands in `rand_a`), so
/// rows page in the order of their creation; 62 random bits follow.
pub(crate) fn new(now: Timestamp, random: &dyn Random) -> Uuid {
    let micros = u64::try_from(now.micros()).unwrap_or(0);
    let mut rest = [0; 10];
    random.fill(&mut rest);
    // 1,000 microseconds spread over 12 bits.
    let fraction = u16::try_from((micros % 1_000) * 4_096 / 1_000).unwrap_or(0);
    [rest[0], rest[1]] = fraction.to_be_bytes();
    Builder::from_unix_timestamp_millis(micros / 1_000, &rest).into_uuid()
}

#[cfg(test)]
mod tests {
    use charter_contract::{Random, Timestamp};

    struct Ones;

    impl Random for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    #[test]
    fn ids_order_by_the_microsecond() {
        let ids: Vec<_> = (0..3_000)
            .map(|micros| {
                super::new(
                    Timestamp::from_micros(1_767_225_600_000_000 + micros),
                    &Ones,
                )
            })
            .collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert!(
            ids.iter()
                .all(|id| id.get_variant() == uuid::Variant::RFC4122)
        );
    }
}
