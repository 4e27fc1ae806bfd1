//! Every claim on a fleet in the layout `--isolation service`.

use decnet_proto::plan::Isolation;
use lab::{claims, stage::Stage};

macro_rules! cases {
    ($( $module:ident :: $name:ident, )*) => {
        $(
            #[test]
            fn $name() {
                let (_, claim) = claims::ALL.iter().find(|(name, _)| *name == stringify!($name)).unwrap();
                let figure = claim(&Stage::shared(Isolation::Service).unwrap()).unwrap();
                println!("{figure}");
            }
        )*
    };
}
lab::claims!(cases);
