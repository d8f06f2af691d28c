//! Single times of what criterion runs, for what its means do not tell: percentiles, and growth.

use std::cell::RefCell;
use std::time::Duration;

/// Every single time of a benchmark, its warm-up included.
#[derive(Debug, Default)]
pub struct Samples(RefCell<Vec<Duration>>);

impl Samples {
    /// Measures so many times and answers with the sum, for criterion's `iter_custom`.
    pub fn run(&self, times: u64, mut measure: impl FnMut() -> Duration) -> Duration {
        let mut samples = self.0.borrow_mut();
        (0..times)
            .map(|_| {
                let time = measure();
                samples.push(time);
                time
            })
            .sum()
    }

    /// The time that `percent` per cent of the runs kept below or reached; `None` where nothing ran.
    pub fn percentile(&self, percent: usize) -> Option<Duration> {
        let mut times = self.0.borrow().clone();
        times.sort_unstable();
        let rank = (times.len() * percent).div_ceil(100);
        times.get(rank.saturating_sub(1)).copied()
    }

    /// How many runs there were.
    pub fn count(&self) -> usize {
        self.0.borrow().len()
    }
}

/// A duration in milliseconds, for a table.
pub fn milliseconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1000.0)
}

/// The exponent `k` of the growth `t = c·nᵏ` that fits times for `n` things best (least squares of the logarithms): 1 is
/// linear, 2 is quadratic. `None` where there are less than two.
pub fn exponent(times: &[(u32, Duration)]) -> Option<f64> {
    if times.len() < 2 {
        return None;
    }
    let points: Vec<(f64, f64)> = times
        .iter()
        .map(|(n, time)| (f64::from(*n).ln(), time.as_secs_f64().ln()))
        .collect();
    let count = f64::from(u32::try_from(points.len()).ok()?);
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let covariance: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let variance: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    Some(covariance / variance)
}
