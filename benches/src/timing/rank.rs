//! Medians, and the rank sum of Mann and Whitney.

/// The value in the middle.
pub(super) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which this part of the others is.
pub(super) fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    let place = (part * last as f64).round() as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

/// How likely two samples of one distribution differ as much as these, either way:
/// the normal approximation of U, corrected for ties, which is good from some twenty
/// values on.
pub(super) fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let mut values: Vec<(f64, bool)> = one.iter().map(|value| (*value, true)).collect();
    values.extend(other.iter().map(|value| (*value, false)));
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut rank_sum, mut ties, mut place) = (0.0, 0.0, 0);
    for equal in values.chunk_by(|a, b| a.0 == b.0) {
        let count = equal.len() as f64;
        // Equal values share the ranks that they have together, which begin at 1.
        let rank = place as f64 + f64::midpoint(count, 1.0);
        rank_sum += rank * equal.iter().filter(|(_, first)| *first).count() as f64;
        ties += count.powi(3) - count;
        place += equal.len();
    }
    let (n, m) = (one.len() as f64, other.len() as f64);
    let u = rank_sum - n * (n + 1.0) / 2.0;
    let all = n + m;
    let variance = n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    let z = (u - n * m / 2.0) / variance.sqrt();
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The complementary error function of what is not negative, to 1.5e-7 (Abramowitz
/// and Stegun, 7.1.26).
fn erfc(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let polynomial = [
        1.061_405_429,
        -1.453_152_027,
        1.421_413_741,
        -0.284_496_736,
        0.254_829_592,
    ]
    .iter()
    .fold(0.0, |sum, coefficient| (sum + coefficient) * t);
    polynomial * (-x * x).exp()
}

#[cfg(test)]
mod tests {
    use super::{erfc, mann_whitney, median};

    #[test]
    fn equal_samples_are_not_told_apart_and_shifted_ones_are() {
        let one: Vec<f64> = (0..100).map(f64::from).collect();
        let shifted: Vec<f64> = one.iter().map(|value| value + 40.0).collect();
        assert!(mann_whitney(&one, &one) > 0.99);
        assert!(mann_whitney(&one, &shifted) < 1e-6);
        assert!(mann_whitney(&shifted, &one) < 1e-6);
        assert!((median(&shifted) - 90.0).abs() < 1.0);
    }

    /// The example of Mann and Whitney's textbooks: U = 8 of 5 and 5 has z = -0.94.
    #[test]
    fn the_approximation_is_the_known_one() {
        let one = [1.0, 2.0, 5.0, 6.0, 9.0];
        let other = [3.0, 4.0, 7.0, 8.0, 10.0];
        assert!((mann_whitney(&one, &other) - 0.347).abs() < 0.002);
        assert!((erfc(1.0) - 0.157_299_2).abs() < 1e-6);
    }
}
