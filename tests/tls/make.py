#!/usr/bin/env python3
"""Makes the captures of this folder again (over the loopback interface, as root).

Needs openssl 3, tcpdump, editcap, and tlslite-ng for the suites that OpenSSL has no more. Each capture holds clients that
send `the first line` and `the second line`, and servers that send each line back reversed. Randoms and keys differ in each
run, so the files change; what the tests ask of them does not.

usage: make.py captures [NAME…]
"""
import os, socket, subprocess, sys, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = sys.argv[1]
ONLY = sys.argv[2:]
PORT = 44300
CERT, KEY = os.path.join(HERE, "rsa.cert.pem"), os.path.join(HERE, "rsa.key.pem")
LINES = [b"the first line\n", b"the second line\n"]


class Capture:
    def __init__(self, name):
        global PORT
        PORT += 1
        self.port, self.path, self.log = PORT, f"{OUT}/{name}.pcap", f"{OUT}/{name}.keys.log"
        for path in (self.path, self.log):
            if os.path.exists(path):
                os.remove(path)

    def __enter__(self):
        self.dump = subprocess.Popen(
            ["tcpdump", "-i", "lo", "--immediate-mode", "-U", "-s", "0", "-w", self.path, f"tcp port {self.port}"], stderr=subprocess.PIPE)
        while b"listening" not in self.dump.stderr.readline():
            pass
        return self

    def __exit__(self, *_):
        time.sleep(0.4)
        self.dump.terminate()
        self.dump.wait()


def read_until(stream, text, seconds=5):
    end, seen = time.time() + seconds, b""
    while text not in seen and time.time() < end:
        seen += stream.read1(4096)
    return seen


def openssl_server(capture, options):
    command = ["openssl", "s_server", "-accept", str(capture.port), "-cert", CERT, "-key", KEY, *options]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    read_until(server.stdout, b"ACCEPT")
    return server


def openssl_client(capture, options, steps=LINES, wait=0.6):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{capture.port}", "-servername", "dm.example.com",
               "-keylogfile", capture.log, *options]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(0.5)
    for step in steps:
        client.stdin.write(step)
        client.stdin.flush()
        time.sleep(wait)
    client.stdin.write(b"Q\n")
    client.stdin.close()
    out = client.stdout.read()
    client.wait()
    return out


def openssl(name, server=(), client=(), steps=LINES, again=None):
    if ONLY and name not in ONLY:
        return
    with Capture(name) as capture:
        process = openssl_server(capture, [*server, "-rev"])
        session = ["-sess_out", f"{OUT}/session"] if again is not None else []
        out = openssl_client(capture, [*client, *session], steps)
        if again is not None:
            out += openssl_client(capture, [*client, "-sess_in", f"{OUT}/session", *again], steps)
            os.remove(f"{OUT}/session")
        process.kill()
        process.wait()
    fine = out.count(b"enil tsrif eht") >= 1
    print(name, "ok" if fine else "FAILED", os.path.getsize(capture.path))
    if not fine:
        print(out[-2000:].decode(errors="replace"))


def early(name):
    """Early data, accepted; then once more with a server that has forgotten the session."""
    if ONLY and name not in ONLY:
        return
    with open(f"{OUT}/early", "wb") as file:
        file.write(b"an early line\n")
    with Capture(name) as capture:
        options = ["-tls1_3", "-early_data", "-no_anti_replay"]
        for first in (True, False):
            process = openssl_server(capture, options)
            def talk(client_options):
                # The server speaks by itself.
                timer = threading.Timer(0.9, lambda: (process.stdin.write(b"a reply\n"), process.stdin.flush()))
                timer.start()
                openssl_client(capture, ["-tls1_3", *client_options], LINES, 0.4)
                timer.join()
            if first:
                talk(["-sess_out", f"{OUT}/session"])
            talk(["-sess_in", f"{OUT}/session", "-early_data", f"{OUT}/early"])
            process.kill()
            process.wait()
    os.remove(f"{OUT}/session")
    os.remove(f"{OUT}/early")
    print(name, "made", os.path.getsize(capture.path))


