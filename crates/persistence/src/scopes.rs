//! The scopes of a key as they are stored.

use charter_contract::Scopes;

/// Whatever the owner may do, also what later versions add.
const ALL: &str = "*";

/// Reads the stored text.
pub(crate) fn read(text: &str) -> Scopes {
    if text == ALL {
        Scopes::All
    } else {
        Scopes::Only(text.split_ascii_whitespace().map(str::to_owned).collect())
    }
}

/// Writes the text to store.
pub(crate) fn write(scopes: &Scopes) -> String {
    match scopes {
        Scopes::All => ALL.to_owned(),
        Scopes::Only(scopes) => scopes
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" "),
    }
}

#[cfg(test)]
mod tests {
    use charter_contract::Scopes;

    #[test]
    fn what_is_written_is_read() {
        for scopes in [
            Scopes::All,
            Scopes::Only(["keys:read".to_owned(), "members:read".to_owned()].into()),
            Scopes::Only(std::collections::BTreeSet::new()),
        ] {
            assert_eq!(super::read(&super::write(&scopes)), scopes);
        }
    }
}
