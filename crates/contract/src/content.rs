//! The content of a request.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use poem::Body;

/// Why content could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It has more bytes than may be.
    TooLarge,
    /// The connection broke.
    Broken,
}

/// All of `body`, at most `limit` bytes. What comes in one piece, as small bodies
/// do, is not copied; and there is no buffer here, because each layer around a
/// future copies it whole, with whatever is in it.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, Unread> {
    if body.is_empty() {
        return Ok(Bytes::new());
    }
    let mut pieces = std::pin::pin!(body.into_bytes_stream());
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    let mut length = 0_usize;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Unread::Broken)?;
        length = length.saturating_add(piece.len());
        if length > limit {
            return Err(Unread::TooLarge);
        }
        if first.is_empty() {
            first = piece;
        } else {
            if joined.is_empty() {
                joined.extend_from_slice(&first);
            }
            joined.extend_from_slice(&piece);
        }
    }
    Ok(if joined.is_empty() {
        first
    } else {
        joined.freeze()
    })
}

#[cfg(test)]
mod tests {
    use super::{Unread, read};
    use futures_util::stream;
    use poem::Body;

    fn body(pieces: &[&'static str]) -> Body {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|piece| Ok::<_, std::io::Error>(piece.as_bytes()))
            .collect();
        Body::from_bytes_stream(stream::iter(pieces))
    }

    #[tokio::test]
    async fn pieces_are_joined() {
        for (pieces, whole) in [
            (&[][..], ""),
            (&["", ""], ""),
            (&["one"], "one"),
            (&["", "one", "", "two", "three"], "onetwothree"),
        ] {
            assert_eq!(read(body(pieces), 11).await, Ok(whole.into()));
        }
    }

    #[tokio::test]
    async fn no_more_than_the_limit_is_taken() {
        assert_eq!(read(body(&["one"]), 2).await, Err(Unread::TooLarge));
        assert_eq!(read(body(&["one", "two"]), 5).await, Err(Unread::TooLarge));
        assert_eq!(read(Body::from("one"), 2).await, Err(Unread::TooLarge));
    }

    #[tokio::test]
    async fn a_broken_connection_is_told() {
        let pieces = [
            Ok("one"),
            Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
        ];
        let body = Body::from_bytes_stream(stream::iter(pieces));
        assert_eq!(read(body, 10).await, Err(Unread::Broken));
    }
}
