//! The audit log.

use decnet_proto::swarm::operator::AuditEntry;
use decnet_store::limits;
use diesel::connection::SimpleConnection as _;

use crate::fixture::Fixture;

fn entry(at: i64) -> AuditEntry {
    AuditEntry {
        at,
        actor: "token".to_owned(),
        from: "127.0.0.1".to_owned(),
        action: "deploy".to_owned(),
        subject: String::new(),
        allowed: at % 2 == 0,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_come_first() {
    let fixture = Fixture::new().await;
    for at in 1..=5 {
        fixture.store.audit_add(entry(at)).await.unwrap();
    }
    assert_eq!(fixture.store.audit_list(2).await.unwrap(), [entry(5), entry(4)]);
    assert_eq!(fixture.store.audit_list(u32::MAX).await.unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_go() {
    let fixture = Fixture::new().await;
    let fill = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) \
         INSERT INTO audit SELECT i, i, 'token', '', 'deploy', '', 1 FROM n; \
         INSERT INTO numbers VALUES ('audit', {0})",
        limits::AUDIT
    );
    fixture.raw().batch_execute(&fill).unwrap();
    let size = async || {
        let tables = decnet_store::reset::tables(&fixture.path()).await.unwrap();
        tables.into_iter().find(|table| table.name == "audit").unwrap().rows
    };
    assert_eq!(size().await, 100_000);
    fixture.store.audit_add(entry(7)).await.unwrap();
    fixture.store.audit_add(entry(8)).await.unwrap();
    assert_eq!(size().await, 100_000);
    assert_eq!(fixture.store.audit_list(2).await.unwrap(), [entry(8), entry(7)]);
    assert_eq!(fixture.store.audit_list(u32::MAX).await.unwrap().len(), limits::LIST as usize);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_bounded() {
    let fixture = Fixture::new().await;
    let long = "ä".repeat(100_000);
    let huge = AuditEntry { actor: long.clone(), from: long.clone(), subject: long, ..entry(2) };
    fixture.store.audit_add(huge).await.unwrap();
    let kept = fixture.store.audit_list(1).await.unwrap().remove(0);
    assert_eq!((kept.actor.len(), kept.from.len(), kept.subject.len()), (256, 256, 256));
}
