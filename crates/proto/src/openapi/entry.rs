//! One route of a document.

use std::fmt::Debug;

use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, ContentBuilder, HttpMethod, KnownFormat, ObjectBuilder, Ref, RefOr, Required,
        ResponseBuilder, Schema, SchemaFormat, Type,
        path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        security::SecurityRequirement,
    },
};

use super::Named;
use crate::{
    ids::{HostId, HostName},
    problem::{MEDIA_TYPE, Problem},
    record::Page,
    swarm::{
        role::Role,
        updater::{ARCHIVE, CONTENT_DIGEST},
    },
};

const JSON: &str = "application/json";

/// What the document says of a route.
pub(super) struct Entry {
    pub(super) method: HttpMethod,
    pub(super) path: &'static str,
    /// The schemas that it refers to, and those that they do.
    pub(super) schemas: Vec<Named>,
    operation: OperationBuilder,
}

impl Entry {
    /// A route that answers, or refuses with a [`Problem`].
    pub(super) fn new(
        route: impl Debug,
        method: &'static str,
        path: &'static str,
        summary: &'static str,
    ) -> Self {
        let operation = OperationBuilder::new()
            .operation_id(Some(snake_case(&format!("{route:?}"))))
            .summary(Some(summary));
        let entry = Self { method: http_method(method), path, schemas: Vec::new(), operation };
        entry.refuses::<Problem>()
    }

    /// Refuses with this: a [`Problem`] with more members.
    pub(super) fn refuses<T: ToSchema>(mut self) -> Self {
        let problem = ContentBuilder::new().schema(Some(self.refer::<T>())).build();
        let refusal = ResponseBuilder::new().description("Refused").content(MEDIA_TYPE, problem);
        self.operation = self.operation.response("default", refusal.build());
        self
    }

    pub(super) fn into_operation(self) -> Operation {
        self.operation.build()
    }

    /// More than the summary says.
    pub(super) fn remark(mut self, text: &'static str) -> Self {
        self.operation = self.operation.description(Some(text));
        self
    }

    /// Who may ask; called again, one of the ways is enough.
    pub(super) fn allows(mut self, scheme: &str, roles: &[Role]) -> Self {
        let roles = roles.iter().map(ToString::to_string);
        self.operation = self.operation.security(SecurityRequirement::new(scheme, roles));
        self
    }

    /// Who may ask, by the words of an API that knows no roles of a swarm.
    pub(super) fn allows_who(mut self, scheme: &str, words: &[&str]) -> Self {
        self.operation = self.operation.security(SecurityRequirement::new(scheme, words.iter().copied()));
        self
    }

    /// Anybody may ask.
    pub(super) fn allows_anybody(mut self) -> Self {
        self.operation = self.operation.securities(Some([]));
        self
    }

    /// `{id}` stands for a host, or for an operator, who has an id of the same kind.
    pub(super) fn host_id(mut self, what: &'static str) -> Self {
        let schema = self.refer::<HostId>();
        self.id(what, schema)
    }

    /// `{id}` stands for somebody's name.
    pub(super) fn host_name(mut self, what: &'static str) -> Self {
        let schema = self.refer::<HostName>();
        self.id(what, schema)
    }

    /// `{id}` stands for a release: its digest.
    pub(super) fn digest(self) -> Self {
        self.id("The release's digest.", String::schema())
    }

