//! Where settings come from, and which source wins.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use charter_server::configuration::{
    Configuration, Encryption, Environment, Flags, LogFormat, RateLimit, SETTINGS,
    SigningProviderKind, StorageKind, settings_help,
};

fn environment<const N: usize>(variables: [(&str, &str); N]) -> Environment {
    variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn file(folder: &tempfile::TempDir, text: &str) -> std::path::PathBuf {
    let path = folder.path().join("charter.toml");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn without_anything_the_defaults_hold() {
    let loaded = Configuration::load(Flags::new(), &Environment::new(), None).unwrap();
    assert_eq!(loaded, Configuration::default());
    assert_eq!(loaded.listen, "127.0.0.1:8080");
    assert_eq!(loaded.database.expose(), "sqlite://charter.db");
}

#[test]
fn a_flag_beats_a_variable_beats_the_file_beats_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(
        &folder,
        "listen = '127.0.0.1:1'\ndatabase = 'sqlite://file.db'\npublic_url = 'https://file.example'\n\
         [log]\nformat = 'json'\n",
    );
    let variables = environment([
        ("CHARTER_LISTEN", "127.0.0.1:2"),
        ("CHARTER_DATABASE", "sqlite://variable.db"),
    ]);
    let flags = Flags::new().set("listen", Some("127.0.0.1:3"));
    let loaded = Configuration::load(flags, &variables, Some(&file)).unwrap();
    assert_eq!(loaded.listen, "127.0.0.1:3");
    assert_eq!(loaded.database.expose(), "sqlite://variable.db");
    assert_eq!(loaded.public_url.as_deref(), Some("https://file.example"));
    assert_eq!(loaded.log.format, LogFormat::Json);
    assert_eq!(loaded.proxy_hops, 0);
}

#[test]
fn the_file_can_be_named_by_a_variable() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder, "proxy_hops = 2");
    let variables = environment([("CHARTER_CONFIG", file.to_str().unwrap())]);
    let loaded = Configuration::load(Flags::new(), &variables, None).unwrap();
    assert_eq!(loaded.proxy_hops, 2);
}

