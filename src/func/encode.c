/* Text and bytes in other spellings: percent-encoding, base64, hashes. Text in, text (or a
 * number) out. */
#include <openssl/evp.h>
#include <xxhash.h>

#include "base/utf8.h"
#include "func/kernel.h"

/* ---- percent-encoding ----------------------------------------------------------------------- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A '%' without two digits behind it stays as it is, and so does '+'. */
static void put_decoded(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        int high = s.p[i] == '%' && i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
        int low = high >= 0 ? hex_value(s.p[i + 2]) : -1;
        if (low >= 0) {
            buf_add_byte(out, (char)(high * 16 + low));
            i += 2;
        } else {
            buf_add_byte(out, s.p[i]);
        }
    }
}

static void put_encoded(struct buf *out, struct str s, const char *plain, const char *space,
                        const char *digits)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (alnum || (c && strchr(plain, c))) {
            buf_add_byte(out, (char)c);
        } else if (c == ' ') {
            buf_add_z(out, space);
        } else {
            buf_add_byte(out, '%');
            buf_add_byte(out, digits[c >> 4]);
            buf_add_byte(out, digits[c & 15]);
        }
    }
}

static void url(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    bool decode = strcmp(call->func->name, "url_decode") == 0;
    bool component = strcmp(call->func->name, "url_encode_component") == 0;
    struct texts texts;

    texts_begin(&texts, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        struct str s = cell_str(args[0], i);
        if (decode)
            put_decoded(&texts.buf, s);
        else if (component)
            put_encoded(&texts.buf, s, "-._~", "%20", "0123456789ABCDEF");
        else
            put_encoded(&texts.buf, s, "-._!*()", "+", "0123456789abcdef");
        texts_next(&texts);
    }
    texts_end(&texts);
}

/* ---- base64 --------------------------------------------------------------------------------- */

static const char base64_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void put_base64(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i += 3) {
        size_t left = s.n - i;
        uint32_t v = (uint32_t)(unsigned char)s.p[i] << 16;
        v |= left > 1 ? (uint32_t)(unsigned char)s.p[i + 1] << 8 : 0;
        v |= left > 2 ? (uint32_t)(unsigned char)s.p[i + 2] : 0;
        buf_add_byte(out, base64_letters[v >> 18]);
        buf_add_byte(out, base64_letters[v >> 12 & 63]);
        buf_add_byte(out, left > 1 ? base64_letters[v >> 6 & 63] : '=');
        buf_add_byte(out, left > 2 ? base64_letters[v & 63] : '=');
    }
}

static int base64_value(char c)
{
    const char *at = c ? strchr(base64_letters, c) : NULL;

    return at ? (int)(at - base64_letters) : -1;
}

/* False when it is no base64: a foreign letter, wrong length or padding. */
static bool put_unbase64(struct buf *out, struct str s)
{
    size_t padding = 0;

    if (s.n % 4)
        return false;
    while (padding < 2 && padding < s.n && s.p[s.n - 1 - padding] == '=')
        padding++;
    uint32_t v = 0;
    for (size_t i = 0; i < s.n - padding; i++) {
        int six = base64_value(s.p[i]);
        if (six < 0)
            return false;
        v = v << 6 | (uint32_t)six;
        if (i % 4)
            buf_add_byte(out, (char)(v >> (6 - 2 * (i % 4)) & 255));
    }
    return true;
}

static void base64_encode(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    struct texts texts;

    texts_begin(&texts, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        put_base64(&texts.buf, cell_str(args[0], i));
        texts_next(&texts);
    }
    texts_end(&texts);
}

static void base64_decode(struct call *call, struct column *out, struct column *const *args,
                          size_t rows)
{
    struct texts texts;

    texts_begin(&texts, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        size_t start = texts.buf.n;
        bool ok = put_unbase64(&texts.buf, cell_str(args[0], i));
        if (!ok || !utf8_valid(str_sub(buf_str(&texts.buf), start, texts.buf.n)))
            texts.buf.n = start;
        texts_next(&texts);
    }
    texts_end(&texts);
}

static struct str byte_array(struct arena *a, struct str bytes)
{
    struct str *items = ARENA_ARRAY(a, struct str, bytes.n);

    for (size_t i = 0; i < bytes.n; i++)
        items[i] =
            dyn_from_value(a, (struct value){.type = TYPE_LONG, .i = (unsigned char)bytes.p[i]});
    return dyn_from_array(a, items, bytes.n);
}

static void base64_to_array(struct call *call, struct column *out, struct column *const *args,
                            size_t rows)
{
    struct buf bytes = {0};

    for (size_t i = 0; i < rows; i++) {
        buf_reset(&bytes);
        if (put_unbase64(&bytes, cell_str(args[0], i)))
            out->strs[i] = byte_array(call->scratch, buf_str(&bytes));
        else
            put_null(out, i);
    }
    buf_release(&bytes);
}

static void base64_from_array(struct call *call, struct column *out, struct column *const *args,
                              size_t rows)
{
    struct buf bytes = {0};
    struct texts texts;

    texts_begin(&texts, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        struct str list = cell_str(args[0], i);
        bool ok = dyn_kind(list) == DYN_ARRAY;
        buf_reset(&bytes);
        for (size_t k = 0; ok && k < dyn_count(list); k++) {
            struct value v = dyn_scalar(dyn_item(list, k));
            ok = v.type == TYPE_LONG && v.i >= 0 && v.i <= 255;
            buf_add_byte(&bytes, ok ? (char)v.i : 0);
        }
        if (ok)
            put_base64(&texts.buf, buf_str(&bytes));
        texts_next(&texts);
    }
    texts_end(&texts);
    buf_release(&bytes);
}

