//! TLS on both sides of the proxy: towards the device, and towards the server.
