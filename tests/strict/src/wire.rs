//! HTTP/1.1 over plain TCP, both sides, no more of it than a test needs: one request a connection.

use std::io::{BufRead as _, BufReader, Error, ErrorKind, Read, Result, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use serde_json::Value;

/// No test sends more.
const BODY_MAX: usize = 16 * 1024 * 1024;

/// A request as it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Upper case.
    pub method: String,
    /// Without the query, undecoded.
    pub path: String,
    /// Without `?`, undecoded.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Undecoded.
    pub body: Vec<u8>,
}

impl Request {
    /// The last header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// An answer in JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Besides the content type.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}

impl Reply {
    /// 200.
    pub fn ok(body: Value) -> Self {
        Self::status(200, body)
    }

    /// Any status.
    pub fn status(status: u16, body: Value) -> Self {
        Self { status, headers: vec![], body }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

pub(crate) fn read_request(stream: &TcpStream) -> Result<Request> {
    let mut reader = BufReader::new(stream);
    let first = line(&mut reader)?;
    let mut words = first.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(Error::new(ErrorKind::InvalidData, "not a request line"));
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = headers(&mut reader)?;
    let body = body(&mut reader, &headers, false)?;
    Ok(Request { method: method.into(), path: path.into(), query: query.into(), headers, body })
}

pub(crate) fn write_reply(mut stream: &TcpStream, reply: &Reply) -> Result<()> {
    let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let body = reply.body.to_string();
    head.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len()));
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}

/// Writes `body` but promises `length` bytes.
pub(crate) fn write_raw(mut stream: &TcpStream, kind: &str, body: &[u8], length: usize) -> Result<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}

fn line(reader: &mut impl std::io::BufRead) -> Result<String> {
    let mut text = String::new();
    if reader.take(64 * 1024).read_line(&mut text)? == 0 {
        return Err(Error::new(ErrorKind::UnexpectedEof, "closed"));
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn headers(reader: &mut impl std::io::BufRead) -> Result<Vec<(String, String)>> {
    let mut headers = vec![];
    loop {
        let text = line(reader)?;
        let Some((name, value)) = text.split_once(':') else { return Ok(headers) };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

/// By length or by chunks; an answer without either ends with its connection.
fn body(
    reader: &mut impl std::io::BufRead,
    headers: &[(String, String)],
    to_the_end: bool,
) -> Result<Vec<u8>> {
    let header = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let mut body = vec![];
    if header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        loop {
            let size = usize::from_str_radix(line(reader)?.trim(), 16)
                .map_err(|_| Error::new(ErrorKind::InvalidData, "not a chunk"))?;
            let from = body.len();
            body.resize(from + size.min(BODY_MAX), 0);
            reader.read_exact(&mut body[from..])?;
            line(reader)?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    if let Some(length) = header("content-length").and_then(|value| value.parse::<usize>().ok()) {
        body.resize(length.min(BODY_MAX), 0);
        reader.read_exact(&mut body)?;
    } else if to_the_end {
        reader.take(BODY_MAX as u64).read_to_end(&mut body)?;
    }
    Ok(body)
}

/// What a caller sends.
#[derive(Debug, Clone, Default)]
pub struct Sent<'a> {
    /// Upper case.
    pub method: &'a str,
    /// `http://HOST:PORT/...`.
    pub url: &'a str,
    /// As they are.
    pub headers: Vec<(String, String)>,
    /// May be empty.
    pub body: &'a [u8],
}

/// How an exchange ended.
#[derive(Debug)]
pub enum Exchange {
    /// Status, headers (names in lower case), body.
    Answered(u16, Vec<(String, String)>, Vec<u8>),
    /// No answer; did the request leave?
    Failed {
        /// A byte of it was written.
        sent: bool,
        /// Why.
        error: Error,
    },
}

/// One request, one answer; no TLS, no redirect, no retry.
pub fn exchange(sent: &Sent<'_>, timeout: Duration) -> Exchange {
    let mut stream = match connect(sent.url, timeout) {
        Ok(stream) => stream,
        Err(error) => return Exchange::Failed { sent: false, error },
    };
    match talk(&mut stream, sent) {
        Ok((status, headers, body)) => Exchange::Answered(status, headers, body),
        Err(error) => Exchange::Failed { sent: true, error },
    }
}

fn split(url: &str) -> Result<(&str, &str)> {
    let rest = url
        .strip_prefix("http://")
        .ok_or_else(|| Error::new(ErrorKind::InvalidInput, format!("{url} is not plain http")))?;
    Ok(match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    })
}

fn connect(url: &str, timeout: Duration) -> Result<TcpStream> {
    let (host, _) = split(url)?;
    // `localhost` names both loopbacks; these servers listen on the older one.
    let address = host
        .to_socket_addrs()?
        .find(std::net::SocketAddr::is_ipv4)
        .ok_or_else(|| Error::new(ErrorKind::NotFound, "no address"))?;
    let stream = TcpStream::connect_timeout(&address, timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    Ok(stream)
}

type Answer = (u16, Vec<(String, String)>, Vec<u8>);

fn talk(stream: &mut TcpStream, sent: &Sent<'_>) -> Result<Answer> {
    let (host, target) = split(sent.url)?;
    let mut head = format!("{} {target} HTTP/1.1\r\nHost: {host}\r\n", sent.method);
    for (name, value) in &sent.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", sent.body.len()));
    stream.write_all(head.as_bytes())?;
    stream.write_all(sent.body)?;
    let mut reader = BufReader::new(stream);
    let first = line(&mut reader)?;
    let status = first
        .split(' ')
        .nth(1)
        .and_then(|word| word.parse().ok())
        .ok_or_else(|| Error::new(ErrorKind::InvalidData, "not a status line"))?;
    let headers = headers(&mut reader)?;
    let body = body(&mut reader, &headers, true)?;
    Ok((status, headers, body))
}
