use super::*;
use crate::testcase::{FieldPath, Reason};
use proptest::prelude::*;

/// Some names, ICS items and functions.
struct Sample;

impl<'v> Env<'v> for Sample {
    fn field(&self, name: &str, path: &FieldPath) -> Value<'v> {
        match (name, path.as_str()) {
            ("st", "code") => Value::Int(200),
            ("st", "item.data") => Value::text("0415"),
            ("a", "item.source.uri") => Value::text("./Fw/Main/Download%41ndUpdate"),
            ("mo", "") => Value::text("Fw/Main"),
            ("c0", "") => Value::Thing(7),
            ("c0", "size") => Value::Int(12),
            ("c0", "http.x-syncml-hmac") => Value::text("mac"),
            ("list", "items.*.data") => Value::List(vec![Value::text("b"), Value::text("a")]),
            ("gap", _) => Value::Unknown(Reason::Gap),
            ("open", _) => Value::Unknown(Reason::WindowOpen),
            _ => Value::Absent,
        }
    }

    fn member(&self, of: &Value<'v>, path: &str) -> Value<'v> {
        match (of, path) {
            (Value::Thing(8), "len") => Value::Int(12),
            _ => Value::Absent,
        }
    }

    fn word(&self, word: &str) -> Value<'v> {
        match word {
            "C-LRGOBJ" => Value::Bool(true),
            "C-MAXOBJ" => Value::Int(65536),
            "C-UI-CHOICE" => Value::Unknown(Reason::ApplicabilityUnknown),
            "versions" => Value::List(vec![Value::text("DM/1.2")]),
            _ => Value::Absent,
        }
    }

    fn call(&self, function: &str, args: &[Value<'v>]) -> Value<'v> {
        match (function, args) {
            ("object", [Value::Thing(7)]) => Value::Thing(8),
            ("sha256", [Value::Thing(8)]) => Value::text("digest"),
            ("secret", _) => Value::Unknown(Reason::MissingSecret),
            ("profile", [Value::Text(name)]) => Value::Bool(name == "oma-dm-1.2"),
            ("count", [Value::Text(kind), Value::Thing(7)]) => Value::Int(i64::from(kind == "Alert") * 3),
            ("mo_root", _) => Value::text("./Fw/Main"),
            _ => Value::Absent,
        }
    }
}

fn comes_to(text: &str, expected: &Value<'_>) {
    let expr = parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    assert_eq!(expr.eval(&Sample), *expected, "{text}");
}

#[test]
fn conditions_come_to_true_or_false() {
    let table = [
        ("$st.code == 200", true),
        ("$st.code in [200, 201]", true),
        ("$st.code not in [200, 201]", false),
        ("$st.code == \"200\"", true),
        ("$st.code != 200 or $st.code < 300 and $st.code >= 200", true),
        ("not $st.code == 200", false),
        ("not not ($st.code == 200)", true),
        // A text beside an integer is a decimal number, or the comparison is false.
        ("$st.item.data == 415", true),
        ("$st.item.data == \"415\"", false),
        ("$st.item.data >= 400", true),
        ("\"4x\" < 500", false),
        ("\"4x\" == 500", false),
        ("\"4x\" != 500", false),
        ("\"9\" < \"10\"", true),
        ("\"b\" < \"a\"", false),
        // What is absent equals what is absent, and nothing else is said of it.
        ("$x.correlator == $y.correlator", true),
        ("$x.correlator != $y.correlator", false),
        ("$x.correlator == \"\"", false),
        ("$x.correlator != \"\"", false),
        ("$x.code not in [1]", false),
        ("$x.code <= $y.code", false),
        ("$x.code == absent", true),
        // URIs compare after normalisation where a field or a function says that they are URIs.
        ("$a.item.source.uri in [$mo, join($mo, \"DownloadAndUpdate\")]", true),
        ("$a.item.source.uri == $mo/DownloadAndUpdate", true),
        ("$a.item.source.uri == \"./Fw/Main/downloadandupdate\"", false),
        ("$mo == mo_root(\"urn:x\")", true),
        ("$mo == \"./Fw/Main\"", false),
        ("object($c0).len == $c0.size", true),
        ("$c0.size - 2 + 1 == 11", true),
        ("-1 < 0", true),
        ("$c0.http.x-syncml-hmac == \"mac\"", true),
        ("sha256(object($c0)) == \"digest\"", true),
        ("count(Alert, $c0) == 3", true),
        ("\"a\" in $list.items.*.data", true),
        ("same_set($list.items.*.data, [\"a\", \"b\"])", true),
        ("same_set($list.items.*.data, [\"a\"])", false),
        ("[1, 2] == [1, \"2\"]", true),
        ("[1] != [1, 2]", true),
        ("in_ranges(\"450\", \"200 250-299 450-499\")", true),
        ("in_ranges($x.code, \"200\")", false),
        ("between(5, 1, 5)", true),
        ("between(6, 1, 5)", false),
        // ICS.
        ("C-LRGOBJ and C-MAXOBJ >= 65536 and not profile(ms-mdm)", true),
        ("\"DM/1.2\" in versions", true),
        ("profile(oma-dm-1.2)", true),
    ];
    for (text, expected) in table {
        let truth = parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}")).truth(&Sample);
        assert_eq!(truth, Value::Bool(expected), "{text}");
    }
}

