//! The files that stood on the real servers when the transcripts were taken.

use decnet_proto::persona::Persona;

use super::{
    Nodes, Tree,
    base::{PUBLIC, home, welcome},
    node::{Content, Node},
    world::World,
};
use crate::ftp::{
    path::FilePath,
    settings::Flavour,
    stamp::{DAY, Seconds},
};

/// 2020-01-02 03:04:05.
const THEN: Seconds = 1_577_934_245;

impl Tree {
    /// Those files, whatever the time.
    pub(in crate::ftp) fn fixture(persona: &Persona, flavour: Flavour) -> Self {
        Self::of(World::new(persona, flavour), nodes)
    }
}

fn nodes(world: &World, _now: Seconds) -> Nodes {
    let (home, public) = (home("mhansen"), FilePath::from(PUBLIC));
    let (user, root) = (world.owner("mhansen"), &world.root);
    let directory = |path: FilePath, mode, days| (path, Node::directory(&user, mode, THEN + days * DAY));
    let text = |text: &str| Content::text(text.to_owned());
    let mut nodes = vec![
        directory(home.clone(), 0o755, 0),
        directory(home.child(b"docs"), 0o755, 0),
        directory(home.child(b"docs").child(b"inner"), 0o755, 0),
        directory(home.child(b"empty"), 0o755, 2),
        (home.child(b"notes.txt"), Node::file(&user, 0o644, THEN + DAY, text("hi there\n"))),
        (home.child(b"data.bin"), Node::file(&user, 0o644, THEN + 3 * DAY, text(&"x".repeat(300)))),
        (home.child(b"docs").child(b"list.txt"), Node::file(&user, 0o644, THEN, text("one\ntwo\n"))),
        (public.clone(), Node::directory(root, 0o755, THEN)),
        (public.child(b"incoming"), Node::directory(&world.ftp, 0o777, THEN)),
        (public.child(b"pub"), Node::directory(root, 0o755, THEN)),
        (public.child(b"pub").child(b"readme.txt"), Node::file(root, 0o644, THEN, text("hello\n"))),
    ];
    if world.has_welcome {
        let content = Content::text(welcome(world) + "\n");
        nodes.push((public.child(b"welcome.msg"), Node::file(root, 0o644, THEN, content)));
    }
    nodes.into_iter().collect()
}
