//! An exchange under way.

use super::building::decode;
use super::exchange::{Anomaly, Exchange, HttpMessage, RequestLine, ResponseLine};
use super::head::note;
use crate::base::FrameNo;
use crate::net::{Endpoint, FlowId, SecuredBy};

/// Where one half of an exchange is.
#[derive(Debug)]
pub(super) enum Half<L> {
    /// Not begun. Of a request: it was not captured.
    Absent,
    /// Its head has begun.
    Coming,
    /// Its head is complete.
    Open,
    Done(HttpMessage<L>),
}

/// What the method says about the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Head,
    Connect,
    Other,
}

/// An exchange that was not handed out yet.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) ordinal: u64,
    pub(super) request: Half<RequestLine>,
    pub(super) response: Half<ResponseLine>,
    pub(super) method: Method,
    pub(super) after_gap: bool,
    pub(super) cut: bool,
    /// Its request was handed out without a response already.
    pub(super) orphan: bool,
    /// Its response is here, and its request may come: octets that were sent before it are waited for.
    pub(super) awaits_request: bool,
    /// It was handed out when its request was complete; its response is not waited for.
    pub(super) is_handed_out: bool,
    /// The first frame of its response.
    pub(super) answered: Option<FrameNo>,
    /// It came out of TLS: under what.
    pub(super) tls: Option<SecuredBy>,
    pub(super) first: FrameNo,
    pub(super) weight: usize,
}

impl<L> Half<L> {
    fn message(self) -> Option<HttpMessage<L>> {
        match self {
            Self::Done(message) => Some(message),
            Self::Absent | Self::Coming | Self::Open => None,
        }
    }
}

/// Between whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) flow: FlowId,
    pub(super) client: Endpoint,
    pub(super) server: Endpoint,
}

impl Slot {
    /// What is known of it when its request is complete.
    pub(super) fn ahead(&self, ends: Ends) -> Option<Exchange> {
        let Half::Done(request) = &self.request else { return None };
        let mut request = request.clone();
        decode(&mut request);
        Some(Exchange {
            flow: ends.flow,
            client: ends.client,
            server: ends.server,
            ordinal: self.ordinal,
            request: Some(request),
            response: None,
            tls: self.tls.is_some(),
            secured: self.tls,
            after_gap: self.after_gap,
            cut: self.cut,
        })
    }

    /// What came of it. `cutting` when the capture ends it, `responses_lost` when responses may be missing. `None` when
    /// neither half ever became readable.
    ///
    /// Content codings are undone here, not before, so that what waits is never larger than what was captured.
    pub(super) fn exchange(self, ends: Ends, cutting: bool, responses_lost: bool) -> Option<Exchange> {
        let mut request = self.request.message();
        let mut response = self.response.message();
        if request.is_none() && response.is_none() {
            return None;
        }
        let response_lost = response.is_none() && responses_lost;
        let request_lost = request.is_none() && (self.after_gap || self.orphan);
        if let Some(message) = &mut request {
            decode(message);
        }
        if let Some(message) = &mut response {
            decode(message);
            if request.is_none() && !self.orphan {
                note(&mut message.anomalies, Anomaly::Unsolicited);
            }
        }
        Some(Exchange {
            flow: ends.flow,
            client: ends.client,
            server: ends.server,
            ordinal: self.ordinal,
            request,
            response,
            tls: self.tls.is_some(),
            secured: self.tls,
            after_gap: self.after_gap,
            cut: self.cut || cutting || response_lost || request_lost,
        })
    }
}
