//! How each tone looks. Colour is never the only sign: a letter or a mark stands beside it.

use crate::tui::line::Tone;
use crate::tui::settings::Theme;
use ratatui::style::{Color, Modifier, Style};

/// The looks of a theme.
pub(in crate::tui) struct Palette {
    theme: Theme,
}

impl Palette {
    pub(in crate::tui) const fn of(theme: Theme) -> Self {
        Self { theme }
    }

    /// Everything that has no tone.
    pub(in crate::tui) fn base(&self) -> Style {
        match self.theme {
            Theme::HighContrast => Style::new().fg(Color::White).bg(Color::Black),
            _ => Style::new(),
        }
    }

    /// The first and the last line.
    pub(in crate::tui) fn bar(&self) -> Style {
        match self.theme {
            Theme::Dark => Style::new().bg(Color::Indexed(236)),
            Theme::Light => Style::new().bg(Color::Indexed(254)),
            Theme::HighContrast | Theme::Plain => Style::new(),
        }
    }

    /// The selected line.
    pub(in crate::tui) fn selected(&self) -> Style {
        match self.theme {
            Theme::Dark => Style::new().bg(Color::Indexed(239)).add_modifier(Modifier::BOLD),
            Theme::Light => Style::new().bg(Color::Indexed(252)).add_modifier(Modifier::BOLD),
            Theme::HighContrast | Theme::Plain => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// What is tied to the selected line.
    pub(in crate::tui) fn lit(&self) -> Style {
        Style::new().add_modifier(Modifier::UNDERLINED | Modifier::BOLD)
    }

    /// A tone.
    pub(in crate::tui) fn style(&self, tone: Tone) -> Style {
        let bold = |style: Style| style.add_modifier(Modifier::BOLD);
        let style = match tone {
            Tone::Strong | Tone::Heading | Tone::Key | Tone::Error => bold(Style::new()),
            _ => Style::new(),
        };
        match self.color(tone) {
            Some(color) => style.fg(color),
            None if tone == Tone::Dim && self.theme != Theme::HighContrast => style.add_modifier(Modifier::DIM),
            None => style,
        }
    }

    const fn color(&self, tone: Tone) -> Option<Color> {
        match self.theme {
            Theme::Plain => None,
            Theme::Dark => match tone {
                Tone::Plain | Tone::Strong => None,
                Tone::Dim => Some(Color::Indexed(245)),
                Tone::Heading => Some(Color::Indexed(153)),
                Tone::Error => Some(Color::Indexed(203)),
                Tone::Warning => Some(Color::Indexed(221)),
                Tone::Info => Some(Color::Indexed(80)),
                Tone::Good => Some(Color::Indexed(114)),
                Tone::Open => Some(Color::Indexed(215)),
                Tone::Device => Some(Color::Indexed(117)),
                Tone::Server => Some(Color::Indexed(183)),
                Tone::Tag => Some(Color::Indexed(110)),
                Tone::Value => Some(Color::Indexed(187)),
                Tone::Key => Some(Color::Indexed(229)),
            },
            Theme::Light => match tone {
                Tone::Plain | Tone::Strong => None,
                Tone::Dim => Some(Color::Indexed(242)),
                Tone::Heading => Some(Color::Indexed(24)),
                Tone::Error => Some(Color::Indexed(124)),
                Tone::Warning => Some(Color::Indexed(94)),
                Tone::Info => Some(Color::Indexed(30)),
                Tone::Good => Some(Color::Indexed(28)),
                Tone::Open => Some(Color::Indexed(130)),
                Tone::Device => Some(Color::Indexed(25)),
                Tone::Server => Some(Color::Indexed(90)),
                Tone::Tag => Some(Color::Indexed(31)),
                Tone::Value => Some(Color::Indexed(58)),
                Tone::Key => Some(Color::Indexed(88)),
            },
            Theme::HighContrast => match tone {
                Tone::Error => Some(Color::LightRed),
                Tone::Warning | Tone::Open => Some(Color::LightYellow),
                Tone::Good => Some(Color::LightGreen),
                Tone::Key | Tone::Heading => Some(Color::LightCyan),
                _ => Some(Color::White),
            },
        }
    }
}
