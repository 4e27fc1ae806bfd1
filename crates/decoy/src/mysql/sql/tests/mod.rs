//! Statements and what they come to; the answers were taken from MariaDB 10.11.19 of Debian 12.

mod compared;

use decnet_event::Kind;
use decnet_proto::persona::{BaitCredential, Persona, ProductName};
use proptest::prelude::*;

use super::{
    catalogue::Catalogue,
    engine::{Engine, Outcome},
    parse, schema,
    session::{Server, Session},
    value::Value,
};
use crate::{
    caps,
    mysql::{account, failure::Failure, product::Product},
    testing,
};

/// A server whose tables stay from one statement to the next.
struct Bench {
    persona: Persona,
    product: Product,
    accounts: Vec<account::Account>,
    catalogue: Catalogue,
    session: Session,
    events: Vec<Kind>,
    files: Vec<(Vec<u8>, Vec<u8>)>,
    sleep: f64,
}

const NOW: i64 = 1_764_100_000;

impl Bench {
    fn new(version: &str, user: &str) -> Self {
        let mut persona = testing::persona(1);
        for (purpose, username, password) in
            [("database", "app_rw", "Sekret1"), ("administration", "itadmin", "Garden.W3")]
        {
            let (purpose, username) = (purpose.to_owned(), username.to_owned());
            persona.bait.push(BaitCredential { purpose, username, password: password.to_owned() });
        }
        let product = Product::new(ProductName::Mariadb, version, "Debian").unwrap();
        let product = if version.starts_with('1') {
            product
        } else {
            Product::new(ProductName::Mysql, version, "Ubuntu").unwrap()
        };
        let accounts = account::accounts(&persona);
        let catalogue = schema::catalogue(&product, &persona, &accounts, NOW);
        let own = accounts.iter().find(|account| account.user == user).unwrap().clone();
        let session = Session {
            thread: 77,
            user: user.to_owned(),
            host: "localhost".to_owned(),
            port: 40_000,
            everything: own.everything,
            password: own.password,
            charset: 45,
            ..Session::default()
        };
        Self {
            persona,
            product,
            accounts,
            catalogue,
            session,
            events: Vec::new(),
            files: Vec::new(),
            sleep: 0.0,
        }
    }

    fn run(&mut self, text: &[u8]) -> Result<Outcome, Failure> {
        let parsed = parse::parse(text, &self.product).0?;
        let server = Server { uptime: 100_000, questions: 5_000, connections: 1, threads: 77, port: 3_306 };
        let mut engine = Engine {
            product: &self.product,
            persona: &self.persona,
            accounts: &self.accounts,
            catalogue: &mut self.catalogue,
            session: &mut self.session,
            server,
            now: (NOW, 0),
            text,
            parameters: &[],
            events: Vec::new(),
            files: Vec::new(),
            sleep: 0.0,
            steps: 0,
            held: 0,
            in_view: false,
            seeded: Vec::new(),
        };
        let outcome = engine.run(&parsed.statement);
        let (mut events, mut files, sleep) = (engine.events, engine.files, engine.sleep);
        self.events.append(&mut events);
        self.files.append(&mut files);
        self.sleep += sleep;
        outcome
    }

    /// The answer as one line: rows by `; `, values by `|`.
    fn ask(&mut self, text: &str) -> String {
        match self.run(text.as_bytes()) {
            Ok(Outcome::Done(affected, _, info)) if info.is_empty() => format!("ok {affected}"),
            Ok(Outcome::Done(affected, _, info)) => format!("ok {affected} {info}"),
            Ok(Outcome::Rows(rows)) => {
                let print =
                    |value: &Value| value.print().map_or_else(|| "NULL".to_owned(), |_| value.shown());
                let rows = rows.rows.iter().map(|row| row.iter().map(print).collect::<Vec<_>>().join("|"));
                rows.collect::<Vec<_>>().join("; ")
            }
            Ok(Outcome::AskFile(path, table)) => format!("file {} {table}", String::from_utf8_lossy(&path)),
            Ok(Outcome::Closed(failure)) | Err(failure) => {
                format!("{} {}", failure.code, String::from_utf8_lossy(&failure.text))
            }
        }
    }
}

