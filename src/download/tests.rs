use super::{Descriptor, Report, absolute, is_descriptor, looks_like_descriptor, same_place};
use crate::base::Limits;

const PLAIN: &str = "<?xml version=\"1.0\"?>\n<media xmlns=\"http://www.openmobilealliance.org/xmlns/dd\">\
    <DDVersion>1.0</DDVersion><name>Update</name><vendor>Example</vendor><type>application/octet-stream</type>\
    <type>application/x-delta</type><size>1234</size><objectURI>http://dl.example.com/fw?a=1&amp;b=2</objectURI>\
    <installNotifyURI>http://dl.example.com/done</installNotifyURI></media>";

const SECOND: &str = "<dd:media xmlns:dd=\"http://www.openmobilealliance.org/xmlns/dd2\" DDVersion=\"2.0\"><product>\
    <mediaObject><meta><name>A</name></meta><size>1</size><type>a/b</type><objectURI><server>one.bin</server></objectURI>\
    </mediaObject><mediaObject><size>2</size><objectURI><server>two.bin</server></objectURI>\
    <installNotifyURI>/done</installNotifyURI></mediaObject></product></dd:media>";

#[test]
fn a_descriptor_says_what_is_fetched_and_where() {
    let descriptor = Descriptor::read(PLAIN.as_bytes());
    assert!(descriptor.is_media() && descriptor.whole);
    assert_eq!(descriptor.version.as_deref(), Some("1.0"));
    assert_eq!(descriptor.vendor.as_deref(), Some("Example"));
    let [object] = descriptor.objects.as_slice() else { panic!("{descriptor:?}") };
    assert_eq!(object.types, ["application/octet-stream", "application/x-delta"]);
    assert_eq!(object.octets(), Some(1234));
    assert_eq!(object.uri.as_deref(), Some("http://dl.example.com/fw?a=1&b=2"));
    assert_eq!(object.notify.as_deref(), Some("http://dl.example.com/done"));
}

#[test]
fn a_descriptor_of_version_2_has_several_objects() {
    let descriptor = Descriptor::read(SECOND.as_bytes());
    assert_eq!((descriptor.major(), descriptor.is_media()), ("2", true));
    let uris: Vec<_> = descriptor.objects.iter().map(|object| object.uri.as_deref().unwrap()).collect();
    assert_eq!(uris, ["one.bin", "two.bin"]);
    assert_eq!(descriptor.objects[1].notify.as_deref(), Some("/done"));
}

#[test]
fn a_descriptor_is_known_by_its_type_or_its_root() {
    assert!(is_descriptor(Some("Application/vnd.oma.dd+xml; charset=utf-8"), b""));
    assert!(is_descriptor(None, PLAIN.as_bytes()) && is_descriptor(Some("text/xml"), PLAIN.as_bytes()));
    assert!(!is_descriptor(Some("text/xml"), b"<media><x/></media>"));
    assert!(looks_like_descriptor(b"<media>") && !looks_like_descriptor(b"<mediator>"));
}

#[test]
fn hostile_descriptors_are_read_as_far_as_they_go() {
    for end in 0..PLAIN.len() {
        let cut = Descriptor::read(&PLAIN.as_bytes()[..end]);
        assert!(!cut.whole || cut == Descriptor::default() || cut.root.is_empty(), "{end}: {cut:?}");
    }
    let many = format!("<media>{}</media>", "<mediaObject><type>a</type><type>b</type></mediaObject>".repeat(500));
    assert_eq!(Descriptor::read(many.as_bytes()).objects.len(), Limits::DOWNLOAD_OBJECTS);
    let types = format!("<media>{}</media>", "<type>a/b</type>".repeat(1_000));
    assert_eq!(Descriptor::read(types.as_bytes()).objects[0].types.len(), Limits::DOWNLOAD_TYPES);
    let long = format!("<media><objectURI>http://{}ä</objectURI></media>", "a".repeat(Limits::DOWNLOAD_TEXT - 8));
    assert!(Descriptor::read(long.as_bytes()).objects[0].uri.as_ref().unwrap().len() <= Limits::DOWNLOAD_TEXT);
    let large = format!("<media>{}</media>", " ".repeat(Limits::DOWNLOAD_DESCRIPTOR));
    assert_eq!(Descriptor::read(large.as_bytes()), Descriptor::default());
    for size in ["", "-1", "+1", "1 2", "99999999999999999999", "0x10"] {
        let text = format!("<media><size>{size}</size></media>");
        assert_eq!(Descriptor::read(text.as_bytes()).objects[0].octets(), None, "{size}");
    }
}

