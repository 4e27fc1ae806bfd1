//! Events: found, counted, written into files.

use std::{io, sync::Arc};

use axum::{
    Json,
    body::Body,
    extract::State,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use decnet_proto::{
    api::{ExportFormat, ExportQuery, HistogramQuery, LogsQuery},
    record::{Bucket, LogRow, Page, Stats},
};
use decnet_record::{Period, Reader, Search, export::{Format, Writer}};
use tokio::sync::mpsc;

use super::{
    app::{Answer, App, Params, Shared},
    paging::{paging, period, search},
    refusal::Refusal,
    stream::body,
};

/// Events that are read at once for a file.
const PIECE: u32 = 500;

/// Most minutes of a span: a year.
const LONGEST: u32 = 525_600;

pub(super) async fn logs(State(app): Shared, query: Params<LogsQuery>) -> Answer<Page<LogRow>> {
    let query = query?.0;
    let (search, paging) = (search(query.search.as_deref())?, paging(&query.page())?);
    let period = period(query.start_time.as_deref(), query.end_time.as_deref())?;
    Ok(Json(app.ask(move |reader| reader.logs(&search, period, paging)).await?))
}

pub(super) async fn histogram(State(app): Shared, query: Params<HistogramQuery>) -> Answer<Vec<Bucket>> {
    let query = query?.0;
    let search = search(query.search.as_deref())?;
    let period = period(query.start_time.as_deref(), query.end_time.as_deref())?;
    let minutes = query.interval_minutes.unwrap_or(15);
    if !(1..=LONGEST).contains(&minutes) {
        return Err(Refusal::Value(format!("interval_minutes: from 1 to {LONGEST}")));
    }
    Ok(Json(app.ask(move |reader| reader.histogram(&search, period, minutes)).await?))
}

pub(super) async fn stats(State(app): Shared) -> Answer<Stats> {
    Ok(Json(app.ask(Reader::stats).await?))
}

pub(super) async fn export(State(app): Shared, query: Params<ExportQuery>) -> Result<Response, Refusal> {
    let query = query?.0;
    let search = search(query.search.as_deref())?;
    let period = period(query.start_time.as_deref(), query.end_time.as_deref())?;
    let format = query.format.unwrap_or_default();
    let (sender, receiver) = mpsc::channel(2);
    let file = File { app, search, period, writer: Writer::new(format.into()), out: sender };
    tokio::spawn(file.write());
    let name = format!("attachment; filename=\"events.{}\"", suffix(format));
    let head = [(CONTENT_TYPE, media_type(format).to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((head, Body::from_stream(body(receiver))).into_response())
}

/// Events that become a file, piece by piece, as fast as it is taken.
struct File {
    app: Arc<App>,
    search: Search,
    period: Period,
    writer: Writer,
    out: mpsc::Sender<io::Result<Bytes>>,
}

impl File {
    async fn write(mut self) {
        let mut at = 0;
        let mut piece = self.writer.head();
        loop {
            let (search, period) = (self.search.clone(), self.period);
            let found = self.app.ask(move |reader| reader.logs_between(at, &search, period, PIECE)).await;
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    // The body ends without its last chunk: who takes it knows that it is not whole.
                    let _ = self.out.send(Err(io::Error::other(error))).await;
                    return;
                }
            };
            found.rows.iter().for_each(|row| self.writer.row(row, &mut piece));
            let is_over = found.is_last;
            at = found.seen;
            let piece = Bytes::from(std::mem::take(&mut piece));
            if (!piece.is_empty() && self.out.send(Ok(piece)).await.is_err()) || is_over {
                return;
            }
        }
    }
}

impl From<ExportFormat> for Format {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Jsonl => Self::Jsonl,
            ExportFormat::Csv => Self::Csv,
            ExportFormat::Ecs => Self::Ecs,
            ExportFormat::Ocsf => Self::Ocsf,
            ExportFormat::Cef => Self::Cef,
        }
    }
}

const fn suffix(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Jsonl => "jsonl",
        ExportFormat::Csv => "csv",
        ExportFormat::Ecs => "ecs.jsonl",
        ExportFormat::Ocsf => "ocsf.jsonl",
        ExportFormat::Cef => "cef",
    }
}

const fn media_type(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Jsonl | ExportFormat::Ecs | ExportFormat::Ocsf => "application/jsonl",
        ExportFormat::Csv => "text/csv; charset=utf-8",
        ExportFormat::Cef => "text/plain; charset=utf-8",
    }
}
