//! Where one is in a list of lines, and which of them are seen.

/// A selected line and the first one on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// The selected line.
    pub at: usize,
    /// The first line that is seen.
    pub top: usize,
}

impl Cursor {
    /// Goes to a line.
    pub fn go(&mut self, at: usize) {
        self.at = at;
    }

    /// Goes down, or up for negative steps; stays inside `len` lines.
    pub fn step(&mut self, steps: isize, len: usize) {
        self.at = self.at.saturating_add_signed(steps).min(len.saturating_sub(1));
    }

    /// Brings the selected line into a window of so many lines.
    pub fn fit(&mut self, len: usize, height: usize) {
        self.at = self.at.min(len.saturating_sub(1));
        let height = height.max(1);
        if self.at < self.top {
            self.top = self.at;
        } else if self.at >= self.top.saturating_add(height) {
            self.top = self.at.saturating_add(1).saturating_sub(height);
        }
        self.top = self.top.min(len.saturating_sub(height));
    }

    /// Puts the selected line into the middle of the window.
    pub fn center(&mut self, len: usize, height: usize) {
        self.top = self.at.saturating_sub(height / 2);
        self.fit(len, height);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_line_stays_in_the_window() {
        let mut cursor = Cursor::default();
        cursor.step(30, 100);
        cursor.fit(100, 10);
        assert_eq!((cursor.at, cursor.top), (30, 21));
        cursor.step(-15, 100);
        cursor.fit(100, 10);
        assert_eq!((cursor.at, cursor.top), (15, 15));
        cursor.step(1_000, 100);
        cursor.fit(100, 10);
        assert_eq!((cursor.at, cursor.top), (99, 90));
        cursor.fit(3, 10);
        assert_eq!((cursor.at, cursor.top), (2, 0));
        cursor.fit(0, 10);
        assert_eq!((cursor.at, cursor.top), (0, 0));
    }
}
