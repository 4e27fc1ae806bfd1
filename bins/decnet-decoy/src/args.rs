//! The command line. By hand: a decoy carries nothing that it can do without.

use std::{net::IpAddr, path::PathBuf};

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Serve.
    Serve(ServeOptions),
    /// Change the services of the process that serves in this container.
    Apply,
    /// Print this.
    Help(String),
}

/// How to serve; the defaults are right inside a container.
#[derive(Debug, PartialEq, Eq)]
pub struct ServeOptions {
    /// File with the configuration; the environment when absent.
    pub config: Option<PathBuf>,
    /// Address to listen on.
    pub listen: IpAddr,
    /// Added to every port.
    pub port_offset: u16,
    /// Path of the control socket; its usual place when absent.
    pub control: Option<PathBuf>,
}

/// The command line makes no sense.
#[derive(Debug, PartialEq, Eq)]
pub struct UsageError(String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; see --help", self.0)
    }
}

impl std::error::Error for UsageError {}

const HELP: &str = "\
Serves what its configuration says, until SIGTERM.

Usage: [OPTIONS]      serve
       apply          change the running services: a JSON list on standard input

Options:
  --config FILE       configuration, JSON [default: the environment]
  --listen ADDRESS    address to listen on [default: 0.0.0.0]
  --port-offset N     added to every port, for trials [default: 0]
  --control PATH      socket for `apply` [default: /run/ctl]
  -h, --help          print this
  -V, --version       print the version
";

impl Command {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// [`UsageError`] names the argument.
    pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Self, UsageError> {
        let mut options = ServeOptions {
            config: None,
            listen: std::net::Ipv4Addr::UNSPECIFIED.into(),
            port_offset: 0,
            control: None,
        };
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| UsageError(format!("{arg} needs a value")));
            match arg.as_str() {
                "apply" => return Ok(Self::Apply),
                "-h" | "--help" => return Ok(Self::Help(HELP.to_owned())),
                "-V" | "--version" => {
                    return Ok(Self::Help(concat!(env!("CARGO_PKG_VERSION"), "\n").to_owned()));
                }
                "--config" => options.config = Some(value()?.into()),
                "--control" => options.control = Some(value()?.into()),
                "--listen" => options.listen = parse(&arg, &value()?)?,
                "--port-offset" => options.port_offset = parse(&arg, &value()?)?,
                _ => return Err(UsageError(format!("unknown argument {arg:?}"))),
            }
        }
        Ok(Self::Serve(options))
    }
}

fn parse<T: std::str::FromStr>(option: &str, value: &str) -> Result<T, UsageError> {
    value.parse().map_err(|_| UsageError(format!("{option}: {value:?} is not valid")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        Command::parse(line.split_whitespace().map(str::to_owned)).map_err(|e| e.to_string())
    }

    #[test]
    fn arguments_are_read_or_refused_by_name() {
        assert_eq!(parse("apply"), Ok(Command::Apply));
        let Ok(Command::Serve(options)) = parse("--listen 127.0.0.1 --port-offset 20000") else { panic!() };
        assert_eq!((options.listen.to_string(), options.port_offset), ("127.0.0.1".to_owned(), 20_000));
        assert_eq!(parse("--listen"), Err("--listen needs a value; see --help".into()));
        assert_eq!(parse("--port-offset x"), Err("--port-offset: \"x\" is not valid; see --help".into()));
        assert_eq!(parse("serve"), Err("unknown argument \"serve\"; see --help".into()));
    }
}
