//! Ids and addresses as text, without the machinery of `std::fmt`, which costs more than what it writes.

#[cfg(feature = "actix")]
use std::net::IpAddr;

/// Writes two digits for each of `bytes`, as far as there is room in `text`.
pub(crate) fn hex(bytes: &[u8], text: &mut [u8]) {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    for (byte, digits) in bytes.iter().zip(text.chunks_exact_mut(2)) {
        digits[0] = DIGITS[usize::from(byte >> 4)];
        digits[1] = DIGITS[usize::from(byte & 15)];
    }
}

/// Appends an address as its `Display` would.
#[cfg(feature = "actix")]
pub(crate) fn push_address(text: &mut String, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            for (position, part) in address.octets().into_iter().enumerate() {
                if 0 < position {
                    text.push('.');
                }
                text.push_str(itoa::Buffer::new().format(part));
            }
        }
        IpAddr::V6(address) => text.push_str(&address.to_string()),
    }
}

#[cfg(all(test, feature = "actix"))]
mod tests {
    use super::{hex, push_address};

    #[test]
    fn ids_have_two_digits_for_each_byte() {
        let mut text = [b'?'; 8];
        hex(&[0x00, 0x1f, 0xa0, 0xff], &mut text);
        assert_eq!(&text, b"001fa0ff");
    }

    #[test]
    fn addresses_read_as_usual() {
        for address in ["127.0.0.1", "203.0.113.250", "::1", "2001:db8::ff"] {
            let mut text = String::new();
            push_address(&mut text, address.parse().unwrap());
            assert_eq!(text, address);
        }
    }
}
