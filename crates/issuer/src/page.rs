//! The page by which a provider sends a browser on, as the browser reads it.

use std::collections::BTreeMap;

/// A form that posts itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where it goes.
    pub action: String,
    /// Its fields that have names.
    pub fields: BTreeMap<String, String>,
}

impl Form {
    /// Reads the form in a page, for pages as samlp and pysaml2 write them.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn read(page: &str) -> Self {
        let form = tags(page, "form").next();
        let form = form.unwrap_or_else(|| panic!("no form in {page}"));
        let fields = tags(page, "input").filter_map(|input| {
            Some((
                attribute(input, "name")?,
                attribute(input, "value").unwrap_or_default(),
            ))
        });
        Self {
            action: attribute(form, "action").unwrap(),
            fields: fields.collect(),
        }
    }
}

/// What stands in the tags of this name.
fn tags<'a>(page: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let start = format!("<{name}");
    page.match_indices(&start)
        .map(|(at, _)| {
            let tag = &page[at..];
            &tag[..tag.find('>').unwrap()]
        })
        .collect::<Vec<_>>()
        .into_iter()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = format!("{name}=\"");
    let (_, value) = tag.split_once(&start)?;
    let (value, _) = value.split_once('"')?;
    Some(unescaped(value))
}

/// The references that the two programs write.
fn unescaped(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (reference, character)| {
        text.replace(reference, character)
    })
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn a_form_is_read() {
        let form = Form::read(
            "<form method=\"post\"\n action=\"https://a.example/?b=1&amp;c=&#34;\">\
             <input type=\"hidden\" \n name=\"x\" \n value=\"&amp;lt;+/=\">\
             <input name=\"y\" value=\"\"><input type=\"submit\" value=\"Submit\"></form>",
        );
        assert_eq!(form.action, "https://a.example/?b=1&c=\"");
        assert_eq!(form.fields.len(), 2);
        assert_eq!(form.fields["x"], "&lt;+/=");
        assert_eq!(form.fields["y"], "");
    }
}
