//! Compressed captures: gzip (RFC 1952) and zstd (RFC 8878), as streams.

use crate::base::Limits;
use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{self, BufRead, BufReader, Read};

/// A compressed format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    /// The format of a stream that begins with these octets.
    pub(super) fn detect(first: &[u8]) -> Option<Self> {
        match *first {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            // A skippable frame may come first (RFC 8878, section 3.1.2); pzstd writes them so.
            [low, 0x2a, 0x4d, 0x18, ..] if low & 0xf0 == 0x50 => Some(Self::Zstd),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// The unfolded stream, of `ceiling` octets at most. Its errors hold an [`UnfoldError`].
    pub(super) fn unfold(self, source: Box<dyn Read + Send>, ceiling: u64) -> Box<dyn Read + Send> {
        let source = BufReader::with_capacity(64 << 10, source);
        match self {
            Self::Gzip => Box::new(Ceiling { inner: MultiGzDecoder::new(source), format: self, left: ceiling }),
            Self::Zstd => Box::new(Ceiling { inner: Zstd::new(source), format: self, left: ceiling }),
        }
    }
}

/// Why a compressed stream ended before its time.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnfoldError {
    #[error("the {format} stream is broken or ends early ({cause})")]
    Broken { format: &'static str, cause: io::Error },
    #[error("the {format} stream unfolds to more octets than are taken")]
    Ceiling { format: &'static str },
}

/// Ends a stream with an error when more than `left` octets come out of it.
struct Ceiling<R> {
    inner: R,
    format: Compression,
    left: u64,
}

impl<R: Read> Read for Ceiling<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let format = self.format.name();
        let mut probe = [0];
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let into = if self.left == 0 && !into.is_empty() {
            probe.as_mut_slice()
        } else {
            into.get_mut(..room).unwrap_or_default()
        };
        match self.inner.read(into) {
            Ok(read) if self.left == 0 && read > 0 => Err(io::Error::other(UnfoldError::Ceiling { format })),
            Ok(read) => {
                self.left = self.left.saturating_sub(read as u64);
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            // The disk or the pipe failed, not the format.
            Err(error) if error.raw_os_error().is_some() => Err(error),
            Err(cause) => Err(io::Error::other(UnfoldError::Broken { format, cause })),
        }
    }
}

/// Frames of zstd, one after another, with skippable ones between them.
struct Zstd<R> {
    source: R,
    decoder: FrameDecoder,
    state: ZstdState,
}

enum ZstdState {
    Between,
    Inside,
    /// The stream is broken; what was decoded before is still handed out, then the error.
    Broken(Option<io::Error>),
}

impl<R: BufRead> Zstd<R> {
    fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(Limits::ZSTD_WINDOW);
        Self { source, decoder, state: ZstdState::Between }
    }

    /// Begins the next frame, or skips one. `false` at the end of the stream.
    fn begin(&mut self) -> io::Result<bool> {
        if self.source.fill_buf()?.is_empty() {
            return Ok(false);
        }
        let mut magic = [0; 4];
        self.source.read_exact(&mut magic)?;
        if matches!(magic, [low, 0x2a, 0x4d, 0x18] if low & 0xf0 == 0x50) {
            let mut length = [0; 4];
            self.source.read_exact(&mut length)?;
            let length = u64::from(u32::from_le_bytes(length));
            if io::copy(&mut self.source.by_ref().take(length), &mut io::sink())? < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        } else {
            self.decoder.reset(magic.chain(&mut self.source)).map_err(io::Error::other)?;
            self.state = ZstdState::Inside;
        }
        Ok(true)
    }

    /// Decodes one block, or ends the frame.
    fn go_on(&mut self) -> io::Result<()> {
        if !self.decoder.is_finished() {
            self.decoder
                .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                .map_err(io::Error::other)?;
            return Ok(());
        }
        self.state = ZstdState::Between;
        let stated = self.decoder.get_checksum_from_data();
        if stated.is_some() && stated != self.decoder.get_calculated_checksum() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a checksum does not match"));
        }
        Ok(())
    }

    /// Notes an error. The decoder keeps a window of what it decoded until the frame ends, so the frame is ended for it:
    /// by an empty last block, and four octets where a checksum would stand.
    fn give_up(&mut self, error: io::Error) {
        const LAST: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];
        if matches!(self.state, ZstdState::Inside) && !self.decoder.is_finished() {
            // Where even that fails, what was decoded is lost, and the error is told all the same.
            let _ = self.decoder.decode_blocks(LAST.as_slice(), BlockDecodingStrategy::UptoBlocks(1));
        }
        self.state = ZstdState::Broken(Some(error));
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        // Each turn hands octets out, or consumes some of the source.
        loop {
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(into);
            }
            let done = match &mut self.state {
                ZstdState::Between => self.begin().map(|more| !more),
                ZstdState::Inside => self.go_on().map(|()| false),
                ZstdState::Broken(error) => return error.take().map_or(Ok(0), Err),
            };
            match done {
                Ok(true) => return Ok(0),
                Ok(false) => {}
                Err(error) => self.give_up(error),
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use flate2::write::GzEncoder;
    use std::io::Write;

    /// One gzip member.
    pub(in super::super) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// One zstd frame of raw blocks (RFC 8878, section 3.1.1.2), without checksum: single segment, 4-octet content size.
    pub(in super::super) fn zstd(bytes: &[u8], block: usize) -> Vec<u8> {
        let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0b1010_0000];
        out.extend((bytes.len() as u32).to_le_bytes());
        let count = bytes.chunks(block).count();
        for (at, chunk) in bytes.chunks(block).enumerate() {
            let header = (chunk.len() << 3) | usize::from(at + 1 == count);
            out.extend(&(header as u32).to_le_bytes()[..3]);
            out.extend(chunk);
        }
        if bytes.is_empty() {
            out.extend([1, 0, 0]);
        }
        out
    }

    fn unfold(kind: Compression, bytes: &[u8], ceiling: u64) -> (Vec<u8>, Option<UnfoldError>) {
        let mut out = Vec::new();
        let result = kind.unfold(Box::new(io::Cursor::new(bytes.to_vec())), ceiling).read_to_end(&mut out);
        (out, result.err().map(|error| error.downcast().unwrap()))
    }

    const TEXT: &[u8] = b"The quick brown fox jumps over the lazy dog, again and again and again.";

    #[test]
    fn several_members_and_frames_become_one_stream() {
        let members = [gzip(TEXT), gzip(b""), gzip(b" End.")].concat();
        assert_eq!(unfold(Compression::Gzip, &members, 1_000).0, [TEXT, b" End."].concat());

        let skippable = [&[0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        let frames =
            [skippable.clone(), zstd(TEXT, 10), skippable.clone(), zstd(b"", 1), zstd(b" End.", 100), skippable]
                .concat();
        assert_eq!(Compression::detect(&frames), Some(Compression::Zstd));
        let (out, error) = unfold(Compression::Zstd, &frames, 1_000);
        assert_eq!(out, [TEXT, b" End."].concat());
        assert!(error.is_none());
    }

    #[test]
    fn a_compressed_zstd_frame_with_a_checksum_is_read_and_its_checksum_compared() {
        let mut frame = ruzstd::encoding::compress_to_vec(TEXT, ruzstd::encoding::CompressionLevel::Fastest);
        assert_eq!(unfold(Compression::Zstd, &frame, 1_000).0, TEXT);
        // Bit 2 of the frame header descriptor: a checksum follows the last block.
        assert_eq!(frame[4] & 4, 4);
        *frame.last_mut().unwrap() ^= 1;
        let (out, error) = unfold(Compression::Zstd, &frame, 1_000);
        assert_eq!(out, TEXT);
        assert!(matches!(error, Some(UnfoldError::Broken { .. })));
    }

    #[test]
    fn what_stands_before_a_break_is_handed_out() {
        let whole = zstd(TEXT, 10);
        // Header, and three blocks of 10 octets with their headers; then a part of the fourth.
        let (out, error) = unfold(Compression::Zstd, &whole[..9 + 3 * 13 + 7], 1_000);
        assert_eq!(out, &TEXT[..30]);
        assert!(matches!(error, Some(UnfoldError::Broken { format: "zstd", .. })));

        let noise: Vec<u8> = (0..100_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let whole = gzip(&noise);
        let (out, error) = unfold(Compression::Gzip, &whole[..whole.len() / 2], 1_000_000);
        assert!(out.len() > 10_000 && noise.starts_with(&out), "{} octets", out.len());
        assert!(matches!(error, Some(UnfoldError::Broken { format: "gzip", .. })));
    }

    #[test]
    fn a_bomb_ends_at_the_ceiling() {
        let zeros = vec![0; 1 << 20];
        for (kind, bytes) in [(Compression::Gzip, gzip(&zeros)), (Compression::Zstd, zstd(&zeros, 100_000))] {
            let (out, error) = unfold(kind, &bytes, 5_000);
            assert_eq!(out.len(), 5_000);
            assert!(matches!(error, Some(UnfoldError::Ceiling { .. })));
            assert!(unfold(kind, &bytes, 1 << 20).1.is_none(), "exactly the ceiling is no bomb");
        }
    }

    #[test]
    fn a_zstd_frame_that_wants_a_huge_window_is_refused() {
        // Window descriptor 0xf8: exponent 31, a window of 2 TiB.
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8, 1, 0, 0];
        assert!(matches!(unfold(Compression::Zstd, &frame, 10).1, Some(UnfoldError::Broken { .. })));
    }
}