fn admin() -> Bench {
    Bench::new("10.11.19-MariaDB-0+deb12u1", "itadmin")
}

/// Statements in order, each with its answer.
fn check(bench: &mut Bench, talk: &[(&str, &str)]) {
    for (text, expect) in talk {
        assert_eq!(bench.ask(text), *expect, "{text}");
    }
}

#[test]
fn expressions() {
    check(
        &mut admin(),
        &[
            ("select 1+1, 'a', null, 1.5", "2|a|NULL|1.5"),
            ("select 7/2, 7 div 2, 7%3, 2*3, -1, 1-5, 1.5+1", "3.5000|3|1|6|-1|-4|2.5"),
            (
                "select 1 and 1, 1 or 0, not 1, 1=1, 1<>2, null is null, 'a' like 'A%', 3 between 1 and 5, 2 in (1,2)",
                "1|1|0|1|1|1|1|1|1",
            ),
            (
                "select concat_ws(',', 'a','b'), substring('hello',2,3), lower('A'), reverse('abc'), replace('aa','a','b'), trim(' a ')",
                "a,b|ell|a|cba|bb|a",
            ),
            (
                "select left('abc',2), right('abc',1), instr('abc','b'), ascii('a'), char_length('abc'), repeat('a',3), lpad('a',3,'x')",
                "ab|c|2|97|3|aaa|xxa",
            ),
            ("select ifnull(null,1), coalesce(null,2), nullif(1,1)", "1|2|NULL"),
            (
                "select cast('12' as signed), cast(12 as char), hex(255), unhex('61'), bin(5), conv(255,10,16)",
                "12|12|FF|a|101|FF",
            ),
            (
                "select md5('a'), sha1('a'), hex('a'), char(65)",
                "0cc175b9c0f1b6a831c399e269772661|86f7e437faa5a7fce15d1ddcb9eaeaea377667b8|61|A",
            ),
            ("select 0x61, x'61', 0x61+0, 0x61*2", "a|a|97|194"),
            ("select case when 1=1 then 'y' else 'n' end, if(1=1,'a','b')", "y|a"),
            (
                "select user(), current_user, database(), version()",
                "itadmin@localhost|itadmin@%|NULL|10.11.19-MariaDB-0+deb12u1",
            ),
            (
                "select @@version_comment, @@port, @@autocommit, @@tx_isolation",
                "Debian 12|3306|1|REPEATABLE-READ",
            ),
            ("select 1 union select 2", "1; 2"),
            ("select * from (select 1) t", "1"),
            ("select exists(select 1)", "1"),
            ("set @a=1", "ok 0"),
            ("select @a, @b, @a:=5", "1|NULL|5"),
            (
                "select extractvalue(1,concat(0x7e,version()))",
                "1105 XPATH syntax error: '~10.11.19-MariaDB-0+deb12u1'",
            ),
            ("select nofunc(1)", "1305 FUNCTION nofunc does not exist"),
            ("select date_add('2026-01-31', interval 1 day)", "2026-02-01"),
            ("select '2026-01-31' + interval 1 day", "2026-02-01"),
        ],
    );
}

