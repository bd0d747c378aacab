//! Mail into a folder, for development and for looking around.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use charter_contract::Clock;
use charter_persistence::{DeliveryError, Mail, Mailer};

use crate::command::Failure;
use crate::configuration::Mail as Settings;

/// The sender when none is configured; nobody can answer a file.
const SENDER: &str = "Charter <charter@localhost>";

/// Writes each mail into a file of its own, which mail programs open and people
/// can read: `<message id>.eml`. Written again, it is the same file.
pub struct FolderMailer {
    folder: PathBuf,
    from: String,
    clock: Arc<dyn Clock>,
}

impl FolderMailer {
    /// Into `folder`, which is made if it is not there.
    pub fn new(folder: &Path, settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        fs::create_dir_all(folder)
            .map_err(|error| format!("mail.folder: {}: {error}", folder.display()))?;
        Ok(Self {
            folder: folder.to_owned(),
            from: settings.from.clone().unwrap_or_else(|| SENDER.to_owned()),
            clock,
        })
    }

    fn text(&self, mail: &Mail) -> String {
        format!(
            "Date: {}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: {}\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: 8bit\r\n\r\n{}",
            self.clock.now().date_time().to_rfc2822(),
            one_line(&self.from),
            one_line(&mail.to),
            one_line(&mail.subject),
            mail.message_id,
            mail.text.replace('\n', "\r\n"),
        )
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, mail: &Mail) -> Result<(), DeliveryError> {
        let path = self.folder.join(file_name(&mail.message_id));
        let text = self.text(mail);
        tokio::task::spawn_blocking(move || write(&path, text.as_bytes()))
            .await
            .map_err(|error| DeliveryError::Temporary(error.to_string()))?
            .map_err(|error| DeliveryError::Temporary(error.to_string()))
    }
}

/// Writes a file that its owner alone can read: the links in it work. It appears
/// whole or not at all.
fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("part");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&unfinished)?.write_all(text)?;
    fs::rename(&unfinished, path)
}

/// The part of a `Message-ID` before the host, which is the id of a row.
fn file_name(message_id: &str) -> String {
    let name: String = message_id
        .trim_matches(['<', '>'])
        .chars()
        .take_while(|character| *character != '@')
        .filter(|character| character.is_ascii_alphanumeric() || *character == '-')
        .collect();
    format!("{name}.eml")
}

/// A header field does not go on in a second line.
fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}
