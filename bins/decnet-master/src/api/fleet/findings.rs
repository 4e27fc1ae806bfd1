//! What is wrong with a fleet, over the wire.

use decnet_composer::diagnostic::{Diagnostic, Diagnostics, Place, Severity};
use decnet_proto::api::{Finding, FindingSeverity};

/// Everything that was found.
pub(in crate::api) fn findings(found: &Diagnostics) -> Vec<Finding> {
    found.0.iter().map(finding).collect()
}

/// A remark about the fleet as a whole.
pub(super) fn remark(severity: Severity, message: impl Into<String>) -> Finding {
    finding(&Diagnostic { severity, place: Place::Fleet, message: message.into() })
}

fn finding(diagnostic: &Diagnostic) -> Finding {
    let text = |text: &std::sync::Arc<str>| text.to_string();
    let (line, section, key) = match &diagnostic.place {
        Place::File { line, section, key, .. } => {
            (Some(*line), section.as_ref().map(text), key.as_ref().map(text))
        }
        Place::Flag(_) | Place::Decky(_) | Place::Fleet => (None, None, None),
    };
    Finding {
        severity: severity(diagnostic.severity),
        place: diagnostic.place.to_string(),
        line,
        section,
        key,
        message: diagnostic.message.clone(),
    }
}

const fn severity(severity: Severity) -> FindingSeverity {
    match severity {
        Severity::Warning => FindingSeverity::Warning,
        Severity::Error => FindingSeverity::Error,
    }
}

/// What a controller found, which tells it line by line as people read it; `usual` is how bad what tells
/// nothing of that is.
pub(super) fn told<'t>(lines: impl IntoIterator<Item = &'t str>, usual: Severity) -> Vec<Finding> {
    lines.into_iter().map(|line| told_one(line, usual)).collect()
}

fn told_one(line: &str, usual: Severity) -> Finding {
    let marks = [(": error: ", Severity::Error), (": warning: ", Severity::Warning)];
    let split = marks.iter().find_map(|(mark, severity)| Some((line.split_once(mark)?, *severity)));
    match split {
        Some(((place, message), severity)) => {
            Finding { place: place.to_owned(), ..remark(severity, message) }
        }
        None => remark(usual, line),
    }
}

#[cfg(test)]
mod tests {
    use decnet_composer::ini;

    use super::*;

    #[test]
    fn a_finding_says_where_it_is() {
        let found = ini::parse("fleet.ini", b"[web]\nservices = ssh\ncolour = red\n").unwrap_err();
        let found = findings(&found);
        let Finding { severity, place, line, section, key, message } = found.first().unwrap();
        assert_eq!(*severity, FindingSeverity::Error);
        assert_eq!((*line, section.as_deref(), key.as_deref()), (Some(3), Some("web"), Some("colour")));
        assert_eq!(place, "fleet.ini:3: [web] colour");
        assert!(message.starts_with("unknown key"), "{message}");
    }

    #[test]
    fn what_a_controller_says_is_taken_apart() {
        let found = ini::parse("fleet.ini", b"[web]\nservices = ssh\ncolour = red\n").unwrap_err();
        let text = found.to_string();
        let told = told(text.lines().chain(["more"]), Severity::Warning);
        let expect = findings(&found);
        for (told, expect) in told.iter().zip(&expect) {
            assert_eq!((&told.place, &told.message), (&expect.place, &expect.message));
            assert_eq!(told.severity, expect.severity);
        }
        let last = told.last().unwrap();
        assert_eq!((last.place.as_str(), last.message.as_str()), ("fleet", "more"));
        assert_eq!(last.severity, FindingSeverity::Warning);
    }
}
