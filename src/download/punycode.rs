//! Labels of host names with letters beyond ASCII (RFC 3492).

/// What every such label begins with.
const PREFIX: &str = "xn--";
/// Octets of a label (RFC 1035, section 2.3.4); what is longer is none, and encoding takes the square of its length.
const LABEL: usize = 63;

// The parameters of section 5.
const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const BIAS: u32 = 72;
const FIRST: u32 = 128;

/// A label as it is asked for in the DNS; what cannot be one stays as it is.
pub(super) fn ascii(label: &str) -> String {
    if label.is_ascii() || label.chars().count() > LABEL {
        return label.to_owned();
    }
    encoded(label).map_or_else(|| label.to_owned(), |encoded| format!("{PREFIX}{encoded}"))
}

/// Section 6.3; `None` where a number gets too large.
fn encoded(label: &str) -> Option<String> {
    let mut output: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(output.len()).ok()?;
    if basic > 0 {
        output.push('-');
    }
    let length = u32::try_from(label.chars().count()).ok()?;
    let (mut next, mut delta, mut bias, mut handled) = (FIRST, 0_u32, BIAS, basic);
    while handled < length {
        let smallest = label.chars().map(u32::from).filter(|code| *code >= next).min()?;
        delta = delta.checked_add((smallest - next).checked_mul(handled.checked_add(1)?)?)?;
        next = smallest;
        for code in label.chars().map(u32::from) {
            if code < next {
                delta = delta.checked_add(1)?;
            }
            if code == next {
                number(delta, bias, &mut output);
                bias = adapted(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        next += 1;
    }
    Some(output)
}

/// Writes a number with digits of variable weight.
fn number(value: u32, bias: u32, output: &mut String) {
    let mut rest = value;
    let mut at = BASE;
    loop {
        let threshold = at.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if rest < threshold {
            output.push(digit(rest));
            return;
        }
        let span = BASE - threshold;
        output.push(digit(threshold + (rest - threshold) % span));
        rest = (rest - threshold) / span;
        at = at.saturating_add(BASE);
    }
}

fn digit(value: u32) -> char {
    let value = u8::try_from(value).unwrap_or_default();
    char::from(if value < 26 { b'a' + value } else { b'0' + (value - 26).min(9) })
}

/// Section 6.1.
fn adapted(delta: u32, points: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / DAMP } else { delta / 2 };
    delta = delta.saturating_add(delta / points.max(1));
    let mut steps = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        steps += BASE;
    }
    steps + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}
