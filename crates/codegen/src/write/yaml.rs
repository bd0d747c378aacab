//! JSON values as YAML that people like to read.

use serde_json::Value;

/// The document as block YAML.
pub(super) fn write(value: &Value) -> String {
    let mut out = String::new();
    block(value, 0, &mut out);
    out
}

fn block(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                pad(indent, out);
                out.push_str(&scalar(name));
                out.push(':');
                below(value, indent, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                pad(indent, out);
                out.push('-');
                let start = out.len();
                match item {
                    Value::Object(members) if !members.is_empty() => {
                        block(item, indent + 2, out);
                        // The first member stands on the line of the dash.
                        out.replace_range(start..start + indent + 2, " ");
                    }
                    item => below(item, indent, out),
                }
            }
        }
        _ => {}
    }
}

/// What stands after `name:` or `-`.
fn below(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            out.push('\n');
            block(value, indent + 2, out);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            block(value, indent + 2, out);
        }
        Value::String(text) if is_text_block(text) => literal(text, indent + 2, out),
        value => {
            out.push(' ');
            out.push_str(&inline(value));
            out.push('\n');
        }
    }
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Several lines of plain text.
fn is_text_block(text: &str) -> bool {
    text.trim_end_matches('\n').contains('\n')
        && !text.starts_with([' ', '\n', '\t'])
        && text
            .lines()
            .all(|line| !line.ends_with([' ', '\t']) && line.chars().all(is_printable))
        && !text.contains('\r')
}

fn literal(text: &str, indent: usize, out: &mut String) {
    let trailing = text.len() - text.trim_end_matches('\n').len();
    out.push_str(match trailing {
        0 => " |-\n",
        1 => " |\n",
        _ => " |+\n",
    });
    let body = if trailing == 0 {
        text
    } else {
        &text[..text.len() - 1]
    };
    for line in body.split('\n') {
        if !line.is_empty() {
            pad(indent, out);
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(text) => scalar(text),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
    }
}

/// A string on one line, plain where nobody could take it for anything else.
fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    if text.chars().all(is_printable) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    // JSON's escapes are YAML's.
    Value::String(text.to_owned()).to_string()
}

fn is_printable(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{feff}')
}

fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    // Words that some version of YAML takes for something else.
    let is_word = matches!(
        text.to_ascii_lowercase().as_str(),
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "~"
    );
    let allowed = |character: char| {
        character.is_ascii_alphanumeric()
            || matches!(
                character,
                ' ' | '_' | '-' | '.' | '/' | '$' | '(' | ')' | ',' | ';' | '+' | '=' | '<' | '>'
            )
            || (!character.is_ascii() && is_printable(character))
    };
    (first.is_ascii_alphabetic() || matches!(first, '/' | '$' | '_'))
        && !is_word
        && !text.ends_with(' ')
        && text.chars().all(allowed)
}
