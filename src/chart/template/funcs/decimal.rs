//! Decimal arithmetic, as sprig's functions on floats use it: `addf 0.1 0.2` is 0.3.

use super::math::to_float64;
use crate::chart::value::Value;

/// A decimal number: `digits × 10^exponent`.
#[derive(Clone, Copy)]
pub(super) struct Decimal {
    digits: i128,
    exponent: i32,
}

/// An operation on decimals, and the same on floats.
pub(super) type Operation = (fn(Decimal, Decimal) -> Option<Decimal>, fn(f64, f64) -> f64);

pub(super) const PLUS: Operation = (Decimal::plus, |a, b| a + b);
pub(super) const MINUS: Operation = (Decimal::minus, |a, b| a - b);
pub(super) const TIMES: Operation = (Decimal::times, |a, b| a * b);
pub(super) const OVER: Operation = (Decimal::over, |a, b| a / b);

/// The places after the decimal point that a division keeps.
const DIVISION_PLACES: i32 = 16;

/// Works through the numbers in decimals. Where the digits do not fit, floats have to do.
pub(super) fn decimals(first: f64, rest: &[Value], (exact, plain): Operation) -> f64 {
    let exactly = || {
        let mut result = Decimal::from_float(first)?;
        for value in rest {
            result = exact(result, Decimal::from_float(to_float64(value))?)?;
        }
        result.to_float()
    };
    exactly().unwrap_or_else(|| rest.iter().map(to_float64).fold(first, plain))
}

impl Decimal {
    /// The shortest decimal that reads back to the same float.
    fn from_float(value: f64) -> Option<Self> {
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e')?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let places = i32::try_from(fraction.len()).ok()?;
        Some(Self {
            digits: format!("{whole}{fraction}").parse().ok()?,
            exponent: exponent.parse::<i32>().ok()?.checked_sub(places)?,
        })
    }

    fn to_float(self) -> Option<f64> {
        format!("{}e{}", self.digits, self.exponent).parse().ok()
    }

    /// The same number with a smaller exponent.
    fn scaled_to(self, exponent: i32) -> Option<i128> {
        let shift = u32::try_from(self.exponent.checked_sub(exponent)?).ok()?;
        self.digits.checked_mul(10i128.checked_pow(shift)?)
    }

    fn plus(self, other: Self) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        let digits = self
            .scaled_to(exponent)?
            .checked_add(other.scaled_to(exponent)?)?;
        Some(Self { digits, exponent })
    }

    fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self {
            digits: -other.digits,
            ..other
        })
    }

    fn times(self, other: Self) -> Option<Self> {
        Some(Self {
            digits: self.digits.checked_mul(other.digits)?,
            exponent: self.exponent.checked_add(other.exponent)?,
        })
    }

    /// Rounds half away from zero at the last place.
    fn over(self, other: Self) -> Option<Self> {
        // self / other × 10^places, as a quotient of integers.
        let shift = self
            .exponent
            .checked_sub(other.exponent)?
            .checked_add(DIVISION_PLACES)?;
        let power = 10i128.checked_pow(shift.unsigned_abs())?;
        let (dividend, divisor) = if shift >= 0 {
            (self.digits.checked_mul(power)?, other.digits)
        } else {
            (self.digits, other.digits.checked_mul(power)?)
        };
        let (quotient, remainder) = (dividend.checked_div(divisor)?, dividend.checked_rem(divisor)?);
        let away = if (dividend < 0) == (divisor < 0) { 1 } else { -1 };
        let rounds_up = remainder.unsigned_abs().checked_mul(2)? >= divisor.unsigned_abs();
        Some(Self {
            digits: if rounds_up { quotient + away } else { quotient },
            exponent: -DIVISION_PLACES,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;

    #[test]
    fn floats_are_taken_for_the_decimals_they_print_as() {
        let floats = |values: &[f64]| values.iter().copied().map(Value::Float).collect::<Vec<_>>();
        assert_eq!(decimals(0.1, &floats(&[0.2]), PLUS), 0.3);
        assert_eq!(decimals(1.1, &floats(&[1.1]), TIMES), 1.21);
        assert_eq!(decimals(1.0, &floats(&[3.0]), OVER), 0.333_333_333_333_333_3);
        assert_eq!(decimals(2.0, &floats(&[3.0]), OVER), 0.666_666_666_666_666_7);
        assert_eq!(decimals(0.3, &floats(&[0.1, 0.1]), MINUS), 0.1);
        assert_eq!(decimals(1e300, &floats(&[1.0]), PLUS), 1e300);
    }
}