#[test]
fn a_report_begins_with_three_digits() {
    let table: [(&[u8], Option<u16>); 8] = [
        (b"900 Success\r\n", Some(900)),
        (b"  951 Invalid DDVersion", Some(951)),
        (b"900", Some(900)),
        (b"900\tSuccess", Some(900)),
        (b"9000 Success", None),
        (b"OK", None),
        (b"", None),
        (b"\xff\xfe9", None),
    ];
    for (body, code) in table {
        assert_eq!(Report::read(body).code, code, "{body:?}");
    }
    assert_eq!(Report::read(b"904 Odd").known(), None);
    assert_eq!(Report::read(b"905 x").known().unwrap().meaning, "Attribute mismatch");
    assert!(Report::read(&[b'9'; 100_000]).line.len() <= 64);
}

#[test]
fn addresses_are_the_same_place_whatever_does_not_matter() {
    let same = [
        ("http://DL.Example.com:80/a?x=1#y", "dl.example.com/a?x=1"),
        ("https://dl.example.com/a?x=1", "dl.example.com/a?x=1"),
        ("HTTP://user:pass@h:8080", "h:8080/"),
        ("http://h?x", "h/?x"),
        ("http://h.:0080/%7ea%2fb/%C3%a4", "h/~a%2Fb/%C3%A4"),
        ("http://h/ä b?q=ä&%71", "h/%C3%A4%20b?q=%C3%A4&q"),
        ("http://h/a/./b/%2e%2E/c/..", "h/a/"),
        ("http://h/../../a", "h/a"),
        ("http://h/a//b", "h/a//b"),
        ("http://h/100%&%zz", "h/100%25&%25zz"),
        ("http://h/a?x=/../b", "h/a?x=/../b"),
        ("http://[2001:DB8:0::1]:8080/", "[2001:db8::1]:8080/"),
        ("http://BÜCHER.example/", "xn--bcher-kva.example/"),
        ("http://b%C3%BCcher。example./", "xn--bcher-kva.example/"),
        ("http://XN--bcher-KVA.example", "xn--bcher-kva.example/"),
        ("http://他们为什么不说中文/", "xn--ihqwcrb4cv8a8dqg056pqjye/"),
        ("http://3年b組金八先生/", "xn--3b-ww4c5e180e575a65lsy2b/"),
    ];
    for (url, place) in same {
        assert_eq!(same_place(url).as_deref(), Some(place), "{url}");
    }
    assert_eq!((same_place("ftp://h/a"), same_place("./a"), same_place("http:///a")), (None, None, None));
    assert_ne!(same_place("http://h/a%2Fb"), same_place("http://h/a/b"), "an encoded slash parts nothing");
    assert_ne!(same_place("http://h/A"), same_place("http://h/a"));
    let long = format!("http://{}/", "ü".repeat(100_000));
    assert!(same_place(&long).is_some_and(|place| place.starts_with('ü')), "what is no label is not encoded");
    let table = [
        ("http://h/a/b?c", "d", "http://h/a/d"),
        ("http://h/a/b", "/d", "http://h/d"),
        ("https://h", "d", "https://h/d"),
        ("https://h/a", "//other/d", "https://other/d"),
        ("http://h/a", "http://x/y", "http://x/y"),
        ("", "d", "d"),
        ("http://h/a/b?c#d", "?x=1", "http://h/a/b?x=1"),
        ("http://h/a/b?c#d", "", "http://h/a/b?c"),
        ("http://h/a/b?c#d", "#e", "http://h/a/b?c"),
        ("http://h", "?x", "http://h?x"),
    ];
    for (base, reference, url) in table {
        assert_eq!(absolute(base, reference), url, "{base} {reference}");
    }
}

/// The examples of RFC 3986, section 5.4, without their fragments.
#[test]
fn references_are_resolved_as_the_standard_says() {
    let table = [
        ("g:h", "g:h"),
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q"),
        ("g?y#s", "http://a/b/c/g?y"),
        (";x", "http://a/b/c/;x"),
        ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("./", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../..", "http://a/"),
        ("../../g", "http://a/g"),
        ("../../../../g", "http://a/g"),
        ("/./g", "http://a/g"),
        ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."),
        ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"),
        ("g/./h", "http://a/b/c/g/h"),
        ("g/../h", "http://a/b/c/h"),
        ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
        ("http:g", "http:g"),
        ("g #s", "http://a/b/c/g"),
    ];
    for (reference, url) in table {
        assert_eq!(absolute("http://a/b/c/d;p?q", reference), url, "{reference:?}");
    }
}
