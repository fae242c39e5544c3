//! The folder `messages/` of `--out` and of an export: every message as indented XML, or as it was sent.

use super::whole;
use crate::verdict::{CarriedEncoding, ReportStore, exhibit_path, message_path};
use std::fs;
use std::io;
use std::path::Path;

/// Writes all messages that the report holds as text. Those of an earlier report in the same folder go.
pub(super) fn write(store: &mut ReportStore, out: &Path) -> io::Result<()> {
    clear(&out.join("messages"))?;
    let mut made = 0;
    for exhibit in store.exhibits()? {
        let exhibit = exhibit?;
        let Some(text) = exhibit.text.as_deref() else { continue };
        let path = out.join(exhibit_path(exhibit.session, exhibit.message));
        if let Some(folder) = path.parent().filter(|_| made != exhibit.session) {
            fs::create_dir_all(folder)?;
            made = exhibit.session;
        }
        whole::write(&path, |file| {
            file.write_all(text.as_bytes())?;
            match exhibit.missing() {
                0 => Ok(()),
                missing => writeln!(file, "<!-- {missing} more octets of this message are left out -->"),
            }
        })?;
    }
    Ok(())
}

/// Writes the octets of all messages as they were sent, beside those that [`write`] wrote.
pub(super) fn write_raw(store: &mut ReportStore, out: &Path) -> io::Result<()> {
    for row in store.carried()? {
        let row = row?;
        for message in row.request.iter().chain(&row.response).filter(|message| !message.again) {
            let ending = match message.encoding {
                Some(CarriedEncoding::Wbxml) => "wbxml",
                Some(CarriedEncoding::Xml) => "raw.xml",
                None => continue,
            };
            let Some(number) = message.message else { continue };
            let path = out.join(message_path(row.session, number, ending));
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            whole::write(&path, |file| file.write_all(&message.body))?;
        }
    }
    Ok(())
}

/// Removes what an earlier report wrote here, by its names; what else is here stays.
fn clear(folder: &Path) -> io::Result<()> {
    for session in entries(folder, "session-", "")? {
        for ending in [".xml", ".raw.xml", ".wbxml"] {
            for message in entries(&session, "message-", ending)? {
                fs::remove_file(message)?;
            }
        }
        // It may hold something that is not ours.
        let _ = fs::remove_dir(&session);
    }
    let _ = fs::remove_dir(folder);
    Ok(())
}

/// Entries with a number between these two in their names; none where there is no such folder.
fn entries(folder: &Path, before: &str, after: &str) -> io::Result<Vec<std::path::PathBuf>> {
    let all = match fs::read_dir(folder) {
        Ok(all) => all,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in all {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(before)).and_then(|name| name.strip_suffix(after));
        if number.is_some_and(|number| number.len() >= 4 && number.bytes().all(|octet| octet.is_ascii_digit())) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_an_earlier_report_are_removed() {
        let out = tempfile::tempdir().unwrap();
        let messages = out.path().join("messages");
        let ours = ["session-0001/message-0001.xml", "session-0002/message-12345.xml"];
        let raw = ["session-0002/message-0001.wbxml", "session-0002/message-0002.raw.xml"];
        for path in ours.into_iter().chain(raw).chain(["session-0001/notes.txt", "x"]) {
            let path = messages.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        write(&mut ReportStore::default(), out.path()).unwrap();
        assert!(!messages.join("session-0001/message-0001.xml").exists());
        assert!(messages.join("session-0001/notes.txt").exists());
        assert!(!messages.join("session-0002").exists());
        assert!(messages.join("x").exists());
    }
}
