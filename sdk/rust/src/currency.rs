//! The currencies in use and how many decimals each has (ISO 4217, list one).

/// Code and minor-unit digit, sorted by code. Funds codes that money is billed in (CLF, UYW) are here;
/// metals, testing codes and withdrawn currencies are not.
const TABLE: &[u8] =
    b"AED2AFN2ALL2AMD2AOA2ARS2AUD2AWG2AZN2BAM2BBD2BDT2BHD3BIF0BMD2BND2BOB2BOV2BRL2BSD2BTN2BWP2\
BYN2BZD2CAD2CDF2CHE2CHF2CHW2CLF4CLP0CNY2COP2COU2CRC2CUP2CVE2CZK2DJF0DKK2DOP2DZD2EGP2ERN2ETB2EUR2FJD2FKP2\
GBP2GEL2GHS2GIP2GMD2GNF0GTQ2GYD2HKD2HNL2HTG2HUF2IDR2ILS2INR2IQD3IRR2ISK0JMD2JOD3JPY0KES2KGS2KHR2KMF0KPW2\
KRW0KWD3KYD2KZT2LAK2LBP2LKR2LRD2LSL2LYD3MAD2MDL2MGA2MKD2MMK2MNT2MOP2MRU2MUR2MVR2MWK2MXN2MXV2MYR2MZN2NAD2\
NGN2NIO2NOK2NPR2NZD2OMR3PAB2PEN2PGK2PHP2PKR2PLN2PYG0QAR2RON2RSD2RUB2RWF0SAR2SBD2SCR2SDG2SEK2SGD2SHP2SLE2\
SOS2SRD2SSP2STN2SVC2SYP2SZL2THB2TJS2TMT2TND3TOP2TRY2TTD2TWD2TZS2UAH2UGX0USD2USN2UYI0UYU2UYW4UZS2VED2VES2\
VND0VUV0WST2XAD2XAF0XCD2XCG2XOF0XPF0YER2ZAR2ZMW2ZWG2";

/// A currency's code and how many decimals it has; `None` for what is no code of the list. Lower case is
/// accepted.
pub fn find(text: &str) -> Option<([u8; 3], u8)> {
    let code: [u8; 3] = text.as_bytes().try_into().ok()?;
    let code = code.map(|byte| byte.to_ascii_uppercase());
    let (rows, _) = TABLE.as_chunks::<4>();
    let at = rows.binary_search_by(|row| row[..3].cmp(&code)).ok()?;
    Some((code, rows[at][3] - b'0'))
}

#[cfg(test)]
mod tests {
    use super::{TABLE, find};

    #[test]
    fn the_table_is_sorted_and_whole() {
        let (rows, rest) = TABLE.as_chunks::<4>();
        assert!(rest.is_empty());
        assert!(rows.windows(2).all(|pair| pair[0][..3] < pair[1][..3]));
        assert_eq!(rows.len(), 165);
    }

    #[test]
    fn currencies_know_their_decimals() {
        assert_eq!(find("JPY"), Some((*b"JPY", 0)));
        assert_eq!(find("usd"), Some((*b"USD", 2)));
        assert_eq!(find("KWD"), Some((*b"KWD", 3)));
        assert_eq!(find("CLF"), Some((*b"CLF", 4)));
        for odd in ["XYZ", "", "US", "DÓL", "USDX", "$"] {
            assert_eq!(find(odd), None, "{odd}");
        }
    }
}
