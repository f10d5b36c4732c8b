/* IPv4 addresses in text. */
#ifndef BASE_IP4_H
#define BASE_IP4_H
#include "base/str.h"

enum ip4 {
    IP4_NONE,  /* no address */
    IP4_ZEROS, /* one to some readers only: a number begins with a zero that it does not need */
    IP4_PLAIN
};
/* Four numbers of one to three digits, up to 255; nothing before or after. */
enum ip4 ip4_read(struct str s, uint32_t *address);
#endif