#[test]
fn what_is_unknown_stays_so_until_something_decides() {
    let gap = Value::Unknown(Reason::Gap);
    let table = [
        ("$gap.code == 1", gap.clone()),
        ("$gap.code == $x.code", gap.clone()),
        ("false and $gap.code", Value::Bool(false)),
        ("$gap.code and false", Value::Bool(false)),
        ("$gap.code or true", Value::Bool(true)),
        ("true and $gap.code", gap.clone()),
        ("not $gap.code", gap.clone()),
        // The more telling reason is kept.
        ("$open.code and $gap.code", gap.clone()),
        ("$gap.code == $open.code", gap.clone()),
        ("1 in [$gap.code, 1]", Value::Bool(true)),
        ("1 in [$gap.code, 2]", gap.clone()),
        ("1 not in [$gap.code, 1]", Value::Bool(false)),
        ("1 not in [$gap.code, 2]", gap.clone()),
        ("1 + $gap.code", gap.clone()),
        ("$gap/x", gap.clone()),
        ("object($gap).len", gap.clone()),
        ("same_set([$gap.a], [1])", gap),
        ("md5_cred(\"a\", secret(client), \"AAAA\")", Value::Unknown(Reason::MissingSecret)),
        ("C-UI-CHOICE and C-LRGOBJ", Value::Unknown(Reason::ApplicabilityUnknown)),
        ("acl_allows(\"\", Get, \"x\")", Value::Unknown(Reason::Truncated)),
    ];
    for (text, expected) in table {
        comes_to(text, &expected);
    }
}