#[test]
fn every_setting_can_be_set_by_its_variable() {
    let variables = environment([
        ("CHARTER_LISTEN", "0.0.0.0:80"),
        ("CHARTER_DATABASE", "postgres://u:p@h/d"),
        ("CHARTER_DEMO", "true"),
        ("CHARTER_PUBLIC_URL", "https://charter.example.com"),
        ("CHARTER_SERVER_KEY", "12345"),
        ("CHARTER_SERVER_KEY_FILE", "/run/secrets/charter"),
        ("CHARTER_RATE_LIMIT", "off"),
        ("CHARTER_PROXY_HOPS", "1"),
        ("CHARTER_LOG_FORMAT", "json"),
        ("CHARTER_LOG_FILTER", "debug"),
        ("CHARTER_HTTP_BODY_LIMIT", "10"),
        ("CHARTER_HTTP_TIME_LIMIT_SECONDS", "11"),
        ("CHARTER_HTTP_IDLE_TIMEOUT_SECONDS", "12"),
        ("CHARTER_HTTP_SHUTDOWN_SECONDS", "13"),
        (
            "CHARTER_CORS_ORIGINS",
            "https://a.example, http://localhost:5173",
        ),
        ("CHARTER_CORS_MAX_AGE_SECONDS", "14"),
        ("CHARTER_IDENTITY_SIGN_UP", "invite"),
        ("CHARTER_IDENTITY_CONNECT", "conceal"),
        ("CHARTER_IDENTITY_SESSION_IDLE_DAYS", "1"),
        ("CHARTER_IDENTITY_SESSION_ABSOLUTE_DAYS", "2"),
        ("CHARTER_IDENTITY_PASSWORD_MEMORY_KIB", "47104"),
        ("CHARTER_IDENTITY_PASSWORD_PASSES", "1"),
        ("CHARTER_IDENTITY_PASSWORD_LANES", "2"),
        ("CHARTER_IDENTITY_PASSWORDS_AT_ONCE", "3"),
        ("CHARTER_IDENTITY_SIGN_IN_URL", "https://app.example/signin"),
        ("CHARTER_IDENTITY_SAML_URL", "https://api.example"),
        ("CHARTER_IDENTITY_SAML_KEY_FILE", "/run/secrets/saml.key"),
        (
            "CHARTER_IDENTITY_SAML_CERTIFICATE_FILE",
            "/etc/charter/saml.pem",
        ),
        ("CHARTER_IDENTITY_FACEBOOK_CLIENT_ID", "123"),
        ("CHARTER_IDENTITY_FACEBOOK_CLIENT_SECRET", "456"),
        (
            "CHARTER_IDENTITY_FACEBOOK_REDIRECT_URIS",
            "https://app.example/in",
        ),
        ("CHARTER_IDENTITY_FACEBOOK_SCOPES", "openid,email"),
        ("CHARTER_IDENTITY_FACEBOOK_PKCE", "optional"),
        ("CHARTER_IDENTITY_FACEBOOK_EMAIL_TRUST", "always"),
        ("CHARTER_IDENTITY_GITHUB_CLIENT_ID", "123"),
        ("CHARTER_IDENTITY_GITHUB_CLIENT_SECRET", "456"),
        (
            "CHARTER_IDENTITY_GITHUB_REDIRECT_URIS",
            "https://app.example/in",
        ),
        ("CHARTER_IDENTITY_GITHUB_SCOPES", "openid,email"),
        ("CHARTER_IDENTITY_GITHUB_PKCE", "optional"),
        ("CHARTER_IDENTITY_GITHUB_EMAIL_TRUST", "always"),
        ("CHARTER_IDENTITY_GOOGLE_CLIENT_ID", "123"),
        ("CHARTER_IDENTITY_GOOGLE_CLIENT_SECRET", "456"),
        (
            "CHARTER_IDENTITY_GOOGLE_REDIRECT_URIS",
            "https://app.example/in",
        ),
        ("CHARTER_IDENTITY_GOOGLE_SCOPES", "openid,email"),
        ("CHARTER_IDENTITY_GOOGLE_PKCE", "optional"),
        ("CHARTER_IDENTITY_GOOGLE_EMAIL_TRUST", "always"),
        ("CHARTER_IDENTITY_LINKEDIN_CLIENT_ID", "123"),
        ("CHARTER_IDENTITY_LINKEDIN_CLIENT_SECRET", "456"),
        (
            "CHARTER_IDENTITY_LINKEDIN_REDIRECT_URIS",
            "https://app.example/in",
        ),
        ("CHARTER_IDENTITY_LINKEDIN_SCOPES", "openid,email"),
        ("CHARTER_IDENTITY_LINKEDIN_PKCE", "optional"),
        ("CHARTER_IDENTITY_LINKEDIN_EMAIL_TRUST", "always"),
        ("CHARTER_STORAGE_KIND", "s3"),
        ("CHARTER_STORAGE_FOLDER", "/var/lib/charter"),
        ("CHARTER_STORAGE_S3_BUCKET", "charter"),
        ("CHARTER_STORAGE_S3_REGION", "eu-west-1"),
        ("CHARTER_STORAGE_S3_ENDPOINT", "http://127.0.0.1:9000"),
        ("CHARTER_STORAGE_S3_ACCESS_KEY_ID", "456"),
        ("CHARTER_STORAGE_S3_SECRET_ACCESS_KEY", "0789"),
        ("CHARTER_STORAGE_S3_PATH_STYLE", "true"),
        ("CHARTER_STORAGE_S3_ALLOW_HTTP", "true"),
        ("CHARTER_SIGNING_PROVIDER", "pandadoc"),
        ("CHARTER_SIGNING_PANDADOC_API_KEY", "0987"),
        ("CHARTER_SIGNING_PANDADOC_URL", "http://127.0.0.1:9001"),
        ("CHARTER_SIGNING_PANDADOC_POLL_SECONDS", "30"),
        ("CHARTER_SIGNING_OPERATOR_NAME", "Charter GmbH"),
        ("CHARTER_SIGNING_OPERATOR_ADDRESS", "Hafenstraße 3"),
        ("CHARTER_MAIL_FROM", "Charter <charter@example.com>"),
        ("CHARTER_SMTP_HOST", "mail.example.com"),
        ("CHARTER_SMTP_PORT", "2525"),
        ("CHARTER_SMTP_ENCRYPTION", "none"),
        ("CHARTER_SMTP_USERNAME", "charter"),
        // A password may look like a number; it is text all the same.
        ("CHARTER_SMTP_PASSWORD", "0123"),
        ("CHARTER_SMTP_TIMEOUT_SECONDS", "17"),
        ("CHARTER_LOOPS_API_KEY", ""),
        ("CHARTER_MAIL_FOLDER", ""),
        ("CHARTER_LOOPS_TRANSACTIONAL_ID", "invite"),
        ("CHARTER_LOOPS_CONFIRM_ID", "confirm"),
        ("CHARTER_LOOPS_RESET_ID", "reset"),
        ("CHARTER_LOOPS_KNOWN_ID", "known"),
        ("CHARTER_LOOPS_PASSWORD_CHANGED_ID", "changed"),
        ("CHARTER_LOOPS_RESET_ID", "reset"),
        ("CHARTER_LOOPS_CONFIRM_ID", "confirm"),
        ("CHARTER_LOOPS_KNOWN_ID", "known"),
        ("CHARTER_LOOPS_PASSWORD_CHANGED_ID", "changed"),
        ("CHARTER_LOOPS_LINKED_ID", "linked"),
        ("CHARTER_LOOPS_SINGLE_SIGN_ON_ID", "single-sign-on"),
        ("CHARTER_LOOPS_SIGN_ID", "sign"),
        ("CHARTER_LOOPS_DELEGATION_ID", "delegation"),
        ("CHARTER_LOOPS_URL", "http://127.0.0.1:1"),
        ("CHARTER_LOOPS_TIMEOUT_SECONDS", "16"),
    ]);
    let named: BTreeSet<_> = variables.keys().cloned().collect();
    let known: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.variable()).collect();
    assert_eq!(named, known, "this test sets each variable");

    let loaded = Configuration::load(Flags::new(), &variables, None).unwrap();
    let default = serde_json::to_value(Configuration::default()).unwrap();
    let changed = serde_json::to_value(&loaded).unwrap();
    for setting in SETTINGS {
        // Empty means not set, as in a compose file.
        let expected = !["loops.api_key", "mail.folder"].contains(&setting.key);
        let pointer = format!("/{}", setting.key.replace('.', "/"));
        assert_eq!(
            default.pointer(&pointer) != changed.pointer(&pointer),
            expected,
            "{}",
            setting.key
        );
    }
    assert_eq!(loaded.smtp.password.unwrap().expose(), "0123");
    assert_eq!(loaded.smtp.encryption, Encryption::None);
    assert_eq!(loaded.storage.kind, StorageKind::S3);
    assert_eq!(loaded.signing.provider, SigningProviderKind::Pandadoc);
    let key = loaded.signing.pandadoc.api_key.unwrap();
    assert_eq!(key.expose(), "0987");
    let secret = loaded.storage.s3.secret_access_key.unwrap();
    assert_eq!(secret.expose(), "0789");
    assert_eq!(
        loaded.cors.origins,
        ["https://a.example", "http://localhost:5173"]
    );
    assert_eq!(loaded.rate_limit, RateLimit::Off);
}

