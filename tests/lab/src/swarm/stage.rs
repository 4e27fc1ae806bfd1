//! The swarm as a whole: raised, joined, asked, taken down.

use std::{
    ffi::OsStr,
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use decnet_proto::swarm::{
    OPERATOR_PORT, WORKER_PORT,
    operator::{HostState, HostView, ShardState, ShardView},
};
use nix::sys::signal::Signal;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    configuration, installed,
    machine::{Machine, Part},
    wiring::{self, ATTACKERS, MASTER, Network, WORKERS},
};
use crate::{
    fleet::Programs,
    marker,
    process::{self, command, succeeds},
    wait, workspace,
};

/// How long the swarm may take to become what was asked of it.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// A master and its workers.
#[derive(Clone, Debug)]
pub struct Swarm {
    /// The master's machine.
    pub master: Machine,
    /// The workers' machines.
    pub workers: Vec<Machine>,
    programs: Programs,
}

impl Swarm {
    /// The folder of all its files.
    pub fn folder() -> PathBuf {
        workspace::lab().join("swarm")
    }

    /// The swarm as it stands.
    pub fn open(programs: &Programs) -> Self {
        let root = Self::folder();
        let workers = WORKERS.iter().map(|place| Machine::new(&root, *place)).collect();
        Self { master: Machine::new(&root, MASTER), workers, programs: programs.clone() }
    }

    /// Raises it anew: machines, engines, a controller, and no worker that has joined.
    ///
    /// # Errors
    /// When machines, engines or the controller do not come up.
    pub fn raise(programs: &Programs) -> Result<Self> {
        crate::up()?;
        remove()?;
        let swarm = Self::open(programs);
        wiring::create()?;
        for machine in swarm.machines() {
            swarm.boot(machine)?;
        }
        for worker in &swarm.workers {
            installed::install(worker, &swarm.programs)?;
            swarm.start_engine(worker)?;
        }
        installed::draw_key(&Self::folder(), &swarm.master)?;
        swarm.start(&swarm.master, Part::Controller)?;
        wait::until("the controller to answer", Duration::from_secs(20), || swarm.hosts().ok())?;
        Ok(swarm)
    }

    /// Raises it anew, with every worker in it and the fleet running.
    ///
    /// # Errors
    /// When it does not come to that.
    pub fn raise_with_fleet(programs: &Programs) -> Result<Self> {
        let swarm = Self::raise(programs)?;
        for worker in &swarm.workers {
            swarm.enrol(worker)?;
        }
        swarm.wait_until_active(swarm.workers.len())?;
        swarm.deploy(&ini())?;
        swarm.wait_until_running(&names()?)?;
        Ok(swarm)
    }