#[test]
fn errors_have_the_words_of_the_server() {
    const SYNTAX: &str = "1064 You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near ";
    let mut bench = admin();
    for (text, near) in [
        ("selec 1", "'selec 1'"),
        ("select", "''"),
        ("select * from ", "''"),
        ("select 'abc", "''abc'"),
        ("show foo", "'foo'"),
        (
            "foo bar baz this is a very long statement that goes on and on and on and on and on and on until eighty",
            "'foo bar baz this is a very long statement that goes on and on and on and on a...'",
        ),
    ] {
        assert_eq!(bench.ask(text), format!("{SYNTAX}{near} at line 1"), "{text}");
    }
    check(
        &mut bench,
        &[
            ("  ", "1065 Query was empty"),
            ("select * from nope", "1046 No database selected"),
            ("use nope", "1049 Unknown database 'nope'"),
            ("create database shop", "ok 1"),
            ("create database shop", "1007 Can't create database 'shop'; database exists"),
            ("use shop", "ok 0"),
            ("select * from nope", "1146 Table 'shop.nope' doesn't exist"),
            ("create table t(a int, b text)", "ok 0"),
            ("create table t(a int)", "1050 Table 't' already exists"),
            ("select nope from t", "1054 Unknown column 'nope' in 'SELECT'"),
            ("select * from t where nope=1", "1054 Unknown column 'nope' in 'WHERE'"),
            ("select * from t order by nope", "1054 Unknown column 'nope' in 'ORDER BY'"),
            ("update t set nope=1", "1054 Unknown column 'nope' in 'SET'"),
            ("insert into t values(1)", "1136 Column count doesn't match value count at row 1"),
            ("insert into t(a,c) values(1,2)", "1054 Unknown column 'c' in 'INSERT INTO'"),
            ("drop table nope", "1051 Unknown table 'shop.nope'"),
            ("alter table y add column z int", "1146 Table 'shop.y' doesn't exist"),
            ("drop database aaaa", "1008 Can't drop database 'aaaa'; database doesn't exist"),
            ("select @@nope", "1193 Unknown system variable 'nope'"),
            ("kill 99999", "1094 Unknown thread id: 99999"),
            ("select * from information_schema.nope", "1109 Unknown table 'nope' in information_schema"),
        ],
    );
}

#[test]
fn tables_are_made_changed_and_dropped() {
    let talk = &[
        ("create database shop", "ok 1"),
        ("use shop", "ok 0"),
        (
            "create table c(id int not null auto_increment primary key, name varchar(100) not null, balance decimal(10,2) default 0.00, key name(name))",
            "ok 0",
        ),
        ("insert into c(name) values('a'),('b')", "ok 2 Records: 2  Duplicates: 0  Warnings: 0"),
        ("insert into c set name='z', balance=5", "ok 1"),
        ("select * from c", "1|a|0.00; 2|b|0.00; 3|z|5.00"),
        ("insert into c(id,name) values(1,'dup')", "1062 Duplicate entry '1' for key 'PRIMARY'"),
        ("insert into c(id,name) values(77,null)", "1048 Column 'name' cannot be null"),
        ("select max(id),min(id),sum(id),avg(id),count(*) from c", "3|1|6|2.0000|3"),
        ("select name n from c having n='a'", "a"),
        ("select count(*),balance from c group by balance order by 1 desc", "2|0.00; 1|5.00"),
        ("select x.name from c x join c y on x.id=y.id where y.id>1 order by x.name desc limit 1", "z"),
        ("select name from c where id=(select max(id) from c)", "z"),
        ("update c set name='q' where id<=2", "ok 2 Rows matched: 2  Changed: 2  Warnings: 0"),
        ("delete from c where name='q' limit 1", "ok 1"),
        (
            "show create table c",
            "c|CREATE TABLE `c` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n  `name` varchar(100) NOT NULL,\n  `balance` decimal(10,2) DEFAULT 0.00,\n  PRIMARY KEY (`id`),\n  KEY `name` (`name`)\n) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci",
        ),
        (
            "describe c",
            "id|int(11)|NO|PRI|NULL|auto_increment; name|varchar(100)|NO|MUL|NULL|; balance|decimal(10,2)|YES||0.00|",
        ),
        ("alter table c add column note text", "ok 0 Records: 0  Duplicates: 0  Warnings: 0"),
        ("rename table c to d", "ok 0"),
        ("select * from d", "2|q|0.00|NULL; 3|z|5.00|NULL"),
        ("truncate d", "ok 0"),
        ("drop table d", "ok 0"),
        ("drop table if exists d", "ok 0"),
        ("show warnings", "Note|1051|Unknown table 'shop.d'"),
        ("drop database shop", "ok 0"),
    ];
    check(&mut admin(), talk);
}

