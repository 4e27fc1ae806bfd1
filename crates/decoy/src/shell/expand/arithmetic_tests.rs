//! Values and complaints of expressions.

use proptest::prelude::*;

use super::*;

fn value(text: &str) -> Result<i64, String> {
    let mut variables = Variables::default();
    variables.set(b"x", *b"5");
    variables.set(b"e", *b"x+1");
    variables.set(b"loop", *b"loop");
    let value = evaluate(text.as_bytes(), &mut variables, Dialect::Bash, false);
    value.map_err(|error| String::from_utf8(error.text(Dialect::Bash)).unwrap())
}

#[test]
fn values_are_those_of_bash() {
    for (text, expect) in [
        ("1+2*3", 7),
        ("(1+2)*3", 9),
        ("2**10", 1024),
        ("2**3**2", 512),
        ("-7/2", -3),
        ("-7%3", -1),
        ("1<<4|1", 17),
        ("x", 5),
        ("e*2", 12),
        ("x++ + x", 11),
        ("++x", 6),
        ("y=3, y*2", 6),
        ("x>3?1:2", 1),
        ("0&&1/0", 0),
        ("1||1/0", 1),
        ("!5+~0", -1),
        ("0x10+010+2#11", 27),
        ("9223372036854775807+1", i64::MIN),
        ("unset", 0),
        ("", 0),
        ("1,2", 2),
        ("x+=2", 7),
        ("- - 3", 3),
    ] {
        assert_eq!(value(text), Ok(expect), "{text}");
    }
}

#[test]
fn complaints_are_those_of_bash() {
    for (text, expect) in [
        ("1/0", r#"1/0: division by 0 (error token is "0")"#),
        ("1+", r#"1+: syntax error: operand expected (error token is "+")"#),
        ("1 2", r#"1 2: syntax error in expression (error token is "2")"#),
        ("08", r#"08: value too great for base (error token is "08")"#),
        ("1.5", r#"1.5: syntax error: invalid arithmetic operator (error token is ".5")"#),
        ("(1", r#"(1: missing `)' (error token is "1")"#),
        ("1=2", r#"1=2: attempted assignment to non-variable (error token is "=2")"#),
        ("loop", r#"loop: expression recursion level exceeded (error token is "loop")"#),
    ] {
        assert_eq!(value(text), Err(expect.to_owned()), "{text}");
    }
}

proptest! {
    #[test]
    fn any_bytes_have_a_value_or_a_complaint(text in "[-+*/%<>=!&|^~?:,()x0-9 #a\\[\\]]{0,60}") {
        for dialect in [Dialect::Bash, Dialect::Dash, Dialect::Ash] {
            let _ = evaluate(text.as_bytes(), &mut Variables::default(), dialect, false);
        }
    }
}

#[test]
fn nesting_has_a_bound() {
    for text in ["(", "-", "x[", "1?", "2**", "x="] {
        assert!(value(&text.repeat(10_000)).is_err(), "{text}");
    }
}
