//! A home is made once, whole, and over nobody's files.

use std::fs;
use std::path::PathBuf;

use recaudo_engine::settings::Settings;
use recaudo_ports::clock::Random;

use super::*;
use crate::words::Language;

/// Not random at all, so that a test can tell the key.
struct Sevens;

impl Random for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// A folder of this test's own.
fn fresh(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("recaudo-home-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    dir
}

#[test]
fn a_new_home_parses_in_every_language() {
    for language in Language::ALL {
        let dir = fresh(language.code());
        let options =
            InitOptions { language, creditor: Some("Andes \"SAS\"".into()), ..InitOptions::default() };
        let home = Home::init(&dir, &options, &Sevens).unwrap();
        let texts = home.texts().unwrap();
        let settings = Settings::parse(&texts.settings()).unwrap();
        assert_eq!(settings.creditor.name, "Andes \"SAS\"");
        assert_eq!(settings.creditor.time_zone.name(), "America/Bogota");
        assert_eq!(settings.creditor.locale, format!("{language}-CO"));
        assert_eq!(settings.installed.gates.len(), 1);
        assert_eq!(home.key(None).unwrap(), [7; 32]);
        fs::remove_dir_all(dir).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn the_key_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = fresh("key");
    let home = Home::init(&dir, &InitOptions::default(), &Sevens).unwrap();
    assert_eq!(fs::metadata(home.path(".key")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(home.path(".gitignore")).unwrap().contains("/.key"));
    assert!(matches!(home.key(Some("not a key")), Err(HomeError::Key { .. })));
    assert_eq!(home.key(Some(&"ab".repeat(32))).unwrap(), [0xab; 32]);
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn nobodys_files_are_touched() {
    let dir = fresh("taken");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("photo.jpg"), "x").unwrap();
    let init = || Home::init(&dir, &InitOptions::default(), &Sevens);
    assert!(matches!(init(), Err(HomeError::NotEmpty { .. })));
    assert!(matches!(Home::at(&dir), Err(HomeError::NoHome { .. })));
    fs::remove_file(dir.join("photo.jpg")).unwrap();
    init().unwrap();
    assert!(matches!(init(), Err(HomeError::Exists { .. })));
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn an_option_that_makes_no_sense_leaves_nothing_behind() {
    let dir = fresh("option");
    let zone = InitOptions { time_zone: Some("Mars/Olympus".into()), ..InitOptions::default() };
    let country = InitOptions { country: Some("ZZ".into()), ..InitOptions::default() };
    let smtp = InitOptions { smtp: Some("mx.example:mail".into()), ..InitOptions::default() };
    for options in [zone, country, smtp] {
        assert!(matches!(Home::init(&dir, &options, &Sevens), Err(HomeError::Option { .. })));
        assert!(!dir.exists());
    }
}