#[test]
fn an_account_sees_and_does_what_it_may() {
    let mut bench = Bench::new("10.11.19-MariaDB-0+deb12u1", "app_rw");
    let own = bench.ask("show databases").split("; ").nth(1).unwrap_or_default().to_owned();
    assert_eq!(own, schema::database_name(&bench.persona));
    check(
        &mut bench,
        &[
            ("use mysql", "1044 Access denied for user 'app_rw'@'%' to database 'mysql'"),
            (
                "select * from mysql.user",
                "1142 SELECT command denied to user 'app_rw'@'localhost' for table `mysql`.`user`",
            ),
            ("create database foo", "1044 Access denied for user 'app_rw'@'%' to database 'foo'"),
            (
                "set global general_log=1",
                "1227 Access denied; you need (at least one of) the SUPER privilege(s) for this operation",
            ),
            (
                "create function sys_exec returns integer soname 'udf.so'",
                "1044 Access denied for user 'app_rw'@'%' to database 'mysql'",
            ),
            (
                "grant all on *.* to app_rw@'%'",
                "1045 Access denied for user 'app_rw'@'%' (using password: YES)",
            ),
            (
                "shutdown",
                "1227 Access denied; you need (at least one of) the SHUTDOWN privilege(s) for this operation",
            ),
            (
                "show warnings",
                "Error|1227|Access denied; you need (at least one of) the SHUTDOWN privilege(s) for this operation",
            ),
        ],
    );
    assert!(
        bench
            .ask("show grants")
            .starts_with("GRANT FILE ON *.* TO `app_rw`@`%` IDENTIFIED BY PASSWORD '*92353A8C")
    );
}

#[test]
fn attacks_are_told_and_what_they_bring_is_kept() {
    let mut bench = admin();
    check(
        &mut bench,
        &[
            (
                "create function sys_exec returns integer soname 'udf.so'",
                "1126 Can't open shared library 'udf.so' (errno: 2, cannot open shared object file: No such file or directory)",
            ),
            (
                "create function sys_exec returns string soname '../udf.so'",
                "1124 No paths allowed for shared library",
            ),
            ("select 0x7f454c46 into dumpfile '/tmp/udf.so'", "ok 1"),
            ("select 0x7f454c46 into dumpfile '/tmp/udf.so'", "1086 File '/tmp/udf.so' already exists"),
            (
                "select '<?php' into outfile '/var/www/html/x.php'",
                "1 Can't create/write to file '/var/www/html/x.php' (Errcode: 13 \"Permission denied\")",
            ),
            ("select load_file('/etc/shadow')", "NULL"),
            (
                "set global general_log_file='/var/www/html/x.php'",
                "1231 Variable 'general_log_file' can't be set to the value of '/var/www/html/x.php'",
            ),
            ("create table mysql.t(line text)", "ok 0"),
            ("load data local infile '/etc/passwd' into table mysql.t", "file /etc/passwd mysql.t"),
            (
                "load data infile '/etc/hostname' into table mysql.t",
                "ok 1 Records: 1  Deleted: 0  Skipped: 0  Warnings: 0",
            ),
            ("drop table mysql.t", "ok 0"),
            ("select sleep(3), benchmark(50000000, md5('a'))", "0|0"),
        ],
    );
    assert_eq!(bench.files.first().map(|(_, content)| content.as_slice()), Some(&b"\x7fELF"[..]));
    assert!((bench.sleep - 13.0).abs() < 0.1);
    let told: Vec<_> = bench
        .events
        .iter()
        .filter_map(|event| match event {
            Kind::ExploitAttempt { technique, .. } => Some(*technique),
            _ => None,
        })
        .collect();
    for technique in [
        "mysql_udf",
        "mysql_write_file",
        "mysql_read_file",
        "mysql_log_to_file",
        "mysql_load_local_file",
        "mysql_drop_table",
    ] {
        assert!(told.contains(&technique), "{technique} in {told:?}");
    }
}

