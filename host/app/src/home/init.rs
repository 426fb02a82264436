//! Making a home. The files explain themselves in the language of the person who makes it.

use std::fs;
use std::path::Path;

use recaudo_ports::clock::Random;

use super::{CONFIG, Home, HomeError, KEY};
use crate::words::Language;

/// Who the home is for. What is left out follows from the country.
#[derive(Debug, Clone, Default)]
pub struct InitOptions {
    /// Of the comments in the files, and of the messages.
    pub language: Language,
    /// The creditor's name.
    pub creditor: Option<String>,
    /// ISO 3166 alpha-2; Colombia when not said.
    pub country: Option<String>,
    /// The creditor's zone.
    pub time_zone: Option<String>,
    /// Sender of the mails.
    pub sender: Option<String>,
    /// `host` or `host:port` of a mail server.
    pub smtp: Option<String>,
}

/// The zone of a country's capital or largest trading city, where a creditor usually keeps its books.
const ZONES: [(&str, &str); 22] = [
    ("AR", "America/Argentina/Buenos_Aires"),
    ("BO", "America/La_Paz"),
    ("BR", "America/Sao_Paulo"),
    ("CL", "America/Santiago"),
    ("CO", "America/Bogota"),
    ("CR", "America/Costa_Rica"),
    ("CU", "America/Havana"),
    ("DO", "America/Santo_Domingo"),
    ("EC", "America/Guayaquil"),
    ("ES", "Europe/Madrid"),
    ("GT", "America/Guatemala"),
    ("HN", "America/Tegucigalpa"),
    ("MX", "America/Mexico_City"),
    ("NI", "America/Managua"),
    ("PA", "America/Panama"),
    ("PE", "America/Lima"),
    ("PT", "Europe/Lisbon"),
    ("PY", "America/Asuncion"),
    ("SV", "America/El_Salvador"),
    ("US", "America/New_York"),
    ("UY", "America/Montevideo"),
    ("VE", "America/Caracas"),
];

impl Home {
    /// Makes a home in a folder that is new or empty.
    ///
    /// # Errors
    /// The folder holds a home or somebody's files, an option makes no sense, or the folder cannot be written.
    pub fn init(dir: &Path, options: &InitOptions, random: &dyn Random) -> Result<Self, HomeError> {
        if dir.join(CONFIG).exists() {
            return Err(HomeError::Exists { dir: dir.into() });
        }
        if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) || dir.is_file() {
            return Err(HomeError::NotEmpty { dir: dir.into() });
        }
        let config = config(options)?;
        let home = Self { dir: dir.into() };
        home.folder("strategies")?;
        home.folder("templates")?;
        home.write("segments.toml", recaudo_engine::settings::SEGMENTS)?;
        home.write("strategies/standard.toml", recaudo_engine::settings::STANDARD_STRATEGY)?;
        home.write(".gitignore", "/.key\n/.cache/\n/mail/\n/recaudo.db*\n")?;
        home.write_key(random)?;
        // Last: a folder without it is no home, so a failure on the way leaves none.
        home.write(CONFIG, &config)?;
        Ok(home)
    }

    fn folder(&self, name: &str) -> Result<(), HomeError> {
        let path = self.path(name);
        fs::create_dir_all(&path).map_err(|source| HomeError::Io { path, source })
    }

    fn write(&self, name: &str, text: &str) -> Result<(), HomeError> {
        let path = self.path(name);
        fs::write(&path, text).map_err(|source| HomeError::Io { path, source })
    }

    fn write_key(&self, random: &dyn Random) -> Result<(), HomeError> {
        use std::io::Write;
        let mut key = [0; 32];
        random.fill(&mut key);
        let path = self.path(KEY);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&path).and_then(|mut file| writeln!(file, "{}", hex::encode(key)));
        written.map_err(|source| HomeError::Io { path, source })
    }
}

fn config(options: &InitOptions) -> Result<String, HomeError> {
    let country = options.country.as_deref().unwrap_or("CO").to_ascii_uppercase();
    let known = ZONES.iter().find(|(code, _)| *code == country).map(|(_, zone)| *zone);
    let zone = options.time_zone.as_deref().or(known).ok_or_else(|| HomeError::Option {
        field: "country",
        detail: format!("the usual zone of {country:?} is not known; give --time-zone as well"),
    })?;
    if zone.parse::<chrono_tz::Tz>().is_err() {
        let detail = format!("expected a zone such as America/Bogota, found {zone:?}");
        return Err(HomeError::Option { field: "time_zone", detail });
    }
    let sender = options.sender.as_deref().unwrap_or("cobranzas@empresa.example");
    if !sender.contains('@') {
        let detail = format!("expected an address such as cobranzas@empresa.com, found {sender:?}");
        return Err(HomeError::Option { field: "sender", detail });
    }
    let name = options.creditor.as_deref().unwrap_or(match options.language {
        Language::Es => "Mi Empresa",
        Language::Pt => "Minha Empresa",
        Language::En => "My Company",
    });
    let template = match options.language {
        Language::Es => include_str!("../../templates/recaudo.es.toml"),
        Language::Pt => include_str!("../../templates/recaudo.pt.toml"),
        Language::En => include_str!("../../templates/recaudo.en.toml"),
    };
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let text = template
        .replace("{name}", &quoted(name))
        .replace("{time_zone}", &quoted(zone))
        .replace("{locale}", &quoted(&format!("{}-{country}", options.language)))
        .replace("{country}", &quoted(&country))
        .replace("{sender}", &quoted(sender))
        .replace("{mail}", &mail(options.smtp.as_deref())?);
    Ok(text)
}

fn mail(smtp: Option<&str>) -> Result<String, HomeError> {
    let Some(smtp) = smtp else {
        return Ok("route = \"maildir\"\nfolder = \"mail\"".into());
    };
    let (host, port) = smtp.rsplit_once(':').unwrap_or((smtp, "587"));
    let port: u16 = port.parse().map_err(|_| HomeError::Option {
        field: "smtp",
        detail: format!("expected a server such as smtp.empresa.com:587, found {smtp:?}"),
    })?;
    // A server on this very machine is a relay or a test bench: it seldom speaks TLS.
    let local = matches!(host, "localhost" | "127.0.0.1");
    let security = match (local, port) {
        (true, _) => "none",
        (false, 465) => "tls",
        (false, _) => "starttls",
    };
    let host = toml::Value::from(host);
    Ok(format!("route = \"smtp\"\nhost = {host}\nport = {port}\nsecurity = \"{security}\""))
}
