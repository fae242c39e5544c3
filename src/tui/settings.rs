//! What the user set: theme, columns, keys. Read once, from TOML.

use super::keys::{KeyError, KeyMap};
use super::sessions::Column;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How things look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// For dark terminals.
    #[default]
    Dark,
    /// For light terminals.
    Light,
    /// Black and white with a few strong colours.
    HighContrast,
    /// No colour at all (`NO_COLOR`).
    Plain,
}

impl Theme {
    /// All, in the order in which a key goes through them.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::HighContrast, Self::Plain];

    /// Its name in the settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::Plain => "plain",
        }
    }

    /// The one after it.
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|theme| *theme == self).unwrap_or_default();
        Self::ALL.get(at.saturating_add(1)).copied().unwrap_or_default()
    }
}

/// The settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How things look.
    pub theme: Theme,
    /// Columns of the table of sessions.
    pub columns: Vec<Column>,
    /// Whether the mouse is taken.
    pub mouse: bool,
    /// The keys.
    pub keys: KeyMap,
}

impl Default for Settings {
    fn default() -> Self {
        Self { theme: Theme::default(), columns: Column::USUAL.to_vec(), mouse: true, keys: KeyMap::default() }
    }
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// They are no TOML, or name something unknown.
    #[error("{0}")]
    Toml(String),
    /// No theme has that name.
    #[error("theme: there is no theme \"{0}\"; there are dark, light, high-contrast and plain")]
    Theme(String),
    /// No column has that name.
    #[error("columns: there is no column \"{0}\"; there are {1}")]
    Column(String, String),
    /// Keys.
    #[error("keys: {0}")]
    Keys(#[from] KeyError),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    theme: Option<String>,
    columns: Option<Vec<String>>,
    mouse: Option<bool>,
    #[serde(default)]
    keys: BTreeMap<String, Keys>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Keys {
    One(String),
    Many(Vec<String>),
}

impl Settings {
    /// Reads the settings; what is not there is as usual.
    ///
    /// # Errors
    ///
    /// What is wrong, with line and column where TOML knows them.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let file: File =
            toml::from_str(text).map_err(|error| SettingsError::Toml(error.to_string().trim().to_owned()))?;
        let mut settings = Self::default();
        if let Some(name) = file.theme {
            let theme = Theme::ALL.into_iter().find(|theme| theme.name() == name);
            settings.theme = theme.ok_or(SettingsError::Theme(name))?;
        }
        if let Some(names) = file.columns {
            settings.columns = columns(&names)?;
        }
        settings.mouse = file.mouse.unwrap_or(settings.mouse);
        let keys = file.keys.into_iter().map(|(name, keys)| match keys {
            Keys::One(key) => (name, vec![key]),
            Keys::Many(keys) => (name, keys),
        });
        settings.keys = KeyMap::with(&keys.collect())?;
        Ok(settings)
    }
}

/// Columns by their names.
///
/// # Errors
///
/// When there is no such column.
pub fn columns(names: &[String]) -> Result<Vec<Column>, SettingsError> {
    let of_name = |name: &String| {
        let known = || Column::ALL.map(Column::name).join(", ");
        let found = Column::ALL.into_iter().find(|column| column.name() == name);
        found.ok_or_else(|| SettingsError::Column(name.clone(), known()))
    };
    names.iter().map(of_name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::{Action, Context, Stroke};

    #[test]
    fn settings_change_keys_theme_and_columns() {
        let text = "theme = \"light\"\ncolumns = [\"number\", \"device\"]\nmouse = false\n[keys]\nquit = [\"Q\", \"ctrl-q\"]\nfilter = \"%\"\n";
        let settings = Settings::parse(text).unwrap();
        assert_eq!((settings.theme, settings.mouse), (Theme::Light, false));
        assert_eq!(settings.columns, [Column::Number, Column::Device]);
        let action = |key: &str| settings.keys.action(Context::Sessions, Stroke::parse(key).unwrap());
        assert_eq!(action("Q"), Some(Action::Quit));
        assert_eq!(action("q"), None);
        assert_eq!(action("%"), Some(Action::Filter));
    }

    #[test]
    fn what_is_wrong_with_settings_is_said() {
        let error = |text: &str| Settings::parse(text).unwrap_err().to_string();
        assert!(error("them = 1").contains("unknown field `them`"));
        assert!(error("theme = \"pink\"").contains("there is no theme \"pink\""));
        assert!(error("columns = [\"colour\"]").contains("there are number, verdict"));
        assert!(error("[keys]\nfly = \"x\"").contains("there is no action \"fly\""));
        assert!(error("[keys]\nfilter = \"hyper-x\"").contains("is no key"));
        assert!(error("[keys]\nfilter = \"q\"").contains("q has two meanings"));
    }

    #[test]
    fn the_usual_keys_do_not_clash() {
        assert!(KeyMap::with(&BTreeMap::new()).is_ok());
    }
}
