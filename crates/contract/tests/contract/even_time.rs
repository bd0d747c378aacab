//! Which answers wait until they may leave.

use crate::api::{Answer, Api};

#[tokio::test]
async fn answers_wait_where_the_document_says_so() {
    for (target, status, waits) in [
        ("/even", 200, 1),
        ("/even/late", 404, 1),
        // What breaks the document is said before anything is looked for.
        ("/even?colour=red", 400, 0),
        ("/limited", 200, 0),
        ("/late", 404, 0),
    ] {
        let api = Api::new();
        let request = poem::Request::builder().uri(target.parse().unwrap());
        let answer = Answer::of(api.call(request.finish()).await).await;
        assert_eq!(
            (answer.status.as_u16(), api.waits()),
            (status, waits),
            "{target}"
        );
    }
}
