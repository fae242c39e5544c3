//! The certificate authority as a user runs it.

#![cfg(feature = "proxy")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

mod program;

use base64::Engine;
use program::Folder;

/// The octets in a PEM file.
fn unarmoured(pem: &str) -> Vec<u8> {
    let digits: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    base64::engine::general_purpose::STANDARD.decode(digits).unwrap()
}

#[test]
fn an_authority_is_made_shown_and_exported() {
    let folder = Folder::new();
    let made = folder.dmscope(["ca", "init", "--dir", "lab/ca", "--key", "ec", "--name", "Lab 7"]).succeeds();
    assert!(made.contains("Subject      O=dmscope, CN=Lab 7\n"), "{made}");
    assert!(made.contains("Key          EC 256\n"), "{made}");
    assert_eq!(folder.names("lab/ca"), ["ca.key", "ca.pem"]);

    let shown = folder.dmscope(["ca", "show", "--dir", "lab/ca"]).succeeds();
    let (facts, install) = shown.split_once("\n\n").unwrap();
    assert!(made.starts_with(facts), "{made}\n{shown}");
    for word in ["Android", "Windows", "dmscope ca export --format der"] {
        assert!(install.contains(word), "{install}");
    }
    let print = facts.lines().find_map(|line| line.strip_prefix("SHA-256      ")).unwrap();
    assert_eq!(print.split(':').count(), 32, "{print}");

    let pem = folder.dmscope(["ca", "export", "--dir", "lab/ca"]).succeeds();
    assert_eq!(unarmoured(&pem), unarmoured(&folder.read("lab/ca/ca.pem")));
    assert!(!pem.contains("PRIVATE KEY"));
    let der = folder.dmscope(["ca", "export", "--dir", "lab/ca", "--format", "der", "--out", "ca.cer"]);
    assert_eq!((der.succeeds(), unarmoured(&pem)), (String::new(), folder.octets("ca.cer")));
}

#[test]
fn the_default_is_an_rsa_key_and_a_name_of_its_own() {
    let folder = Folder::new();
    let subject = |text: &str| text.lines().next().unwrap().to_owned();
    let first = folder.dmscope(["ca", "init", "--dir", "one"]).succeeds();
    assert!(first.contains("Key          RSA 2048\n"), "{first}");
    let second = folder.dmscope(["ca", "init", "--dir", "two", "--key", "ec"]).succeeds();
    assert!(subject(&first).starts_with("Subject      O=dmscope, CN=dmscope CA "), "{first}");
    assert_ne!(subject(&first), subject(&second));
}

#[test]
fn the_folder_comes_from_the_environment() {
    let folder = Folder::new();
    let table: [(&[(&str, &str)], &str); 4] = [
        (&[("DMSCOPE_CA_DIR", "named"), ("HOME", "home")], "named"),
        (&[("XDG_CONFIG_HOME", "not/absolute"), ("HOME", "home")], "home/.config/dmscope/ca"),
        (&[("DMSCOPE_CA_DIR", ""), ("HOME", "empty")], "empty/.config/dmscope/ca"),
        (&[("XDG_CONFIG_HOME", "/"), ("DMSCOPE_CA_DIR", "first")], "first"),
    ];
    for (environment, place) in table {
        folder.dmscope_in(environment, ["ca", "init", "--key", "ec"]).succeeds();
        assert_eq!(folder.names(place), ["ca.key", "ca.pem"], "{environment:?}");
    }
    let none = folder.dmscope(["ca", "show"]);
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("--dir"), "{}", none.stderr);
}

