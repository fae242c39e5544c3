//! One exchange under way: the rest of a request to the server, and its answer to the device, at the same time.

use super::connection::{Boxed, Context, End};
use super::cut::{Half, Piece};
use super::exchange::{Device, Held, Unwanted, Upstream, apply_body, hold, is_short, wants};
use super::fault::Plan;
use super::passing::{Broken, pass, put};
use crate::base::Direction;
use crate::http::{LiveHead, StartLine};
use std::pin::pin;
use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::oneshot;

/// What is known of the request that is answered.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    /// What was read of it and is sent first.
    pub(super) octets: &'a [u8],
    /// That is all of it.
    pub(super) is_whole: bool,
    /// The device was told to go on by the proxy.
    pub(super) continued: bool,
}

/// What comes after an exchange.
pub(super) enum Next {
    Exchange,
    Close,
}

/// How one side's message came to its end. The other side's direction goes by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Whole,
    /// What follows no grammar, or has no end but the connection's: everything passes as it is from now on, in both
    /// directions.
    Opaque,
    /// The side that sends it has closed, or the one that should get it.
    Broken,
}

/// What an answer leaves.
enum Got {
    Answer,
    /// Nothing more can come.
    Nothing,
    /// Everything that the server had to say; the device may have more.
    All,
}

/// Passes the rest of a request on, and its answer. Both may be long: neither side need read before it has written.
pub(super) async fn answer(
    context: &Context<'_>,
    requests: &mut Half,
    device: &mut Device,
    server: &mut Upstream,
    asked: Asked<'_>,
) -> Result<Next, End> {
    let (request_fate, of_request) = oneshot::channel();
    let (answer_fate, of_answer) = oneshot::channel();
    let Upstream { reader, writer, responses, unwanted, .. } = server;
    let request = async {
        let fate = match (put(writer, asked.octets).await, asked.is_whole) {
            (Err(_), _) => Fate::Broken,
            (Ok(()), true) => Fate::Whole,
            (Ok(()), false) => rest(context, requests, &mut device.reader, writer).await?,
        };
        let _ = request_fate.send(fate);
        match (fate, of_answer.await) {
            (Fate::Opaque, _) | (Fate::Whole, Ok(Fate::Opaque)) => {
                context.track.release(&[]);
                match pass(&requests.rest(), &mut device.reader, writer).await {
                    Err(Broken::Reading(error)) => Err(End::Io(error)),
                    // A server that takes no more may have answered all the same.
                    Ok(()) | Err(Broken::Writing(_)) => Ok(()),
                }
            }
            _ => Ok(()),
        }
    };
    let mut receiving = Receiving { context, reader, responses, unwanted, to: &mut device.writer };
    let response = async {
        let fate = receiving.answer(&asked).await?;
        let _ = answer_fate.send(fate);
        if fate == Fate::Broken {
            return Ok(Got::Nothing);
        }
        match (fate, of_request.await) {
            (Fate::Opaque, _) | (_, Ok(Fate::Opaque)) => {
                let behind = receiving.responses.rest();
                match pass(&behind, receiving.reader, receiving.to).await {
                    Ok(()) => Ok(Got::All),
                    Err(Broken::Reading(_)) => Ok(Got::Nothing),
                    Err(Broken::Writing(error)) => Err(End::Io(error)),
                }
            }
            (_, Ok(Fate::Whole)) => Ok(Got::Answer),
            _ => Ok(Got::Nothing),
        }
    };
    let (mut request, mut response) = (pin!(request), pin!(response));
    let (mut is_sent, mut got) = (false, None);
    loop {
        tokio::select! {
            sent = &mut request, if !is_sent => {
                sent?;
                is_sent = true;
            }
            answer = &mut response, if got.is_none() => got = Some(answer?),
        }
        match (&got, is_sent) {
            (Some(Got::Nothing), _) | (Some(Got::All), true) => return Ok(Next::Close),
            (Some(Got::Answer), true) => return Ok(Next::Exchange),
            _ => {}
        }
    }
}

