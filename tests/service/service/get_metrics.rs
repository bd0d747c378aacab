//! `getMetrics`

use serde_json::json;

use crate::cases;
use crate::support::Client;

async fn metrics(client: &Client) -> String {
    let answer = client.call("getMetrics").send().await.expect(200);
    answer.body.as_str().unwrap().to_owned()
}

fn sample(metrics: &str, name: &str) -> Option<f64> {
    let line = metrics.lines().find(|line| line.starts_with(name))?;
    line[name.len()..].trim().parse().ok()
}

cases! {
    async fn nothing_served_yet(world: World) {
        world.anonymous.call("getMetrics").send().await.snapshot(200, "nothing_yet");
    }

    /// Operations are counted by their names and statuses, and nothing that a
    /// client sends is a label.
    async fn requests(world: World) {
        let (ada, _) = world.organisation().await;
        for _ in 0..3 {
            ada.client.call("listMembers").send().await.expect(200);
        }
        world.anonymous.call("listMembers").send().await.expect(401);
        ada.client
            .call("updateMemberRole")
            .path("member_id", "user_01kh3aqwt0e60tak362xesvjfr")
            .json(&json!({"role": "admin"}))
            .send()
            .await
            .expect(404);
        let text = metrics(&world.anonymous).await;
        let requests = "charter_requests_total";
        for (labels, count) in [
            (r#"{operation="listMembers",method="GET",status="200"}"#, 3.0),
            (r#"{operation="listMembers",method="GET",status="401"}"#, 1.0),
            (r#"{operation="updateMemberRole",method="PATCH",status="404"}"#, 1.0),
        ] {
            assert_eq!(sample(&text, &format!("{requests}{labels}")), Some(count), "{labels}\n{text}");
        }
        let durations = r#"charter_request_duration_seconds_count{operation="listMembers"}"#;
        assert_eq!(sample(&text, durations), Some(4.0));
        assert_eq!(sample(&text, "charter_requests_in_flight"), Some(1.0));
        let secret = ada.client.key.as_deref().unwrap();
        for word in ["user_01kh3aqwt0e60tak362xesvjfr", &secret[8..], "ada@example.com"] {
            assert!(!text.contains(word), "{word}");
        }
    }

    /// A mail that waits shows.
    async fn outbox(world: World) {
        use charter_persistence::DeliveryError;

        let (ada, _) = world.organisation().await;
        assert_eq!(sample(&metrics(&ada.client).await, "charter_outbox_messages"), Some(0.0));
        world.mailer.refuse(Some(DeliveryError::Temporary("not now".to_owned())));
        ada.invite("mara@example.com", "member").await;
        assert_eq!(sample(&metrics(&ada.client).await, "charter_outbox_messages"), Some(1.0));
        world.mailer.refuse(None);
        world.clock.advance(60);
        world.store.deliver_due().await.unwrap();
        assert_eq!(sample(&metrics(&ada.client).await, "charter_outbox_messages"), Some(0.0));
    }
}
