//! The control file of a package, from what `deploy/debian/<package>/control` says of it.

use anyhow::{Context as _, Result, ensure};
use semver::Version;

/// Who answers for the packages.
pub(super) const MAINTAINER: &str = "DECNET developers <decnet@users.noreply.github.com>";

/// What makes a control file.
#[derive(Clone, Debug)]
pub(super) struct Facts<'a> {
    pub(super) package: &'a str,
    /// What the file in the tree says.
    pub(super) own: &'a str,
    pub(super) version: &'a Version,
    pub(super) kibibytes: usize,
}

/// The machine that programs are for, as Debian names it.
const MACHINE: &str = "amd64";

impl Facts<'_> {
    /// Name of the package's file.
    pub(super) fn file_name(&self) -> String {
        let architecture = self.said("Architecture").unwrap_or(MACHINE);
        format!("{}_{}_{architecture}.deb", self.package, version(self.version))
    }

    /// The text of the control file.
    pub(super) fn control(&self) -> Result<String> {
        for field in ["Section", "Description"] {
            ensure!(self.said(field).is_some(), "the control file says no {field}");
        }
        for field in ["Package", "Version", "Maintainer", "Installed-Size"] {
            ensure!(self.said(field).is_none(), "{field} is not the control file's to say");
        }
        let own = self.own.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        let own = own.map(|line| format!("{line}\n")).collect::<String>();
        let (version, package, kibibytes) = (version(self.version), self.package, self.kibibytes);
        let machine = match self.said("Architecture") {
            Some(_) => String::new(),
            None => format!("Architecture: {MACHINE}\n"),
        };
        Ok(format!(
            "Package: {package}\nVersion: {version}\n{machine}Maintainer: {MAINTAINER}\n\
             Installed-Size: {kibibytes}\n{}",
            own.replace("${version}", &version)
        ))
    }

    fn said(&self, field: &str) -> Option<&str> {
        self.own.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(": "))
    }
}

/// A version as Debian has it: what comes before a release sorts before it.
pub(super) fn version(version: &Version) -> String {
    version.to_string().replacen('-', "~", 1)
}

/// The text of `changelog`: releases tell in the repository what is new.
pub(super) fn changelog(release: &Version, seconds: u64) -> Result<String> {
    let seconds = i64::try_from(seconds).context("the time of the release")?;
    let moment = time::OffsetDateTime::from_unix_timestamp(seconds).context("the time of the release")?;
    let date = moment.format(&time::format_description::well_known::Rfc2822).context("a date")?;
    Ok(format!(
        "decnet ({}) stable; urgency=medium\n\n  * Release {release}.\n\n -- {MAINTAINER}  {date}\n",
        version(release)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_control_file_has_what_follows_and_what_was_said() {
        let release = "1.2.0-rc.1".parse().unwrap();
        let facts = |own| Facts { package: "decnet-x", own, version: &release, kibibytes: 7 };
        let own = "# why\nSection: net\nDepends: decnet-common (= ${version})\nDescription: x\n y\n";
        let expect = format!(
            "Package: decnet-x\nVersion: 1.2.0~rc.1\nArchitecture: amd64\nMaintainer: {MAINTAINER}\n\
             Installed-Size: 7\nSection: net\nDepends: decnet-common (= 1.2.0~rc.1)\nDescription: x\n y\n"
        );
        assert_eq!(facts(own).control().unwrap(), expect);
        assert_eq!(facts(own).file_name(), "decnet-x_1.2.0~rc.1_amd64.deb");
        let all = format!("Architecture: all\n{own}");
        assert_eq!(facts(&all).control().unwrap().matches("Architecture").count(), 1);
        assert_eq!(facts(&all).file_name(), "decnet-x_1.2.0~rc.1_all.deb");
        assert!(facts("Section: net\n").control().is_err());
        assert!(facts(&format!("{own}Version: 2\n")).control().is_err());
    }

    #[test]
    fn a_changelog_is_dated() {
        let text = changelog(&"1.2.0".parse().unwrap(), 1_700_000_000).unwrap();
        assert!(text.starts_with("decnet (1.2.0) stable; "), "{text}");
        assert!(text.ends_with("  Tue, 14 Nov 2023 22:13:20 +0000\n"), "{text}");
    }
}
