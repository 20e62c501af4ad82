//! The document of the interface (`OpenAPI` 3.1), made from the routes and the tables that the handlers work with.
//!
//! Its own file because it joins what is known elsewhere: routes and bodies from the handlers, parameters with their
//! bounds from `params`, errors from `problem`. Nothing is described here that the code does not hold.

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response as HttpResponse};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{
    AnyOfBuilder, ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;

use super::etag::{Match, Tag};
use super::params::{self, Kind, Param};
use super::problem::{PROBLEM_JSON, ProblemBody, TABLE};

/// What the document says of the whole.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Achei",
        description = "Search over a folder of Markdown wiki pages. Errors are problem documents (RFC 9457); `code` \
            tells kinds apart. Unknown parameters are ignored, empty ones count as absent, and a query string is read \
            whatever it holds. Other methods than the documented ones are 405 with `Allow`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(ProblemBody)),
    tags(
        (name = "search", description = "Finding pages."),
        (name = "pages", description = "What the index knows of a page."),
        (name = "algolia", description = "What DocSearch and InstantSearch ask, as they ask Algolia."),
        (name = "site", description = "The search page and what browsers read."),
        (name = "operations", description = "How the daemon is."),
        (name = "admin", description = "Behind the admin token.")
    )
)]
struct Whole;

/// The tables by operation: what is checked is what is documented.
const PARAMETERS: &[(&str, HttpMethod, &[Param])] = &[
    ("/search", HttpMethod::Get, params::SEARCH),
    ("/", HttpMethod::Get, params::SEARCH),
    ("/suggest", HttpMethod::Get, params::SUGGEST),
    ("/related", HttpMethod::Get, params::RELATED),
    ("/1/indexes/{index}/query", HttpMethod::Get, params::ALGOLIA),
    ("/reindex", HttpMethod::Post, params::REINDEX),
    ("/insights", HttpMethod::Get, params::INSIGHTS),
    ("/click", HttpMethod::Post, params::CLICK),
];

/// Parameters that are a part of the path.
const PATH_PARAMETERS: &[(&str, &str, &str)] = &[
    ("/pages/{path}", "path", "The page's file, relative to the content directory; its slashes may stand as they are."),
    ("/reindex/{id}", "id", "The job's `id`."),
    ("/assets/{name}", "name", "The file's name, which changes with its content."),
    ("/1/indexes/{index}/queries", "index", ANY_INDEX),
    ("/1/indexes/{index}/query", "index", ANY_INDEX),
    ("/1/indexes/{index}/facets/{facet}/query", "index", ANY_INDEX),
    ("/1/indexes/{index}/facets/{facet}/query", "facet", "`tag`, `lang` or `category`."),
];

const ANY_INDEX: &str = "Any name: there is one index.";

/// Answered with an `ETag`, and 304 to who has it.
const TAGGED: &[&str] = &[
    "/search",
    "/suggest",
    "/pages/{path}",
    "/related",
    "/openapi.json",
    "/",
    "/opensearch.xml",
    "/achei.js",
    "/pagefind/pagefind.js",
    "/1/indexes/{index}/query",
];
/// Where what is asked for may not be there.
const MAY_LACK: &[&str] = &["/pages/{path}", "/related", "/reindex/{id}", "/assets/{name}", "/click"];

/// The document, without any configuration in it: it is the same for every daemon of a version.
pub fn openapi() -> OpenApi {
    let whole = <Whole as utoipa::OpenApi>::openapi();
    let mut document = OpenApiRouter::with_openapi(whole).merge(super::documented()).into_openapi();
    // The router's name for "the rest of the path" is not OpenAPI's.
    if let Some(page) = document.paths.paths.remove("/pages/{*path}") {
        document.paths.paths.insert("/pages/{path}".to_owned(), page);
    }
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The admin token, made at first start in the index directory."))
        .build();
    if let Some(components) = &mut document.components {
        let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some("The admin token as password."));
        components.security_schemes.insert("basic".to_owned(), RefOr::T(SecurityScheme::Http(basic.build())));
        components.security_schemes.insert("admin".to_owned(), RefOr::T(SecurityScheme::Http(bearer)));
    }
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in [(HttpMethod::Get, &mut item.get), (HttpMethod::Post, &mut item.post)] {
            if let Some(operation) = operation {
                complete(path, &method, operation);
            }
        }
    }
    document
}

