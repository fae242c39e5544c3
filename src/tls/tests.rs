//! Known answers: key schedules against those of OpenSSL, records against those of Python's cryptography.

use super::hash::{Hash, Secret};
use super::prf::{Keys, expand_label, next_secret, prf};
use super::protect::{Bad, Opener};
use super::record::Header;
use super::suite::Suite;
use super::version::Version;

fn hex(digits: &str) -> Vec<u8> {
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn ascending(from: u8, len: usize) -> Vec<u8> {
    (0..len).map(|index| from.wrapping_add(index as u8)).collect()
}

#[test]
fn the_prf_of_each_version_gives_the_known_octets() {
    let table = [
        (
            Version::TLS_1_2,
            Hash::Sha256,
            "9bbe436ba940f017b17652849a71db35",
            "a0ba9f936cda311827a6f796ffd5198c",
            "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9",
        ),
        (
            Version::TLS_1_2,
            Hash::Sha384,
            "b80b733d6ceefcdc71566ea48e5567df",
            "cd665cf6a8447dd6ff8b27555edb7465",
            "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe3",
        ),
        // An odd number of octets: the halves share one.
        (
            Version::TLS_1_0,
            Hash::Sha256,
            "9bbe436ba940f017b17652849a71db3511",
            "a0ba9f936cda311827a6f796ffd5198c",
            "fc350fd4e2158470b9f06cf868fbab6ee52e5f49b55cfec7930de2514bdfdd24ca457df47d575b26",
        ),
    ];
    for (version, hash, secret, seed, expected) in table {
        let mut out = vec![0xff; 40];
        prf(version, hash, &hex(secret), b"test label", &[&hex(seed)[..3], &hex(seed)[3..]], &mut out);
        assert_eq!(out, hex(expected), "{version:?} {hash:?}");
    }
}

#[test]
fn labels_expand_to_the_known_octets() {
    // The client's handshake traffic secret of RFC 8448, section 3.
    let secret = Secret::new(&hex("b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21")).unwrap();
    let (mut key, mut iv) = ([0; 16], [0; 12]);
    expand_label(Hash::Sha256, &secret, b"key", &mut key);
    expand_label(Hash::Sha256, &secret, b"iv", &mut iv);
    assert_eq!(key.to_vec(), hex("dbfaa693d1762c5b666af5d950258d01"));
    assert_eq!(iv.to_vec(), hex("5bd3c71b836e0b76bb73265f"));
    let next = next_secret(Hash::Sha384, &Secret::new(&ascending(0, 48)).unwrap());
    let expected = "401331b63e9d59f202e8f041042d9516f4cd7fa2e2ee14631d3b49fc340d7af37fc2c0c9f252d8036f81ec5b85cbe5db";
    assert_eq!(next.octets(), hex(expected));
}

const TEXT: &[u8] = b"known answer";
const SEQUENCE: u64 = 5;

/// Opens a record in all ways in which it must not open, and in the one in which it must.
fn check(name: &str, opener: &dyn Fn() -> Opener, version: u16, record: &[u8], covers_sequence: bool) {
    let header = Header { kind: 23, version: Version(version), length: record.len() };
    let mut text = Vec::new();
    assert_eq!(opener().open(header, record, SEQUENCE, &mut text), Ok(23), "{name}");
    assert_eq!(text, TEXT, "{name}");
    if !covers_sequence {
        return;
    }
    assert_eq!(opener().open(header, record, SEQUENCE + 1, &mut text), Err(Bad), "{name}");
    for at in 0..record.len() {
        let mut altered = record.to_vec();
        altered[at] ^= 1;
        assert_eq!(opener().open(header, &altered, SEQUENCE, &mut text), Err(Bad), "{name}, octet {at}");
        let header = Header { length: at, ..header };
        assert_eq!(opener().open(header, &record[..at], SEQUENCE, &mut text), Err(Bad), "{name}, {at} octets");
    }
}

#[test]
fn records_of_every_protection_up_to_tls_1_2_open_and_altered_ones_do_not() {
    let table = [
        (0x0001, 0x0301, false, "6b6e6f776e20616e7377657288485566aaed7c38c514df3b8678dc57"),
        (0x0005, 0x0302, false, "05c748839a125834e8c22a2a7caa54f3def86eb0cab232a3dcb14a91d60b3530"),
        (0x0009, 0x0301, false, "b5ffc5e5223d0abf2f0227a17b9c243e0bf6fec53ba6c8b77f892c21f31effd93c3744626f412b81"),
        (0x000a, 0x0301, false, "320c43a834bfaebbcbf6eaf333afd0ea29d8208b88afafb5d9ce1b47f54b9cbde8d6dbc052df9002"),
        (
            0x000a,
            0x0303,
            true,
            "a0a1a2a3a4a5a6a704cc9aa85d2f0ec3baab26ac34073a57ab9720b57c049c6d1f6f6621133093ef72b3de09",
        ),
        (
            0x002f,
            0x0301,
            false,
            "5c681b54de5a0db28825e7431cc006f0a20687052d0cd03dabedb21c8a21d71cbdec4ca3e9b719161a93e32ef19e2c12",
        ),
        (
            0x002f,
            0x0302,
            false,
            "a0a1a2a3a4a5a6a7a8a9aaabacadaeafa5a8edc18ae94a2d56fa93367672b8c7f64ed0911e16b12cc30d693378b00db81b5aaaa8a031dbfc26271d43be4ec803",
        ),
        (
            0x002f,
            0x0303,
            true,
            "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf0451be7d22ee178e4ef63f52b5d35084c378418bee0f9f48684b885bc24eaf5cbb14c878",
        ),
        (
            0x003d,
            0x0303,
            false,
            "a0a1a2a3a4a5a6a7a8a9aaabacadaeafc28c2283517c50cb99e5ac9bde05a997d9d0b027b2940b64f879517d2dd7cd1921fd60a166090d70579abd0b91000921",
        ),
        (
            0xc028,
            0x0303,
            false,
            "a0a1a2a3a4a5a6a7a8a9aaabacadaeafa358ec5adc729fd5451c806c4a4912daa0eb48155902af4c4cc543a6ff41bcf4619be461bc7b9043cff4db07e5d299cb887183397c4db1e5b743673dc8aba07f",
        ),
        (
            0xc028,
            0x0303,
            true,
            "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf1db57bf7f1e78197a49869e90bb02492649e8e07b71b16d19ac115e3514ac837f5a73ddcad775e15ad9344a8e88cea631d208225a468972bf8b9282f7396e566",
        ),
        (0x009c, 0x0303, false, "a0a1a2a3a4a5a6a72143d4acbad8d737632fabd1c90bbf2647fce48d086806963de1c675"),
        (0xc030, 0x0303, false, "a0a1a2a3a4a5a6a7d7a02ecb81d16f5c6927cb537f700ea7f761e18b38dc80ff9291801b"),
        (0xcca8, 0x0303, false, "3311fb020efd48e57c303b7fe388e20a40bb2d2676bb32e2231129b2"),
        (0xc09c, 0x0303, false, "a0a1a2a3a4a5a6a7e014e0c15fa15bb85fd5f09b06e071dd76cd59e10e1c116e24a8327c"),
        (0xc09d, 0x0303, false, "a0a1a2a3a4a5a6a7644b6b80696c51129b97b7b07ba9e8d65aed9d9835f84c0ef92c8f93"),
        (0xc0a0, 0x0303, false, "a0a1a2a3a4a5a6a7e014e0c15fa15bb85fd5f09b3027eec5db847b1d"),
        (0xc0a1, 0x0303, false, "a0a1a2a3a4a5a6a7644b6b80696c51129b97b7b0a7905032b250f2f6"),
    ];
    for (id, version, encrypt_then_mac, record) in table {
        let suite = Suite::find(id).unwrap();
        let version_of = Version(version);
        let mac = ascending(0x10, suite.mac.map_or(0, Hash::size));
        let key = ascending(0x40, suite.cipher.key());
        let iv = ascending(0x80, suite.cipher.fixed_iv(version_of));
        let keys = || Keys { mac: &mac, key: &key, iv: &iv };
        let opener = || Opener::tls12(version_of, &suite, keys(), encrypt_then_mac).unwrap();
        check(&format!("{} {version:#06x}", suite.name), &opener, version, &hex(record), id != 0x0001);
    }
}

#[test]
fn records_of_every_suite_of_tls_1_3_open_and_altered_ones_do_not() {
    let table = [
        (0x1301, "ce307e2ada55006bab6d3b329dac663fa9232468c83591b6fde2dae5dcd5db5e"),
        (0x1302, "f6538ac7220165a175f38e72404f7c94e8d101cc4ef2915cf4a9f00367826f43"),
        (0x1303, "9aff5144cf8323b61cdf12319e7077d921bcbaca6a4bb64490ae1868298d88b1"),
        (0x1304, "7980d45db7cfca5f69ac535b9aadcbe3e65eecaf9d649d94658baa629118f200"),
        (0x1305, "7980d45db7cfca5f69ac535b9aadcbe34b7fab4a8561deda"),
    ];
    for (id, record) in table {
        let suite = Suite::find(id).unwrap();
        let secret = Secret::new(&ascending(0x20, suite.hash.size())).unwrap();
        check(suite.name, &|| Opener::tls13(&suite, &secret).unwrap(), 0x0303, &hex(record), true);
    }
}
