//! Every alert is delivered or listed as dead, and none arrives twice that was answered.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    path::Path,
    sync::Arc,
    time::Duration,
};

use decnet_alerting::Sender;
use decnet_proto::alert::{DeliveryState, ReceiverId, Target};
use tempfile::TempDir;
use tokio::{sync::mpsc, task::JoinHandle};

use super::{
    SECRET,
    book::Book,
    outlet,
    receiver::{Mood, Receiver},
};

const TICK: Duration = Duration::from_millis(20);

struct Stage {
    folder: TempDir,
    news: mpsc::UnboundedReceiver<()>,
    tell: mpsc::UnboundedSender<()>,
}

impl Stage {
    fn new() -> (Self, Book) {
        let folder = tempfile::tempdir().unwrap();
        let (tell, news) = mpsc::unbounded_channel();
        let book = Book::open(&file(folder.path()));
        (Self { folder, news, tell }, book)
    }

    async fn receiver(&self) -> Receiver {
        Receiver::new(self.tell.clone()).await
    }

    /// Kills who sends as soon as so many requests were heard, and opens the book again.
    async fn kill_after(&mut self, requests: usize, book: Arc<Book>, sending: JoinHandle<()>) -> Arc<Book> {
        for _ in 0..requests {
            self.news.recv().await.unwrap();
        }
        sending.abort();
        assert!(sending.await.unwrap_err().is_cancelled());
        // Deliveries under way are aborted with the sender, and hold the book until they are gone.
        let mut book = book;
        let book = loop {
            match Arc::try_unwrap(book) {
                Ok(book) => break book,
                Err(held) => book = held,
            }
            tokio::task::yield_now().await;
        };
        while self.news.try_recv().is_ok() {}
        Arc::new(book.reopen(&file(self.folder.path())))
    }
}

fn file(folder: &Path) -> std::path::PathBuf {
    folder.join("alerts.db")
}

fn json(receiver: &Receiver) -> Target {
    Target::Json { url: receiver.url(), allow_http: true, secret: SECRET.to_owned() }
}

fn send(book: &Arc<Book>) -> JoinHandle<()> {
    tokio::spawn(Sender::new(Arc::clone(book), outlet()).with_tick(TICK).run(pending()))
}

/// Ids of a receiver's deliveries in a state.
fn ids(book: &Book, receiver: ReceiverId, state: DeliveryState) -> BTreeSet<String> {
    book.list(receiver, state).into_iter().map(|delivery| delivery.alert.id.to_string()).collect()
}

