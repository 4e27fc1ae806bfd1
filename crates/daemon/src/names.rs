//! Who is asked for the names of hosts and users.
//!
//! The C library loads the modules that `/etc/nsswitch.conf` names. A static program that loads one
//! loads a second C library with it, and crashes. Files and DNS are part of the library itself, so
//! that such a program asks those two alone; where systemd-resolved runs, it is asked by DNS.

/// Has a static program ask files and DNS. Every `main` calls it first: what was looked up before is
/// looked up as the file says.
pub fn by_files_and_dns() {
    #[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
    own::configure();
}

#[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
mod own {
    use std::ffi::{CStr, c_char, c_int};

    /// Databases that a module could be loaded for, and who is asked instead.
    const DATABASES: [(&CStr, &CStr); 5] = [
        (c"hosts", c"files dns"),
        (c"passwd", c"files"),
        (c"group", c"files"),
        (c"services", c"files"),
        (c"protocols", c"files"),
    ];

    unsafe extern "C" {
        /// Of glibc, since 2.0.
        fn __nss_configure_lookup(database: *const c_char, services: *const c_char) -> c_int;
    }

    pub(super) fn configure() {
        for (database, services) in DATABASES {
            // SAFETY: both are strings that end with a zero and live as long as the program; the
            // library copies what it needs.
            let done = unsafe { __nss_configure_lookup(database.as_ptr(), services.as_ptr()) };
            debug_assert_eq!(done, 0, "{database:?} is one of the library's databases");
        }
    }
}
