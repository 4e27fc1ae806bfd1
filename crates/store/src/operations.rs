//! Operations: what was asked for, and how it goes on each host.
//!
//! They are the journal from which the master goes on after a crash: what was asked for is kept
//! until it is over.

use std::collections::BTreeMap;

use decnet_proto::{
    agent::StepFailure,
    ids::HostId,
    swarm::{
        operator::{HostResult, OperationKind, OperationView, ResultState},
        releases::UpdateOutcome,
    },
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::{
    Store, StoreError,
    connection::Connection,
    limits::{self, cut},
    meta::{self, Number},
    schema::{hosts, operation_notes, operation_results, operations},
    words,
};

/// How an operation goes on a host from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewResult {
    /// The host.
    pub host: HostId,
    /// How it is.
    pub state: ResultState,
    /// Steps in all, and steps done.
    pub steps: (u32, u32),
    /// What is worked on, or what went wrong.
    pub detail: String,
    /// Deckies that failed, each with why; those beyond [`limits::FAILURES`] are not kept.
    pub failures: Vec<StepFailure>,
    /// How an update of it ended.
    pub outcome: Option<UpdateOutcome>,
    /// What the host itself says of that; what is beyond [`limits::OUTPUT`] is not kept.
    pub output: String,
}

/// An operation that is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// How it goes.
    pub view: OperationView,
    /// What was asked for, as it was handed to [`Store::operation_begin`].
    pub request: String,
}

impl Store {
    /// Takes an operation on that waits on these hosts, and answers with its id. What was not done there of
    /// older ones of its family is superseded: what runs is one, which release it is another, and a
    /// decommission takes the place of both; an older one of which nothing is left to do is over.
    /// `request` is JSON.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] for a request beyond [`limits::REQUEST`], [`StoreError::NoSuchHost`],
    /// and when the database refuses.
    pub async fn operation_begin(
        &self,
        kind: OperationKind,
        actor: String,
        request: String,
        hosts: Vec<HostId>,
        at: i64,
    ) -> Result<u64, StoreError> {
        if request.len() > limits::REQUEST {
            return Err(StoreError::TooLarge { what: "the request", most: limits::REQUEST });
        }
        let new = New { kind, actor, request, hosts };
        self.write("take an operation on", move |c| Box::pin(begin(c, new, at))).await
    }

    /// How it goes on a host, and whether that was taken: what is done, superseded or untried stays so.
    ///
    /// # Errors
    /// [`StoreError::NoSuchOperation`], [`StoreError::NoSuchHost`] when it is not about that host,
    /// and when the database refuses.
    pub async fn operation_result(&self, id: u64, result: NewResult) -> Result<bool, StoreError> {
        self.write("remember how an operation goes", move |c| Box::pin(self::result(c, id, result))).await
    }

    /// Adds a line about the whole of it; those beyond [`limits::OPERATION_NOTES`] are not kept.
    ///
    /// # Errors
    /// [`StoreError::NoSuchOperation`], and when the database refuses.
    pub async fn operation_note(&self, id: u64, line: String) -> Result<(), StoreError> {
        self.write("note something of an operation", move |c| Box::pin(note(c, id, line))).await
    }

    /// It is over; what was asked for is forgotten. An operation that was over stays as it is.
    ///
    /// # Errors
    /// [`StoreError::NoSuchOperation`], and when the database refuses.
    pub async fn operation_finish(&self, id: u64, at: i64) -> Result<(), StoreError> {
        self.write("end an operation", move |c| Box::pin(finish(c, id, at))).await
    }

    /// The operation of this id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn operation_get(&self, id: u64) -> Result<Option<OperationView>, StoreError> {
        self.read("look an operation up", move |c| Box::pin(get(c, id))).await
    }

    /// The newest operations, the newest first, at most `limit` and at most [`limits::LIST`].
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn operation_list(&self, limit: u32) -> Result<Vec<OperationView>, StoreError> {
        self.read("list the operations", move |c| Box::pin(list(c, limit))).await
    }

    /// Operations that are not over, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn operation_unfinished(&self) -> Result<Vec<Unfinished>, StoreError> {
        self.read("look for operations that are not over", |c| Box::pin(unfinished(c))).await
    }
}

struct New {
    kind: OperationKind,
    actor: String,
    request: String,
    hosts: Vec<HostId>,
}

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = operations)]
struct Row {
    id: i64,
    revision: i64,
    kind: String,
    actor: String,
    request: String,
    created_at: i64,
    finished_at: Option<i64>,
}

/// A row of the results.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = operation_results)]
struct ResultRow {
    operation: i64,
    host: String,
    host_name: String,
    state: String,
    steps_total: i64,
    steps_done: i64,
    detail: String,
    failures: String,
    outcome: Option<String>,
    output: String,
}

impl ResultRow {
    fn waiting(operation: i64, host: HostId, host_name: String) -> Result<Self, StoreError> {
        Ok(Self {
            operation,
            host: host.to_string(),
            host_name,
            state: words::word(ResultState::Waiting)?,
            steps_total: 0,
            steps_done: 0,
            detail: String::new(),
            failures: words::json(&Vec::<StepFailure>::new())?,
            outcome: None,
            output: String::new(),
        })
    }

