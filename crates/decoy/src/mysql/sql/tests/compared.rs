//! Statements that were compared one by one with MariaDB 10.11.19.

use super::{Bench, admin, check};
use crate::caps;

#[test]
fn rarer_functions() {
    check(
        &mut admin(),
        &[
            ("select position('l' in 'hello'), locate('l','hello',4), insert('abcd',2,2,'ZZ')", "3|4|aZZd"),
            (
                "select trim(both 'x' from 'xax'), trim(leading 'x' from 'xax'), trim(trailing 'x' from 'xax')",
                "a|ax|xa",
            ),
            ("select field('b','a','b'), find_in_set('b','a,b'), format(1234567.891,2)", "2|2|1,234,567.89"),
            (
                "select cast('1.234' as decimal(5,2)), cast(-1 as unsigned), ~0",
                "1.23|18446744073709551615|18446744073709551615",
            ),
            ("select binary 'a'='A', 'a'=0x61, interval(5,1,3,7), hour('10:11:12')", "0|1|2|10"),
            (
                "select date_add('2026-01-31', interval 1 month), adddate('2026-01-01',5)",
                "2026-02-28|2026-01-06",
            ),
            (
                "select timestampdiff(day,'2026-01-01','2026-02-01'), extract(year from '2026-01-02')",
                "31|2026",
            ),
            (
                "select json_extract('{\"a\":{\"b\":2}}','$.a.b'), json_array(1,'a',null)",
                "2|[1, \"a\", null]",
            ),
            ("select aes_decrypt(aes_encrypt('a','b'),'b'), uncompress(compress('a'))", "a|a"),
            ("(select 1) union (select 2) order by 1 desc limit 1", "2"),
            ("select 1 except select 1", ""),
            ("select 1 intersect select 1", "1"),
            ("with x as (select 1 a union all select 2) select * from x", "1; 2"),
            ("select 1 = any(select 1)", "1"),
            ("select md5(1,2)", "1582 Incorrect parameter count in the call to native function 'md5'"),
            ("select cast(1 as nosuch)", "4161 Unknown data type: 'nosuch'"),
            ("select 'a' collate nosuch", "1273 Unknown collation: 'nosuch'"),
            (
                "select 1 from (select count(*),concat(0x7e,version(),0x7e,floor(rand(0)*2))x from information_schema.tables group by x)a",
                "1062 Duplicate entry '~10.11.19-MariaDB-0+deb12u1~1' for key 'group_key'",
            ),
            (
                "select exp(~(select * from (select version())x))",
                "1690 DOUBLE value is out of range in 'exp(~(select #2))'",
            ),
            (
                "select * from (select name_const(version(),1),name_const(version(),1))x",
                "1060 Duplicate column name '10.11.19-MariaDB-0+deb12u1'",
            ),
            (
                "select extractvalue(1,concat(0x7e,repeat('a',40)))",
                "1105 XPATH syntax error: '~aaaaaaaaaaaaaaaaaaaaaaaaaaaa...'",
            ),
            ("select 1;;", "1"),
        ],
    );
}

