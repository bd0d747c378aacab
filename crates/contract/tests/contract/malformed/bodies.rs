//! Forms, multipart bodies, text and bytes.

use super::{Header, Row};

const FORM: &[Header] = &[("content-type", b"application/x-www-form-urlencoded")];
const MULTIPART: &[Header] = &[("content-type", b"multipart/form-data; boundary=X")];
const TEXT: &[Header] = &[("content-type", b"text/plain; charset=utf-8")];
const BYTES: &[Header] = &[("content-type", b"application/octet-stream")];

const fn form(name: &'static str, body: &'static [u8], violations: &'static [&'static str]) -> Row {
    Row::json(name, "POST /form", body, violations).headers(FORM)
}

const fn parts(
    name: &'static str,
    body: &'static [u8],
    violations: &'static [&'static str],
) -> Row {
    Row::json(name, "POST /upload", body, violations).headers(MULTIPART)
}

/// A multipart body of a title, an image and what is given.
macro_rules! with {
    ($($part:literal),* $(,)?) => {
        concat!(
            "--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nabc\r\n",
            "--X\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x7fPNG\r\n",
            $("--X\r\nContent-Disposition: form-data; name=", $part, "\r\n",)*
            "--X--\r\n"
        )
        .as_bytes()
    };
}

/// A multipart body of exactly these parts.
macro_rules! only {
    ($($part:literal),* $(,)?) => {
        concat!($("--X\r\nContent-Disposition: form-data", $part, "\r\n",)* "--X--\r\n").as_bytes()
    };
}

