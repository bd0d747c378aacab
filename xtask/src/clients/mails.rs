//! The mails of a service that writes them into a folder.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::workspace;

/// The token in the latest mail to `address` that leads to `/page`. The worker sends it when it
/// comes to it.
pub(super) fn link(folder: &Path, address: &str, page: &str, patience: Duration) -> Option<Value> {
    let began = Instant::now();
    while began.elapsed() < patience {
        // There is no folder before there is a mail.
        let mails = workspace::files(folder, &["eml"]).unwrap_or_default();
        // Their names are UUIDv7, so the latest is the last.
        for mail in mails.iter().rev() {
            // Half of a mail has no link.
            let text = fs::read_to_string(mail).unwrap_or_default();
            let to = text.lines().any(|line| {
                line.strip_prefix("To: ")
                    .is_some_and(|to| to.contains(address))
            });
            if let Some(token) = token(&text, page).filter(|_| to) {
                return Some(json!({"token": token}));
            }
        }
        thread::sleep(Duration::from_millis(100));
    }
    None
}

fn token(mail: &str, page: &str) -> Option<String> {
    // Long lines are broken, and an equals sign is written with its number.
    let text = mail
        .replace("=\r\n", "")
        .replace("=\n", "")
        .replace("=3D", "=");
    let (_, rest) = text.split_once(&format!("/{page}?token="))?;
    let end = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
        .unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn links_are_found_in_broken_lines() {
        let mail = "To: a@example.com\r\n\r\nOpen http://h/confirm?token=3Dab=\r\nC-d. Bye";
        assert_eq!(token(mail, "confirm").as_deref(), Some("abC-d"));
        assert_eq!(token(mail, "reset"), None);
    }
}
