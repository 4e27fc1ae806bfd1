//! Every claim on a fleet in the layout `--isolation service`.

use decnet_proto::plan::Isolation;

macro_rules! cases {
    ($( $module:ident :: $name:ident, )*) => {
        $(
            #[test]
            fn $name() {
                lab::claims::check(Isolation::Service, stringify!($name));
            }
        )*
    };
}
lab::claims!(cases);