#[test]
fn the_other_servers_have_their_own_words() {
    let mut eight = Bench::new("8.0.40-0ubuntu0.22.04.1", "itadmin");
    check(
        &mut eight,
        &[
            ("select * from mysql.user where nope=1", "1054 Unknown column 'nope' in 'where clause'"),
            (
                "select 1 into outfile '/tmp/x'",
                "1290 The MySQL server is running with the --secure-file-priv option so it cannot execute this statement",
            ),
            (
                "select @@secure_file_priv, @@default_authentication_plugin",
                "/var/lib/mysql-files/|caching_sha2_password",
            ),
        ],
    );
    let own = schema::database_name(&eight.persona);
    assert!(
        eight
            .ask(&format!("show create table {own}.config"))
            .ends_with("DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci")
    );
}

#[test]
fn the_tables_hold_the_bait_and_differ_between_machines() {
    let mut bench = admin();
    let own = schema::database_name(&bench.persona);
    let config = bench.ask(&format!("select * from {own}.config"));
    assert!(config.contains("admin_password|Garden.W3") && config.contains("backup_user|backup"), "{config}");
    let newest = bench.ask(&format!("select max(created_at) from {own}.orders"));
    assert!(newest.as_str() > "2025-11-20", "{newest}");
}

#[test]
fn work_memory_and_depth_are_bounded() {
    let mut bench = admin();
    let own = schema::database_name(&bench.persona);
    let join = format!("select count(*) from {own}.orders a join {own}.orders b on a.id+b.id<0 or a.total<0");
    assert!(bench.ask(&join).starts_with("1317"));
    let cross = format!("select count(*) from {own}.orders a, {own}.orders b");
    assert!(bench.ask(&cross).starts_with("1041"));
    let heavy = format!("select repeat('a', 60000) from {own}.orders");
    assert!(bench.ask(&heavy).starts_with("1041"));
    let nested = (0..40)
        .fold("'a'".to_owned(), |inner, _| format!("concat(repeat('a',60000),repeat('b',60000),{inner})"));
    assert!(bench.ask(&format!("select length({nested})")).starts_with("1041"));
    assert_eq!(bench.ask("select repeat('a', 1000000000)"), "NULL");
    let deep = format!("select {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(bench.ask(&deep).starts_with("1436"));
    let row = |count| format!("select 1{}", "+1".repeat(count));
    assert_eq!(bench.ask(&row(caps::MYSQL_OPERATORS)), (caps::MYSQL_OPERATORS + 1).to_string());
    assert!(bench.ask(&row(caps::MYSQL_OPERATORS + 1)).starts_with("1436"));
    bench.ask("create table mysql.big(a longtext)");
    let value = "x".repeat(60_000);
    let mut full = false;
    for _ in 0..2 * caps::MYSQL_BYTES_PER_SOURCE / 60_000 {
        full |=
            bench.ask(&format!("insert into mysql.big values('{value}')")) == "1114 The table 'big' is full";
    }
    assert!(full);
    for _ in 0..300 {
        bench.ask("set @a=1");
    }
}

proptest! {
    #[test]
    fn any_statement_comes_to_something(text in "(?i)(select|insert into|show|create table|update|set|delete from)[ a-z0-9'`@,().*=;+-]{0,80}") {
        admin().run(text.as_bytes()).ok();
    }

    #[test]
    fn any_bytes_come_to_something(text: Vec<u8>) {
        admin().run(&text).ok();
    }
}

/// A text of many statements was read to its end for each of them: minutes for one message.
#[test]
fn many_statements_are_read_once() {
    let bench = admin();
    // The last of many semicolons stands for nothing.
    for (statement, statements, expect) in
        [(&b"do 1;"[..], 100_000, 100_000), (b";", 500_000, 499_999), (b"x'", 1, 1)]
    {
        let text = statement.repeat(statements);
        let start = std::time::Instant::now();
        let (mut rest, mut read) = (&text[..], 1);
        while let Some(at) = parse::parse(rest, &bench.product).1 {
            (rest, read) = (&rest[at..], read + 1);
        }
        assert_eq!(read, expect);
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }
}