/// Passes the rest of a request on, to its end.
async fn rest(
    context: &Context<'_>,
    requests: &mut Half,
    device: &mut ReadHalf<Boxed>,
    to: &mut WriteHalf<Boxed>,
) -> Result<Fate, End> {
    loop {
        let sent = match requests.piece(device).await? {
            Some(Piece::Body { raw, .. }) => put(to, requests.octets(&raw)).await.map(|()| None),
            Some(Piece::End) => {
                context.hold_next();
                return Ok(Fate::Whole);
            }
            Some(Piece::Opaque(octets)) => put(to, &octets).await.map(|()| Some(Fate::Opaque)),
            Some(Piece::Head(..)) | None => {
                // It will say no more; its answer may still come.
                let _ = to.shutdown().await;
                return Ok(Fate::Broken);
            }
        };
        match sent {
            Ok(None) => {}
            Ok(Some(fate)) => return Ok(fate),
            Err(_) => return Ok(Fate::Broken),
        }
    }
}

/// The direction from the server to the device.
struct Receiving<'a> {
    context: &'a Context<'a>,
    reader: &'a mut ReadHalf<Boxed>,
    responses: &'a mut Half,
    unwanted: &'a mut Unwanted,
    to: &'a mut WriteHalf<Boxed>,
}

impl Receiving<'_> {
    /// Passes an answer on, to its end.
    async fn answer(&mut self, asked: &Asked<'_>) -> Result<Fate, End> {
        // Answers to what was sent once more, and that nobody wants, come first.
        while self.unwanted.is_any() {
            // A server that breaks has nothing more to say; what came of it is with the device.
            match self.responses.piece(self.reader).await {
                Ok(Some(Piece::Opaque(octets))) => {
                    put(self.to, &octets).await?;
                    return Ok(Fate::Opaque);
                }
                Ok(Some(piece)) => self.unwanted.pass_over(&piece),
                Ok(None) | Err(_) => return Ok(Fate::Broken),
            }
        }
        self.responses.cutter.answers(asked.method);
        let mut is_final = false;
        loop {
            match self.responses.piece(self.reader).await {
                Ok(Some(Piece::Head(octets, head))) => match status(&head) {
                    // It was told already.
                    100 if asked.continued => {}
                    100..200 => put(self.to, &octets).await?,
                    _ => {
                        is_final = true;
                        if self.begin(octets, &head).await? {
                            return Ok(Fate::Whole);
                        }
                        // The server may wait for the device to close, which no exchange is read for.
                        if self.responses.cutter.is_until_close() {
                            return Ok(Fate::Opaque);
                        }
                    }
                },
                Ok(Some(Piece::Body { raw, .. })) => put(self.to, self.responses.octets(&raw)).await?,
                Ok(Some(Piece::End)) if is_final => return Ok(Fate::Whole),
                Ok(Some(Piece::End)) => {}
                Ok(Some(Piece::Opaque(octets))) => {
                    put(self.to, &octets).await?;
                    return Ok(Fate::Opaque);
                }
                Ok(None) | Err(_) => return Ok(Fate::Broken),
            }
        }
    }

    /// Passes the beginning of an answer on; the whole of it where a fault may apply. Gives whether that was all.
    async fn begin(&mut self, octets: Vec<u8>, head: &LiveHead) -> Result<bool, End> {
        let settings = self.context.settings;
        let wanted = wants(settings, Direction::ServerToDevice, head) && is_short(head.body_length(false).ok());
        if !wanted {
            put(self.to, &octets).await?;
            return Ok(false);
        }
        let mut sent = hold(self.responses, self.reader, octets).await;
        let Held::Whole(whole) = &sent else {
            put(self.to, &sent.octets()).await?;
            return Ok(false);
        };
        let plan = match &settings.faults {
            Some(engine) => engine.message(self.context.number, Direction::ServerToDevice, &whole.head, &whole.content),
            None => Plan::default(),
        };
        self.context.track.note(&plan.notes);
        self.context.wait(&plan).await;
        if let Some(answer) = &plan.replace_with {
            put(self.to, answer).await?;
            return Ok(true);
        }
        apply_body(&mut sent, &plan);
        let octets = sent.octets();
        if let Some(most) = plan.drop_after {
            let most = usize::try_from(most).unwrap_or(usize::MAX).min(octets.len());
            put(self.to, octets.get(..most).unwrap_or_default()).await?;
            return Err(End::Fault);
        }
        put(self.to, &octets).await?;
        Ok(true)
    }
}

/// The status of a response; 0 where a request came in its place.
pub(super) fn status(head: &LiveHead) -> u16 {
    match &head.line {
        StartLine::Response(line) => line.status,
        StartLine::Request(_) => 0,
    }
}