#[test]
fn every_member_of_the_configuration_is_a_setting() {
    let folder = tempfile::tempdir().unwrap();
    // A file with everything in it, so that no optional member is left out.
    let file = file(
        &folder,
        "public_url = 'https://x.example'\nserver_key = 'k'\nserver_key_file = 'f'\n\
         [identity]\npasswords_at_once = 1\nsign_in_url = 'https://x.example'\n\
         [identity.saml]\nurl = 'https://x.example'\nkey_file = 'k'\ncertificate_file = 'c'\n\
         [storage]\nfolder = 'f'\n[storage.s3]\nbucket = 'b'\nregion = 'r'\nendpoint = 'e'\naccess_key_id = 'k'\nsecret_access_key = 's'\n[signing.pandadoc]\napi_key = 'k'\n[signing.operator]\nname = 'n'\naddress = 'a'\n[mail]\nfrom = 'a@b.example'\n[smtp]\nhost = 'h'\nport = 1\nusername = 'u'\npassword = 'p'\n\
         [loops]\ntransactional_id = 't'\ndelegation_id = 'd'\nconfirm_id = 'c'\nreset_id = 'r'\nknown_id = 'k'\n\
         password_changed_id = 'p'\nlinked_id = 'l'\nsingle_sign_on_id = 's'\nsign_id = 'g'\n\
         [identity.facebook]\nclient_id = 'i'\nclient_secret = 's'\nredirect_uris = ['https://x.example']\nscopes = []\npkce = 'optional'\n\
         [identity.github]\nclient_id = 'i'\nclient_secret = 's'\nredirect_uris = ['https://x.example']\nscopes = []\npkce = 'optional'\n\
         [identity.google]\nclient_id = 'i'\nclient_secret = 's'\nredirect_uris = ['https://x.example']\nscopes = []\npkce = 'optional'\n\
         [identity.linkedin]\nclient_id = 'i'\nclient_secret = 's'\nredirect_uris = ['https://x.example']\nscopes = []\npkce = 'optional'",
    );
    let loaded = Configuration::load(Flags::new(), &Environment::new(), Some(&file)).unwrap();
    let mut keys = BTreeSet::from(["loops.api_key".to_owned(), "mail.folder".to_owned()]);
    let value = serde_json::to_value(&loaded).unwrap();
    for (name, member) in value.as_object().unwrap() {
        match member.as_object() {
            Some(table) => keys.extend(table.iter().flat_map(|(key, member)| {
                match member.as_object() {
                    // Where a provider is stands in the file alone.
                    Some(table) => table
                        .keys()
                        .filter(|inner| *inner != "addresses")
                        .map(|inner| format!("{name}.{key}.{inner}"))
                        .collect(),
                    None => vec![format!("{name}.{key}")],
                }
            })),
            None => {
                keys.insert(name.clone());
            }
        }
    }
    let known: BTreeSet<_> = SETTINGS
        .iter()
        .map(|setting| setting.key.to_owned())
        .collect();
    assert_eq!(keys, known);
}

