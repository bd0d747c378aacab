//! Links to objects that this server gives out itself, signed and never stored.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use charter_contract::{Forbidden, Gone, Internal, NotFound, Problem, Timestamp, kind};
use hmac::Mac as _;
use subtle::ConstantTimeEq as _;
use url::{Url, form_urlencoded};

use crate::Store;
use crate::object_storage::{Object, ObjectKey};
use crate::server_key::{ServerKey, ServerKeys, mac};

/// What a genuine link says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectLink {
    /// The object.
    pub key: ObjectKey,
    /// What the file is named that is downloaded.
    pub file_name: String,
    /// When it is no longer good, in seconds since 1970-01-01T00:00:00Z.
    pub expires: i64,
}

const FILE_NAME: &str = "file_name";
const EXPIRES: &str = "expires";
const SIGNATURE: &str = "signature";

impl ObjectLink {
    /// Below which path of the server objects are.
    pub const PATH: &str = "/objects/";

    /// The link at the server that people reach at `server`: all that it says, and an
    /// HMAC of that under the server key.
    #[must_use]
    pub fn sign(&self, server: &Url, keys: &ServerKeys) -> Url {
        let mut url = server.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .push(Self::PATH.trim_matches('/'))
                .extend(self.key.as_str().split('/'));
        }
        url.query_pairs_mut()
            .clear()
            .append_pair(FILE_NAME, &self.file_name)
            .append_pair(EXPIRES, &self.expires.to_string())
            .append_pair(SIGNATURE, &URL_SAFE_NO_PAD.encode(self.tag(&keys.current)));
        url.set_fragment(None);
        url
    }

    /// Reads path and query of a link that [`ObjectLink::sign`] made under any accepted
    /// key. Whether it is still good is not looked at.
    #[must_use]
    pub fn verify(path: &str, query: &str, keys: &ServerKeys) -> Option<Self> {
        let [mut file_name, mut expires, mut signature] = [const { None::<Cow<'_, str>> }; 3];
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match &*name {
                FILE_NAME => &mut file_name,
                EXPIRES => &mut expires,
                SIGNATURE => &mut signature,
                _ => return None,
            };
            if place.replace(value).is_some() {
                return None;
            }
        }
        let link = Self {
            // As it was sent: what is encoded in it is no key.
            key: ObjectKey::parse(path.strip_prefix(Self::PATH)?).ok()?,
            file_name: file_name?.into_owned(),
            expires: expires?.parse().ok()?,
        };
        let given = URL_SAFE_NO_PAD.decode(&*signature?).ok()?;
        let genuine = keys
            .accepted()
            .any(|key| bool::from(link.tag(key).ct_eq(&given)));
        genuine.then_some(link)
    }

    fn is_good(&self, now: Timestamp) -> bool {
        now.micros() < self.expires.saturating_mul(1_000_000)
    }

    fn tag(&self, key: &ServerKey) -> [u8; 32] {
        let mut mac = mac(&key.derive("charter/object-link/1"));
        // Neither text has a zero byte where the other could begin: a key has none.
        mac.update(self.key.as_str().as_bytes());
        mac.update(&[0]);
        mac.update(&self.expires.to_be_bytes());
        mac.update(self.file_name.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl Store {
    /// The object that a link of this server leads to; see [`ObjectLink::verify`].
    ///
    /// # Errors
    /// When the link is not this server's or no longer good, and when the object is
    /// gone.
    pub async fn linked_object(
        &self,
        path: &str,
        query: &str,
    ) -> Result<(ObjectLink, Object), Problem> {
        let link = ObjectLink::verify(path, query, self.server_keys()).ok_or_else(|| {
            Forbidden::new("This server has not made this link, or somebody has changed it.")
        })?;
        if !link.is_good(self.now()) {
            let detail = "This link has expired. Ask for a new one.";
            return Err(Gone::of(&kind::LINK_EXPIRED, detail).into());
        }
        let object = self
            .objects()
            .get(&link.key)
            .await
            .map_err(Internal::unavailable)?
            .ok_or_else(|| NotFound::new("What the link led to is no longer there."))?;
        Ok((link, object))
    }
}

#[cfg(test)]
mod tests {
    use super::ObjectLink;
    use crate::object_storage::ObjectKey;
    use crate::server_key::{ServerKey, ServerKeys};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use charter_contract::Timestamp;
    use url::Url;

    fn key(byte: u8) -> ServerKey {
        ServerKey::parse(&URL_SAFE_NO_PAD.encode([byte; 32])).unwrap()
    }

    fn link() -> ObjectLink {
        ObjectLink {
            key: ObjectKey::parse("legal/org/1.pdf").unwrap(),
            file_name: "Müller & Söhne+1.pdf".to_owned(),
            expires: 60,
        }
    }

    fn sign(link: &ObjectLink, keys: &ServerKeys) -> Url {
        link.sign(
            &"https://charter.example/base/?a=b#c".parse().unwrap(),
            keys,
        )
    }

    fn verify(url: &Url, keys: &ServerKeys) -> Option<ObjectLink> {
        let path = url.path().strip_prefix("/base").unwrap();
        ObjectLink::verify(path, url.query().unwrap(), keys)
    }

    #[test]
    fn a_link_says_what_it_was_made_for() {
        let keys = ServerKeys::from(key(1));
        let url = sign(&link(), &keys);
        assert!(
            url.as_str()
                .starts_with("https://charter.example/base/objects/legal/org/1.pdf?file_name=M%C3"),
            "{url}"
        );
        assert_eq!(url.fragment(), None);
        assert_eq!(verify(&url, &keys), Some(link()));
    }

    #[test]
    fn nothing_can_be_changed() {
        let keys = ServerKeys::from(key(1));
        let url = sign(&link(), &keys);
        let (path, query) = ("/objects/legal/org/1.pdf", url.query().unwrap());
        assert!(ObjectLink::verify(path, query, &keys).is_some());
        for changed in [
            query.replace("expires=60", "expires=61"),
            query.replace("expires=60", "expires=-60"),
            query.replace("expires=60", "expires="),
            query.replace("expires=60&", ""),
            query.replace("file_name=M", "file_name=N"),
            query.replace("signature=", "signature=A"),
            query.split("signature=").next().unwrap().to_owned(),
            format!("{}signature=", query.split("signature=").next().unwrap()),
            format!("{query}&expires=61"),
            format!("expires=61&{query}"),
            format!("{query}&next=https://evil.example"),
            String::new(),
        ] {
            assert_eq!(ObjectLink::verify(path, &changed, &keys), None, "{changed}");
        }
        for path in [
            "/objects/legal/org/2.pdf",
            "/objects/legal/org",
            "/objects/legal/org/1.pdf/",
            "/objects/legal/./org/1.pdf",
            "/objects/legal/org/%31.pdf",
            "/objects//legal/org/1.pdf",
            "/objects/",
            "legal/org/1.pdf",
        ] {
            assert_eq!(ObjectLink::verify(path, query, &keys), None, "{path}");
        }
        let (rest, tag) = query.split_once("signature=").unwrap();
        let tag = URL_SAFE_NO_PAD.decode(tag).unwrap();
        for bit in 0..tag.len() * 8 {
            let mut changed = tag.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let query = format!("{rest}signature={}", URL_SAFE_NO_PAD.encode(changed));
            assert_eq!(ObjectLink::verify(path, &query, &keys), None, "bit {bit}");
        }
    }

    /// What moves from one member to its neighbour is another link.
    #[test]
    fn members_do_not_run_into_each_other() {
        let keys = ServerKeys::from(key(1));
        let signature = |key: &str, file_name: &str| {
            let link = ObjectLink {
                key: ObjectKey::parse(key).unwrap(),
                file_name: file_name.to_owned(),
                ..link()
            };
            link.tag(&keys.current)
        };
        assert_ne!(signature("ab", "c"), signature("a", "bc"));
        assert_ne!(signature("a", "b"), signature("a", "b\0"));
    }

    #[test]
    fn links_work_as_long_as_their_key_is_accepted() {
        let url = sign(&link(), &key(1).into());
        let rotated = ServerKeys {
            current: key(2),
            earlier: vec![key(1)],
        };
        assert_eq!(verify(&url, &rotated), Some(link()));
        assert_ne!(sign(&link(), &rotated), url);
        assert_eq!(verify(&url, &key(2).into()), None);
    }

    #[test]
    fn a_link_is_good_until_its_second_begins() {
        assert!(link().is_good(Timestamp::from_micros(59_999_999)));
        assert!(!link().is_good(Timestamp::from_micros(60_000_000)));
        let endless = ObjectLink {
            expires: i64::MAX,
            ..link()
        };
        assert!(endless.is_good(Timestamp::from_micros(i64::MAX)));
    }
}
