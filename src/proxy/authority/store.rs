//! The files of an authority.

use super::AuthorityError;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The certificate's file.
pub(super) const CERTIFICATE: &str = "ca.pem";
/// The key's file.
pub(super) const KEY: &str = "ca.key";

/// The folder where the authority lies unless another one is named: `$DMSCOPE_CA_DIR`, `$XDG_CONFIG_HOME/dmscope/ca`, or
/// `~/.config/dmscope/ca`. `None` where the environment names no home. `variable` looks up the environment.
pub fn default_folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = path("DMSCOPE_CA_DIR") {
        return Some(folder);
    }
    // XDG Base Directory Specification: relative paths are to be ignored.
    let config = path("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
    let config = config.or_else(|| path("HOME").map(|home| home.join(".config")))?;
    Some(config.join("dmscope").join("ca"))
}

/// Writes both files. Nobody but the owner may ever read the key, not even while it is written.
pub(super) fn write(folder: &Path, certificate: &str, key: &str, overwrite: bool) -> Result<(), AuthorityError> {
    let (certificate_file, key_file) = (folder.join(CERTIFICATE), folder.join(KEY));
    if !overwrite && let Some(file) = [&certificate_file, &key_file].into_iter().find(|file| file.exists()) {
        return Err(AuthorityError::Exists { file: file.clone() });
    }
    make_folder(folder).map_err(|error| AuthorityError::Unwritable { file: folder.to_owned(), error })?;
    put(folder, &key_file, key, overwrite, 0o600)?;
    put(folder, &certificate_file, certificate, overwrite, 0o644)
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

/// Writes a file beside its place, with its rights from the first moment, and moves it there.
fn put(folder: &Path, file: &Path, text: &str, overwrite: bool, mode: u32) -> Result<(), AuthorityError> {
    let unwritable = |error| AuthorityError::Unwritable { file: file.to_owned(), error };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    let mut made = builder.tempfile_in(folder).map_err(unwritable)?;
    made.write_all(text.as_bytes()).and_then(|()| made.as_file().sync_all()).map_err(unwritable)?;
    let kept = if overwrite { made.persist(file) } else { made.persist_noclobber(file) };
    kept.map(drop).map_err(|failed| {
        if failed.error.kind() == std::io::ErrorKind::AlreadyExists {
            AuthorityError::Exists { file: file.to_owned() }
        } else {
            unwritable(failed.error)
        }
    })
}
