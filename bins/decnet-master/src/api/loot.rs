//! What attackers left: bounties, credentials, files.

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use decnet_proto::{
    api::{ArtifactsQuery, BountyQuery, CredentialsQuery},
    record::{ArtifactRow, BountyRow, CredentialRow, Page},
};
use decnet_record::Bounties;
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, ErrorKind},
};

use super::{
    app::{Answer, Id, Params, Shared},
    paging::{paging, said},
    refusal::Refusal,
};

/// How much of a file is read at once.
const PIECE: usize = 64 << 10;

pub(super) async fn bounty(State(app): Shared, query: Params<BountyQuery>) -> Answer<Page<BountyRow>> {
    let query = query?.0;
    let paging = paging(&query.page())?;
    let wanted = Bounties { of_type: said(query.bounty_type), search: said(query.search) };
    Ok(Json(app.ask(move |reader| reader.bounties(&wanted, paging)).await?))
}

pub(super) async fn credentials(
    State(app): Shared,
    query: Params<CredentialsQuery>,
) -> Answer<Page<CredentialRow>> {
    let query = query?.0;
    let (search, paging) = (said(query.search.clone()), paging(&query.page())?);
    Ok(Json(app.ask(move |reader| reader.credentials(search.as_deref(), paging)).await?))
}

pub(super) async fn artifacts(
    State(app): Shared,
    query: Params<ArtifactsQuery>,
) -> Answer<Page<ArtifactRow>> {
    let query = query?.0;
    let paging = paging(&query.page())?;
    let found = match said(query.sha256) {
        Some(sha256) => {
            check(&sha256)?;
            app.ask(move |reader| reader.artifacts_of(&sha256, paging)).await?
        }
        None => app.ask(move |reader| reader.artifacts(paging)).await?,
    };
    Ok(Json(found))
}

/// The content of a file. A browser is told to keep it, not to show it: it is an attacker's.
pub(super) async fn artifact(State(app): Shared, id: Id<String>) -> Result<Response, Refusal> {
    let Path(sha256) = id?;
    check(&sha256)?;
    let missing = || Refusal::Missing(format!("file with the SHA-256 {sha256}"));
    let file = match File::open(app.settings.artifacts.join(&sha256)).await {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing()),
        file => file.map_err(|error| Refusal::Failed(error.into()))?,
    };
    let length = file.metadata().await.map_err(|error| Refusal::Failed(error.into()))?.len();
    let head = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_LENGTH, length.to_string()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{sha256}\"")),
        (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
    ];
    let pieces = futures_util::stream::unfold((file, length), |(mut file, left)| async move {
        let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some((Ok(Bytes::from(piece)), (file, left - read as u64)))
            }
            Err(error) => Some((Err(error), (file, 0))),
        }
    });
    Ok((head, Body::from_stream(pieces)).into_response())
}

/// Nothing but a name that we gave is looked for in a folder.
fn check(sha256: &str) -> Result<(), Refusal> {
    let is_digest = sha256.len() == 64 && sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let wrong = || Refusal::Value("sha256: 64 hexadecimal digits in lower case".to_owned());
    is_digest.then_some(()).ok_or_else(wrong)
}