/// How often each id was heard, and was answered.
fn heard(receiver: &Receiver) -> (BTreeMap<String, usize>, BTreeMap<String, usize>) {
    let count = |heard: Vec<String>| {
        heard.into_iter().fold(BTreeMap::new(), |mut counts, id| {
            *counts.entry(id).or_default() += 1;
            counts
        })
    };
    let id = |heard: &super::receiver::Heard| {
        let body: serde_json::Value = serde_json::from_slice(&heard.body).unwrap();
        assert_eq!(body["id"], heard.header("x-decnet-event-id"));
        heard.header("x-decnet-event-id").to_owned()
    };
    let all = receiver.heard();
    let answered = all.iter().filter(|heard| heard.is_answered()).map(id).collect();
    (count(all.iter().map(id).collect()), count(answered))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_receiver_does_every_alert_is_delivered_once_or_dead() {
    const ALERTS: usize = 20;
    const DEATHS: usize = 6;
    let (mut stage, book) = Stage::new();
    let (moody, mut restarting, broken) =
        (stage.receiver().await, stage.receiver().await, stage.receiver().await);
    let half = Mood::BreakOff(b"HTTP/1.1 2");
    let moods = [Mood::Answer(500, ""), half, Mood::Hang, Mood::Slam, Mood::Answer(204, "")];
    moody.moods(moods.iter().cycle().take(15).cloned());
    broken.moods(std::iter::repeat_n(Mood::Answer(500, ""), ALERTS * 21));
    let [moody_id, restarting_id, broken_id] =
        [("moody", &moody), ("restarting", &restarting), ("broken", &broken)]
            .map(|(name, receiver)| book.receiver(name, json(receiver)));
    book.raise(ALERTS);

    let mut book = Arc::new(book);
    for requests in [3, 7, 11] {
        let sending = send(&book);
        book = stage.kill_after(requests, book, sending).await;
        restarting.stop().await;
        let sending = send(&book);
        book = stage.kill_after(2, book, sending).await;
        restarting.listen().await;
    }
    let sending = send(&book);
    book.settled.notified().await;
    sending.abort();

    for (receiver, id) in [(&moody, moody_id), (&restarting, restarting_id)] {
        let delivered = ids(&book, id, DeliveryState::Delivered);
        assert_eq!(delivered.len(), ALERTS, "nothing is lost");
        let (_, answered) = heard(receiver);
        assert_eq!(
            answered.keys().cloned().collect::<BTreeSet<_>>(),
            delivered,
            "what is said to be there is"
        );
        let twice = answered.values().map(|times| times - 1).sum::<usize>();
        // Who dies between an answer and its note, or is held up for a second, sends again: no more is promised.
        let late = book.failures(id).iter().filter(|error| error.starts_with("no answer within")).count();
        assert!(twice <= DEATHS + late, "{twice} came twice that were answered");
    }
    assert_eq!(ids(&book, broken_id, DeliveryState::Dead).len(), ALERTS);
    assert!(ids(&book, broken_id, DeliveryState::Delivered).is_empty());
    let dead = book.list(broken_id, DeliveryState::Dead);
    assert!(dead.iter().all(|dead| dead.error.as_deref().is_some_and(|error| error.contains("500"))));
    assert!(book.list(moody_id, DeliveryState::Waiting).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_killed_sends_nothing_twice_that_was_answered() {
    const ALERTS: usize = 12;
    let (stage, book) = Stage::new();
    let receiver = stage.receiver().await;
    let cut = Mood::BreakOff(b"HTTP/1.1 200 OK\r\n\r\n");
    receiver.moods([Mood::Answer(503, "retry-after: 5"), cut, Mood::Hang, Mood::Slam, Mood::Answer(500, "")]);
    let id = book.receiver("moody", json(&receiver));
    book.raise(ALERTS);
    let book = Arc::new(book);
    // What was answered cannot be written down for a while, either.
    book.break_down(3);
    let sending = send(&book);
    book.settled.notified().await;
    sending.abort();
    assert_eq!(ids(&book, id, DeliveryState::Delivered).len(), ALERTS);
    let (_, answered) = heard(&receiver);
    let late = book.failures(id).iter().filter(|error| error.starts_with("no answer within")).count();
    let twice = answered.values().map(|times| times - 1).sum::<usize>();
    // One hangs; any other lateness is the machine's.
    assert!(twice < late, "{answered:?}");
    assert_eq!(answered.len(), ALERTS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_and_not_answered_comes_again_with_the_same_id() {
    let (mut stage, book) = Stage::new();
    let receiver = stage.receiver().await;
    receiver.moods([Mood::Hang]);
    let id = book.receiver("late", json(&receiver));
    book.raise(1);
    let book = Arc::new(book);
    let sending = send(&book);
    let book = stage.kill_after(1, book, sending).await;
    let sending = send(&book);
    book.settled.notified().await;
    sending.abort();
    let (heard, _) = heard(&receiver);
    assert_eq!(heard.into_values().collect::<Vec<_>>(), [2]);
    assert_eq!(ids(&book, id, DeliveryState::Delivered).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn to_one_receiver_one_at_a_time_and_in_order() {
    let (stage, book) = Stage::new();
    let receiver = stage.receiver().await;
    book.receiver("good", json(&receiver));
    book.raise(10);
    let book = Arc::new(book);
    let sending = send(&book);
    book.settled.notified().await;
    sending.abort();
    let deckies: Vec<_> = receiver
        .heard()
        .iter()
        .map(|heard| serde_json::from_slice::<serde_json::Value>(&heard.body).unwrap()["decky"].clone())
        .collect();
    let mut sorted = deckies.clone();
    sorted.sort_by_key(ToString::to_string);
    assert_eq!((deckies.len(), &deckies), (10, &sorted));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_under_way_is_finished_before_the_end() {
    let (mut stage, book) = Stage::new();
    let receiver = stage.receiver().await;
    receiver.moods([Mood::Hang]);
    let id = book.receiver("slow", json(&receiver));
    book.raise(3);
    let book = Arc::new(book);
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async {
        let _ = ended.await;
    };
    let sending = tokio::spawn(Sender::new(Arc::clone(&book), outlet()).with_tick(TICK).run(shutdown));
    stage.news.recv().await.unwrap();
    end.send(()).unwrap();
    sending.await.unwrap();
    assert_eq!(book.failures(id).len(), 1, "the one that hung was written down as failed");
    assert_eq!(receiver.heard().len(), 1, "no other was begun");
}
