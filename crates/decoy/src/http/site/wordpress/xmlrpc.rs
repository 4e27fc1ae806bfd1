//! The XML-RPC door of WordPress, which password guessers prefer.

use super::super::super::{answer::Answer, request::Request, target::find};

/// Methods that are named to whoever asks.
const METHODS: [&str; 8] = [
    "system.multicall",
    "system.listMethods",
    "system.getCapabilities",
    "demo.sayHello",
    "pingback.ping",
    "wp.getUsersBlogs",
    "wp.getPosts",
    "metaWeblog.newPost",
];

pub(super) fn answer(request: &Request) -> Answer<'static> {
    if request.method() != b"POST" {
        return Answer::page(405, "XML-RPC server accepts POST requests only.")
            .media("text/plain;charset=UTF-8")
            .header("Allow", "POST");
    }
    let body = request.body.kept();
    let value = if find(body, b"system.listMethods").is_some() {
        let names: String =
            METHODS.iter().map(|m| format!("  <value><string>{m}</string></value>\n")).collect();
        format!(
            "<params>\n    <param>\n      <value>\n      <array><data>\n{names}</data></array>\n      </value>\n    </param>\n  </params>"
        )
    } else if find(body, b"<methodName>").is_none() {
        fault(-32_700, "parse error. not well formed")
    } else if find(body, b"pingback.ping").is_some() {
        fault(0, "")
    } else {
        fault(403, "Incorrect username or password.")
    };
    let page = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodResponse>\n  {value}\n</methodResponse>\n"
    );
    Answer::page(200, page).media("text/xml; charset=UTF-8")
}

fn fault(code: i32, text: &str) -> String {
    format!(
        "<fault>\n    <value>\n      <struct>\n        <member>\n          <name>faultCode</name>\n          <value><int>{code}</int></value>\n        </member>\n        <member>\n          <name>faultString</name>\n          <value><string>{text}</string></value>\n        </member>\n      </struct>\n    </value>\n  </fault>"
    )
}
