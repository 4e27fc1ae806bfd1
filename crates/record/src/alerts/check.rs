//! What operators may ask for: bounds, before anything is written.

use decnet_event::Timestamp;
use decnet_proto::alert::{
    IgnoreRequest, Mail, MailSecurity, RECIPIENTS_MAX, SECRET_BYTES, TEXT_MAX, Target,
};

use super::{AlertError, error::demand, ignore::Window};

/// Most bytes of a name.
const NAME: usize = 100;

pub(super) fn name(name: &str) -> Result<(), AlertError> {
    let plain = !name.trim().is_empty() && name.len() <= NAME && !name.contains(char::is_control);
    demand(plain, "the name", "1 to 100 bytes without control characters")
}

pub(super) fn target(target: &Target) -> Result<(), AlertError> {
    match target {
        Target::Json { url, allow_http, secret } => {
            demand(SECRET_BYTES.contains(&secret.len()), "the secret", "16 to 256 bytes long")?;
            self::url(url, *allow_http)
        }
        Target::Slack { url } | Target::Teams { url } => self::url(url, false),
        Target::Mail(mail) => self::mail(mail),
    }
}

/// Whether it can be an address at all; who sends finds the rest.
fn url(url: &str, allow_http: bool) -> Result<(), AlertError> {
    let behind = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://").filter(|_| allow_http));
    let authority = behind.and_then(|behind| behind.split(['/', '?']).next());
    let right = authority.is_some_and(|authority| !authority.is_empty() && !authority.contains('@'));
    demand(
        right
            && url.len() <= TEXT_MAX
            && url.bytes().all(|byte| byte.is_ascii_graphic())
            && !url.contains('#'),
        "the url",
        "https://host/path of at most 2048 characters, without a user name or a fragment",
    )
}

fn mail(mail: &Mail) -> Result<(), AlertError> {
    let host =
        !mail.host.is_empty() && mail.host.len() <= 253 && mail.host.bytes().all(|b| b.is_ascii_graphic());
    demand(host, "the host", "a name or an address")?;
    demand(mail.port != 0, "the port", "from 1 to 65535")?;
    demand((1..=RECIPIENTS_MAX).contains(&mail.to.len()), "the recipients", "1 to 20")?;
    let address = |text: &String| {
        text.len() <= 254
            && text.contains('@')
            && text.bytes().all(|b| b.is_ascii_graphic() && !b"<>,;".contains(&b))
    };
    demand(address(&mail.from), "the sender", "an address as name@host")?;
    demand(mail.to.iter().all(address), "each recipient", "an address as name@host")?;
    demand(
        mail.username.is_some() == mail.password.is_some(),
        "user name and password",
        "there both or neither",
    )?;
    let plain =
        |text: &Option<String>| text.as_ref().is_none_or(|t| t.len() <= 512 && !t.contains(char::is_control));
    demand(
        plain(&mail.username) && plain(&mail.password),
        "user name and password",
        "at most 512 bytes long",
    )?;
    let own = ["localhost", "127.0.0.1", "::1"].contains(&mail.host.as_str());
    demand(
        mail.security != MailSecurity::None || own,
        "security",
        "starttls or tls, but for this very machine",
    )
}

/// The window of a request that can be taken.
pub(super) fn ignore(request: &IgnoreRequest) -> Result<Window, AlertError> {
    demand(request.subnet.is_some() || request.mac.is_some(), "an entry", "of a subnet, a MAC or both")?;
    let reason = &request.reason;
    let plain = !reason.trim().is_empty() && reason.len() <= TEXT_MAX && !reason.contains(char::is_control);
    demand(plain, "the reason", "1 to 2048 bytes without control characters")?;
    let window = Window { begins: time(request.begins.as_deref())?, ends: time(request.ends.as_deref())? };
    let runs = window.begins.zip(window.ends).is_none_or(|(begins, ends)| begins < ends);
    demand(runs, "the end", "after the beginning")?;
    Ok(window)
}

fn time(text: Option<&str>) -> Result<Option<Timestamp>, AlertError> {
    let parsed = text.map(Timestamp::parse_rfc3339);
    demand(parsed != Some(None), "a time", "as RFC 3339 writes it")?;
    Ok(parsed.flatten())
}
