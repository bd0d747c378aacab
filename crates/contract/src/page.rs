//! Cursors of keyset pages.

use uuid::Uuid;

/// A place in a list that is ordered by id: right behind this id, whether or not
/// anything has it.
///
/// It is a TypeID without a prefix, so that whatever satisfies the document is a
/// cursor: there is none that a list would have to refuse afterwards.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(Uuid);

crate::type_id!(Cursor, "");

#[cfg(test)]
mod tests {
    use super::Cursor;
    use crate::TypeId;
    use uuid::Uuid;

    #[test]
    fn reads_what_it_writes() {
        for id in [Uuid::nil(), Uuid::from_u128(1), Uuid::max()] {
            let text = Cursor::from(id).to_string();
            assert_eq!(text.len(), 26);
            assert_eq!(Cursor::parse(&text).map(Uuid::from), Some(id));
        }
    }

    #[test]
    fn refuses_what_the_document_refuses() {
        for text in [
            "",
            "_01kh3aqwt0f46bs8r42wfv2z13",
            "01kh3aqwt0f46bs8r42wfv2z1",
            "81kh3aqwt0f46bs8r42wfv2z13",
            "01kh3aqwt0f46bs8r42wfv2z1u",
        ] {
            assert!(Cursor::parse(text).is_none(), "{text}");
        }
    }
}
