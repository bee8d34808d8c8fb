/* SPDX-License-Identifier: BSD-3-Clause */
/* Made by tests/unit/make_sigv4_vectors.py with botocore. */
#ifndef AWS_ROLE_TESTS_UNIT_SIGV4_VECTORS_H
#define AWS_ROLE_TESTS_UNIT_SIGV4_VECTORS_H

static const struct sigv4_vector {
    const char *name, *method, *path, *query;
    const char *headers[4][2]; /* up to the first NULL */
    const char *body, *region, *service, *date, *token;
    const char *canonical, *to_sign, *authorization;
} sigv4_vectors[] = {
    {"AssumeRole",
     "POST",
     "/",
     "",
     {{"Host", "sts.eu-west-1.amazonaws.com"}, {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}, {"Accept", "application/json"}},
     "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3"
     "Arole%2FD&RoleSessionName=alice",
     "eu-west-1",
     "sts",
     "20260102T030405Z",
     "",
     "POST\n/\n\naccept:application/json\ncontent-type:application/x-www-form-urlencod"
     "ed; charset=utf-8\nhost:sts.eu-west-1.amazonaws.com\nx-amz-date:20260102T030405Z"
     "\n\naccept;content-type;host;x-amz-date\n17de913055bedfa9f7b78e814dae9e2d9fe7d26"
     "9cc5e432e6b2de7c3aaec1475",
     "AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/eu-west-1/sts/aws4_request\ndd40917"
     "b1224fad2538a7ad0f717585693a55eb58b05f23c2c2bd797c888b0ef",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-1/sts/aws4_request, Sig"
     "nedHeaders=accept;content-type;host;x-amz-date, Signature=2f7b2bdd2f76eafc1e1e60"
     "fbd4d1dad0385e5c4e441ec49456f7de661bbeb711"},
    {"AssumeRole with a session token",
     "POST",
     "/",
     "",
     {{"Host", "sts.amazonaws.com"}, {"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
     "Action=AssumeRole&Version=2011-06-15",
     "us-east-1",
     "sts",
     "20261231T235959Z",
     "IQoJb3JpZ2luX2VjEXAMPLE/+==",
     "POST\n/\n\naccept:application/json\ncontent-type:application/x-www-form-urlencod"
     "ed; charset=utf-8\nhost:sts.amazonaws.com\nx-amz-date:20261231T235959Z\nx-amz-se"
     "curity-token:IQoJb3JpZ2luX2VjEXAMPLE/+==\n\naccept;content-type;host;x-amz-date;"
     "x-amz-security-token\n8c5a2f96788492c37e55f1e4f0fea8f59ed4791621dd61b248f8788f7b"
     "05d9e4",
     "AWS4-HMAC-SHA256\n20261231T235959Z\n20261231/us-east-1/sts/aws4_request\n6f85f6c"
     "6a229866bc9ccd8bf724ed33b3c390fdf610bea99e1d2b018b6433b2c",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261231/us-east-1/sts/aws4_request, Sig"
     "nedHeaders=accept;content-type;host;x-amz-date;x-amz-security-token, Signature=4"
     "a3fbe01c907bf834e95d0aff287e4f94fe95cd607cfe529d291663dc2ea1bf2"},
    {"a token of 4 KiB",
     "POST",
     "/",
     "",
     {{"Host", "sts.us-gov-west-1.amazonaws.com"}, {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
     "Action=GetCallerIdentity&Version=2011-06-15",
     "us-gov-west-1",
     "sts",
     "20280229T120000Z",
     "FwoGZXIvYXdzEx/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+"
     "=x/+=x/+=x/+=",
     "POST\n/\n\ncontent-type:application/x-www-form-urlencoded; charset=utf-8\nhost:s"
     "ts.us-gov-west-1.amazonaws.com\nx-amz-date:20280229T120000Z\nx-amz-security-toke"
     "n:FwoGZXIvYXdzEx/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x/+=x"
     "/+=x/+=x/+=x/+=\n\ncontent-type;host;x-amz-date;x-amz-security-token\nab821ae955"
     "788b0e33ebd34c208442ccfc2d406e2edc5e7a39bd6458fbb4f843",
     "AWS4-HMAC-SHA256\n20280229T120000Z\n20280229/us-gov-west-1/sts/aws4_request\n23c"
     "5e7ec30ab8178b7abd6dcec96349b3b935e2a9f04231d992ab265c0bd8993",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20280229/us-gov-west-1/sts/aws4_request,"
     " SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=a25d"
     "f9b695acfbba5295573e53dd0db49150be323464ac1dfae2a2667764305c"},
    {"a port in the host",
     "POST",
     "/",
     "",
     {{"Host", "127.0.0.1:8443"}, {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
     "Action=GetCallerIdentity&Version=2011-06-15",
     "us-east-1",
     "sts",
     "20260301T000000Z",
     "",
     "POST\n/\n\ncontent-type:application/x-www-form-urlencoded; charset=utf-8\nhost:1"
     "27.0.0.1:8443\nx-amz-date:20260301T000000Z\n\ncontent-type;host;x-amz-date\nab82"
     "1ae955788b0e33ebd34c208442ccfc2d406e2edc5e7a39bd6458fbb4f843",
     "AWS4-HMAC-SHA256\n20260301T000000Z\n20260301/us-east-1/sts/aws4_request\nee65246"
     "3f5be3061d228de70c6c1db01763ce1bff54e3f24e5a909f5e38e38e3",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260301/us-east-1/sts/aws4_request, Sig"
     "nedHeaders=content-type;host;x-amz-date, Signature=40d13449e61f8ab694e8c5f389a38"
     "4d8fa9139df2c30a1bd48640d86d26c36b9"},
    {"no body",
     "GET",
     "/",
     "Action=GetCallerIdentity&Version=2011-06-15",
     {{"Host", "sts.amazonaws.com"}},
     "",
     "us-east-1",
     "sts",
     "20260301T000001Z",
     "",
     "GET\n/\nAction=GetCallerIdentity&Version=2011-06-15\nhost:sts.amazonaws.com\nx-a"
     "mz-date:20260301T000001Z\n\nhost;x-amz-date\ne3b0c44298fc1c149afbf4c8996fb92427a"
     "e41e4649b934ca495991b7852b855",
     "AWS4-HMAC-SHA256\n20260301T000001Z\n20260301/us-east-1/sts/aws4_request\n989f9de"
     "dec7b4b8d889da4cb750725e030fc43e6ab24d83b8b88e7f4d53dbf97",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260301/us-east-1/sts/aws4_request, Sig"
     "nedHeaders=host;x-amz-date, Signature=5b6c7f8b948b00695d3c6465ab5737f4c6b3b8fb02"
     "0532c6d758ceae5647c512"},
    {"a query in no order",
     "GET",
     "/a/b",
     "b=2&a=1&b=1&a-b=3&B=0&empty=&e%20f=%2F",
     {{"Host", "example.amazonaws.com"}},
     "",
     "us-east-1",
     "service",
     "20150830T123600Z",
     "",
     "GET\n/a/b\nB=0&a=1&a-b=3&b=1&b=2&e%20f=%2F&empty=\nhost:example.amazonaws.com\nx"
     "-amz-date:20150830T123600Z\n\nhost;x-amz-date\ne3b0c44298fc1c149afbf4c8996fb9242"
     "7ae41e4649b934ca495991b7852b855",
     "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\nf16"
     "012aa150cabadae60a26ddbf071866320fd03fd87cd70c84c48f264461d61",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
     " SignedHeaders=host;x-amz-date, Signature=3cc3d168d1302060c8f59dc4ed2ae90a2284e3"
     "b551bd1fb73fa0bd46090c96b2"},
    {"a path with dots",
     "GET",
     "/a/./b/../c//d/",
     "",
     {{"Host", "example.amazonaws.com"}},
     "",
     "us-east-1",
     "service",
     "20150830T123600Z",
     "",
     "GET\n/a/c/d/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;"
     "x-amz-date\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\nabc"
     "63ef1de4540ae41d34381aba59d5be460e9900dd733d43c6da2f28051a2cb",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
     " SignedHeaders=host;x-amz-date, Signature=07fc47830311f547240f25f97c1565bd7a7050"
     "59e39e5d0c3e0c5287c2c4bcfc"},
    {"header values with blanks",
     "POST",
     "/",
     "",
     {{"Host", "example.amazonaws.com"}, {"X-Thing", "  a   b  "}, {"A-Header", "z"}},
     "x",
     "eu-central-1",
     "service",
     "20200229T010203Z",
     "",
     "POST\n/\n\na-header:z\nhost:example.amazonaws.com\nx-amz-date:20200229T010203Z\n"
     "x-thing:a b\n\na-header;host;x-amz-date;x-thing\n2d711642b726b04401627ca9fbac32f"
     "5c8530fb1903cc4db02258717921a4881",
     "AWS4-HMAC-SHA256\n20200229T010203Z\n20200229/eu-central-1/service/aws4_request\n"
     "55e778c6e330b879a86c858f2760fce264130a1b4973f028e3b2b2636a782585",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20200229/eu-central-1/service/aws4_reque"
     "st, SignedHeaders=a-header;host;x-amz-date;x-thing, Signature=ac26d585438d2d8140"
     "ca05afbb50e94a45f002cc86d0eada91bfb1b0376cbf34"},
    {"UTF-8 in the body",
     "POST",
     "/",
     "",
     {{"Host", "sts.cn-north-1.amazonaws.com.cn"}, {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
     "Tags.member.1.Value=\344\270\212\351\207\216",
     "cn-north-1",
     "sts",
     "20260607T080910Z",
     "",
     "POST\n/\n\ncontent-type:application/x-www-form-urlencoded; charset=utf-8\nhost:s"
     "ts.cn-north-1.amazonaws.com.cn\nx-amz-date:20260607T080910Z\n\ncontent-type;host"
     ";x-amz-date\n85862868792adc39aac06482b4e78ce488193e64ed029be17f5359da28f25a5b",
     "AWS4-HMAC-SHA256\n20260607T080910Z\n20260607/cn-north-1/sts/aws4_request\n4ba7c7"
     "ccfa655223c66b4a6a8e296f5c7501100291118ed5728152c22f7da7f3",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260607/cn-north-1/sts/aws4_request, Si"
     "gnedHeaders=content-type;host;x-amz-date, Signature=57a203ea0b65e901cfdc888c1780"
     "d61ad247b7903085bcefaf32209f58b29607"},
};

#endif
