//! Reports on downloads: what a client posts to installNotifyURI (OMA-Download-OTA-V1_0, Installation Notification).

/// A status code of a report, and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportCode {
    /// Three digits.
    pub code: u16,
    /// In the words that stand behind it.
    pub meaning: &'static str,
}

const CODES: &[ReportCode] = &[
    ReportCode { code: 900, meaning: "Success" },
    ReportCode { code: 901, meaning: "Insufficient memory" },
    ReportCode { code: 902, meaning: "User Cancelled" },
    ReportCode { code: 903, meaning: "Loss of Service" },
    ReportCode { code: 905, meaning: "Attribute mismatch" },
    ReportCode { code: 906, meaning: "Invalid descriptor" },
    ReportCode { code: 951, meaning: "Invalid DDVersion" },
    ReportCode { code: 952, meaning: "Device Aborted" },
    ReportCode { code: 953, meaning: "Non-Acceptable Content" },
    ReportCode { code: 954, meaning: "Loader Error" },
];

/// The first line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The number that it begins with; `None` where it begins with none of three digits.
    pub code: Option<u16>,
    /// The line as written, its beginning.
    pub line: String,
}

impl Report {
    /// The download succeeded.
    pub const SUCCESS: u16 = 900;
    /// What was fetched is not what the descriptor says.
    pub const ATTRIBUTE_MISMATCH: u16 = 905;
    /// The version of the descriptor is not known.
    pub const INVALID_VERSION: u16 = 951;
    /// Characters that are kept of the line.
    const LINE: usize = 64;

    /// Reads the body of a report.
    pub fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body.get(..body.len().min(4 * Self::LINE)).unwrap_or_default());
        let text = text.trim_start_matches('\u{feff}').trim();
        let line: String = text.lines().next().unwrap_or_default().trim_end().chars().take(Self::LINE).collect();
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let code = line.get(..digits).filter(|digits| digits.len() == 3).and_then(|digits| digits.parse().ok());
        Self { code, line }
    }

    /// Whether it tells of success.
    pub fn is_success(&self) -> bool {
        self.code == Some(Self::SUCCESS)
    }

    /// What its code means; `None` of a code that the specification does not have.
    pub fn known(&self) -> Option<&'static ReportCode> {
        CODES.iter().find(|known| Some(known.code) == self.code)
    }
}
