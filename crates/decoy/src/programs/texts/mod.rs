//! Programs that lay texts out, cut them up, sum them up, recode them and page through them.

mod codes;
mod filling;
mod pager;
mod pages;
mod sides;
mod sums;
mod tabs;
mod units;

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
    "sum" => sums::sum;
    "expand" => tabs::expand;
    "unexpand" => tabs::unexpand;
    "fmt" => filling::fmt;
    "pr" => pages::pr;
    "numfmt" => units::numfmt;
    "tsort" => units::tsort;
    "iconv" => codes::iconv;
}