#[test]
fn changes_of_tables_are_as_on_the_server() {
    check(
        &mut admin(),
        &[
            ("create database shop", "ok 1"),
            ("use shop", "ok 0"),
            (
                "create table t(id int auto_increment primary key, name varchar(50) not null, price decimal(10,2) default 1.5, kind enum('a','b') default 'a', big bigint unsigned, unique key uname(name), key kprice(price)) comment='hi'",
                "ok 0",
            ),
            (
                "show create table t",
                "t|CREATE TABLE `t` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n  `name` varchar(50) NOT NULL,\n  `price` decimal(10,2) DEFAULT 1.50,\n  `kind` enum('a','b') DEFAULT 'a',\n  `big` bigint(20) unsigned DEFAULT NULL,\n  PRIMARY KEY (`id`),\n  UNIQUE KEY `uname` (`name`),\n  KEY `kprice` (`price`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='hi'",
            ),
            ("insert into t(name) values('one'),('two')", "ok 2 Records: 2  Duplicates: 0  Warnings: 0"),
            (
                "insert into t(name,price) values('x','abc')",
                "1366 Incorrect decimal value: 'abc' for column `shop`.`t`.`price` at row 1",
            ),
            ("insert into t(name,kind) values('x','zzz')", "1265 Data truncated for column 'kind' at row 1"),
            ("insert into t(name,big) values('y',-1)", "1264 Out of range value for column 'big' at row 1"),
            ("insert into t(name,price) values('four',3.456)", "ok 1"),
            ("show warnings", "Note|1265|Data truncated for column 'price' at row 1"),
            ("update t set name='two' where id=1", "1062 Duplicate entry 'two' for key 'uname'"),
            ("insert into t(id,name) values(1,'z') on duplicate key update price=9", "ok 2"),
            ("select name, price from t where id=1", "one|9.00"),
            ("explain select * from t where id=1", "1|SIMPLE|t|const|PRIMARY|PRIMARY|4|const|1|"),
            (
                "explain select name from t where name='one'",
                "1|SIMPLE|t|const|uname|uname|202|const|1|Using index",
            ),
            ("explain select * from t where price=9", "1|SIMPLE|t|ref|kprice|kprice|6|const|1|"),
            (
                "explain select * from t where id=99",
                "1|SIMPLE|NULL|NULL|NULL|NULL|NULL|NULL|NULL|Impossible WHERE noticed after reading const tables",
            ),
            (
                "explain select * from t where id in (1,2)",
                "1|SIMPLE|t|range|PRIMARY|PRIMARY|4|NULL|2|Using where",
            ),
            (
                "explain select * from t a join t b on b.id=a.big",
                "1|SIMPLE|a|ALL|NULL|NULL|NULL|NULL|3|; 1|SIMPLE|b|eq_ref|PRIMARY|PRIMARY|4|shop.a.big|1|",
            ),
            ("create table u like t", "ok 0"),
            ("create table v as select id,name from t", "ok 3 Records: 3  Duplicates: 0  Warnings: 0"),
            ("describe v", "id|int(11)|NO||0|; name|varchar(50)|NO||NULL|"),
            ("alter table t change big more bigint", "ok 3 Records: 3  Duplicates: 0  Warnings: 0"),
            ("alter table t add index kmore(more)", "ok 0 Records: 0  Duplicates: 0  Warnings: 0"),
            ("drop index nosuch on t", "1091 Can't DROP INDEX `nosuch`; check that it exists"),
            ("alter table t add primary key(id)", "1068 Multiple primary key defined"),
            ("create view w as select id,name from t", "ok 0"),
            ("select name from w where id=2", "two"),
            (
                "show create view w",
                "w|CREATE ALGORITHM=UNDEFINED DEFINER=`itadmin`@`%` SQL SECURITY DEFINER VIEW `w` AS select `t`.`id` AS `id`,`t`.`name` AS `name` from `t`|utf8mb3|utf8mb3_general_ci",
            ),
            ("create view w2 as select * from w", "ok 0"),
            ("select * from w2", "1436 Thread stack overrun"),
            ("drop view nosuch", "4092 Unknown VIEW: 'shop.nosuch'"),
            ("create table x(a nosuchtype)", "4161 Unknown data type: 'nosuchtype'"),
            ("create procedure p() select 1", "ok 0"),
            ("drop procedure p", "ok 0"),
            ("drop procedure p", "1305 PROCEDURE shop.p does not exist"),
            ("rollback to nosuch", "1305 SAVEPOINT nosuch does not exist"),
        ],
    );
}