    /// The body is an archive, and a header tells its digest.
    pub(super) fn archive(mut self) -> Self {
        let bytes = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
        let content = ContentBuilder::new().schema(Some(Schema::Object(bytes.build()))).build();
        let body = RequestBodyBuilder::new().content(ARCHIVE, content).required(Some(Required::True));
        let digest = ParameterBuilder::new()
            .name(CONTENT_DIGEST)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some("SHA-256 of the body, as RFC 9530 has it: `sha-256=:<base64>:`."))
            .schema(Some(String::schema()));
        self.operation = self.operation.request_body(Some(body.build())).parameter(digest);
        self
    }

    /// `{id}` stands for an operation.
    pub(super) fn operation_id(self) -> Self {
        self.id("The operation.", u64::schema())
    }

    /// `{id}` stands for something that has an id of this type.
    pub(super) fn named<T: ToSchema>(mut self, what: &'static str) -> Self {
        let schema = self.refer::<T>();
        self.id(what, schema)
    }

    /// `{id}` is a UUID.
    pub(super) fn uuid(self, what: &'static str) -> Self {
        let uuid = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uuid".to_owned())));
        self.id(what, Schema::Object(uuid.build()).into())
    }

    /// `{id}` is a whole number.
    pub(super) fn number(self, what: &'static str) -> Self {
        self.id(what, i64::schema())
    }

    /// `{id}` is a text.
    pub(super) fn text(self, what: &'static str) -> Self {
        self.id(what, String::schema())
    }

    fn id(mut self, what: &'static str, schema: RefOr<Schema>) -> Self {
        let parameter = ParameterBuilder::new()
            .name("id")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(what))
            .schema(Some(schema));
        self.operation = self.operation.parameter(parameter);
        self
    }

    /// The query part.
    pub(super) fn query<T: IntoParams + ToSchema>(mut self) -> Self {
        T::schemas(&mut self.schemas);
        for parameter in T::into_params(|| Some(ParameterIn::Query)) {
            self.operation = self.operation.parameter(parameter);
        }
        self
    }

    /// The body.
    pub(super) fn body<T: ToSchema>(mut self) -> Self {
        let content = ContentBuilder::new().schema(Some(self.refer::<T>())).build();
        let body = RequestBodyBuilder::new().content(JSON, content).required(Some(Required::True));
        self.operation = self.operation.request_body(Some(body.build()));
        self
    }

    /// The derived schema of a generic type refers to its parameter, and does not bring it.
    pub(super) fn brings<T: ToSchema>(mut self) -> Self {
        self.refer::<T>();
        self
    }

    /// Answers this.
    pub(super) fn answers<T: ToSchema>(mut self, status: Status) -> Self {
        let schema = self.refer::<T>();
        self.answer(status, schema)
    }

    /// Answers a list of these.
    pub(super) fn lists<T: ToSchema>(mut self) -> Self {
        let items = self.refer::<T>();
        self.answer(Status::Ok, Schema::Array(ArrayBuilder::new().items(items).build()).into())
    }

    /// Answers without a body.
    pub(super) fn answers_nothing(mut self) -> Self {
        let response = ResponseBuilder::new().description("Done");
        self.operation = self.operation.response("204", response.build());
        self
    }

    /// Answers a page of these. Pages of different rows are different schemas, which the type's own name does
    /// not say.
    pub(super) fn pages<T: ToSchema>(mut self) -> Self {
        self.refer::<T>();
        let name = format!("Page_{}", T::name());
        self.schemas.push((name.clone(), Page::<T>::schema()));
        self.answer(Status::Ok, Ref::from_schema_name(name).into())
    }

    /// Answers something that is no JSON of ours.
    pub(super) fn answers_as(mut self, media_type: &'static str) -> Self {
        let content = ContentBuilder::new().schema(Some(String::schema())).build();
        let response = ResponseBuilder::new().description("The answer").content(media_type, content);
        self.operation = self.operation.response("200", response.build());
        self
    }

    fn answer(mut self, status: Status, schema: RefOr<Schema>) -> Self {
        let (code, description) = status.told();
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new().description(description).content(JSON, content);
        self.operation = self.operation.response(code, response.build());
        self
    }

    /// Keeps a type's schema, and refers to it.
    fn refer<T: ToSchema>(&mut self) -> RefOr<Schema> {
        T::schemas(&mut self.schemas);
        self.schemas.push((T::name().into_owned(), T::schema()));
        Ref::from_schema_name(T::name()).into()
    }
}

/// How a route answers with a body.
#[derive(Clone, Copy)]
pub(super) enum Status {
    Ok,
    Created,
    Accepted,
    Unavailable,
}

impl Status {
    const fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::Ok => ("200", "The answer"),
            Self::Created => ("201", "It was made"),
            Self::Accepted => ("202", "An operation was taken on"),
            Self::Unavailable => ("503", "The answer, while it is not what it is for"),
        }
    }
}

/// The tables name no other methods.
fn http_method(name: &str) -> HttpMethod {
    match name {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

/// `RollOver` is `roll_over`.
fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
