//! Blocks of addresses: `10.0.0.0/8`, `::/0`.

use core::net::IpAddr;

/// A block of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    base: IpAddr,
    bits: u32,
}

impl Block {
    /// Reads one; `None` for what is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (base, bits) = text.split_once('/')?;
        let base: IpAddr = base.parse().ok()?;
        let bits = bits.parse().ok().filter(|bits| *bits <= width(base))?;
        Some(Self { base, bits })
    }

    /// Whether an address lies in it. One of the other family never does.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let ignored = width(self.base) - self.bits;
        let prefix = |address: IpAddr| number(address).checked_shr(ignored).unwrap_or(0);
        address.is_ipv4() == self.base.is_ipv4() && prefix(address) == prefix(self.base)
    }
}

const fn width(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("10.0.0.0/8", "10.255.0.1", true)]
    #[case("10.0.0.0/8", "11.0.0.1", false)]
    #[case("169.254.169.254/32", "169.254.169.254", true)]
    #[case("169.254.169.254/32", "169.254.169.253", false)]
    #[case("0.0.0.0/0", "1.2.3.4", true)]
    #[case("0.0.0.0/0", "::1", false)]
    #[case("::/0", "2606:50c0::1", true)]
    #[case("fd00:ec2::254/128", "fd00:ec2::254", true)]
    #[case("10.0.0.1/8", "10.9.9.9", true)]
    fn a_block_holds_what_shares_its_prefix(#[case] block: &str, #[case] address: &str, #[case] holds: bool) {
        assert_eq!(
            Block::parse(block).unwrap().contains(address.parse().unwrap()),
            holds
        );
    }

    #[test]
    fn what_is_no_block_is_none() {
        for text in ["10.0.0.0", "10.0.0.0/33", "x/8", "::/129", ""] {
            assert_eq!(Block::parse(text), None, "{text:?}");
        }
    }
}