    /// The swarm of this run of the tests with its fleet, raised if this is the first case to ask.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn shared() -> Result<Self> {
        let (note, run) = (Self::folder().join("run"), std::env::var("NEXTEST_RUN_ID").unwrap_or_default());
        let programs = crate::stage::programs();
        if !run.is_empty() && fs::read_to_string(&note).ok().as_ref() == Some(&run) {
            return Ok(Self::open(&programs));
        }
        let swarm = Self::raise_with_fleet(&programs)?;
        fs::write(&note, run).with_context(|| format!("writing {}", note.display()))?;
        Ok(swarm)
    }

    /// What runs on its machines, where it was built.
    pub const fn programs(&self) -> &Programs {
        &self.programs
    }

    /// Every machine.
    pub fn machines(&self) -> impl Iterator<Item = &Machine> {
        std::iter::once(&self.master).chain(&self.workers)
    }

    /// Boots a machine and writes it down.
    ///
    /// # Errors
    /// When it does not boot.
    pub fn boot(&self, machine: &Machine) -> Result<()> {
        let first = machine.boot()?;
        let mut made = marker::read()?.unwrap_or_default();
        made.machines.push(first);
        marker::write(&made)?;
        self.configure(machine)
    }

    /// Starts a machine's engine, which knows what containers it had.
    ///
    /// # Errors
    /// When it does not answer within half a minute.
    pub fn start_engine(&self, worker: &Machine) -> Result<()> {
        let cgroup = format!("--cgroup-parent={}", worker.place.namespace());
        let arguments = ["--bridge=none", "--iptables=false", "--ip6tables=false", &cgroup];
        worker.start(Part::Engine, Path::new("dockerd"), arguments)?;
        wait::until("the engine of a worker to answer", Duration::from_secs(30), || {
            let asked = worker.command(Path::new("docker"), ["version", "--format", "{{.Server.Version}}"]);
            asked.is_ok_and(|mut command| succeeds(&mut command)).then_some(())
        })
    }

    /// Starts a part of ours.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, machine: &Machine, part: Part) -> Result<()> {
        let configuration = machine.folder.join("decnet.ini");
        let mut arguments = vec![OsStr::new("--config-file"), configuration.as_os_str()];
        let program = match part {
            Part::Engine => return self.start_engine(machine),
            Part::Listener | Part::Forwarder => bail!("{} is started by another part", part.word()),
            Part::Agent | Part::Updater => installed::program(machine, part),
            Part::Controller => self.programs.master.clone(),
        };
        arguments.extend((part != Part::Agent).then_some(OsStr::new("run")));
        machine.start(part, &program, arguments)
    }

    /// Cuts the power of a worker, and boots it again with everything that starts at boot.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn reboot(&self, worker: &Machine) -> Result<()> {
        worker.halt()?;
        self.boot(worker)?;
        self.start_engine(worker)?;
        self.start(worker, Part::Agent)?;
        self.start(worker, Part::Updater)
    }

    fn configure(&self, machine: &Machine) -> Result<()> {
        let path = machine.folder.join("decnet.ini");
        fs::write(&path, configuration::of(machine, &self.programs))
            .with_context(|| format!("writing {}", path.display()))
    }

    /// A command of the master on its machine.
    ///
    /// # Errors
    /// When the machine does not run.
    pub fn operator<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Result<Command> {
        let mut command = self.master.command(&self.programs.master, ["--config-file"])?;
        command.arg(self.master.folder.join("decnet.ini")).args(arguments);
        Ok(command)
    }

    /// What a verb with `--json` printed, whatever its exit code.
    ///
    /// # Errors
    /// When it printed no such thing.
    pub fn ask<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<T> {
        let output = self.operator(arguments)?.output().context("asking the master")?;
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("{}: reading {:?}", arguments.join(" "), process::both(&output)))
    }

    /// The hosts of the swarm.
    ///
    /// # Errors
    /// When the controller does not answer.
    pub fn hosts(&self) -> Result<Vec<HostView>> {
        self.ask(&["swarm", "list", "--json"])
    }

    /// The deckies of the swarm.
    ///
    /// # Errors
    /// When the controller does not answer.
    pub fn deckies(&self) -> Result<Vec<ShardView>> {
        self.ask(&["swarm", "deckies", "--json"])
    }

    /// A token that lets a host of this name in, agent and updater.
    ///
    /// # Errors
    /// When none is made.
    pub fn token(&self, name: &str, address: &str) -> Result<String> {
        let arguments = ["swarm", "token", "--name", name, "--address", address, "--updater", "--json"];
        let made: Value = self.ask(&arguments)?;
        made.get("token").and_then(Value::as_str).map(str::to_owned).context("no token was made")
    }

    /// Has a worker's updater join with the token that let the agent in.
    fn join_updater(&self, worker: &Machine, token: &str) -> Result<()> {
        let url = format!("https://{}:{WORKER_PORT}", Network::Office.address(MASTER.last));
        let mut join = worker.command(&self.programs.updater, ["--config-file"])?;
        join.arg(worker.folder.join("decnet.ini")).args(["join", &url, "--token", token]);
        process::output(&mut join).context("letting an updater join").map(drop)
    }

    /// Has a worker try to join with a token; what it gets goes into `folder` among its files.
    ///
    /// # Errors
    /// When the agent cannot be started.
    pub fn join(&self, worker: &Machine, token: &str, folder: &str) -> Result<Output> {
        let url = format!("https://{}:{WORKER_PORT}", Network::Office.address(MASTER.last));
        let mut join = worker.command(&self.programs.agent, ["--config-file"])?;
        join.arg(worker.folder.join("decnet.ini")).arg("--agent-dir").arg(worker.folder.join(folder));
        join.args(["join", &url, "--token", token]).output().context("starting an agent")
    }

    /// Lets a worker join by token, and starts its agent and its updater.
    ///
    /// # Errors
    /// When it is not let in.
    pub fn enrol(&self, worker: &Machine) -> Result<()> {
        let address = Network::Office.address(worker.place.last).to_string();
        let token = self.token(worker.place.name, &address)?;
        let joined = self.join(worker, &token, "identity")?;
        ensure!(joined.status.success(), "{} cannot join: {}", worker.place.name, process::both(&joined));
        self.join_updater(worker, &token)?;
        self.start(worker, Part::Agent)?;
        self.start(worker, Part::Updater)
    }

    /// Waits until so many workers are active.
    ///
    /// # Errors
    /// When they are not in time.
    pub fn wait_until_active(&self, count: usize) -> Result<()> {
        wait::until(&format!("{count} workers to be active"), Duration::from_secs(60), || {
            let hosts = self.hosts().ok()?;
            let active = hosts.iter().filter(|host| host.status == HostState::Active).count();
            (active == count).then_some(())
        })
    }

    /// Waits until exactly these deckies run, as their hosts say.
    ///
    /// # Errors
    /// When they do not in time; says how each is.
    pub fn wait_until_running(&self, names: &[String]) -> Result<()> {
        let what = format!("{} deckies to run", names.len());
        let settled = wait::until(&what, PATIENCE, || {
            let deckies = self.deckies().ok()?;
            let mut running: Vec<_> = deckies
                .iter()
                .filter(|decky| decky.state == ShardState::Running)
                .map(|decky| decky.decky_name.to_string())
                .collect();
            running.sort();
            (running == names && deckies.len() == names.len()).then_some(())
        });
        settled.with_context(|| format!("as it stands: {}", self.standing()))
    }

    /// How every decky is, in a line.
    fn standing(&self) -> String {
        let say =
            |decky: &ShardView| format!("{} on {} {:?}", decky.decky_name, decky.host_name, decky.state);
        match self.deckies() {
            Ok(deckies) => deckies.iter().map(say).collect::<Vec<_>>().join(", "),
            Err(error) => format!("{error:#}"),
        }
    }

    /// Deploys a fleet file and waits until the operation is over.
    ///
    /// # Errors
    /// When it ends badly.
    pub fn deploy(&self, ini: &Path) -> Result<String> {
        let mut command = self.operator(["deploy", "--mode", "swarm", "--config"])?;
        process::output(command.arg(ini))
    }

    /// Whether the operators' port of the master is open to its own machine alone.
    ///
    /// # Errors
    /// When it answers others.
    pub fn check_operators_port(&self) -> Result<()> {
        let address = format!("{}:{OPERATOR_PORT}", Network::Office.address(MASTER.last));
        let url = format!("http://{address}/health");
        let mut curl = self
            .workers
            .first()
            .context("no worker")?
            .command(Path::new("curl"), ["--silent", "--max-time", "3", &url])?;
        ensure!(!succeeds(&mut curl), "{address} answers a worker");
        Ok(())
    }
}

