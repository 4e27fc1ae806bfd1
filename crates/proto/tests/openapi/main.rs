//! The documents tell of every route once, refer to nothing that is not there, and describe what
//! serde writes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conform;
mod samples;

use std::collections::BTreeSet;

use decnet_proto::{
    agent, api as master,
    openapi::{Api, document},
    swarm::{operator, updater, worker},
};
use serde_json::{Value, json};

fn read(api: Api) -> Value {
    serde_json::to_value(document(api)).unwrap()
}

/// Method, path and content of every operation.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            let item = item.as_object().unwrap().iter();
            item.map(|(method, operation)| (method.to_uppercase(), path.clone(), operation))
        })
        .collect()
}

/// Method, path and summary of every route.
fn routes(api: Api) -> Vec<(&'static str, &'static str, &'static str)> {
    match api {
        Api::Operators => operator::Route::ALL.map(|r| (r.method(), r.path(), r.summary())).to_vec(),
        Api::Workers => worker::Route::ALL.map(|r| (r.method(), r.path(), r.summary())).to_vec(),
        Api::Agent => agent::Route::ALL.map(|r| (r.method(), r.path(), r.summary())).to_vec(),
        Api::Updater => updater::Route::ALL.map(|r| (r.method(), r.path(), r.summary())).to_vec(),
        Api::Master => master::Route::ALL.iter().map(|r| (r.method(), r.path(), r.summary())).collect(),
    }
}

#[test]
fn every_route_is_told_of_once() {
    for api in Api::ALL {
        let document = read(api);
        let mut told: Vec<_> = operations(&document)
            .into_iter()
            .map(|(method, path, operation)| {
                (method, path, operation["summary"].as_str().unwrap().to_owned())
            })
            .collect();
        let mut expect: Vec<_> = routes(api)
            .into_iter()
            .map(|(method, path, summary)| (method.to_owned(), path.to_owned(), summary.to_owned()))
            .collect();
        told.sort();
        expect.sort();
        assert_eq!(told, expect, "{api:?}");
    }
}

#[test]
fn operations_have_names_of_their_own_and_parameters_for_their_paths() {
    for api in Api::ALL {
        let document = read(api);
        let mut names = BTreeSet::new();
        for (method, path, operation) in operations(&document) {
            assert!(names.insert(operation["operationId"].as_str().unwrap()), "{method} {path}");
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let has_id = parameters.iter().any(|it| it["in"] == "path" && it["name"] == "id");
            assert_eq!(has_id, path.contains("{id}"), "{method} {path}");
            assert_eq!(operation.get("requestBody").is_some(), has_body(&method, &path), "{method} {path}");
        }
    }
}

/// What asks for a change says which, but for those that leave no choice.
fn has_body(method: &str, path: &str) -> bool {
    let plain =
        ["/swarm/panic", "/swarm/check", "/swarm/authority/roll-over", "/v1/rollback", "/api/v1/auth/logout"];
    let plain = [&plain[..], &["/api/v1/alerts/receivers/{id}/test"]].concat();
    matches!(method, "POST" | "PUT") && !plain.contains(&path)
}

#[test]
fn every_operation_says_who_may_and_how_it_refuses() {
    for api in Api::ALL {
        let document = read(api);
        let schemes = &document["components"]["securitySchemes"];
        let mut open = Vec::new();
        for (method, path, operation) in operations(&document) {
            let ways = operation["security"].as_array().unwrap();
            let names = ways.iter().flat_map(|way| way.as_object().unwrap().keys());
            assert!(names.clone().all(|name| schemes.get(name).is_some()), "{method} {path}");
            if ways.is_empty() {
                open.push(path.clone());
            }
            let refusal = &operation["responses"]["default"]["content"]["application/problem+json"];
            let name = match (api, path.as_str()) {
                (Api::Updater, _) => "Failure",
                // A problem that says in what places, too.
                (Api::Master, "/api/v1/deckies/deploy") => "FleetProblem",
                _ => "Problem",
            };
            let schema = json!({"$ref": format!("#/components/schemas/{name}")});
            assert_eq!(refusal["schema"], schema, "{method} {path}");
            let codes = operation["responses"].as_object().unwrap().keys();
            assert!(codes.clone().any(|code| code.starts_with('2')), "{method} {path}");
        }
        let expect: &[&str] = match api {
            Api::Operators => &["/health"],
            Api::Workers => &["/v1/join"],
            Api::Agent => &["/v1/collector"],
            Api::Updater => &[],
            Api::Master => &["/api/v1/auth/login", "/api/v1/health", "/api/v1/openapi.json"],
        };
        assert_eq!(open, expect, "{api:?}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(document: &Value, value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref") {
                    let pointer = target.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{target}");
                    found.insert(target.clone());
                }
                members.values().for_each(|member| walk(document, member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(document, item, found)),
            _ => {}
        }
    }
    for api in Api::ALL {
        let document = read(api);
        let mut found = BTreeSet::new();
        walk(&document, &document, &mut found);
        // And nothing stands there that nobody asks for.
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(found.contains(&format!("#/components/schemas/{name}")), "{api:?}: {name}");
        }
    }
}

#[test]
fn what_serde_writes_is_what_the_schemas_say() {
    for api in Api::ALL {
        let document = read(api);
        for (name, value) in samples::of(api) {
            conform::check(&document, name, &value).unwrap_or_else(|error| panic!("{api:?} {name}: {error}"));
        }
    }
}

#[test]
fn what_nobody_writes_does_not_conform() {
    let document = read(Api::Agent);
    let refused = |name: &str, value: Value, expect: &str| {
        assert_eq!(conform::check(&document, name, &value), Err(expect.to_owned()));
    };
    refused("Accepted", json!({}), "operation is missing");
    refused("Accepted", json!({"operation": "1"}), "operation: \"1\" is no integer");
    refused("Accepted", json!({"operation": 1, "more": 2}), "more is not in the schema");
    refused("DecommissionRequest", json!({"host": "x"}), "host: \"x\" is too short or too long");
    refused("Verdict", json!("fine"), "\"fine\" is no word of the list");
    refused("TeardownRequest", json!({"host": "a"}), "{\"host\":\"a\"} is none of the choices");
    refused("CollectRequest", json!({"log_file": null}), "log_file: null is no string");
}
