/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/error.h"
#include "helper/sigv4.h"
#include "tests/unit/sigv4_vectors.h"

#define FILE_MAX_SIZE 65536
#define CASES_MIN 30

static int64_t
seconds_of(const char *text, const char *format)
{
    struct tm utc = {0};

    assert_non_null(strptime(text, format, &utc));
    return (int64_t)timegm(&utc);
}

static void
make_credentials(struct credentials *credentials, const char *id, const char *secret,
                 const char *token)
{
    snprintf(credentials->access_key_id, sizeof credentials->access_key_id, "%s", id);
    assert_int_equal(secret_set(&credentials->secret_access_key, secret, strlen(secret)), 0);
    assert_int_equal(secret_set(&credentials->session_token, token, strlen(token)), 0);
}

static void
check_vector(const struct sigv4_vector *vector)
{
    struct credentials credentials = {.arn = ""};
    struct sigv4_signature signature = {.date = ""};
    struct http_header headers[4];
    size_t count = 0;
    struct sigv4_request request = {.method = vector->method,
                                    .path = vector->path,
                                    .query = vector->query,
                                    .normalize_path = 1,
                                    .headers = headers,
                                    .body = vector->body,
                                    .body_size = strlen(vector->body),
                                    .region = vector->region,
                                    .service = vector->service,
                                    .when = seconds_of(vector->date, "%Y%m%dT%H%M%SZ"),
                                    .credentials = &credentials};

    for (; count < 4 && vector->headers[count][0] != NULL; count++)
        headers[count] =
            (struct http_header){vector->headers[count][0], vector->headers[count][1]};
    request.header_count = count;
    make_credentials(&credentials, "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                     vector->token);
    print_message("    %s\n", vector->name);
    assert_int_equal(sigv4_sign(&request, &signature), 0);
    assert_string_equal(signature.date, vector->date);
    assert_string_equal(buffer_string(&signature.canonical), vector->canonical);
    assert_string_equal(buffer_string(&signature.to_sign), vector->to_sign);
    assert_string_equal(buffer_string(&signature.authorization), vector->authorization);
    sigv4_wipe(&signature);
    credentials_wipe(&credentials);
}

static void
signs_as_botocore(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sigv4_vectors / sizeof sigv4_vectors[0]; i++)
        check_vector(&sigv4_vectors[i]);
}

/* AWS's own test suite: a folder of folders, where it is present. */

static const char *
suite_folder(void)
{
    static char folder[4096];
    const char *data = getenv("SHARED_DATA"), *source = getenv("srcdir");

    if (data != NULL)
        snprintf(folder, sizeof folder, "%s/sigv4-suite/v4", data);
    else
        snprintf(folder, sizeof folder, "%s/../shared/data/sigv4-suite/v4",
                 source == NULL ? "." : source);
    return folder;
}

static char *
read_file(const char *folder, const char *name)
{
    char path[8192];
    char *content = calloc(1, FILE_MAX_SIZE);
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "r");
    assert_non_null(content);
    assert_non_null(file);
    assert_true(fread(content, 1, FILE_MAX_SIZE - 1, file) > 0);
    fclose(file);
    return content;
}

struct suite_request {
    struct sigv4_request request;
    struct http_header headers[SIGV4_HEADERS_MAX];
    char *text;
};

/* The next line, ended with a NUL; lines that begin with a blank continue the one before. */
static char *
next_line(char **rest, int joined)
{
    char *line = *rest, *end = line;

    do {
        end = strchr(end, '\n');
        if (end == NULL) {
            *rest = line + strlen(line);
            return line;
        }
        end++;
    } while (joined && (*end == ' ' || *end == '\t'));
    end[-1] = '\0';
    *rest = end;
    return line;
}

/* "GET /path?query HTTP/1.1", headers, an empty line, the body. */
static void
parse_request(struct suite_request *parsed, char *text)
{
    struct sigv4_request *request = &parsed->request;
    char *line = next_line(&text, 0), *path = strchr(line, ' '), *query, *end = strrchr(line, ' ');

    *path++ = *end = '\0';
    query = strchr(path, '?');
    if (query != NULL)
        *query++ = '\0';
    request->method = line;
    request->path = path;
    request->query = query;
    while (*(line = next_line(&text, 1)) != '\0') {
        char *value = strchr(line, ':');

        *value++ = '\0';
        parsed->headers[request->header_count++] = (struct http_header){line, value};
    }
    request->headers = parsed->headers;
    request->body = text;
    request->body_size = strlen(text);
}

static const char *
text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

/* "…Signature=HEX" of the signed request, and the body's digest where the case signs it. */
static void
add_body_digest(struct suite_request *parsed, const char *canonical)
{
    static char digest[65];

    snprintf(digest, sizeof digest, "%s", strrchr(canonical, '\n') + 1);
    parsed->headers[parsed->request.header_count++] =
        (struct http_header){"x-amz-content-sha256", digest};
}

