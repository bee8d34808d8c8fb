/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_REPLIES_XML_H
#define AWS_ROLE_HELPER_REPLIES_XML_H

#include "helper/replies_value.h"

/*
 * Finds the known values of an XML document: the text of elements without children. A document
 * type declaration (and so any entity of its own), a depth over REPLIES_DEPTH_MAX, or anything that
 * is not well-formed: AWS_ROLE_ERR_NOT_AWS.
 */
int replies_xml_read(const char *body, size_t size, struct replies_values *values);

#endif
