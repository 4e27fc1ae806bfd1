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
use decnet_record::{
    Period, Reader, RecordError, Search,
    export::{Export, Exported, Format},
};
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
    let name = format!("attachment; filename=\"events.{}\"", suffix(format));
    let head = [(CONTENT_TYPE, form(format).media_type().to_owned()), (CONTENT_DISPOSITION, name)];
    let export = Export::begin(form(format), Vec::new()).map_err(|error| Refusal::Failed(error.into()))?;
    let newest = app.record.watch().newest();
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(File { app, search, period, newest, export, out: sender }.write());
    Ok((head, Body::from_stream(body(receiver))).into_response())
}

/// Events that become a file, piece by piece, as fast as it is taken.
struct File {
    app: Arc<App>,
    search: Search,
    period: Period,
    /// The newest event when it was begun: what comes later is not in it.
    newest: i64,
    export: Export<Vec<u8>>,
    out: mpsc::Sender<io::Result<Bytes>>,
}

impl File {
    async fn write(mut self) {
        let mut at = 0;
        loop {
            let piece = match self.piece(&mut at).await {
                Ok(piece) => piece,
                Err(error) => {
                    // The body ends without its last chunk: who takes it knows that it is not whole.
                    let _ = self.out.send(Err(error)).await;
                    return;
                }
            };
            if !piece.is_empty() && self.out.send(Ok(piece)).await.is_err() {
                return;
            }
            if at >= self.newest {
                return;
            }
        }
    }

    /// The next events, and how far they go.
    async fn piece(&mut self, at: &mut i64) -> io::Result<Bytes> {
        let (from, search, period) = (*at, self.search.clone(), self.period);
        let asked = self.app.asking.ask(move |reader| reader.logs_after(from, &search, period, PIECE));
        let found = asked.await.map_err(io::Error::other)?;
        for row in found.rows.iter().filter(|row| row.id <= self.newest) {
            let worker = row.source_worker.as_deref().unwrap_or_default();
            let (ignored, line) = (row.ignored, row.raw_line.as_bytes());
            self.export.event(&Exported { id: row.id, worker, ignored, line })?;
        }
        if found.seen <= from && from < self.newest {
            return Err(io::Error::other(RecordError::TooLong));
        }
        *at = found.seen;
        Ok(std::mem::take(self.export.out()).into())
    }
}

/// The form of events that is asked for.
const fn form(format: ExportFormat) -> Format {
    match format {
        ExportFormat::Jsonl => Format::JsonLines,
        ExportFormat::Csv => Format::Csv,
        ExportFormat::Ecs => Format::Ecs,
        ExportFormat::Ocsf => Format::Ocsf,
        ExportFormat::Cef => Format::Cef,
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
