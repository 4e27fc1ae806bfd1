//! What the master's API tells of alerts.

use super::entry::{Entry, Status};
use crate::{
    alert::{
        Alert, Delivery, Ignore, IgnoreRequest, Receiver, ReceiverChange, ReceiverRequest, Retried,
        RetryRequest, Rule, RuleChange, RuleKind, Trial,
    },
    api::{DeliveriesQuery, Message, PageQuery, Route},
};

/// What the document says of a route of alerts.
pub(super) fn entry(entry: Entry, route: Route) -> Entry {
    let receiver = |entry: Entry| entry.number("The receiver.");
    match route {
        Route::Alerts => entry.query::<PageQuery>().pages::<Alert>(),
        Route::AlertRules => entry.lists::<Rule>(),
        Route::SetAlertRule => {
            entry.named::<RuleKind>("The rule.").body::<RuleChange>().answers::<Rule>(Status::Ok)
        }
        Route::Receivers => entry.lists::<Receiver>(),
        Route::AddReceiver => entry.body::<ReceiverRequest>().answers::<Receiver>(Status::Created),
        Route::Receiver => receiver(entry).answers::<Receiver>(Status::Ok),
        Route::ChangeReceiver => receiver(entry).body::<ReceiverChange>().answers::<Receiver>(Status::Ok),
        Route::RemoveReceiver => receiver(entry).answers::<Message>(Status::Ok),
        Route::TestReceiver => receiver(entry)
            .remark("It is sent once, at once, also to a receiver that is off; it is on no list.")
            .answers::<Trial>(Status::Ok),
        Route::Deliveries => receiver(entry).query::<DeliveriesQuery>().pages::<Delivery>(),
        Route::RetryDeliveries => receiver(entry).body::<RetryRequest>().answers::<Retried>(Status::Ok),
        Route::AddIgnore => entry.body::<IgnoreRequest>().answers::<Ignore>(Status::Created),
        Route::Ignore => entry.number("The entry.").answers::<Ignore>(Status::Ok),
        Route::RemoveIgnore => entry.number("The entry.").answers::<Message>(Status::Ok),
        // The list is what is left.
        _ => entry.lists::<Ignore>(),
    }
}
