//! DATA and BDAT: the message itself, streamed into an artifact.

use decnet_event::Kind;

use super::{
    address::Address,
    command::Words,
    content::{Dots, Facts},
    greet::MESSAGE_SIZE,
    session::{Next, Session},
    settings::Version,
};
use crate::{artifact::ArtifactWriter, conn::End};

/// `hopcount_limit`.
const HOPS: usize = 50;

/// A message that comes in chunks (RFC 3030).
#[derive(Debug)]
pub(super) enum Chunked {
    /// What came so far.
    Message(Box<Pending>),
    /// There was an error: the rest is read away.
    Refused,
}

/// The part of a message that came.
#[derive(Debug)]
pub(super) struct Pending {
    artifact: ArtifactWriter,
    facts: Facts,
    /// Bytes of all chunks.
    bytes: u64,
}

/// The argument of BDAT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Chunk {
    size: u64,
    last: bool,
}

fn parse_chunk(words: &Words) -> Option<Chunk> {
    let (digits, last) = (words.get(1), words.get(2));
    if !(2..=3).contains(&words.count()) || words.count() == 3 && !last.eq_ignore_ascii_case(b"LAST") {
        return None;
    }
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(Chunk { size, last: words.count() == 3 })
}

impl Session<'_> {
    fn mail_artifact(&self) -> ArtifactWriter {
        let sender = self.envelope.as_ref().map(|e| e.sender.text()).unwrap_or_default();
        self.conn.artifact(&sender, "mail")
    }

    /// DATA.
    pub(super) async fn data(&mut self, words: &Words) -> Result<Next, End> {
        self.conn.emit(Kind::Command { command: b"DATA".to_vec(), args: words.joined(1) });
        if self.chunked.is_some() {
            return self.refuse("503 5.5.1 Error: DATA after BDAT").await;
        }
        match &self.envelope {
            None => return self.refuse("503 5.5.1 Error: need RCPT command").await,
            Some(envelope) if envelope.recipients.is_empty() => {
                return self.refuse("554 5.5.1 Error: no valid recipients").await;
            }
            Some(_) => {}
        }
        if words.count() != 1 {
            return self.refuse("501 5.5.4 Syntax: DATA").await;
        }
        self.reply("354 End data with <CR><LF>.<CR><LF>").await?;
        self.flush().await?;
        let (artifact, facts) = self.read_content().await?;
        self.finish(artifact, facts, false).await
    }

    async fn read_content(&mut self) -> Result<(ArtifactWriter, Facts), End> {
        let mut dots = Dots::new(self.smtp.settings.version >= Version(3, 9));
        let (mut artifact, mut facts, mut content) = (self.mail_artifact(), Facts::default(), Vec::new());
        loop {
            if self.conn.buffered().is_empty() {
                self.conn.fill().await?;
            }
            content.clear();
            let end = dots.feed(self.conn.buffered(), &mut content);
            self.conn.consume(end.unwrap_or(usize::MAX));
            artifact.write(&content).await;
            facts.add(&content);
            if end.is_some() {
                return Ok((artifact, facts));
            }
        }
    }

    /// Takes the message in, or says why not.
    async fn finish(&mut self, artifact: ArtifactWriter, facts: Facts, chunked: bool) -> Result<Next, End> {
        let captured = artifact.finish();
        let envelope = self.envelope.take();
        if let Some(envelope) = &envelope {
            self.conn.release(envelope.claimed);
        }
        self.reset();
        let size = facts.size();
        if size > MESSAGE_SIZE {
            return self.refuse("552 5.3.4 Error: message file too big").await;
        }
        if facts.hops() > HOPS {
            return self.refuse("554 5.4.0 Error: too many hops").await;
        }
        let id = self.smtp.queue.id();
        let recipients = envelope.iter().flat_map(|e| &e.recipients);
        let recipients: Vec<Vec<u8>> = recipients.map(Address::text).collect();
        self.conn.emit(Kind::MessageAccepted {
            mail_from: envelope.map(|e| e.sender.text()).unwrap_or_default(),
            rcpt_to: recipients.join(&b','),
            body_bytes: captured.size,
            msg_id: id.clone(),
            subject: facts.subject(),
            sha256: captured.sha256,
        });
        self.forgive_junk();
        let bytes = if chunked { format!("{size} bytes ") } else { String::new() };
        self.accept(format!("250 2.0.0 Ok: {bytes}queued as {id}")).await
    }

    /// BDAT.
    pub(super) async fn chunk(&mut self, words: &Words) -> Result<Next, End> {
        self.conn.emit(Kind::Command { command: b"BDAT".to_vec(), args: words.joined(1) });
        let Some(chunk) = parse_chunk(words) else {
            self.reply("521 5.5.4 Syntax: BDAT count [LAST]").await?;
            return Ok(Next::Close);
        };
        if chunk.size == 0 && !chunk.last {
            return self.refuse_chunk(chunk, "551 5.7.1 Null BDAT request".to_owned()).await;
        }
        let recipients = self.envelope.as_ref().map(|envelope| envelope.recipients.len());
        let message = match (self.chunked.take(), recipients) {
            (Some(chunked), _) => chunked,
            (None, None) => {
                return self.refuse_chunk(chunk, "503 5.5.1 Error: need RCPT command".to_owned()).await;
            }
            (None, Some(0)) => {
                return self.refuse_chunk(chunk, "554 5.5.1 Error: no valid recipients".to_owned()).await;
            }
            (None, Some(_)) => {
                let (artifact, facts) = (self.mail_artifact(), Facts::default());
                Chunked::Message(Box::new(Pending { artifact, facts, bytes: 0 }))
            }
        };
        self.take_chunk(chunk, message).await
    }

    async fn take_chunk(&mut self, chunk: Chunk, message: Chunked) -> Result<Next, End> {
        let Chunked::Message(mut pending) = message else {
            let text = format!("551 5.0.0 Discarded {} bytes after earlier error", chunk.size);
            return self.refuse_chunk(chunk, text).await;
        };
        pending.bytes = pending.bytes.saturating_add(chunk.size);
        if pending.bytes > MESSAGE_SIZE {
            return self.refuse_chunk(chunk, "552 5.3.4 Chunk exceeds message size limit".to_owned()).await;
        }
        self.read_chunk(chunk.size, &mut pending).await?;
        if chunk.last {
            return self.finish(pending.artifact, pending.facts, true).await;
        }
        self.chunked = Some(Chunked::Message(pending));
        self.accept(format!("250 2.0.0 Ok: {} bytes", chunk.size)).await
    }

    /// Reads a chunk away. The message is over if it was the last; else the rest goes the same way.
    async fn refuse_chunk(&mut self, chunk: Chunk, text: String) -> Result<Next, End> {
        self.skip(chunk.size).await?;
        if chunk.last {
            self.reset();
        } else {
            self.chunked = Some(Chunked::Refused);
        }
        self.refuse(text).await
    }

    async fn read_chunk(&mut self, mut left: u64, pending: &mut Pending) -> Result<(), End> {
        while left > 0 {
            let piece = self.piece(left).await?;
            left -= piece.len() as u64;
            pending.artifact.write(&piece).await;
            pending.facts.add(&piece);
        }
        Ok(())
    }

    async fn skip(&mut self, mut left: u64) -> Result<(), End> {
        while left > 0 {
            left -= self.piece(left).await?.len() as u64;
        }
        Ok(())
    }

    /// Between one and `most` bytes of what comes.
    async fn piece(&mut self, most: u64) -> Result<Vec<u8>, End> {
        if self.conn.buffered().is_empty() {
            self.flush().await?;
            self.conn.fill().await?;
        }
        Ok(self.conn.take(usize::try_from(most).unwrap_or(usize::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expect: Option<(u64, bool)>) {
        let chunk = parse_chunk(&Words::parse(line.as_bytes()));
        assert_eq!(chunk, expect.map(|(size, last)| Chunk { size, last }), "{line}");
    }

    #[test]
    fn chunks_are_a_number_and_perhaps_the_last() {
        check("BDAT 5", Some((5, false)));
        check("BDAT 0 last", Some((0, true)));
        for wrong in ["BDAT", "BDAT x", "BDAT -1", "BDAT 5 FOO", "BDAT 5 LAST x", "BDAT 99999999999999999999"]
        {
            check(wrong, None);
        }
    }
}