#[rustfmt::skip] // A row is a line.
pub(super) const ROWS: &[Row] = &[
    // Forms.
    form("form: the least", b"name=a", &[]),
    form("form: all", b"name=a+b&count=2&tags=x&tags=y", &[]),
    form("form: nothing", b"", &["body /name: required"]),
    form("form: ampersand only", b"&", &["body /name: required"]),
    form("form: empty name", b"name=", &["body /name: minLength"]),
    form("form: too long in characters", "name=\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}".as_bytes(), &["body /name: maxLength"]),
    form("form: longest in characters", b"name=%c3%a4%c3%a4%c3%a4%c3%a4%c3%a4", &[]),
    form("form: unknown field", b"name=a&x=1", &["body /x: additionalProperties"]),
    form("form: unknown field twice", b"name=a&x=1&x=2", &["body /x: additionalProperties"]),
    form("form: field twice", b"name=a&name=b", &["body /name: duplicate"]),
    form("form: integer is a word", b"name=a&count=x", &["body /count: type"]),
    form("form: integer is empty", b"name=a&count=", &["body /count: type"]),
    form("form: integer is too small", b"name=a&count=-1", &["body /count: minimum"]),
    form("form: wrong item", b"name=a&tags=abcd&tags=b", &["body /tags/0: maxLength"]),
    form("form: too many items", b"name=a&tags=a&tags=b&tags=c", &["body /tags: maxItems"]),
    form("form: empty array", b"name=a&tags=", &[]),
    form("form: broken escape", b"name=%", &["body /name: syntax"]),
    form("form: broken escape in a name", b"name=a&%zz=1", &["body: syntax"]),
    form("form: not UTF-8", b"name=\xff", &["body: syntax"]),
    form("form: JSON instead", b"{\"name\":\"a\"}", &["body /name: required", "body /{\"name\":\"a\"}: additionalProperties"]),
    // Multipart.
    parts("multipart: the least", with!(), &[]),
    parts("multipart: everything", with!["\"tags\"\r\n\r\na", "\"tags\"\r\n\r\nb", "\"part\"\r\nContent-Type: application/json\r\n\r\n{\"size\":1}", "\"files\"\r\nContent-Type: text/csv\r\n\r\na", "\"files\"\r\nContent-Type: text/plain\r\n\r\nb"], &[]),
    parts("multipart: no parts", b"--X--\r\n", &["body /title: required", "body /image: required"]),
    parts("multipart: no body", b"", &["body: syntax"]),
    parts("multipart: cut short", b"--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nab", &["body: syntax"]),
    parts("multipart: cut in its headers", b"--X\r\nContent-Disposition: form-da", &["body: syntax"]),
    parts("multipart: without the end", b"--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nab\r\n", &["body: syntax"]),
    parts("multipart: another boundary", b"--Y\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nab\r\n--Y--\r\n", &["body: syntax"]),
    parts("multipart: no boundary", with!(), &["body: syntax"]).headers(&[("content-type", b"multipart/form-data")]),
    parts("multipart: of another kind", with!(), &[]).headers(&[("content-type", b"multipart/mixed; boundary=X")]).status(415),
    parts("multipart: part without a name", only!["; name=\"title\"\r\n\r\nabc", "\r\n\r\nabc", "; name=\"image\"\r\nContent-Type: image/png\r\n\r\na"], &["body: syntax"]),
    parts("multipart: unknown part", with!["\"x\"\r\n\r\n1"], &["body /x: additionalProperties"]),
    parts("multipart: unknown part twice", with!["\"x\"\r\n\r\n1", "\"x\"\r\n\r\n2"], &["body /x: additionalProperties"]),
    parts("multipart: unknown file", with!["\"x\"; filename=\"../../etc/passwd\"\r\n\r\n1"], &["body /x: additionalProperties"]),
    parts("multipart: scalar twice", with!["\"title\"\r\n\r\nabc"], &["body /title: duplicate"]),
    parts("multipart: file twice", with!["\"image\"\r\nContent-Type: image/png\r\n\r\na"], &["body /image: duplicate"]),
    parts("multipart: scalar missing", only!["; name=\"image\"\r\nContent-Type: image/png\r\n\r\na"], &["body /title: required"]),
    parts("multipart: scalar empty", only!["; name=\"title\"\r\n\r\n", "; name=\"image\"\r\nContent-Type: image/png\r\n\r\na"], &["body /title: minLength"]),
    parts("multipart: scalar too long", only!["; name=\"title\"\r\n\r\nabcdef", "; name=\"image\"\r\nContent-Type: image/png\r\n\r\na"], &["body /title: maxLength"]),
    parts("multipart: scalar is no UTF-8", b"--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n\xff\r\n--X\r\nContent-Disposition: form-data; name=\"image\"\r\nContent-Type: image/png\r\n\r\na\r\n--X--\r\n", &["body /title: syntax"]),
    parts("multipart: file too large", only!["; name=\"title\"\r\n\r\nabc", "; name=\"image\"\r\nContent-Type: image/png\r\n\r\n123456789"], &["body /image: maxLength"]),
    parts("multipart: largest file", only!["; name=\"title\"\r\n\r\nabc", "; name=\"image\"\r\nContent-Type: image/jpeg\r\n\r\n12345678"], &[]),
    parts("multipart: file of another type", only!["; name=\"title\"\r\n\r\nabc", "; name=\"image\"\r\nContent-Type: image/gif\r\n\r\na"], &["body /image: encoding"]),
    parts("multipart: file without a type", only!["; name=\"title\"\r\n\r\nabc", "; name=\"image\"; filename=\"a.png\"\r\n\r\na"], &["body /image: encoding"]),
    parts("multipart: file too large and of another type", only!["; name=\"title\"\r\n\r\nabc", "; name=\"image\"\r\nContent-Type: a/b\r\n\r\n123456789"], &["body /image: maxLength", "body /image: encoding"]),
    parts("multipart: file type in capitals", only!["; name=\"title\"\r\n\r\nabc", "; name=\"image\"\r\nContent-Type: IMAGE/PNG\r\n\r\na"], &[]),
    parts("multipart: too many items", with!["\"tags\"\r\n\r\na", "\"tags\"\r\n\r\nb", "\"tags\"\r\n\r\nc"], &["body /tags: maxItems"]),
    parts("multipart: wrong item", with!["\"tags\"\r\n\r\na", "\"tags\"\r\n\r\nbbbb"], &["body /tags/1: maxLength"]),
    parts("multipart: JSON that is none", with!["\"part\"\r\n\r\nsize"], &["body /part: syntax"]),
    parts("multipart: JSON breaks its schema", with!["\"part\"\r\n\r\n{\"size\":\"1\"}"], &["body /part/size: type"]),
    parts("multipart: JSON of another type", with!["\"part\"\r\nContent-Type: text/csv\r\n\r\n{\"size\":1}"], &["body /part: encoding"]),
    parts("multipart: JSON as plain text", with!["\"part\"\r\nContent-Type: text/plain\r\n\r\n{\"size\":1}"], &[]),
    parts("multipart: too few files", with!["\"files\"\r\nContent-Type: text/csv\r\n\r\na"], &["body /files: minItems"]),
    parts("multipart: too many files, one of them wrong", with!["\"files\"\r\nContent-Type: text/csv\r\n\r\na", "\"files\"\r\nContent-Type: text/csv\r\n\r\na", "\"files\"\r\nContent-Type: image/png\r\n\r\na", "\"files\"\r\nContent-Type: text/csv\r\n\r\nabcde"], &["body /files: maxItems", "body /files/2: encoding", "body /files/3: maxLength"]),
    parts("multipart: text before the first boundary", b"preamble\r\n--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nabc\r\n--X\r\nContent-Disposition: form-data; name=\"image\"\r\nContent-Type: image/png\r\n\r\na\r\n--X--\r\nepilogue", &[]),
    // Text and bytes.
    Row::json("text: good", "POST /text", "\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}".as_bytes(), &[]).headers(TEXT),
    Row::json("text: empty", "POST /text", b"", &["body: required"]).headers(TEXT),
    Row::json("text: too long", "POST /text", b"abcdefg", &["body: maxLength"]).headers(TEXT),
    Row::json("text: not UTF-8", "POST /text", b"\xe4", &["body: syntax"]).headers(TEXT),
    Row::json("text: Latin-1", "POST /text", b"a", &[]).headers(&[("content-type", b"text/plain; charset=iso-8859-1")]).status(415),
    Row::json("bytes: whatever", "POST /bytes", b"\0\xff", &[]).headers(BYTES),
    Row::json("bytes: empty", "POST /bytes", b"", &["body: required"]).headers(BYTES),
    Row::json("bytes: as many as there may be", "POST /bytes", b"0123456789abcdef", &[]).headers(BYTES),
    Row::json("bytes: one too many", "POST /bytes", b"0123456789abcdefg", &[]).headers(BYTES).status(413),
];
