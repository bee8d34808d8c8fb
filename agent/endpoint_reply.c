/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/endpoint_reply.h"

#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "common/error.h"
#include "common/wiping.h"

#define UNSAYABLE "aws-role status says why"

/* Nothing follows a refusal: a client that we do not understand is not asked for more. */
static int
put_headers(struct evhttp_request *request, int status)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

    if (evhttp_add_header(headers, "Content-Type", "application/json") != 0 ||
        evhttp_add_header(headers, "Cache-Control", "no-store") != 0)
        return AWS_ROLE_ERR_MEMORY;
    if (status != HTTP_OK && evhttp_add_header(headers, "Connection", "close") != 0)
        return AWS_ROLE_ERR_MEMORY;
    return 0;
}

static void
send_text(struct evhttp_request *request, int status, const char *text)
{
    const enum evhttp_cmd_type command = evhttp_request_get_command(request);
    struct evbuffer *body = evbuffer_new();
    int r = body == NULL ? AWS_ROLE_ERR_MEMORY : put_headers(request, status);

    if (command != EVHTTP_REQ_HEAD && command != EVHTTP_REQ_CONNECT) /* theirs have none */
        if (r == 0 && evbuffer_add(body, text, strlen(text)) != 0)
            r = AWS_ROLE_ERR_MEMORY;
    if (r == 0)
        evhttp_send_reply(request, status, NULL, body);
    else
        evhttp_send_reply(request, HTTP_INTERNAL, NULL, NULL);
    if (body != NULL)
        evbuffer_free(body);
}

/* Sends `object`, which it ends; NULL: there was no memory for it. */
static void
send_json(struct evhttp_request *request, int status, json_t *object)
{
    char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);

    send_text(request, text == NULL ? HTTP_INTERNAL : status, text == NULL ? "{}" : text);
    wiping_free(text);
    json_decref(object);
}

/* Adds a string that is there; 0: done. */
static int
put(json_t *object, const char *name, const char *value, size_t size)
{
    return size == 0 ? 0 : json_object_set_new(object, name, json_stringn(value, size));
}

static int
put_end(json_t *object, const struct credentials *credentials)
{
    time_t end = (time_t)credentials_expiry_here(credentials);
    char text[32];
    struct tm utc;

    if (gmtime_r(&end, &utc) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        return -1;
    return put(object, "Expiration", text, strlen(text));
}

void
endpoint_reply_credentials(struct evhttp_request *request, const struct session_role *role)
{
    const struct credentials *held = &role->credentials;
    char account[12 + 1] = "";
    json_t *object;

    json_set_alloc_funcs(wiping_malloc, wiping_free);
    object = json_object();
    credentials_account(held->arn, account);
    if (object != NULL &&
        (put(object, "AccessKeyId", held->access_key_id, strlen(held->access_key_id)) != 0 ||
         put(object, "SecretAccessKey", held->secret_access_key.data,
             held->secret_access_key.size) != 0 ||
         put(object, "Token", held->session_token.data, held->session_token.size) != 0 ||
         put_end(object, held) != 0 ||
         put(object, "AccountId", account, strlen(account)) != 0 ||
         put(object, "RoleArn", role->role_arn, strlen(role->role_arn)) != 0)) {
        json_decref(object);
        object = NULL;
    }
    send_json(request, HTTP_OK, object);
}

void
endpoint_reply_refusal(struct evhttp_request *request, int status, const char *code,
                       const char *message)
{
    json_t *object;

    json_set_alloc_funcs(wiping_malloc, wiping_free);
    object = json_pack("{ssssssss}", "code", code, "message", message, "Code", code, "Message",
                       message);
    if (object == NULL) /* JSON is UTF-8, which the name of an account need not be */
        object = json_pack("{ssssssss}", "code", code, "message", UNSAYABLE, "Code", code,
                           "Message", UNSAYABLE);
    send_json(request, status, object);
}