def tlslite(name, ciphers, macs, version, exchange=("rsa",), etm=True, ems=True):
    if ONLY and name not in ONLY:
        return
    from tlslite.api import HandshakeSettings, TLSConnection, X509, X509CertChain, parsePEMKey
    settings = HandshakeSettings()
    settings.minVersion = settings.maxVersion = version
    settings.cipherNames, settings.macNames, settings.keyExchangeNames = list(ciphers), list(macs), list(exchange)
    settings.useEncryptThenMAC, settings.useExtendedMasterSecret = etm, ems
    settings.requireExtendedMasterSecret = False
    chain = X509CertChain()
    chain.parsePemList(open(CERT).read())
    key = parsePEMKey(open(KEY).read(), private=True)

    def serve(listener):
        connection = TLSConnection(listener.accept()[0])
        connection.handshakeServer(certChain=chain, privateKey=key, settings=settings)
        for _ in LINES:
            line = b""
            while not line.endswith(b"\n"):
                line += connection.recv(100)
            connection.send(line[-2::-1] + b"\n")
        connection.close()

    with Capture(name) as capture:
        listener = socket.create_server(("127.0.0.1", capture.port))
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        client = TLSConnection(socket.create_connection(("127.0.0.1", capture.port)))
        client.handshakeClientCert(settings=settings, serverName="dm.example.com")
        for line in LINES:
            client.send(line)
            assert client.read(len(line), len(line)) == line[-2::-1] + b"\n"
        client.close()
        thread.join()
    with open(capture.log, "w") as log:
        log.write(f"CLIENT_RANDOM {bytes(client._clientRandom).hex()} {bytes(client.session.masterSecret).hex()}\n")
    print(name, "ok", client.session.getCipherName(), os.path.getsize(capture.path))


WEAK = ":@SECLEVEL=0"
T10, T11, T12 = (["-tls1", "-cipher"], ["-tls1_1", "-cipher"], ["-tls1_2", "-cipher"])


def suite(version, name):
    return ([*version, name + WEAK],) * 2


openssl("tls10-aes128-cbc-sha", *suite(T10, "ECDHE-RSA-AES128-SHA"))
openssl("tls10-aes256-cbc-sha-rsa-mac-then-encrypt", [*T10, "AES256-SHA" + WEAK, "-no_etm"], [*T10, "AES256-SHA" + WEAK, "-no_etm"])
openssl("tls11-aes256-cbc-sha", *suite(T11, "ECDHE-RSA-AES256-SHA"))
openssl("tls12-aes128-cbc-sha256-rsa", *suite(T12, "AES128-SHA256"))
openssl("tls12-aes256-cbc-sha384", *suite(T12, "ECDHE-RSA-AES256-SHA384"))
openssl("tls12-aes256-cbc-sha384-mac-then-encrypt", [*T12, "ECDHE-RSA-AES256-SHA384" + WEAK, "-no_etm"],
        [*T12, "ECDHE-RSA-AES256-SHA384" + WEAK, "-no_etm"])
openssl("tls12-aes128-ccm8-rsa", *suite(T12, "AES128-CCM8"))
openssl("tls12-aes256-ccm", *suite(T12, "DHE-RSA-AES256-CCM"))
openssl("tls12-null-sha256", *suite(T12, "NULL-SHA256"))
openssl("tls12-resumed-by-session-id", [*T12, "AES128-GCM-SHA256", "-no_ticket"], [*T12, "AES128-GCM-SHA256", "-no_ticket"],
        again=[])
openssl("tls12-resumed-by-ticket", [*T12, "AES256-GCM-SHA384"], [*T12, "AES256-GCM-SHA384"], again=[])
openssl("tls12-renegotiated", [*T12, "ECDHE-RSA-AES128-SHA256" + WEAK, "-client_renegotiation"],
        [*T12, "ECDHE-RSA-AES128-SHA256" + WEAK, "-legacy_renegotiation"], [LINES[0], b"R\n", LINES[1]])
openssl("tls13-aes128-ccm", ["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"],
        ["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"])
openssl("tls13-retry-and-key-update", ["-tls1_3", "-groups", "P-384"], ["-tls1_3", "-groups", "X25519:P-384"],
        [LINES[0], b"K\n", LINES[1]])
openssl("tls13-padded-and-resumed", ["-tls1_3", "-record_padding", "100"], ["-tls1_3", "-record_padding", "64"], again=[])
early("tls13-early-data")
tlslite("tls10-3des", ["3des"], ["sha"], (3, 1), etm=False, ems=False)
tlslite("tls11-rc4-md5", ["rc4"], ["md5"], (3, 2), etm=False, ems=False)
tlslite("tls12-rc4-sha-rsa", ["rc4"], ["sha"], (3, 3))
tlslite("tls12-3des-encrypt-then-mac", ["3des"], ["sha"], (3, 3))
tlslite("ssl30", ["aes128"], ["sha"], (3, 0), etm=False, ems=False)