    fn view(self) -> Result<HostResult, StoreError> {
        let steps = |number| words::from_column("a number of steps", number);
        let outcome = self.outcome.as_deref().map(|word| words::variant("how an update ended", word));
        Ok(HostResult {
            host_uuid: words::parsed("a host's id", &self.host)?,
            host_name: self.host_name,
            state: words::variant("the state of a result", &self.state)?,
            steps: (steps(self.steps_total)?, steps(self.steps_done)?),
            detail: self.detail,
            failures: words::from_json("failures", &self.failures)?,
            outcome: outcome.transpose()?,
            output: self.output,
        })
    }
}

async fn begin(c: &mut Connection, new: New, at: i64) -> Result<u64, StoreError> {
    for host in &new.hosts {
        supersede(c, new.kind, *host, at).await?;
    }
    let id = meta::next(c, Number::Operation).await?;
    let row = Row {
        id,
        revision: 1,
        kind: words::word(new.kind)?,
        actor: cut(&new.actor, limits::TEXT),
        request: new.request,
        created_at: at,
        finished_at: None,
    };
    diesel::insert_into(operations::table).values(row).execute(c).await?;
    for host in new.hosts {
        let name = hosts::table.find(host.to_string()).select(hosts::name).first(c).await.optional()?;
        let row = ResultRow::waiting(id, host, name.ok_or(StoreError::NoSuchHost(host))?)?;
        diesel::insert_into(operation_results::table).values(row).execute(c).await?;
    }
    forget(c, id - limits::OPERATIONS).await?;
    words::from_column("an operation's id", id)
}

/// Forgets operations that are over, up to this id.
async fn forget(c: &mut Connection, last: i64) -> Result<(), StoreError> {
    let old = operations::table.filter(operations::id.le(last)).filter(operations::finished_at.is_not_null());
    let old = old.select(operations::id).load::<i64>(c).await?;
    for id in old {
        let results = operation_results::table.filter(operation_results::operation.eq(id));
        diesel::delete(results).execute(c).await?;
        let notes = operation_notes::table.filter(operation_notes::operation.eq(id));
        diesel::delete(notes).execute(c).await?;
        diesel::delete(operations::table.find(id)).execute(c).await?;
    }
    Ok(())
}

/// The kinds of operations whose place one of this kind takes: what runs on a host and which release it is
/// are two matters.
const fn supersedes(new: OperationKind) -> &'static [OperationKind] {
    use OperationKind::{Decommission, Deploy, Panic, Rollback, Teardown, Update};
    match new {
        Deploy | Teardown | Panic => &[Deploy, Teardown, Panic],
        Update | Rollback => &[],
        Decommission => &[Deploy, Teardown, Panic, Update, Rollback],
    }
}

/// What is not done on a host of operations that are not over is done no more.
async fn supersede(c: &mut Connection, kind: OperationKind, host: HostId, at: i64) -> Result<(), StoreError> {
    let kinds = supersedes(kind).iter().map(words::word).collect::<Result<Vec<_>, StoreError>>()?;
    let older = operations::table
        .filter(operations::finished_at.is_null())
        .filter(operations::kind.eq_any(kinds))
        .select(operations::id)
        .order(operations::id);
    let settled = [ResultState::Done, ResultState::Superseded, ResultState::Untried];
    let settled = settled.iter().map(words::word).collect::<Result<Vec<_>, StoreError>>()?;
    for id in older.load::<i64>(c).await? {
        let open = operation_results::table
            .filter(operation_results::operation.eq(id))
            .filter(operation_results::state.ne_all(settled.clone()));
        let own = open.clone().filter(operation_results::host.eq(host.to_string()));
        let superseded = operation_results::state.eq(words::word(ResultState::Superseded)?);
        if diesel::update(own).set(superseded).execute(c).await? == 0 {
            continue;
        }
        touch(c, id).await?;
        if open.count().get_result::<i64>(c).await? == 0 {
            end(c, id, at).await?;
        }
    }
    Ok(())
}

/// Makes the revision of an operation grow, and whether there is such an operation.
async fn touch(c: &mut Connection, id: i64) -> Result<bool, StoreError> {
    let grown = operations::revision.eq(operations::revision + 1);
    Ok(diesel::update(operations::table.find(id)).set(grown).execute(c).await? == 1)
}

async fn end(c: &mut Connection, id: i64, at: i64) -> Result<usize, StoreError> {
    let open = operations::table.find(id).filter(operations::finished_at.is_null());
    let change = (operations::finished_at.eq(at), operations::request.eq(""));
    Ok(diesel::update(open).set(change).execute(c).await?)
}

