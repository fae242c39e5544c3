//! The sessions of the examples.

/// A session with one Get; for each of its four messages, its options, and lines that follow its own.
macro_rules! one_get {
    ($first:literal, $second:literal, $third:literal, $fourth:literal) => {
        one_get!($first, "", $second, "", $third, "", $fourth, "")
    };
    ($first:literal, $l1:literal, $second:literal, $l2:literal, $third:literal, $l3:literal, $fourth:literal, $l4:literal) => {
        concat!(
            "device ",
            $first,
            "\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example ./DevInfo/Mod=X1 \
             ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\n",
            $l1,
            "server ",
            $second,
            "\n    Status SyncHdr 200\n    Status * 200\n    Get ./DevDetail/SwV\n",
            $l2,
            "device ",
            $third,
            "\n    Status SyncHdr 200\n    Status Get 200\n    Results ./DevDetail/SwV=7.1\n",
            $l3,
            "server ",
            $fourth,
            "\n    Status SyncHdr 200\n",
            $l4,
        )
    };
}

/// Two short sessions, a minute apart: for each, the options of its `session` line, and its Alert.
macro_rules! two_sessions {
    ($first:literal, $alert1:literal, $second:literal, $alert2:literal) => {
        concat!(
            "session ",
            $first,
            "\ndevice\n    Alert ",
            $alert1,
            "\nserver\n    Status SyncHdr 200\n    Status * 200\nsession ",
            $second,
            "\ndevice at=+60\n    Alert ",
            $alert2,
            "\nserver\n    Status SyncHdr 200\n    Status * 200\n",
        )
    };
}

/// A session in which all is well.
pub(super) const PLAIN: &str = one_get!("", "", "", "");

/// A first message that breaks off: no rule on content may judge it.
pub(super) const UNDECODABLE: &str = "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\n    patch \"</SyncBody></SyncML>\" => \"\"\n";

/// The first message of a session, and nothing after it.
pub(super) const FIRST: &str = "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 \
                                ./DevInfo/Man=Example ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\n";
