//! `getSamlMetadata`

use crate::cases;
use crate::support::saml::{ACS, SERVICE};

cases! {
    async fn without_a_key(world: World) {
        let answer = world.anonymous.call("getSamlMetadata").send().await.snapshot(200, "without_a_key");
        assert_eq!(answer.headers["cache-control"], "public, max-age=3600");
        let xml = answer.body.as_str().unwrap();
        for told in [SERVICE, ACS, "AuthnRequestsSigned=\"false\""] {
            assert!(xml.contains(told), "{told}");
        }
    }

    async fn signing(world: World) {
        let world = world.with_signed_requests().await;
        let answer = world.anonymous.call("getSamlMetadata").send().await.snapshot(200, "with_a_key");
        assert!(answer.body.as_str().unwrap().contains("AuthnRequestsSigned=\"true\""));
    }

    async fn invalid(world: World) {
        world.anonymous.call("getSamlMetadata").query("format", "json").send().await.snapshot(400, "invalid");
    }
}