/// Adds parameters, bodies and what may go wrong.
fn complete(path: &str, method: &HttpMethod, operation: &mut Operation) {
    let mut parameters: Vec<RefOr<Parameter>> = Vec::new();
    let of_path = PATH_PARAMETERS.iter().filter(|(of, ..)| *of == path);
    parameters.extend(of_path.map(|(_, name, doc)| {
        let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1));
        let builder = ParameterBuilder::new().name(*name).parameter_in(ParameterIn::Path).required(Required::True);
        RefOr::T(builder.description(Some(*doc)).schema(Some(schema)).build())
    }));
    let table = PARAMETERS.iter().find(|(of, by, _)| *of == path && by == method).map(|(_, _, table)| *table);
    parameters.extend(table.into_iter().flatten().map(|param| RefOr::T(in_query(param))));
    operation.parameters = (!parameters.is_empty()).then_some(parameters);

    let posts = *method == HttpMethod::Post;
    let body = match path {
        "/search" if posts => Some((search_body(), Required::True)),
        "/reindex" if posts => Some((reindex_body(), Required::False)),
        // Several queries must be there, while one may be empty.
        path if posts && path.ends_with("/queries") => Some((algolia_body(path), Required::True)),
        path if posts && super::algolia::is_ours(path) => Some((algolia_body(path), Required::False)),
        _ => None,
    };
    if let Some((schema, required)) = body {
        let content = Content::new(Some(schema));
        let body = RequestBodyBuilder::new().content("application/json", content).required(Some(required)).build();
        operation.request_body = Some(RefOr::T(body));
    }

    let tagged = !posts && TAGGED.contains(&path);
    if tagged {
        if let Some(RefOr::T(response)) = operation.responses.responses.get_mut("200") {
            response.headers.insert("ETag".to_owned(), RefOr::T(text_header("Names what was answered.")));
        }
        let unchanged = ResponseBuilder::new()
            .description("As the asker has it.")
            .header("ETag", text_header("Names what was answered."))
            .build();
        operation.responses.responses.insert("304".to_owned(), RefOr::T(unchanged));
    }
    let admin = operation.tags.as_ref().is_some_and(|tags| tags.iter().any(|tag| tag == "admin"));
    for status in [400, 401, 404, 408, 413, 414, 422, 431, 500, 503] {
        let may = match status {
            400 | 408 => posts,
            401 => admin || path == "/status",
            404 => MAY_LACK.contains(&path),
            422 => table.is_some() || posts,
            _ => true,
        };
        if may {
            operation.responses.responses.insert(status.to_string(), RefOr::T(refusal(status)));
        }
    }
}

/// What is answered with an error status: its codes from the table.
fn refusal(status: u16) -> Response {
    let rows = TABLE.iter().filter(|row| row.status.as_u16() == status);
    let meanings: Vec<String> = rows
        .map(|row| {
            let code = serde_json::to_value(row.code).unwrap_or_default();
            format!("`{}`: {}", code.as_str().unwrap_or_default(), row.detail)
        })
        .collect();
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    let response = ResponseBuilder::new().description(meanings.join("; ")).content(PROBLEM_JSON, content);
    match status {
        401 => response.header("WWW-Authenticate", text_header("`Bearer`.")),
        503 => response.header("Retry-After", text_header("Seconds.")),
        _ => response,
    }
    .build()
}

fn text_header(doc: &str) -> utoipa::openapi::header::Header {
    HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).description(Some(doc)).build()
}

/// A parameter as it stands in a query string.
fn in_query(param: &Param) -> Parameter {
    let required = if matches!(param.kind, Kind::Required) { Required::True } else { Required::False };
    let builder = ParameterBuilder::new()
        .name(param.name)
        .parameter_in(ParameterIn::Query)
        .required(required)
        .description(Some(param.doc))
        .schema(Some(schema(param, false)));
    match param.kind {
        Kind::Texts => builder.style(Some(ParameterStyle::Form)).explode(Some(true)),
        Kind::Choices(_) => builder.style(Some(ParameterStyle::Form)).explode(Some(false)),
        _ => builder,
    }
    .build()
}

/// The parameters of a search as members of an object.
fn search_body() -> RefOr<Schema> {
    let object = params::SEARCH.iter().fold(ObjectBuilder::new().schema_type(Type::Object), |object, param| {
        object.property(param.name, schema(param, true))
    });
    RefOr::T(Schema::Object(object.build()))
}

