/* SHA-256 by libcrypto; see digest.h. */
#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"

struct digest {
    EVP_MD_CTX *context;
};

struct digest *digest_new(struct arena *a)
{
    struct digest *d = ARENA_NEW(a, struct digest);
    d->context = EVP_MD_CTX_new();
    if (!d->context || EVP_DigestInit_ex(d->context, EVP_sha256(), NULL) != 1)
        BUG("libcrypto has no SHA-256");
    return d;
}

void digest_add(struct digest *d, struct str bytes)
{
    if (bytes.n)
        EVP_DigestUpdate(d->context, bytes.p, bytes.n);
}

void digest_end(struct digest *d, char out[DIGEST_TEXT])
{
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    EVP_DigestFinal_ex(d->context, md, &n);
    EVP_MD_CTX_free(d->context);
    d->context = NULL;
    for (unsigned i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", i < n ? md[i] : 0);
}

void digest_of(struct str bytes, char out[DIGEST_TEXT])
{
    struct arena *a = arena_new();
    struct digest *d = digest_new(a);
    digest_add(d, bytes);
    digest_end(d, out);
    arena_free(a);
}

bool digest_file(struct str path, int64_t *bytes, char out[DIGEST_TEXT])
{
    enum { PIECE = 256 << 10 };
    struct arena *a = arena_new();
    int fd = open(str_z(a, path), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n = -1;

    *bytes = 0;
    if (fd >= 0) {
        char *piece = arena_alloc(a, PIECE);
        struct digest *d = digest_new(a);
        while ((n = read(fd, piece, PIECE)) > 0 || (n < 0 && errno == EINTR)) {
            if (n < 0)
                continue;
            digest_add(d, (struct str){piece, (size_t)n});
            *bytes += n;
        }
        digest_end(d, out);
        close(fd);
    }
    arena_free(a);
    return n == 0;
}
