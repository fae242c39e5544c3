use super::*;
use crate::base::FrameNo;
use crate::testcase::Reason;
use crate::testcase::expr::{Value, parse};

fn file(items: &str) -> Result<IcsFile, serde_json::Error> {
    serde_json::from_str(&format!(
        r#"{{"format": 1, "kind": "ics", "id": "acme", "side": "client", "versions": ["DM/1.2"], "profile": "oma-dm-1.2",
            "items": {{{items}}}, "bind": {{"leaf.rw": "./A"}}}}"#
    ))
}

#[test]
fn every_condition_is_an_expression_over_items() {
    for item in ITEMS.iter().filter(|item| !item.condition.is_empty()) {
        let condition = check_when(item.condition).unwrap_or_else(|error| panic!("{}: {error:?}", item.id));
        assert!(condition.words().iter().all(|(word, _)| find(word).is_some()), "{}", item.id);
    }
    assert!(find("C-AUTH-MD5").is_some() && find("C-NONE").is_none());
}

#[test]
fn when_is_true_false_or_unknown() {
    let ics =
        file(r#""C-LRGOBJ": true, "C-MAXOBJ": 65536, "C-COPY": false, "C-TLS-CLIENT": false, "C-EXEC": "unknown""#)
            .unwrap();
    let (yes, no, open) = (Value::Bool(true), Value::Bool(false), Value::Unknown(Reason::ApplicabilityUnknown));
    let table = [
        ("C-LRGOBJ and C-MAXOBJ >= 65536 and not profile(ms-mdm)", &yes),
        ("C-MAXOBJ > 65536", &no),
        ("C-COPY", &no),
        ("C-EXEC", &open),
        ("C-ATOMIC", &open),
        ("C-EXEC and C-COPY", &no),
        ("C-EXEC or C-LRGOBJ", &yes),
        ("\"DM/1.3\" in versions", &no),
        // Mandatory, and nothing is said of it.
        ("C-MULTIMSG", &yes),
        // Mandatory, since its condition is true; of the other nothing is known.
        ("C-AUTH-MD5", &yes),
        ("C-INBOX", &open),
    ];
    for (text, expected) in table {
        assert_eq!(&Product(&ics).applies(&check_when(text).unwrap()), expected, "{text}");
    }
}

#[test]
fn a_when_uses_items_only() {
    for (text, at, what) in [
        ("C-COPY and C-COPPY", 11, "there is no ICS item `C-COPPY`"),
        ("$a.code == 1", 0, "`$a` before a trial"),
        ("C-COPY and secret(x)", 11, "`secret` before a trial"),
    ] {
        let error = check_when(text).expect_err(text);
        assert_eq!((error.at, error.what.as_str()), (at, what));
    }
    assert!(parse("C-COPPY").is_ok());
}

#[test]
fn values_that_do_not_fit_are_told() {
    for (items, what) in [
        (r#""C-NONE": true"#, "there is no ICS item `C-NONE`"),
        (r#""C-COPY": "yes""#, "`yes` is not true, false, unknown or a whole number"),
        (r#""C-MAXOBJ": -1"#, "a limit below zero"),
    ] {
        let error = file(items).expect_err(items).to_string();
        assert!(error.contains(what), "{error}");
    }
    let ics = file(r#""C-COPY": 5, "C-MAXOBJ": true, "S-COPY": true, "C-MAXMSG": false"#).unwrap();
    let problems = ics.problems();
    let told: Vec<&str> = problems.iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(told, ["C-COPY is no limit", "C-MAXOBJ is a limit", "S-COPY is an item of the other side"]);
}

#[test]
fn a_mandatory_item_that_is_declared_as_missing_is_a_finding() {
    let missing = |items: &str| file(items).unwrap().missing_mandatory().iter().map(|item| item.id).collect::<Vec<_>>();
    assert_eq!(missing(r#""C-MULTIMSG": false, "C-COPY": false"#), ["C-MULTIMSG"]);
    assert_eq!(missing(r#""C-AUTH-MD5": false, "C-TLS-CLIENT": true"#), [""; 0]);
    assert_eq!(missing(r#""C-AUTH-MD5": false, "C-TLS-CLIENT": false"#), ["C-AUTH-MD5"]);
}

fn sight(input: u32, first: u64, message: u32) -> Sight {
    let first = FrameNo::new(first).unwrap();
    Sight {
        input: Some(input),
        session: 0,
        message,
        frames: vec![first],
        text: format!("{input} {first} {message}"),
        first,
    }
}

#[test]
fn the_earliest_place_is_kept_in_whatever_order_sessions_come() {
    let one = |number: i64, place: (u32, u64, u32)| {
        let mut seen = Seen::default();
        seen.show("C-COPY", sight(place.0, place.1, place.2));
        seen.refuse("C-EXEC", sight(place.0, place.1, place.2));
        seen.announce("C-MAXOBJ", number, sight(place.0, place.1, place.2));
        seen
    };
    let parts = [(5, (2, 4, 1)), (3, (1, 90, 5)), (9, (1, 90, 3)), (3, (1, 4, 7)), (9, (3, 1, 1))];
    let merged = |order: &[usize]| {
        let mut seen = Seen::default();
        order.iter().for_each(|at| seen.merge(one(parts[*at].0, parts[*at].1)));
        seen
    };
    let expected = merged(&[0, 1, 2, 3, 4]);
    for order in [[4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [3, 3, 1, 0, 4]] {
        let got = merged(&order);
        let same = order.iter().collect::<std::collections::BTreeSet<_>>().len() == parts.len();
        assert_eq!(got == expected, same, "{order:?}");
    }
    let item = |id: &str| expected.item(ItemId::new(id).unwrap()).unwrap();
    assert_eq!(item("C-COPY").shown.as_ref().unwrap().text, "1 4 7");
    assert_eq!(item("C-EXEC").value().unwrap().0, ItemValue::Flag(false));
    let limit = item("C-MAXOBJ");
    let shown = |end: &Option<(i64, Sight)>| end.as_ref().map(|(number, sight)| (*number, sight.text.clone())).unwrap();
    assert_eq!(shown(&limit.smallest), (3, "1 4 7".to_owned()));
    assert_eq!(shown(&limit.largest), (9, "1 90 3".to_owned()));
}

#[test]
fn sessions_get_their_numbers_once_and_count_on() {
    let mut seen = Seen::default();
    seen.show("C-COPY", sight(1, 4, 1));
    seen.show("C-EXEC", sight(1, 90, 1));
    seen.number(FrameNo::new(4).unwrap(), 1);
    seen.number(FrameNo::new(4).unwrap(), 2);
    seen.number(FrameNo::new(90).unwrap(), 3);
    let seen = seen.behind(10);
    let number = |id: &str| seen.item(ItemId::new(id).unwrap()).unwrap().shown.as_ref().unwrap().session;
    assert_eq!((number("C-COPY"), number("C-EXEC")), (11, 13));
}