#[test]
fn functions_give_the_values_of_the_texts() {
    let table = [
        ("md5_cred(\"alice\", \"s3cret\", \"8PHy8/T19vf4+fr7/P3+/w==\")", Value::text("zRM0gyj4mmc0+gbKvM8qIw==")),
        ("md5_cred(\"alice\", \"s3cret\", \"!\")", Value::Absent),
        ("md5_cred(\"alice\", \"s3cret\", $x.nonce)", Value::Absent),
        (
            "noti_digest(\"srv.example\", \"s3cret\", \"8PHy8/T19vf4+fr7/P3+/w==\", \"02d8000000002a0b7372762e6578616d706c65\")",
            Value::text("cb76926d6414ea25898ee96a7dd09be7"),
        ),
        ("noti_digest(\"a\", \"b\", \"\", \"0\")", Value::Absent),
        ("parent(\"./A/B\")", Value::text("./A")),
        ("parent(\"A/B/?prop=ACL\")", Value::text("A")),
        ("parent(\"./A\")", Value::text(".")),
        ("parent(\"A\")", Value::text(".")),
        ("parent(\".\")", Value::Absent),
        ("name(\"./A/B?list=Struct\")", Value::text("B")),
        ("name(\".\")", Value::Absent),
        ("join(\"./A/\", \"B\")", Value::text("./A/B")),
        ("join(\".\", \"B\")", Value::text("./B")),
        ("join($x, \"B\")", Value::Absent),
        ("opt(\"MINDT=10&DR=1\", DR)", Value::text("1")),
        ("opt(\"MINDT=10&DR=1\", \"MAXDT\")", Value::Absent),
        ("sha256(\"abc\")", Value::text("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
        ("acl_allows(\"Get=*&Replace=A+B\", Replace, \"B\")", Value::Bool(true)),
        ("acl_allows(\"Get=*&Replace=A+B\", Replace, \"C\")", Value::Bool(false)),
        ("acl_allows(\"Get=*&Replace=A+B\", Get, \"C\")", Value::Bool(true)),
        ("acl_allows(\"Get=*\", Delete, \"C\")", Value::Bool(false)),
        ("acl_allows($x.data, Get, \"C\")", Value::Bool(false)),
        ("9223372036854775807 + 1", Value::Absent),
        ("\"a\" + 1", Value::Absent),
        ("\"a \\\"b\\\" \\\\\"", Value::text("a \"b\" \\")),
    ];
    for (text, expected) in table {
        comes_to(text, &expected);
    }
}

#[test]
fn what_is_no_expression_is_refused_where_it_goes_wrong() {
    let deep = "(".repeat(100);
    let nots = "not ".repeat(100);
    let long = "1 or ".repeat(4000);
    let table = [
        ("", 0, "a value is missing at the end"),
        ("$st.code = 200", 9, "`=` has no meaning here"),
        ("$st.code == ", 12, "a value is missing at the end"),
        ("1 < 2 < 3", 6, "comparisons in a chain"),
        ("1 2", 2, "more than one expression"),
        ("(1", 2, "a parenthesis that is not closed"),
        ("[1 2]", 3, "a list that does not go on"),
        ("\"abc", 0, "a text without its closing quote"),
        ("\"a\\n\"", 2, "a backslash that escapes nothing"),
        ("1.2", 0, "a number with something behind it"),
        ("0x2A", 0, "a number with something behind it"),
        ("99999999999999999999", 0, "a number that is too large"),
        ("$ x", 0, "`$` without a name"),
        ("1 not 2", 6, "`not` behind a value"),
        ("and 1", 0, "`and` where a value should stand"),
        ("len(1)", 0, "there is no function `len`"),
        ("1 == between(1, 2)", 5, "`between` with 2 values"),
        ("in_ranges(1, \"20-\")", 0, "ranges that cannot be read"),
        ("(1).x", 3, "a field of what has none"),
        (".x", 0, "a field of nothing"),
        (". x", 0, "a point without a field"),
        ("'a'", 0, "`\\'` has no meaning here"),
        (deep.as_str(), 33, "the expression nests too deep"),
        (nots.as_str(), 132, "the expression nests too deep"),
        (long.as_str(), 8192, "the expression has more than 8192 octets"),
    ];
    for (text, at, what) in table {
        let error = parse(text).expect_err(text);
        assert_eq!((error.at, error.what.as_str()), (at, what), "{text}");
        assert!(error.mend.ends_with(['.', ':']), "{text}: {}", error.mend);
    }
}

#[test]
fn names_words_and_calls_are_told_with_their_places() {
    let expr = parse("$a.b.c == object($d).len and C-X and profile(ms-mdm) and $e/F in [count(Alert, $g)]").unwrap();
    let names: Vec<_> =
        expr.names().into_iter().map(|found| (found.name, found.path.as_str().to_owned(), found.at)).collect();
    let expected = [("a", "b.c", 0), ("d", "", 17), ("e", "", 57), ("g", "", 79)];
    assert_eq!(names, expected.map(|(name, path, at)| (name.to_owned(), path.to_owned(), at)));
    assert_eq!(expr.words(), [("C-X", 29)]);
    assert_eq!(expr.calls(), [("object", 10), ("profile", 37), ("count", 66)]);
    assert_eq!(expr.literal_args("profile"), ["ms-mdm"]);
}

#[test]
fn names_in_texts_are_filled_in() {
    let table = [
        ("plain", Value::text("plain")),
        ("$mo/State", Value::text("Fw/Main/State")),
        ("$mo", Value::text("Fw/Main")),
        ("$st.code", Value::Int(200)),
        ("code $st.code.", Value::text("code 200.")),
        ("$st.code/$mo", Value::text("200/Fw/Main")),
        ("$list.items.*.data", Value::List(vec![Value::text("b"), Value::text("a")])),
        ("x$list.items.*.data", Value::Absent),
        ("$x/State", Value::Absent),
        ("$x/$gap", Value::Unknown(Reason::Gap)),
        ("5 $ and $5", Value::text("5 $ and $5")),
        ("", Value::text("")),
    ];
    for (text, expected) in table {
        assert_eq!(fill(text, &Sample), expected, "{text}");
    }
    let names: Vec<_> =
        names_in("a $b.c/$d").into_iter().map(|found| (found.name, found.path.as_str().to_owned(), found.at)).collect();
    assert_eq!(names, [("b".to_owned(), "c".to_owned(), 2), ("d".to_owned(), String::new(), 7)]);
}

#[test]
fn uris_are_the_same_after_normalisation() {
    let table = [
        ("./A/B", "A/B", true),
        ("./A/B/", "A/B", true),
        (".", "./", true),
        ("./A%20B", "./A B", true),
        ("./a", "./A", false),
        ("./A%2FB", "./A/B", false),
        ("./A?prop=ACL", "A?prop=ACL", true),
        ("./A?prop=ACL", "./A", false),
        ("http://h/x", "http://h/x/", true),
    ];
    for (a, b, expected) in table {
        assert_eq!(same_uri(a, b), expected, "{a} {b}");
        assert_eq!(same_uri(b, a), expected, "{b} {a}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Err(error) = parse(&text) {
            prop_assert!(error.at <= text.len());
        }
        let _ = fill(&text, &Sample);
    }

    #[test]
    fn what_is_made_of_tokens_is_read_or_refused_and_comes_to_something(
        tokens in proptest::collection::vec(
            proptest::sample::select(vec![
                "$st.code", "$gap", "$x.y", "$mo/A", "1", "\"a\"", "\"12\"", "C-MAXOBJ", "true", "absent", "==", "!=", "<", ">=",
                "in", "not", "and", "or", "+", "-", "(", ")", "[", "]", ",", "object(", "same_set(", "between(", "parent(", ".len",
            ]),
            0..24,
        )
    ) {
        let text = tokens.join(" ");
        if let Ok(expr) = parse(&text) {
            let value = expr.eval(&Sample);
            prop_assert_eq!(expr.eval(&Sample), value);
            prop_assert!(matches!(expr.truth(&Sample), Value::Bool(_) | Value::Unknown(_)));
        }
    }
}
