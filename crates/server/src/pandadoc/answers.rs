//! What PandaDoc answers, as far as it is of interest.

use charter_contract::Timestamp;
use serde::Deserialize;

/// `DocumentListResponse`.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) results: Vec<Created>,
}

/// `DocumentCreateResponse`.
#[derive(Debug, Deserialize)]
pub(super) struct Created {
    pub(super) id: String,
}

/// `DocumentStatusResponse`.
#[derive(Debug, Deserialize)]
pub(super) struct Seen {
    pub(super) status: Status,
    #[serde(default)]
    date_completed: Option<String>,
}

impl Seen {
    /// When it was completed, if that is said in a way that can be read.
    pub(super) fn completed(&self) -> Option<Timestamp> {
        Timestamp::parse(self.date_completed.as_deref()?)
    }
}

/// `DocumentStatusEnum`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(super) enum Status {
    #[serde(rename = "document.draft")]
    Draft,
    #[serde(rename = "document.sent")]
    Sent,
    #[serde(rename = "document.completed")]
    Completed,
    #[serde(rename = "document.uploaded")]
    Uploaded,
    #[serde(rename = "document.error")]
    Error,
    #[serde(rename = "document.viewed")]
    Viewed,
    #[serde(rename = "document.waiting_approval")]
    WaitingApproval,
    #[serde(rename = "document.approved")]
    Approved,
    #[serde(rename = "document.rejected")]
    Rejected,
    #[serde(rename = "document.waiting_pay")]
    WaitingPay,
    #[serde(rename = "document.paid")]
    Paid,
    #[serde(rename = "document.voided")]
    Voided,
    #[serde(rename = "document.declined")]
    Declined,
    #[serde(rename = "document.external_review")]
    ExternalReview,
    #[serde(rename = "document.scheduled")]
    Scheduled,
}