async fn result(c: &mut Connection, id: u64, new: NewResult) -> Result<bool, StoreError> {
    let number = known(c, id).await?;
    let place = operation_results::table.find((number, new.host.to_string()));
    let state = place.clone().select(operation_results::state).first::<String>(c).await.optional()?;
    let state = state.ok_or(StoreError::NoSuchHost(new.host))?;
    match words::variant("the state of a result", &state)? {
        ResultState::Done | ResultState::Superseded | ResultState::Untried => return Ok(false),
        ResultState::Waiting | ResultState::Running | ResultState::Failed => {}
    }
    let failures: Vec<_> = new.failures.into_iter().take(limits::FAILURES).map(bounded).collect();
    let change = (
        operation_results::state.eq(words::word(new.state)?),
        operation_results::steps_total.eq(i64::from(new.steps.0)),
        operation_results::steps_done.eq(i64::from(new.steps.1)),
        operation_results::detail.eq(cut(&new.detail, limits::DETAIL)),
        operation_results::failures.eq(words::json(&failures)?),
        operation_results::outcome.eq(new.outcome.map(words::word).transpose()?),
        operation_results::output.eq(cut(&new.output, limits::OUTPUT)),
    );
    diesel::update(place).set(change).execute(c).await?;
    touch(c, number).await
}

fn bounded(failure: StepFailure) -> StepFailure {
    StepFailure {
        subject: cut(&failure.subject, limits::TEXT),
        step: cut(&failure.step, limits::TEXT),
        error: cut(&failure.error, limits::DETAIL),
    }
}

/// The column of an operation that is remembered.
async fn known(c: &mut Connection, id: u64) -> Result<i64, StoreError> {
    let number = i64::try_from(id).map_err(|_| StoreError::NoSuchOperation(id))?;
    let found: i64 = operations::table.find(number).count().get_result(c).await?;
    if found == 0 { Err(StoreError::NoSuchOperation(id)) } else { Ok(number) }
}

async fn note(c: &mut Connection, id: u64, line: String) -> Result<(), StoreError> {
    let number = known(c, id).await?;
    let last = operation_notes::table.filter(operation_notes::operation.eq(number));
    let last = last.select(diesel::dsl::max(operation_notes::position)).first::<Option<i32>>(c).await?;
    let position = last.unwrap_or(0) + 1;
    if position > limits::OPERATION_NOTES {
        return Ok(());
    }
    let row = (
        operation_notes::operation.eq(number),
        operation_notes::position.eq(position),
        operation_notes::line.eq(cut(&line, limits::DETAIL)),
    );
    diesel::insert_into(operation_notes::table).values(row).execute(c).await?;
    touch(c, number).await.map(|_| ())
}

async fn finish(c: &mut Connection, id: u64, at: i64) -> Result<(), StoreError> {
    let number = known(c, id).await?;
    if end(c, number, at).await? == 1 {
        touch(c, number).await?;
    }
    Ok(())
}

async fn get(c: &mut Connection, id: u64) -> Result<Option<OperationView>, StoreError> {
    let Ok(number) = i64::try_from(id) else { return Ok(None) };
    let row: Option<Row> =
        operations::table.find(number).select(Row::as_select()).first(c).await.optional()?;
    Ok(views(c, row.into_iter().collect()).await?.pop())
}

async fn list(c: &mut Connection, limit: u32) -> Result<Vec<OperationView>, StoreError> {
    let newest = operations::table.select(Row::as_select()).order(operations::id.desc());
    let rows = newest.limit(limit.min(limits::LIST).into()).load(c).await?;
    views(c, rows).await
}

async fn unfinished(c: &mut Connection) -> Result<Vec<Unfinished>, StoreError> {
    let open = operations::table.filter(operations::finished_at.is_null());
    let rows: Vec<Row> = open.select(Row::as_select()).order(operations::id).load(c).await?;
    let requests: Vec<String> = rows.iter().map(|row| row.request.clone()).collect();
    let views = views(c, rows).await?;
    Ok(views.into_iter().zip(requests).map(|(view, request)| Unfinished { view, request }).collect())
}

/// The operations of these rows, in their order.
async fn views(c: &mut Connection, rows: Vec<Row>) -> Result<Vec<OperationView>, StoreError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let own = operation_results::table.filter(operation_results::operation.eq_any(ids.clone()));
    let own = own.select(ResultRow::as_select()).order(operation_results::host_name);
    let mut results: BTreeMap<i64, Vec<HostResult>> = BTreeMap::new();
    for row in own.load(c).await? {
        results.entry(row.operation).or_default().push(row.view()?);
    }
    let own = operation_notes::table.filter(operation_notes::operation.eq_any(ids));
    let own = own.select((operation_notes::operation, operation_notes::line));
    let mut notes: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for (id, line) in own.order(operation_notes::position).load::<(i64, String)>(c).await? {
        notes.entry(id).or_default().push(line);
    }
    let view = |row: Row| {
        Ok(OperationView {
            id: words::from_column("an operation's id", row.id)?,
            revision: words::from_column("a revision", row.revision)?,
            kind: words::variant("the kind of an operation", &row.kind)?,
            actor: row.actor,
            created_at: row.created_at,
            finished_at: row.finished_at,
            results: results.remove(&row.id).unwrap_or_default(),
            notes: notes.remove(&row.id).unwrap_or_default(),
        })
    };
    rows.into_iter().map(view).collect()
}