#[test]
fn an_authority_is_replaced_only_by_force() {
    let folder = Folder::new();
    let init = ["ca", "init", "--dir", "ca", "--key", "ec"];
    folder.dmscope(init).succeeds();
    let (certificate, key) = (folder.read("ca/ca.pem"), folder.read("ca/ca.key"));
    let refused = folder.dmscope(init);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("is there already; --force replaces it"), "{}", refused.stderr);
    assert_eq!((folder.read("ca/ca.pem"), folder.read("ca/ca.key")), (certificate.clone(), key.clone()));
    folder.dmscope(init.into_iter().chain(["--force"])).succeeds();
    assert_ne!(folder.read("ca/ca.pem"), certificate);
    assert_ne!(folder.read("ca/ca.key"), key);
    assert_eq!(folder.names("ca"), ["ca.key", "ca.pem"], "nothing else is left behind");
    folder.dmscope(["ca", "show", "--dir", "ca"]).succeeds();
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_key() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.dmscope(["ca", "init", "--dir", "ca", "--key", "ec"]).succeeds();
    let mode = |name: &str| std::fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("ca"), mode("ca/ca.key")), (0o700, 0o600));
    assert_eq!(mode("ca/ca.pem") & 0o700, 0o600);
    for exposed in [0o640, 0o604, 0o620] {
        std::fs::set_permissions(folder.path("ca/ca.key"), PermissionsExt::from_mode(exposed)).unwrap();
        for action in ["show", "export"] {
            let refused = folder.dmscope(["ca", action, "--dir", "ca"]);
            assert_eq!((refused.code, &*refused.stdout), (2, ""), "{exposed:o}");
            assert!(refused.stderr.contains("run `chmod 600 ca/ca.key`"), "{}", refused.stderr);
        }
    }
    std::fs::set_permissions(folder.path("ca/ca.key"), PermissionsExt::from_mode(0o400)).unwrap();
    folder.dmscope(["ca", "show", "--dir", "ca"]).succeeds();
}

#[test]
fn files_that_are_no_authority_are_told_apart() {
    let folder = Folder::new();
    let show = |place: &str| {
        let run = folder.dmscope(["ca", "show", "--dir", place]);
        assert_eq!((run.code, &*run.stdout), (2, ""), "{place}");
        run.stderr
    };
    assert!(show("none").contains("there is no certificate authority in none; make one with `dmscope ca init`"));
    for place in ["one", "two"] {
        folder.dmscope(["ca", "init", "--dir", place, "--key", "ec"]).succeeds();
    }
    std::fs::copy(folder.path("one/ca.key"), folder.path("two/ca.key")).unwrap();
    assert!(show("two").contains("two/ca.key is not the key of the certificate beside it"));
    folder.put("one/ca.pem", b"no certificate");
    assert!(show("one").contains("one/ca.pem has no certificate in PEM form"));
    folder.put("one/ca.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assert!(show("one").contains("one/ca.pem is not the certificate of an authority"));
}

#[test]
fn a_qr_code_holds_the_url_or_the_fingerprint() {
    let folder = Folder::new();
    folder.dmscope(["ca", "init", "--dir", "ca", "--key", "ec"]).succeeds();
    let url = "http://192.0.2.7:8080/.dmscope/ca.cer";
    let shown = folder.dmscope(["ca", "show", "--dir", "ca", "--qr", "--url", url]).succeeds();
    assert!(shown.ends_with(&format!("\n{url}\n")), "{shown}");
    assert!(shown.contains('█') && shown.contains('▄') && shown.contains('▀'));
    let shown = folder.dmscope(["ca", "show", "--dir", "ca", "--qr"]).succeeds();
    let print = shown.lines().find_map(|line| line.strip_prefix("SHA-256      ")).unwrap();
    assert!(shown.ends_with(&format!("\n{print}\n")), "{shown}");
    let lonely = folder.dmscope(["ca", "show", "--dir", "ca", "--url", url]);
    assert_eq!(lonely.code, 2, "a URL is for the QR code");
}

#[test]
fn names_and_days_that_a_certificate_can_not_have_are_refused() {
    let folder = Folder::new();
    let long = "x".repeat(65);
    for wrong in [["--name", ""], ["--name", &long], ["--days", "0"], ["--days", "99999"], ["--key", "dsa"]] {
        let run = folder.dmscope(["ca", "init", "--dir", "ca"].into_iter().chain(wrong));
        assert_eq!(run.code, 2, "{wrong:?}: {}", run.stderr);
    }
    assert!(!folder.path("ca").exists());
}
