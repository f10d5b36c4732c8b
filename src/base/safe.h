/* The one function through which bytes from a log, a file name or an error reach a terminal, a
 * title, a clipboard or a text export. What is not printable is shown, never sent:
 *     a byte that is no UTF-8              \xNN
 *     C0, DEL, C1 (both forms)             \xNN      (tab and newline too)
 *     bidi controls U+061C 200E-F 202A-E 2066-9, zero-width and other format characters,
 *     tag characters, unassigned, private use, noncharacters        <U+NNNN>
 *     combining marks beyond SAFE_MARKS on one base                 <U+NNNN>
 * Where the locale is not UTF-8 (SAFE_ASCII) every code point over 0x7e is shown as <U+NNNN>.
 * With SAFE_MARKED each shown escape is put between SAFE_ON and SAFE_OFF bytes (0x01, 0x02) so that
 * the canvas can draw it in reverse; the canvas eats those two bytes and they never reach a
 * terminal. Where the locale is UTF-8, what its C library does not know is shown as <U+NNNN> too.
 * Threat notes: CVE-2009-4487, CVE-2021-25743, CVE-2022-46663. */
#ifndef BASE_SAFE_H
#define BASE_SAFE_H
#include "base/str.h"

enum { SAFE_ASCII = 1, SAFE_MARKED = 2 };
#define SAFE_ON '\x01'
#define SAFE_OFF '\x02'
#define SAFE_MARKS 4

void safe_text(struct buf *out, struct str raw, unsigned flags);
bool safe_locale_is_utf8(void); /* after setlocale(LC_CTYPE, "") in main */
/* safe_text by the locale, to a stdio stream */
void safe_print(void *file /* FILE * */, struct str raw);
#endif
