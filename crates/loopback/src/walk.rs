//! A person's browser, on its way to the provider and back.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, ClientBuilder, redirect};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::registration::{CLIENT, NONCE, REDIRECTS, SECRET, VERIFIER};

/// An authorization request.
pub struct Walk<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// Who it is there.
    pub person: &'a str,
    /// The application that wants to know.
    pub client: &'a str,
    /// Where the browser is sent back to.
    pub redirect_uri: &'a str,
    /// What the ID token must carry.
    pub nonce: Option<&'a str>,
}

impl<'a> Walk<'a> {
    /// Of Ines, to this server's first redirect address.
    pub fn to(issuer: &'a str) -> Self {
        Self {
            issuer,
            person: "ines",
            client: CLIENT,
            redirect_uri: REDIRECTS[0],
            nonce: Some(NONCE),
        }
    }

    /// The code with which the browser comes back.
    ///
    /// # Panics
    /// When it does not come back with one.
    pub async fn code(&self) -> String {
        let browser = http().redirect(redirect::Policy::none()).build().unwrap();
        let mut cookies = BTreeMap::new();
        let mut address = self.request();
        for _ in 0..10 {
            let jar: Vec<String> = cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let answer = browser
                .get(address.clone())
                .header(COOKIE, jar.join("; "))
                .send()
                .await
                .unwrap();
            for cookie in answer.headers().get_all(SET_COOKIE) {
                let pair = cookie.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                cookies.insert(name.to_owned(), value.to_owned());
            }
            let status = answer.status();
            let Some(next) = answer.headers().get(LOCATION) else {
                panic!("{status} at {address}: {}", answer.text().await.unwrap());
            };
            address = address.join(next.to_str().unwrap()).unwrap();
            if address.as_str().starts_with(self.redirect_uri) {
                return address
                    .query_pairs()
                    .find_map(|(name, value)| (name == "code").then(|| value.into_owned()))
                    .unwrap_or_else(|| panic!("no code in {address}"));
            }
        }
        panic!("the way does not end: {address}");
    }

    /// What another application, or a client by itself, gets for its code.
    ///
    /// # Panics
    /// When the provider refuses it.
    pub async fn tokens(&self, secret: &str) -> Value {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", &self.code().await)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("code_verifier", VERIFIER)
            .append_pair("client_id", self.client)
            .append_pair("client_secret", secret)
            .finish();
        let answer = http()
            .build()
            .unwrap()
            .post(format!("{}/token", self.issuer))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    /// An access token of this server's, which a client has obtained by itself.
    ///
    /// # Panics
    /// When the provider gives none.
    pub async fn access_token(&self) -> String {
        self.tokens(SECRET).await["access_token"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    fn request(&self) -> Url {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let mut address = Url::parse(&format!("{}/auth", self.issuer)).unwrap();
        let mut query = address.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("scope", "openid email profile")
            .append_pair("state", "af0ifjsldkj")
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("login_hint", self.person);
        if let Some(nonce) = self.nonce {
            query.append_pair("nonce", nonce);
        }
        drop(query);
        address
    }
}

/// To this machine and nowhere else.
fn http() -> ClientBuilder {
    // Whoever comes second finds it done.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy()
}
