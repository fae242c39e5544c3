//! The folder `messages/` of `--out`: every message as indented XML.

use crate::verdict::{ReportStore, exhibit_path};
use std::fs;
use std::io::{self, Write};
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
        let mut file = fs::File::create(&path)?;
        file.write_all(text.as_bytes())?;
        if exhibit.missing() > 0 {
            writeln!(file, "<!-- {} more octets of this message are left out -->", exhibit.missing())?;
        }
    }
    Ok(())
}

/// Removes what an earlier report wrote here, by its names; what else is here stays.
fn clear(folder: &Path) -> io::Result<()> {
    for session in entries(folder, "session-", "")? {
        for message in entries(&session, "message-", ".xml")? {
            fs::remove_file(message)?;
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
        for path in ["session-0001/message-0001.xml", "session-0001/notes.txt", "session-0002/message-12345.xml", "x"] {
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