/// S3 at an endpoint, with all that it needs.
fn s3(endpoint: &str) -> Environment {
    environment([
        ("CHARTER_STORAGE_KIND", "s3"),
        ("CHARTER_STORAGE_S3_BUCKET", "charter"),
        ("CHARTER_STORAGE_S3_REGION", "eu-west-1"),
        ("CHARTER_STORAGE_S3_ENDPOINT", endpoint),
        ("CHARTER_STORAGE_S3_ACCESS_KEY_ID", "key"),
        ("CHARTER_STORAGE_S3_SECRET_ACCESS_KEY", "secret"),
    ])
}

#[test]
fn mistakes_are_named_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let wrong_key = file(&folder, "[smtp]\nhots = 'mail'");
    let cases: [(Environment, Option<&Path>, &[&str]); 28] = [
        (environment([]), Some(&wrong_key), &["hots", "charter.toml"]),
        (
            environment([]),
            Some(Path::new("/nowhere.toml")),
            &["/nowhere.toml"],
        ),
        (
            environment([("CHARTER_SMTP_PORT", "many")]),
            None,
            &["CHARTER_SMTP_PORT", "many"],
        ),
        (
            environment([("CHARTER_SMTP_PORT", "70000")]),
            None,
            &["CHARTER_SMTP_PORT"],
        ),
        (
            environment([("CHARTER_DEMO", "yes")]),
            None,
            &["CHARTER_DEMO", "true"],
        ),
        (
            environment([("CHARTER_LOG_FORMAT", "xml")]),
            None,
            &["CHARTER_LOG_FORMAT", "json"],
        ),
        (
            environment([("CHARTER_RATE_LIMIT", "10")]),
            None,
            &["10", "REQUESTS/SECONDS"],
        ),
        (
            environment([("CHARTER_RATE_LIMIT", "0/60")]),
            None,
            &["REQUESTS/SECONDS"],
        ),
        (
            environment([("CHARTER_DATABASE", "mysql://h/d")]),
            None,
            &["database", "sqlite"],
        ),
        (
            environment([("CHARTER_CORS_ORIGINS", "https://a.example/x")]),
            None,
            &["cors.origins"],
        ),
        (
            environment([("CHARTER_SMTP_HOST", "mail")]),
            None,
            &["mail.from"],
        ),
        (
            environment([
                ("CHARTER_MAIL_FROM", "a@b.example"),
                ("CHARTER_SMTP_HOST", "mail"),
                ("CHARTER_LOOPS_API_KEY", "key"),
            ]),
            None,
            &["one way"],
        ),
        (
            environment([
                ("CHARTER_MAIL_FOLDER", "mail"),
                ("CHARTER_LOOPS_API_KEY", "key"),
            ]),
            None,
            &["one way"],
        ),
        (
            environment([
                ("CHARTER_LOOPS_API_KEY", "key"),
                ("CHARTER_LOOPS_TRANSACTIONAL_ID", "invite"),
            ]),
            None,
            &["loops.confirm_id"],
        ),
        (
            environment([("CHARTER_IDENTITY_SIGN_IN_URL", "/signin")]),
            None,
            &["identity.sign_in_url", "/signin"],
        ),
        (
            environment([("CHARTER_IDENTITY_SAML_URL", "ldap://idp.example")]),
            None,
            &["identity.saml.url", "https://"],
        ),
        (
            environment([("CHARTER_IDENTITY_SAML_KEY_FILE", "saml.key")]),
            None,
            &["identity.saml.certificate_file"],
        ),
        (
            environment([("CHARTER_STORAGE_KIND", "nfs")]),
            None,
            &["CHARTER_STORAGE_KIND", "local"],
        ),
        (
            environment([("CHARTER_STORAGE_KIND", "s3")]),
            None,
            &[
                "storage.s3.bucket, storage.s3.region, storage.s3.access_key_id, \
                 storage.s3.secret_access_key",
            ],
        ),
        (
            environment([
                ("CHARTER_STORAGE_KIND", "s3"),
                ("CHARTER_STORAGE_S3_BUCKET", "charter"),
                ("CHARTER_STORAGE_S3_ACCESS_KEY_ID", "key"),
            ]),
            None,
            &["needs storage.s3.region, storage.s3.secret_access_key"],
        ),
        (
            s3("ftp://s3.example"),
            None,
            &["storage.s3.endpoint", "https://"],
        ),
        (
            s3("http://s3.example"),
            None,
            &["storage.s3.endpoint", "storage.s3.allow_http"],
        ),
        (
            s3("https://127.0.0.1:9000"),
            None,
            &["storage.s3.endpoint", "storage.s3.path_style"],
        ),
        (
            environment([("CHARTER_SIGNING_PROVIDER", "paper")]),
            None,
            &["CHARTER_SIGNING_PROVIDER", "built-in"],
        ),
        (
            environment([("CHARTER_SIGNING_PROVIDER", "pandadoc")]),
            None,
            &["signing.pandadoc.api_key"],
        ),
        (
            environment([("CHARTER_SIGNING_PANDADOC_URL", "http://api.pandadoc.com")]),
            None,
            &["signing.pandadoc.url", "https"],
        ),
        (
            environment([("CHARTER_SIGNING_PANDADOC_POLL_SECONDS", "0")]),
            None,
            &["signing.pandadoc.poll_seconds"],
        ),
        (
            environment([("CHARTER_SIGNING_OPERATOR_NAME", "株式会社")]),
            None,
            &["signing.operator.name", "U+682A"],
        ),
    ];
    for (variables, file, expected) in cases {
        let error = Configuration::load(Flags::new(), &variables, file)
            .unwrap_err()
            .to_string();
        for words in expected {
            assert!(error.contains(words), "{words:?} in {error:?}");
        }
    }
}

