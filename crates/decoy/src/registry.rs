//! Which type plays which service: one line each.

use decnet_proto::{persona::ServiceSpec, service::ServiceId};

use crate::{
    conn::{Conn, End},
    host::Host,
    service::{ConnectionService, DatagramService, ServiceError},
};

macro_rules! registry {
    ($( $variant:ident => $type:ty, )*) => {
        /// A service of this build, made for one decky.
        #[derive(Debug)]
        pub enum Service {
            $( #[doc = concat!("[`", stringify!($type), "`].")] $variant($type), )*
        }

        impl Service {
            /// Makes the service that `spec` names; may take its time.
            ///
            /// # Errors
            /// [`ServiceError`] names the key that is wrong.
            pub fn build(spec: &ServiceSpec, host: &Host) -> Result<Self, ServiceError> {
                match spec.service {
                    $( ServiceId::$variant => <$type>::build(spec, host).map(Self::$variant), )*
                }
            }

            /// Whether making the service that `spec` names takes the machine's key.
            pub fn needs_key(spec: &ServiceSpec) -> bool {
                match spec.service {
                    $( ServiceId::$variant => <$type>::needs_key(spec), )*
                }
            }

            /// Serves one connection until the product would close it.
            ///
            /// # Errors
            /// [`End`] when it ended otherwise.
            pub async fn serve(&self, conn: &mut Conn) -> Result<(), End> {
                match self {
                    $( Self::$variant(service) => service.serve(conn).await, )*
                }
            }

            /// The part that answers datagrams, of services that have UDP ports.
            pub fn datagrams(&self) -> Option<&dyn DatagramService> {
                match self {
                    $( Self::$variant(service) => service.datagrams(), )*
                }
            }
        }
    };
}

registry! {
    Ftp => crate::ftp::Ftp,
    Http => crate::http::Web,
    Https => crate::http::Web,
    Mysql => crate::mysql::Mysql,
    Redis => crate::redis::Redis,
    Smtp => crate::smtp::Smtp,
    Snmp => crate::snmp::Snmp,
    Ssh => crate::ssh::Ssh,
    Telnet => crate::telnet::Telnet,
}
