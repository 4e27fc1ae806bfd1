//! Statements of somebody who logged in.

use decnet_proto::{persona::ProductName, service::ServiceId};

use super::measure;
use crate::{ConnectionService as _, mysql::Mysql, testing};

const STATEMENTS: &[&[u8]] = &[
    b"select @@version, user(), database(), 1+2*3, concat('a', x'41', 0x42), if(1>2, 'a', null) limit 1",
    b"show databases; show tables from mysql; show variables like 'secure%'; show grants; show processlist",
    b"select table_schema, count(*) c from information_schema.tables where table_name like '%a_' group by 1 having c > 1 order by c desc, 1 limit 5, 9",
    b"create database x; use x; create table t(a int primary key auto_increment, b varchar(99), c blob); insert into t(b) values ('a'),(null); update t set b=concat(b,'z') where a in (1,2); delete from t where b is not null",
    b"select load_file('/etc/passwd'); select '<?php eval($_POST[1]);' into outfile '/var/www/html/a.php'; select unhex('7f454c46') into dumpfile '/usr/lib/mysql/plugin/u.so'; create function sys_eval returns string soname 'u.so'",
    b"drop table if exists t; /*!50000 select */ sleep(0.1) -- x\n; set @a=1, global general_log=1; select benchmark(1000000, md5('a')), repeat('a', 9999), rand(), now(), uuid()",
    b"select a.x, b.y from (select 1 x union all select 2) a left join (select 1 y) b on a.x=b.y where exists (select 1) and a.x between 0 and 9; explain select 1; describe mysql.user",
    b"prepare s from 'select ?'; execute s using @a; grant all on *.* to 'x'@'%' identified by 'y'; flush privileges; kill 5; shutdown; alter user root@localhost identified by 'z'",
];

#[test]
fn statements() {
    let host = testing::host(9);
    let servers = [
        (ProductName::Mariadb, "10.11.6-MariaDB-0+deb12u1"),
        (ProductName::Mysql, "8.0.40-0ubuntu0.22.04.1"),
    ]
    .map(|(name, version)| {
        Mysql::build(&testing::spec(ServiceId::Mysql, name, version, &[]), &host).unwrap()
    });
    measure::check("mysql, statements", STATEMENTS, |_, dice, text| {
        let (conn, _peer) = testing::open(&host, ServiceId::Mysql);
        servers[dice.below(2)].try_statements(&conn, text);
        drop(conn);
        host.emitter.take();
    });
}

/// What [`super::programs`] holds of command lines, of statements.
#[test]
fn operators_in_a_row_do_not_take_the_stack() {
    for count in [100, 20_000] {
        hold_rows(count);
    }
}

fn hold_rows(count: usize) {
    let row = |first: &str, link: &str, last: &str| format!("{first}{}{last}", link.repeat(count));
    let statements = [
        row("select 1", "+1", ""),
        row("select 1", " and 1", ""),
        row("select 1", " or 1", ""),
        row("select 1", "||1", ""),
        row("select 1", " like 1", ""),
        row("select 1", " is null", ""),
        row("select 1", " collate utf8mb4_bin", ""),
        row("select ", "not ", "1"),
        row("select ", "- ", "1"),
        row("select ", "~", "1"),
        row("select ", "(", "1"),
        row("select ", "if(1,", "1"),
        row("select ", "(select ", "1"),
        row("select case", " when 1 then case", " end"),
        row("select 1", " union select 1", ""),
        row("select * from mysql.user a", " join mysql.user b", ""),
        row("select * from ", "(select * from ", "mysql.user"),
        row("select 1 in (1", ",1", ")"),
        row("", "explain ", "select 1"),
        row("", "/*!50000 ", "select 1"),
    ];
    let host = testing::host(9);
    for (name, version) in
        [(ProductName::Mariadb, "10.11.6-MariaDB-0+deb12u1"), (ProductName::Mysql, "8.0.40-0ubuntu0.22.04.1")]
    {
        let server = Mysql::build(&testing::spec(ServiceId::Mysql, name, version, &[]), &host).unwrap();
        for statement in &statements {
            println!("row: {}", &statement[..60]);
            let (conn, _peer) = testing::open(&host, ServiceId::Mysql);
            let start = measure::processor_time();
            server.try_statements(&conn, statement.as_bytes());
            let took = measure::processor_time().saturating_sub(start);
            assert!(took < std::time::Duration::from_secs(10), "{took:?} for {}", &statement[..60]);
            host.emitter.take();
        }
    }
}
