/* SHA-256 of bytes that come in pieces, as 64 hex digits. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H
#include <stdint.h>
#include "base/str.h"

#define DIGEST_TEXT 65 /* with the NUL */
struct digest;
struct digest *digest_new(struct arena *a);
void digest_add(struct digest *d, struct str bytes);
void digest_end(struct digest *d, char out[DIGEST_TEXT]); /* gives its memory back, too */
void digest_of(struct str bytes, char out[DIGEST_TEXT]);
/* Of a whole file, read in pieces; false: it cannot be read. */
bool digest_file(struct str path, int64_t *bytes, char out[DIGEST_TEXT]);
#endif