#[test]
fn texts_of_a_group_are_joined_in_order() {
    let mut bench = Bench::new("10.11.19-MariaDB-0+deb12u1", "app_rw");
    let rows = "(select 2 n, 'two' w union select 1, 'one' union select 3, null union select 4, 'one') x";
    let ask = |what: &str| format!("select {what} from {rows}");
    for (what, expect) in [
        ("group_concat(w)", "two,one,one"),
        ("group_concat(w order by n)", "one,two,one"),
        ("group_concat(distinct w order by w desc separator '; ')", "two; one"),
        ("group_concat(n, '=', w order by n desc)", "4=one,2=two,1=one"),
        ("group_concat(null)", "NULL"),
        ("json_arrayagg(n)", "[2,1,3,4]"),
        ("json_arrayagg(w)", r#"["two","one",null,"one"]"#),
        ("json_arrayagg(if(n > 1, null, 'a\"b'))", r#"[null,"a\"b",null,null]"#),
    ] {
        assert_eq!(bench.ask(&ask(what)), expect, "{what}");
    }
}

#[test]
fn the_tables_about_tables_are_those_of_the_server() {
    let mut bench = Bench::new("10.11.19-MariaDB-0+deb12u1", "app_rw");
    let listed = bench.ask("show tables from information_schema");
    assert!(listed.starts_with("ALL_PLUGINS; APPLICABLE_ROLES; CHARACTER_SETS; CHECK_CONSTRAINTS"));
    assert!(listed.ends_with("INNODB_LOCK_WAITS; THREAD_POOL_STATS"));
    check(
        &mut bench,
        &[
            ("select count(*) from information_schema.tables where table_schema='information_schema'", "79"),
            (
                "select count(*) from information_schema.columns where table_schema='information_schema'",
                "783",
            ),
            ("select count(*) from information_schema.collations", "506"),
            (
                "select count(*), min(variable_name) from information_schema.global_variables",
                "656|ALLOW_SUSPICIOUS_UDFS",
            ),
            ("select count(*) from information_schema.session_status", "562"),
            (
                "select variable_value from information_schema.session_variables where variable_name='port'",
                "3306",
            ),
            (
                "select scope_of from (select variable_scope scope_of from information_schema.system_variables where variable_name='AUTOCOMMIT') x",
                "SESSION",
            ),
            (
                "select plugin_version, load_option from information_schema.plugins where plugin_name='InnoDB'",
                "10.11|ON",
            ),
            (
                "select engine, row_format, create_options from information_schema.tables where table_name='SCHEMATA'",
                "MEMORY|Fixed|max_rows=2526",
            ),
            ("describe information_schema.enabled_roles", "ROLE_NAME|varchar(128)|YES||NULL|"),
            (
                "show create table information_schema.enabled_roles",
                "ENABLED_ROLES|CREATE TEMPORARY TABLE `ENABLED_ROLES` (\n  `ROLE_NAME` varchar(128)\n) ENGINE=MEMORY DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci",
            ),
            ("select * from information_schema.user_privileges", "'app_rw'@'%'|def|FILE|NO"),
            ("select count(*) from information_schema.schema_privileges", "19"),
            (
                "select * from information_schema.innodb_trx",
                "1227 Access denied; you need (at least one of) the PROCESS privilege(s) for this operation",
            ),
            ("show tables from mysql", ""),
            ("show tables from nosuch", "1049 Unknown database 'nosuch'"),
            (
                "show create table mysql.user",
                "1142 SHOW command denied to user 'app_rw'@'localhost' for table `mysql`.`user`",
            ),
            (
                "show create database mysql",
                "1044 Access denied for user 'app_rw'@'localhost' to database 'mysql'",
            ),
            (
                "drop table information_schema.tables",
                "1044 Access denied for user 'app_rw'@'%' to database 'information_schema'",
            ),
            (
                "flush tables",
                "1227 Access denied; you need (at least one of) the RELOAD privilege(s) for this operation",
            ),
            ("grant select on mysql.* to x", "1044 Access denied for user 'app_rw'@'%' to database 'mysql'"),
            ("set password='x1'", "1372 Password hash should be a 41-digit hexadecimal number"),
            (
                "uninstall plugin x",
                "1142 DELETE command denied to user 'app_rw'@'localhost' for table `mysql`.`plugin`",
            ),
            ("call mysql.p()", "1370 execute command denied to user 'app_rw'@'%' for routine 'mysql.p'"),
            (
                "select 1 into outfile '/nosuch/x'",
                "1290 The MariaDB server is running with the --secure-file-priv option so it cannot execute this statement",
            ),
        ],
    );
    let mut admin = admin();
    assert_ne!(admin.ask("select * from information_schema.columns"), "1041 Out of memory.");
}

#[test]
fn named_queries_are_bounded() {
    let mut bench = admin();
    let uses = |count: usize| {
        format!(
            "with x as (select 1) select 1{}",
            " from x a".to_owned() + &(1..count).map(|at| format!(", x a{at}")).collect::<String>()
        )
    };
    assert_eq!(bench.ask(&uses(caps::MYSQL_NAMED_USES)), "1");
    assert_eq!(bench.ask(&uses(caps::MYSQL_NAMED_USES + 1)), "1041 Out of memory.");
    let long = format!("with x as (select '{}') select 1 from x", "a".repeat(caps::MYSQL_NAMED_QUERY));
    assert_eq!(bench.ask(&long), "1041 Out of memory.");
}