/// The fleet file of the swarm.
pub fn ini() -> PathBuf {
    workspace::root().join("tests/lab/fleet-swarm.ini")
}

/// The names of the deckies of the fleet file, sorted.
///
/// # Errors
/// When it cannot be read.
pub fn names() -> Result<Vec<String>> {
    let path = ini();
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let sections = text.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
    // What is set of a service has a section of its own.
    let mut names: Vec<_> = sections.filter(|name| !name.contains('.')).map(str::to_owned).collect();
    names.sort();
    Ok(names)
}

/// Takes down whatever there is of a swarm, that of another checkout too; files of this checkout go.
///
/// # Errors
/// When something of it is there and cannot be removed.
pub fn remove() -> Result<()> {
    let mut made = marker::read()?.unwrap_or_default();
    for machine in made.machines.drain(..) {
        if machine.runs() {
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(machine.pid), Signal::SIGKILL)
                .context("halting a machine")?;
        }
        wait::until("a machine to halt", Duration::from_secs(10), || (!machine.runs()).then_some(()))?;
    }
    marker::write(&made)?;
    wiring::remove()?;
    remove_cgroups()?;
    let folder = Swarm::folder();
    if folder.exists() {
        // What an engine leaves is in subvolumes and files without rights, which root removes.
        process::run(command("rm", ["--recursive", "--force"]).arg(&folder)).context("removing a swarm")?;
    }
    Ok(())
}

/// Removes the empty groups that containers leave when their engine ends with them.
fn remove_cgroups() -> Result<()> {
    let groups = WORKERS.iter().map(|place| format!("/sys/fs/cgroup/*/{}", place.namespace()));
    let paths = groups.collect::<Vec<_>>().join(" ");
    // There may be none, and a group may be in use by what is no longer ours.
    let script = format!("find {paths} -depth -type d -exec rmdir {{}} + 2>/dev/null; true");
    process::run(&mut command("sh", ["-c", &script])).context("removing control groups")
}

/// The attackers, one in each LAN.
pub const fn attackers() -> [wiring::Place; 2] {
    ATTACKERS
}

/// The attacker on the LAN of an address.
///
/// # Errors
/// When nobody is there.
pub fn attacker_near(address: Ipv4Addr) -> Result<wiring::Place> {
    let is_near = |attacker: &wiring::Place| {
        attacker.lan().is_some_and(|lan| lan.address(0).octets()[..3] == address.octets()[..3])
    };
    attackers().into_iter().find(is_near).with_context(|| format!("no attacker on the LAN of {address}"))
}
