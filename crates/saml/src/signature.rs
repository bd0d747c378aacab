//! XML signatures, in the one form that SAML prescribes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;
use ring::digest;

use crate::certificate::{Certificate, SignatureMethod};
use crate::refusal::{Refusal, SignatureFault};
use crate::xml::{self, EXCLUSIVE, Malformed, Node, SIGNATURE};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// So many prefixes may a signature ask to be kept; those that do name two or three.
const MAX_PREFIXES: usize = 16;

/// The bytes that `signature`, which stands directly in `signed`, covers, if one of these keys has
/// made it. They are `signed` in canonical form without the signature, and the only thing to read from
/// then on.
pub(crate) fn verified(
    signed: Node<'_>,
    signature: Node<'_>,
    certificates: &[Certificate],
) -> Result<String, Refusal> {
    let (information, value) = parts(signature)?;

    // First the key. What it has signed, in canonical form, is what is read: the document around it
    // only says which prefixes to keep, and a wrong answer to that breaks the signature.
    let method = information
        .optional(SIGNATURE, "CanonicalizationMethod")?
        .ok_or(shape("it does not say how it is canonicalised"))?;
    let nodes = NodeSet::tree_without_comments(information.id(), information.document());
    let information = canonical(information, &nodes, &prefixes(method)?)?;
    let document = xml::parse(&information)?;
    let claim = Claim::read(Node::root(&document)?)?;
    let value = decoded(value)?;
    let is_signed = |certificate: &Certificate| {
        certificate
            .key()
            .has_signed(claim.method, information.as_bytes(), &value)
    };
    if !certificates.iter().any(is_signed) {
        return Err(Refusal::Signature(SignatureFault::Value));
    }

    // Then what it is for: the element that it stands in, and nothing else.
    let id = signed.attribute("ID").filter(|id| !id.is_empty());
    if id.is_none() || claim.uri.strip_prefix('#') != id {
        return Err(Refusal::Wrapping(
            "the signature is for another element than the one it stands in",
        ));
    }
    let nodes = NodeSet::tree_without_comments(signed.id(), signed.document()).subtract(
        &NodeSet::tree_with_comments(signature.id(), signature.document()),
    );
    let bytes = canonical(signed, &nodes, &claim.prefixes)?;
    let digest = digest::digest(claim.digest_method, bytes.as_bytes());
    if digest.as_ref() != claim.digest {
        return Err(Refusal::Signature(SignatureFault::Digest));
    }
    Ok(bytes)
}

/// `SignedInfo` and `SignatureValue`, beside which only `KeyInfo` may stand, which is not read.
fn parts(signature: Node<'_>) -> Result<(Node<'_>, Node<'_>), Refusal> {
    let children: Vec<_> = signature.children().collect();
    let (information, value, rest) = match children.as_slice() {
        [information, value, rest @ ..]
            if information.is(SIGNATURE, "SignedInfo") && value.is(SIGNATURE, "SignatureValue") =>
        {
            (*information, *value, rest)
        }
        _ => return Err(shape("it lacks its parts")),
    };
    match rest {
        [] => Ok((information, value)),
        [key] if key.is(SIGNATURE, "KeyInfo") => Ok((information, value)),
        _ => Err(Refusal::Wrapping("something hides in the signature")),
    }
}

/// What `SignedInfo` says.
struct Claim {
    method: SignatureMethod,
    uri: String,
    prefixes: Vec<String>,
    digest_method: &'static digest::Algorithm,
    digest: Vec<u8>,
}

impl Claim {
    fn read(information: Node<'_>) -> Result<Self, Refusal> {
        let children: Vec<_> = information.children().collect();
        let [canonicalization, method, reference] = children.as_slice() else {
            return Err(shape("it is not for exactly one element"));
        };
        if !canonicalization.is(SIGNATURE, "CanonicalizationMethod")
            || !method.is(SIGNATURE, "SignatureMethod")
            || !reference.is(SIGNATURE, "Reference")
        {
            return Err(shape("it lacks its parts"));
        }
        if algorithm(*canonicalization) != EXCLUSIVE {
            return Err(Refusal::Signature(SignatureFault::Algorithm));
        }
        let method = SignatureMethod::named(algorithm(*method))
            .ok_or(Refusal::Signature(SignatureFault::Algorithm))?;

        let children: Vec<_> = reference.children().collect();
        let [transforms, digest_method, digest] = children.as_slice() else {
            return Err(shape("its reference lacks its parts"));
        };
        if !transforms.is(SIGNATURE, "Transforms")
            || !digest_method.is(SIGNATURE, "DigestMethod")
            || !digest.is(SIGNATURE, "DigestValue")
        {
            return Err(shape("its reference lacks its parts"));
        }
        let digest_method = match algorithm(*digest_method) {
            "http://www.w3.org/2001/04/xmlenc#sha256" => &digest::SHA256,
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => &digest::SHA384,
            "http://www.w3.org/2001/04/xmlenc#sha512" => &digest::SHA512,
            _ => return Err(Refusal::Signature(SignatureFault::Algorithm)),
        };
        let transforms: Vec<_> = transforms.children().collect();
        let [enveloped, exclusive] = transforms.as_slice() else {
            return Err(shape("its transforms are not those of SAML"));
        };
        if !enveloped.is(SIGNATURE, "Transform")
            || !exclusive.is(SIGNATURE, "Transform")
            || algorithm(*enveloped) != ENVELOPED
            || algorithm(*exclusive) != EXCLUSIVE
        {
            return Err(Refusal::Signature(SignatureFault::Algorithm));
        }
        Ok(Self {
            method,
            uri: reference.attribute("URI").unwrap_or_default().to_owned(),
            prefixes: prefixes(*exclusive)?,
            digest_method,
            digest: decoded(*digest)?,
        })
    }
}

/// The algorithm that an element names.
fn algorithm(element: Node<'_>) -> &str {
    element.attribute("Algorithm").unwrap_or_default()
}

/// The prefixes that exclusive canonicalisation is asked to keep.
fn prefixes(method: Node<'_>) -> Result<Vec<String>, Refusal> {
    let list = method
        .optional(EXCLUSIVE, "InclusiveNamespaces")?
        .and_then(|list| list.attribute("PrefixList"))
        .unwrap_or_default();
    let prefixes: Vec<_> = list.split_ascii_whitespace().map(str::to_owned).collect();
    if prefixes.len() > MAX_PREFIXES {
        return Err(shape("it keeps too many prefixes"));
    }
    Ok(prefixes)
}

/// These nodes in exclusive canonical form, without comments.
fn canonical(of: Node<'_>, nodes: &NodeSet, prefixes: &[String]) -> Result<String, Refusal> {
    canonicalize_doc(of.document(), C14nMode::Exclusive, Some(nodes), prefixes)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or(Malformed("it has no canonical form").into())
}

/// The bytes that an element holds in base64.
fn decoded(element: Node<'_>) -> Result<Vec<u8>, Refusal> {
    let mut text = element.text()?;
    text.retain(|c| !xml::is_space(c));
    STANDARD
        .decode(text)
        .map_err(|_| shape("a value is not base64"))
}

fn shape(why: &'static str) -> Refusal {
    Refusal::Signature(SignatureFault::Shape(why))
}