static void
check_case(const char *folder)
{
    struct suite_request parsed = {.text = read_file(folder, "request.txt")};
    struct credentials credentials = {.arn = ""};
    struct sigv4_signature signature = {.date = ""};
    char *context_text = read_file(folder, "context.json");
    char *canonical = read_file(folder, "header-canonical-request.txt");
    char *to_sign = read_file(folder, "header-string-to-sign.txt");
    char *hex = read_file(folder, "header-signature.txt");
    json_t *context = json_loads(context_text, 0, NULL);
    const json_t *keys = json_object_get(context, "credentials");

    parse_request(&parsed, parsed.text);
    make_credentials(&credentials, text_of(keys, "access_key_id"),
                     text_of(keys, "secret_access_key"), text_of(keys, "token"));
    parsed.request.credentials = &credentials;
    parsed.request.region = text_of(context, "region");
    parsed.request.service = text_of(context, "service");
    parsed.request.when = seconds_of(text_of(context, "timestamp"), "%Y-%m-%dT%H:%M:%SZ");
    parsed.request.normalize_path = json_is_true(json_object_get(context, "normalize"));
    parsed.request.token_unsigned = json_is_true(json_object_get(context, "omit_session_token"));
    if (json_is_true(json_object_get(context, "sign_body")))
        add_body_digest(&parsed, canonical);
    assert_int_equal(sigv4_sign(&parsed.request, &signature), 0);
    assert_string_equal(buffer_string(&signature.canonical), canonical);
    assert_string_equal(buffer_string(&signature.to_sign), to_sign);
    assert_string_equal(strrchr(buffer_string(&signature.authorization), '=') + 1, hex);
    json_decref(context);
    sigv4_wipe(&signature);
    credentials_wipe(&credentials);
    free(parsed.text);
    free(context_text);
    free(canonical);
    free(to_sign);
    free(hex);
}

static void
passes_the_suite_of_aws(void **state)
{
    DIR *suite = opendir(suite_folder());
    const struct dirent *entry;
    int count = 0;

    (void)state;
    if (suite == NULL) {
        print_message("skipped: AWS's suite is not at %s (SHARED_DATA)\n", suite_folder());
        skip();
    }
    while ((entry = readdir(suite)) != NULL) {
        char folder[8192];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(folder, sizeof folder, "%s/%s", suite_folder(), entry->d_name);
        print_message("    %s\n", entry->d_name);
        check_case(folder);
        count++;
    }
    closedir(suite);
    assert_true(count >= CASES_MIN);
}

static const struct http_header host = {"host", "example.com"};

static struct sigv4_request
plain_request(const struct credentials *credentials)
{
    return (struct sigv4_request){.method = "GET",
                                  .path = "/",
                                  .headers = &host,
                                  .header_count = 1,
                                  .region = "eu-west-1",
                                  .service = "sts",
                                  .when = 1,
                                  .credentials = credentials};
}

static void
refuses_what_cannot_be_signed(void **state)
{
    struct http_header many[SIGV4_HEADERS_MAX];
    char query[4 * SIGV4_QUERY_MAX] = "";
    struct credentials credentials = {.access_key_id = "AKIDEXAMPLE"};
    struct sigv4_request request = plain_request(&credentials);
    struct sigv4_signature signature = {.date = ""};

    (void)state;
    request.header_count = 0;
    assert_int_equal(sigv4_sign(&request, &signature), AWS_ROLE_ERR_ARGUMENT);
    for (size_t i = 0; i < SIGV4_HEADERS_MAX; i++)
        many[i] = host;
    request.headers = many;
    request.header_count = SIGV4_HEADERS_MAX; /* and x-amz-date */
    assert_int_equal(sigv4_sign(&request, &signature), AWS_ROLE_ERR_ARGUMENT);
    request = plain_request(&credentials);
    request.when = -1;
    assert_int_equal(sigv4_sign(&request, &signature), AWS_ROLE_ERR_ARGUMENT);
    request.when = INT64_C(253402300800);
    assert_int_equal(sigv4_sign(&request, &signature), AWS_ROLE_ERR_ARGUMENT);
    request = plain_request(&credentials);
    for (size_t i = 0; i < SIGV4_QUERY_MAX + 1; i++)
        memcpy(query + 3 * i, "a=&", 3);
    request.query = query;
    assert_int_equal(sigv4_sign(&request, &signature), AWS_ROLE_ERR_ARGUMENT);
    sigv4_wipe(&signature);
}

static void
works_with_the_shortest_and_the_longest_key(void **state)
{
    char secret[CREDENTIALS_SECRET_MAX + 2];
    struct credentials credentials = {.access_key_id = "AKIDEXAMPLE"};
    struct sigv4_request request = plain_request(&credentials);
    struct sigv4_signature signature = {.date = ""};

    (void)state;
    assert_int_equal(sigv4_sign(&request, &signature), 0);
    sigv4_wipe(&signature);
    memset(secret, 's', sizeof secret);
    assert_int_equal(secret_set(&credentials.secret_access_key, secret, CREDENTIALS_SECRET_MAX), 0);
    assert_int_equal(sigv4_sign(&request, &signature), 0);
    sigv4_wipe(&signature);
    assert_int_equal(secret_set(&credentials.secret_access_key, secret, sizeof secret), 0);
    assert_int_equal(sigv4_sign(&request, &signature), AWS_ROLE_ERR_TOO_BIG);
    sigv4_wipe(&signature);
    credentials_wipe(&credentials);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_botocore),
        cmocka_unit_test(passes_the_suite_of_aws),
        cmocka_unit_test(refuses_what_cannot_be_signed),
        cmocka_unit_test(works_with_the_shortest_and_the_longest_key),
    };

    return cmocka_run_group_tests_name("sigv4", tests, NULL, NULL);
}
