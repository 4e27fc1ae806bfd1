//! Network namespaces that live as long as a thread of the test, and vanish with it.

use std::{
    fs::File,
    future::Future,
    os::fd::{AsRawFd, RawFd},
    pin::Pin,
    sync::mpsc,
    thread,
};

use decnet_proto::mac::Mac;
use nix::sched::{CloneFlags, unshare};
use rtnetlink::{Handle, LinkMacVlan, LinkUnspec, LinkVeth, packet_route::link::MacVlanMode};

type Work = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()>>> + Send>;

/// A namespace with its loopback up.
pub(crate) struct Namespace {
    work: mpsc::Sender<Work>,
    file: File,
}

impl Namespace {
    pub(crate) fn new() -> Self {
        let (work, todo) = mpsc::channel::<Work>();
        let (ready, wait) = mpsc::channel();
        thread::spawn(move || {
            unshare(CloneFlags::CLONE_NEWNET).unwrap();
            ready.send(File::open("/proc/thread-self/ns/net").unwrap()).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            for work in todo {
                runtime.block_on(work());
            }
        });
        let namespace = Self { work, file: wait.recv().expect("root, to make a network namespace") };
        namespace.run(|| async { up(&netlink(), "lo").await });
        namespace
    }

    /// Runs something inside.
    pub(crate) fn run<T, F, Fut>(&self, make: F) -> T
    where
        T: Send + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = T> + 'static,
    {
        let (answer, wait) = mpsc::channel();
        let work: Work = Box::new(move || {
            Box::pin(async move {
                let value = make().await;
                answer.send(value).unwrap();
            })
        });
        self.work.send(work).unwrap();
        wait.recv().expect("what ran inside did not panic")
    }

    /// A cable from here to there, both ends up.
    pub(crate) fn cable(&self, here: &'static str, there: &Self, name: &'static str) {
        let fd = there.fd();
        self.run(move || async move {
            let netlink = netlink();
            netlink.link().add(LinkVeth::new(here, "far").build()).execute().await.unwrap();
            let far = LinkUnspec::new_with_index(index("far").await);
            netlink.link().set(far.name(name.to_owned()).setns_by_fd(fd).build()).execute().await.unwrap();
            up(&netlink, here).await;
        });
        there.run(move || async move { up(&netlink(), name).await });
    }

    /// A machine on the LAN of `parent`, as Docker makes one.
    pub(crate) fn macvlan(&self, parent: &'static str, inside: &Self, mac: Mac) {
        let fd = inside.fd();
        self.run(move || async move {
            let netlink = netlink();
            let parent = index(parent).await;
            let link = LinkMacVlan::new("lan", parent, MacVlanMode::Bridge).address(mac.0.to_vec());
            netlink.link().add(link.setns_by_fd(fd).build()).execute().await.unwrap();
        });
        inside.run(|| async { up(&netlink(), "lan").await });
    }

    pub(crate) fn address(&self, interface: &'static str, address: &'static str) {
        self.run(move || async move {
            let netlink = netlink();
            let net: ipnet::IpNet = address.parse().unwrap();
            let index = index(interface).await;
            netlink.address().add(index, net.addr(), net.prefix_len()).execute().await.unwrap();
        });
    }

    fn fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}

pub(crate) fn netlink() -> Handle {
    let (connection, handle, _) = rtnetlink::new_connection().unwrap();
    tokio::spawn(connection);
    handle
}

pub(crate) async fn index(name: &str) -> u32 {
    let all = decnet_netdrv::interfaces().await.unwrap();
    all.iter().find(|i| i.name == name).unwrap_or_else(|| panic!("{name} among {all:?}")).index
}

async fn up(netlink: &Handle, name: &str) {
    let link = LinkUnspec::new_with_index(index(name).await).up().build();
    netlink.link().set(link).execute().await.unwrap();
}
