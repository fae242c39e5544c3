//! Where one is in a list of lines, and which of them are seen.

/// A selected line and the first one on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// The selected line.
    pub at: usize,
    /// The first line that is seen.
    pub top: usize,
    /// What is to be seen around the line that was gone to.
    sight: Sight,
}

/// How much is to be seen behind the selected line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Sight {
    /// The line is enough.
    #[default]
    Line,
    /// Where it was out of sight, what is around it.
    Around,
    /// What follows it.
    Behind,
}

impl Cursor {
    /// Goes to a line. Where it is out of sight, it comes to stand a third down.
    pub fn go(&mut self, at: usize) {
        self.at = at;
        self.sight = Sight::Around;
    }

    /// Goes to a line that something begins with: it comes to stand where what follows is seen, too.
    pub fn lead(&mut self, at: usize) {
        self.at = at;
        self.sight = Sight::Behind;
    }

    /// Goes down, or up for negative steps; stays inside `len` lines.
    pub fn step(&mut self, steps: isize, len: usize) {
        self.at = self.at.saturating_add_signed(steps).min(len.saturating_sub(1));
        self.sight = Sight::Line;
    }

    /// Brings the selected line into a window of so many lines.
    pub fn fit(&mut self, len: usize, height: usize) {
        self.at = self.at.min(len.saturating_sub(1));
        let height = height.max(1);
        let seen = match std::mem::take(&mut self.sight) {
            Sight::Line => None,
            Sight::Around => Some(height),
            Sight::Behind => Some(height.saturating_mul(2) / 3),
        };
        if let Some(seen) = seen
            && !(self.top..self.top.saturating_add(seen)).contains(&self.at)
        {
            self.top = self.at.saturating_sub(height / 3);
        }
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
        self.sight = Sight::Line;
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

    #[test]
    fn what_one_jumps_to_is_seen_with_what_is_around_it() {
        let mut cursor = Cursor::default();
        cursor.go(8);
        cursor.fit(100, 9);
        assert_eq!((cursor.at, cursor.top), (8, 0), "it was in sight");
        cursor.go(50);
        cursor.fit(100, 9);
        assert_eq!((cursor.at, cursor.top), (50, 47));
        cursor.lead(55);
        cursor.fit(100, 9);
        assert_eq!((cursor.at, cursor.top), (55, 52), "of what begins with it nothing was in sight");
        cursor.lead(53);
        cursor.fit(100, 9);
        assert_eq!((cursor.at, cursor.top), (53, 52));
        cursor.go(99);
        cursor.fit(100, 9);
        assert_eq!((cursor.at, cursor.top), (99, 91));
    }
}