/// What to reindex: everything, some paths, or everything from nothing; paths and a rebuild exclude each other.
fn reindex_body() -> RefOr<Schema> {
    let flag = || ObjectBuilder::new().schema_type(Type::Boolean);
    let path = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .description(Some("A page or a folder, relative to the content directory, without `..`."));
    let some = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("paths", ArrayBuilder::new().items(path))
        .required("paths")
        .property("rebuild", flag().enum_values(Some([false])));
    let all = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("rebuild", flag().description(Some("Whether to build the index from nothing.")));
    RefOr::T(Schema::AnyOf(AnyOfBuilder::new().schema_type(SchemaType::AnyValue).item(some).item(all).build()))
}

/// A query of Algolia's clients, whose members are read leniently; or several.
fn algolia_body(path: &str) -> RefOr<Schema> {
    let object = || ObjectBuilder::new().schema_type(Type::Object);
    let body = if path.ends_with("/queries") {
        let requests = ArrayBuilder::new().items(object()).max_items(Some(super::limits::FACADE_REQUESTS));
        object().property("requests", requests).required("requests")
    } else {
        object()
    };
    RefOr::T(Schema::Object(body.build()))
}

/// What a parameter may hold. In JSON, lists may also be texts.
fn schema(param: &Param, in_json: bool) -> RefOr<Schema> {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let doc = in_json.then_some(param.doc);
    let list = |items: ObjectBuilder, parted: ObjectBuilder| {
        let array = ArrayBuilder::new().items(items);
        // A single text in a query string is a list of one.
        if in_json || matches!(param.kind, Kind::Texts) {
            let either = AnyOfBuilder::new().schema_type(SchemaType::AnyValue).item(array).item(parted);
            RefOr::T(Schema::AnyOf(either.description(doc).build()))
        } else {
            RefOr::T(Schema::Array(array.build()))
        }
    };
    // In a query string an empty value counts as absent, whatever else may stand there.
    let or_nothing = |object: ObjectBuilder| {
        let either =
            AnyOfBuilder::new().schema_type(SchemaType::AnyValue).item(object).item(text().max_length(Some(0)));
        RefOr::T(Schema::AnyOf(either.build()))
    };
    let object = match param.kind {
        // Bytes, not characters: longer texts than this are always refused.
        Kind::Query => text().max_length(Some(params::MAX_QUERY_BYTES)),
        Kind::Text => text(),
        Kind::Required => text().min_length(Some(1)),
        Kind::Texts => return list(text(), text()),
        // Empty names are passed over.
        Kind::Choices(known) => {
            let one = format!(" *({})? *", known.join("|"));
            let parted = text().pattern(Some(format!("^{one}(,{one})*$")));
            return list(text().enum_values(Some(or_empty(known))), parted);
        }
        Kind::Count(from, to, default) => ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(from as f64))
            .maximum(Some(to as f64))
            .default(Some(default.into())),
        Kind::Moment => {
            let of = |format| text().format(Some(SchemaFormat::KnownFormat(format)));
            let either = AnyOfBuilder::new()
                .schema_type(SchemaType::AnyValue)
                .item(of(KnownFormat::DateTime))
                .item(of(KnownFormat::Date))
                .item(text().max_length(Some(0)));
            return RefOr::T(Schema::AnyOf(either.description(doc).build()));
        }
        Kind::Choice(known) => {
            text().enum_values(Some(or_empty(known))).default(known.first().map(|first| (*first).into()))
        }
        Kind::Flag => ObjectBuilder::new().schema_type(Type::Boolean).default(Some(false.into())),
    };
    if !in_json && matches!(param.kind, Kind::Count(..) | Kind::Flag) {
        return or_nothing(object);
    }
    RefOr::T(Schema::Object(object.description(doc).build()))
}

/// These, and the empty value that counts as absent.
fn or_empty(known: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    known.iter().copied().chain([""])
}

/// Made once: it depends on the binary alone.
static DOCUMENT: LazyLock<(String, Tag)> = LazyLock::new(|| {
    let text = openapi().to_json().unwrap_or_default();
    let tag = Tag::of(&["/openapi.json", &text]);
    (text, tag)
});

/// This document
///
/// `OpenAPI` 3.1, generated from the code.
#[utoipa::path(get, path = "/openapi.json", tag = "site", responses((status = 200, description = "The document.",
    body = Object, content_type = "application/json")))]
pub(super) async fn document(headers: HeaderMap) -> HttpResponse {
    let (text, tag) = &*DOCUMENT;
    if tag.matched(&headers) != Match::None {
        return tag.not_modified();
    }
    let kind = HeaderValue::from_static("application/json");
    let mut response = ([(CONTENT_TYPE, kind)], text.as_str()).into_response();
    tag.mark(response.headers_mut());
    response
}
