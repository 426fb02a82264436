//! AWS Signature Version 4, in headers
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).

use recaudo_ports::secrets::Secret;
use ring::hmac;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::Draft;
use crate::effect::Denied;
use crate::effect::template::percent;
use crate::effect::vault::Bound;
use crate::manifest::SigV4;

/// Adds date, content digest and signature.
pub(super) fn sign(
    bound: &Bound,
    secret: &Secret,
    place: &SigV4,
    now: i64,
    draft: &mut Draft,
) -> Result<(), Denied> {
    let keys = (bound.field(secret, "access_key")?, bound.field(secret, "secret_key")?);
    authorize(keys, secret.field("session_token"), place, now, draft)
}

fn authorize(
    (access, key): (&str, &str),
    session_token: Option<&str>,
    place: &SigV4,
    now: i64,
    draft: &mut Draft,
) -> Result<(), Denied> {
    let time = stamp(now);
    let day = &time[..8];
    let url = Url::parse(&draft.url).map_err(|_| Denied::new("url-malformed", "the URL cannot be read"))?;
    let digest = hex::encode(Sha256::digest(&draft.body));
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let mut signed = vec![
        ("host".to_owned(), host),
        ("x-amz-content-sha256".to_owned(), digest.clone()),
        ("x-amz-date".to_owned(), time.clone()),
    ];
    if let Some(token) = session_token {
        signed.push(("x-amz-security-token".to_owned(), token.to_owned()));
    }
    signed.sort();
    let names = signed.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>().join(";");
    let lines: String = signed.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
    let canonical = format!(
        "{}\n{}\n{}\n{lines}\n{names}\n{digest}",
        draft.method,
        path(&url, &place.service),
        query(&url)
    );
    let scope = format!("{day}/{}/{}/aws4_request", place.region, place.service);
    let to_sign =
        format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex::encode(Sha256::digest(canonical.as_bytes())));
    let mut chained = format!("AWS4{key}").into_bytes();
    for part in [day, &place.region, &place.service, "aws4_request", &to_sign] {
        chained = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &chained), part.as_bytes()).as_ref().to_vec();
    }
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={access}/{scope}, SignedHeaders={names}, Signature={}",
        hex::encode(chained)
    );
    draft.headers.extend(signed.into_iter().filter(|(name, _)| name != "host"));
    draft.headers.push(("authorization".into(), authorization));
    Ok(())
}

/// Every service but S3 encodes the path once more.
fn path(url: &Url, service: &str) -> String {
    if service == "s3" {
        return url.path().to_owned();
    }
    url.path().split('/').map(|part| percent(part.as_bytes())).collect::<Vec<_>>().join("/")
}

fn query(url: &Url) -> String {
    let mut pairs: Vec<(String, String)> =
        url.query_pairs().map(|(n, v)| (percent(n.as_bytes()), percent(v.as_bytes()))).collect();
    pairs.sort();
    pairs.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&")
}

/// `20261122T093000Z`.
fn stamp(seconds: i64) -> String {
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, date) = civil(day);
    format!("{year:04}{month:02}{date:02}T{:02}{:02}{:02}Z", second / 3_600, second / 60 % 60, second % 60)
}

/// Year, month and day of the Gregorian calendar, counted from March so that a leap day is a year's last.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let date = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, date)
}

#[cfg(test)]
mod tests {
    use super::{authorize, path, query, stamp};
    use crate::effect::http::Draft;
    use crate::manifest::SigV4;

    #[test]
    fn a_request_is_signed_as_botocore_signs_it() {
        let mut draft = Draft {
            method: "GET".into(),
            origin: "https://example.amazonaws.com".into(),
            url: "https://example.amazonaws.com/a%20b/%C3%BC?Param2=value%202&Param1=value%2F1".into(),
            headers: vec![],
            body: b"{}".to_vec(),
            certificate: None,
            renewable: None,
        };
        let place = SigV4 { region: "us-east-1".into(), service: "service".into() };
        let keys = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        authorize(keys, None, &place, 1_760_000_000, &mut draft).unwrap();
        let (_, authorization) = draft.headers.last().unwrap();
        // botocore 1.43.11, SigV4Auth.
        assert_eq!(
            authorization,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20251009/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-content-sha256;x-amz-date, \
             Signature=20f742f38103d5abf74453ebd1c371fb5212181fd2df7e7870827e6f2a11cdfe"
        );
    }

    #[test]
    fn a_moment_is_a_day_of_the_calendar() {
        for (seconds, text) in [
            (0, "19700101T000000Z"),
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (1_760_000_000, "20251009T085320Z"),
        ] {
            assert_eq!(stamp(seconds), text);
        }
    }

    #[test]
    fn paths_are_encoded_twice_and_parameters_sorted() {
        let url =
            url::Url::parse("https://example.amazonaws.com/a b/ü?Param2=value 2&Param1=value/1").unwrap();
        assert_eq!(path(&url, "service"), "/a%2520b/%25C3%25BC");
        assert_eq!(path(&url, "s3"), "/a%20b/%C3%BC");
        assert_eq!(query(&url), "Param1=value%2F1&Param2=value%202");
    }
}
