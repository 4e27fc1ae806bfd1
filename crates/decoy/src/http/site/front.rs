//! Front pages of servers on which nobody put a site yet, in our own words.

use decnet_proto::persona::Persona;

/// What Apache's package of the persona's system shows.
pub(super) fn apache(persona: &Persona) -> String {
    let system = match persona.system.banner_name.as_str() {
        "" => "Linux",
        name => name,
    };
    format!(
        r#"<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
  <head>
    <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
    <title>Apache2 {system} Default Page: It works</title>
    <style type="text/css">
      body {{ background: #d8dbe2; font-family: Verdana, sans-serif; font-size: 11pt; margin: 0; }}
      .page {{ background: #fff; border: 2px solid #212738; margin: 5px auto; max-width: 800px; padding: 5px 20px 20px; }}
      .head {{ border-bottom: 1px solid #212738; font-size: 150%; font-weight: bold; padding: 16px 0; }}
      .band {{ background: #cd214f; color: #fff; font-weight: bold; margin: 20px 0 10px; padding: 4px; text-align: center; }}
      pre {{ background: #eee; padding: 8px; }}
    </style>
  </head>
  <body>
    <div class="page">
      <div class="head">Apache2 {system} Default Page</div>
      <div class="band">It works!</div>
      <p>The Apache2 package of this {system} system is installed and answers requests. You see
      this text because no site was put in its place yet: it is the file
      <tt>/var/www/html/index.html</tt>, and yours may replace it.</p>
      <p>Visitors who expected something else should try again later, or ask the administrator
      of the site whether it is down for maintenance.</p>
      <div class="band">Configuration Overview</div>
      <p>On {system} the configuration is spread over small files, each with a subject of its own:</p>
      <pre>/etc/apache2/
|-- apache2.conf
|   `-- ports.conf
|-- mods-enabled
|   |-- *.load
|   `-- *.conf
|-- conf-enabled
|   `-- *.conf
`-- sites-enabled
    `-- *.conf</pre>
      <p>Start with <tt>apache2.conf</tt>, which reads all others. Turn parts on and off with
      <tt>a2enmod</tt>, <tt>a2ensite</tt>, <tt>a2enconf</tt> and their opposites.</p>
      <div class="band">Document Roots</div>
      <p>Only files below <tt>/var/www</tt> and the folders that are enabled explicitly can be
      reached from outside.</p>
    </div>
  </body>
</html>
"#
    )
}

/// What nginx's package shows.
pub(super) fn nginx() -> String {
    r#"<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
    body {
        width: 35em;
        margin: 0 auto;
        font-family: Tahoma, Verdana, Arial, sans-serif;
    }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>This page tells that the nginx web server runs on this machine. It still has to be given
something to serve.</p>

<p>Its documentation is at <a href="http://nginx.org/">nginx.org</a>, and help can be bought at
<a href="http://nginx.com/">nginx.com</a>.</p>
</body>
</html>
"#
    .to_owned()
}

/// What IIS shows.
pub(super) fn iis() -> String {
    r##"<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1" />
<title>IIS Windows Server</title>
<style type="text/css">
<!--
body { color:#000000; background-color:#0072C6; margin:0; }
#container { margin:80px auto; text-align:center; color:#FFFFFF; font-family:"Segoe UI", Tahoma, sans-serif; }
a { color:#FFFFFF; text-decoration:none; }
-->
</style>
</head>
<body>
<div id="container">
<a href="http://go.microsoft.com/fwlink/?linkid=66138&amp;clcid=0x409"><h1>Internet Information Services</h1></a>
<p>Windows Server</p>
</div>
</body>
</html>"##
        .replace('\n', "\r\n")
}
