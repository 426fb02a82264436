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
    let (access, key) = (bound.field(secret, "access_key")?, bound.field(secret, "secret_key")?);
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
    if let Some(token) = secret.field("session_token") {
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
