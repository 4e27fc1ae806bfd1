//! Files that nobody should find, with credentials that exist nowhere else.

use decnet_proto::persona::{BaitCredential, Persona};

use super::{App, files::File};
use crate::identity;

/// The bait of a site.
pub(super) fn files(app: App, persona: &Persona) -> Vec<File> {
    let Some(database) = credential(persona, "database") else { return Vec::new() };
    let dump = dump(persona, database).into_bytes();
    let mut files: Vec<File> = vec![
        ("/.env".into(), environment(persona, database).into_bytes(), 15),
        ("/backup.sql".into(), dump.clone(), 18),
        ("/backup/backup.sql".into(), dump, 18),
        ("/wp-config.php.bak".into(), wp_config(persona, database).into_bytes(), 12),
    ];
    files.extend(git(persona));
    if app == App::PhpMyAdmin {
        files.retain(|(path, ..)| !path.starts_with("/wp-"));
    }
    files
}

/// The credential for a purpose, or else any.
fn credential<'a>(persona: &'a Persona, purpose: &str) -> Option<&'a BaitCredential> {
    persona.bait.iter().find(|bait| bait.purpose == purpose).or_else(|| persona.bait.first())
}

/// The organisation as part of a name.
pub(super) fn slug(persona: &Persona) -> String {
    let word = persona.organisation.split_whitespace().next().unwrap_or("site");
    word.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

fn environment(persona: &Persona, database: &BaitCredential) -> String {
    let mail = credential(persona, "mail").unwrap_or(database);
    format!(
        "APP_NAME=\"{}\"\nAPP_ENV=production\nAPP_KEY=base64:{}\nAPP_DEBUG=false\nAPP_URL=https://{}\n\nDB_CONNECTION=mysql\nDB_HOST=127.0.0.1\nDB_PORT=3306\nDB_DATABASE={}\nDB_USERNAME={}\nDB_PASSWORD={}\n\nMAIL_MAILER=smtp\nMAIL_HOST=mail.{}\nMAIL_PORT=587\nMAIL_USERNAME={}\nMAIL_PASSWORD={}\nMAIL_ENCRYPTION=tls\n",
        persona.organisation,
        base64_of(persona, "environment key"),
        persona.fqdn(),
        slug(persona),
        database.username,
        database.password,
        persona.domain,
        mail.username,
        mail.password,
    )
}

fn base64_of(persona: &Persona, purpose: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.encode(identity::derive::<32>(&persona.key, purpose))
}

fn dump(persona: &Persona, database: &BaitCredential) -> String {
    let name = slug(persona);
    let rows: Vec<String> = persona
        .users
        .iter()
        .enumerate()
        .map(|(index, user)| {
            let hash = base64_of(persona, &format!("dump hash {user}"));
            let hash: String = hash.chars().filter(char::is_ascii_alphanumeric).collect();
            format!("({},'{user}','{user}@{}','$2y$10${}')", index + 1, persona.domain, hash)
        })
        .collect();
    format!(
        "-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)\n--\n-- Host: localhost    Database: {name}\n-- ------------------------------------------------------\n\nGRANT ALL PRIVILEGES ON `{name}`.* TO '{}'@'%' IDENTIFIED BY '{}';\n\nDROP TABLE IF EXISTS `users`;\nCREATE TABLE `users` (\n  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,\n  `login` varchar(60) NOT NULL,\n  `email` varchar(190) NOT NULL,\n  `password` varchar(255) NOT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n\nLOCK TABLES `users` WRITE;\nINSERT INTO `users` VALUES {};\nUNLOCK TABLES;\n",
        database.username,
        database.password,
        rows.join(","),
    )
}

fn wp_config(persona: &Persona, database: &BaitCredential) -> String {
    let salts: String = ["AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY"]
        .iter()
        .map(|name| format!("define( '{name}', '{}' );\n", base64_of(persona, name)))
        .collect();
    format!(
        "<?php\ndefine( 'DB_NAME', '{}' );\ndefine( 'DB_USER', '{}' );\ndefine( 'DB_PASSWORD', '{}' );\ndefine( 'DB_HOST', 'localhost' );\ndefine( 'DB_CHARSET', 'utf8mb4' );\ndefine( 'DB_COLLATE', '' );\n\n{salts}\n$table_prefix = 'wp_';\n\ndefine( 'WP_DEBUG', false );\n\nif ( ! defined( 'ABSPATH' ) ) {{\n\tdefine( 'ABSPATH', __DIR__ . '/' );\n}}\nrequire_once ABSPATH . 'wp-settings.php';\n",
        slug(persona),
        database.username,
        database.password,
    )
}

/// What a deployment by `git pull` leaves behind, without the objects.
fn git(persona: &Persona) -> Vec<File> {
    let commit = |index: usize| identity::hex(&persona.key, &format!("commit {index}"), 40);
    let owner = persona.users.first().map_or("deploy", String::as_str);
    let installed = identity::installed_at(persona);
    let subjects =
        ["Import the site", "Move the database to its own user", "Do not keep passwords in the repository"];
    let mut log = String::new();
    let mut before = "0".repeat(40);
    for (index, subject) in subjects.iter().enumerate() {
        let (after, at) = (commit(index), installed + (index as i64 + 1) * 190_000);
        let verb = if index == 0 { "commit (initial)" } else { "commit" };
        log.push_str(&format!(
            "{before} {after} {owner} <{owner}@{}> {at} +0000\t{verb}: {subject}\n",
            persona.domain
        ));
        before = after;
    }
    let file = |path: &str, body: String| (format!("/.git/{path}"), body.into_bytes(), 8);
    vec![
        file("HEAD", "ref: refs/heads/main\n".into()),
        file("config", git_config(persona, owner)),
        file(
            "description",
            "Unnamed repository; edit this file 'description' to name the repository.\n".into(),
        ),
        file("COMMIT_EDITMSG", format!("{}\n", subjects.last().copied().unwrap_or_default())),
        file("refs/heads/main", format!("{before}\n")),
        file("logs/HEAD", log),
    ]
}

fn git_config(persona: &Persona, owner: &str) -> String {
    format!(
        "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n[remote \"origin\"]\n\turl = ssh://{owner}@git.{}/{}.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n[branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n",
        persona.domain,
        slug(persona),
    )
}
