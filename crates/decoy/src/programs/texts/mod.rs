//! Programs that lay texts side by side, cut them up, sum them up and page through them.

mod pager;
mod sides;
mod sums;

programs! {
    "comm" => sides::comm;
    "join" => sides::join;
    "split" => sides::split;
    "column" => sides::column;
    "less" "pager" => pager::less;
    "more" => pager::more;
    "cksum" => sums::cksum;
    "b2sum" => sums::b2sum;
    "base32" => sums::base32;
    "factor" => sums::factor;
}