/* ---- hashes --------------------------------------------------------------------------------- */

static const EVP_MD *digest_of(const char *name)
{
    if (strcmp(name, "hash_md5") == 0)
        return EVP_md5();
    return strcmp(name, "hash_sha1") == 0 ? EVP_sha1() : EVP_sha256();
}

static void digest(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    const EVP_MD *kind = digest_of(call->func->name);
    struct buf text = {0};
    struct texts texts;

    texts_begin(&texts, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        unsigned char md[EVP_MAX_MD_SIZE];
        unsigned n = 0;
        buf_reset(&text);
        value_text(&text, column_value(args[0], i));
        if (EVP_Digest(text.n ? text.p : "", text.n, md, &n, kind, NULL) != 1)
            n = 0;
        for (unsigned k = 0; k < n; k++)
            buf_addf(&texts.buf, "%02x", md[k]);
        texts_next(&texts);
    }
    texts_end(&texts);
    buf_release(&text);
}

/* xxHash of the value's bytes: text as it is, numbers and times as 8 bytes. */
static uint64_t hash_value(struct value v, struct buf *text)
{
    switch (v.type) {
    case TYPE_STRING: return XXH64(v.s.n ? v.s.p : "", v.s.n, 0);
    case TYPE_BOOL: return XXH64(&(uint8_t){v.b}, 1, 0);
    case TYPE_INT: case TYPE_LONG: case TYPE_DATETIME: case TYPE_TIMESPAN:
        return XXH64(&v.i, sizeof v.i, 0);
    case TYPE_REAL: case TYPE_DECIMAL: return XXH64(&v.r, sizeof v.r, 0);
    default:
        buf_reset(text);
        value_text(text, v);
        return XXH64(text->n ? text->p : "", text->n, 0);
    }
}

static void xxhash(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    struct buf text = {0};

    for (size_t i = 0; i < rows; i++) {
        uint64_t h = hash_value(column_value(args[0], i), &text);
        int64_t modulus = call->n_args > 1 ? cell_int(args[1], i) : 0;
        if (call->n_args > 1 && modulus <= 0)
            put_null(out, i);
        else
            out->ints[i] = (int64_t)(modulus ? h % (uint64_t)modulus : h);
    }
    buf_release(&text);
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define TEXT(kernel) {{"s", TYPE_STRING, kernel}}
#define DIGEST {{"*", TYPE_STRING, digest}}
#define XXHASH {{"*?l", TYPE_LONG, xxhash}}

const struct func functions_encode[] = {
    ROW("url_decode", "text", "The text with %XX turned into bytes; what is no such thing stays.",
        "url_decode(\"%2fowa%2Fauth%zz\")", "/owa/auth%zz", 0, TEXT(url)),
    ROW("url_encode", "text", "The text as it may stand in a query; a blank becomes +.",
        "url_encode(\"a b/c\")", "a+b%2fc", 0, TEXT(url)),
    ROW("url_encode_component", "text",
        "The text as it may stand in any part of a URL; a blank becomes %20.",
        "url_encode_component(\"a b/c\")", "a%20b%2Fc", 0, TEXT(url)),
    ROW("base64_encode_tostring", "text", "The text in base64.",
        "base64_encode_tostring(\"Kusto\")",
        "S3VzdG8=", 0, TEXT(base64_encode)),
    ROW("base64_decode_tostring", "base64",
        "The text behind base64; \"\" when it is none or no UTF-8.",
        "base64_decode_tostring(\"S3VzdG8=\")", "Kusto", 0, TEXT(base64_decode)),
    ROW("base64_encodestring", "text", "Old name of base64_encode_tostring().",
        "base64_encodestring(\"a\")", "YQ==", FUNC_LEGACY, TEXT(base64_encode)),
    ROW("base64_decodestring", "base64", "Old name of base64_decode_tostring().",
        "base64_decodestring(\"YQ==\")", "a", FUNC_LEGACY, TEXT(base64_decode)),
    ROW("base64_decode_toarray", "base64", "The bytes behind base64, as an array of numbers.",
        "base64_decode_toarray(\"AP8=\")", "[0,255]", 0, {{"s", TYPE_DYNAMIC, base64_to_array}}),
    ROW("base64_encode_fromarray", "bytes", "An array of bytes in base64.",
        "base64_encode_fromarray(dynamic([0, 255]))", "AP8=", 0,
        {{"d", TYPE_STRING, base64_from_array}}),
    ROW("hash_md5", "value", "The MD5 of the value's text, in hexadecimal.", "hash_md5(\"World\")",
        "f5a7924e621e84c9280a9a27e1bcb7f6", 0, DIGEST),
    ROW("hash_sha1", "value", "The SHA-1 of the value's text, in hexadecimal.",
        "hash_sha1(\"World\")",
        "70c07ec18ef89c5309bbb0937f3a6342411e1fdd", 0, DIGEST),
    ROW("hash_sha256", "value", "The SHA-256 of the value's text, in hexadecimal.",
        "hash_sha256(\"World\")",
        "78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524", 0, DIGEST),
    ROW("hash", "value [, modulus]", "A number that spreads values evenly (xxHash, 64 bits).",
        "hash(\"World\")", "1846988464401551951", 0, XXHASH),
    ROW("hash_xxhash64", "value [, modulus]", "The xxHash of the value, 64 bits.",
        "hash_xxhash64(\"World\", 100)", "51", 0, XXHASH),
    {0},
};
