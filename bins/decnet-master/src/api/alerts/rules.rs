//! What raises alerts.

use axum::{
    Json,
    extract::{Path, State},
};
use decnet_proto::alert::{Rule, RuleChange, RuleKind};
use decnet_record::alerts::AlertError;

use crate::api::{
    app::{Answer, Body, Id, Shared},
    guard::Caller,
};

pub(in crate::api) async fn rules(State(app): Shared) -> Answer<Vec<Rule>> {
    Ok(Json(app.alerting.read(|alerts| Ok(alerts.rule_list()?)).await?))
}

pub(in crate::api) async fn set_rule(
    State(app): Shared,
    Caller { who, .. }: Caller,
    id: Id<RuleKind>,
    body: Body<RuleChange>,
) -> Answer<Rule> {
    let (Path(kind), Json(RuleChange { enabled, hourly })) = (id?, body?);
    let set = app.alerting.write(move |alerts| {
        let found = alerts.rule_list()?.into_iter().find(|rule| rule.kind == kind);
        let rule = found.ok_or(AlertError::Absent { what: "rule" })?;
        let rule =
            Rule { enabled: enabled.unwrap_or(rule.enabled), hourly: hourly.unwrap_or(rule.hourly), ..rule };
        alerts.rule_set(rule)?;
        Ok(rule)
    });
    let rule = set.await?;
    let state = if rule.enabled { "on" } else { "off" };
    tracing::info!("{} has the rule {} {state}, {} an hour", who.username, kind.word(), rule.hourly);
    Ok(Json(rule))
}