#[test]
fn variables_without_a_setting_are_found() {
    let variables = environment([
        ("CHARTER_LISTEN", "x"),
        ("CHARTER_CONFIG", "x"),
        ("CHARTER_LISTNE", "x"),
        ("PATH", "x"),
    ]);
    assert_eq!(
        Configuration::unknown_variables(&variables),
        ["CHARTER_LISTNE"]
    );
}

#[test]
fn secrets_stay_out_of_debug_output() {
    let variables = environment([
        ("CHARTER_DATABASE", "postgres://charter:hunter2@h/d"),
        ("CHARTER_SERVER_KEY", "hunter2"),
        ("CHARTER_SMTP_USERNAME", "charter"),
        ("CHARTER_SMTP_PASSWORD", "hunter2"),
        ("CHARTER_STORAGE_S3_SECRET_ACCESS_KEY", "hunter2"),
    ]);
    let loaded = Configuration::load(Flags::new(), &variables, None).unwrap();
    assert!(!format!("{loaded:?}").contains("hunter2"));
}

#[test]
fn the_help_shows_every_setting_with_its_variable_and_default() {
    let help = settings_help();
    for setting in SETTINGS {
        assert!(help.contains(&setting.variable()), "{}", setting.key);
        assert!(help.contains(setting.help), "{}", setting.key);
    }
    for default in [
        "[127.0.0.1:8080]",
        "[1200/60]",
        "[1048576]",
        "[starttls]",
        "[false]",
    ] {
        assert!(help.contains(default), "{default}\n{help}");
    }
}
