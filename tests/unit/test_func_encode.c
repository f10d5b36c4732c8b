/* Encodings, hashes, URLs, paths, CSV and XML: answers by hand, and broken or hostile texts. */
#include "func_try.h"

static void test_url_coding(void **state)
{
    (void)state;
    expect("https://www.bing.com/", "url_decode", S("https%3a%2f%2fwww.bing.com%2F"));
    expect("a+b%", "url_decode", S("a+b%"));
    expect("%4", "url_decode", S("%4"));
    expect("%g1A", "url_decode", S("%g1%41"));
    expect("%41", "url_decode", S("%2541"));
    expect("\xff", "url_decode", S("%FF"));
    expect("https%3a%2f%2fwww.bing.com%2fhello+world", "url_encode",
           S("https://www.bing.com/hello world"));
    expect("https%3A%2F%2Fwww.bing.com%2Fhello%20world", "url_encode_component",
           S("https://www.bing.com/hello world"));
    expect("%c3%a9%00", "url_encode", S("\xc3\xa9\0"));
}

static void test_base64(void **state)
{
    (void)state;
    expect("", "base64_encode_tostring", S(""));
    expect("Zg==", "base64_encode_tostring", S("f"));
    expect("Zm8=", "base64_encode_tostring", S("fo"));
    expect("Zm9v", "base64_encode_tostring", S("foo"));
    expect("Zm9vYg==", "base64_encode_tostring", S("foob"));
    expect("foob", "base64_decode_tostring", S("Zm9vYg=="));
    expect("", "base64_decode_tostring", S("Zm9vYg"));
    expect("", "base64_decode_tostring", S("Zm9v Yg="));
    expect("", "base64_decode_tostring", S("===="));
    expect("", "base64_decode_tostring", S("/w==")); /* the byte 0xff is no text */
    expect("[255]", "base64_decode_toarray", S("/w=="));
    expect("[]", "base64_decode_toarray", S(""));
    expect(NULL, "base64_decode_toarray", S("?"));
    expect("/w==", "base64_encode_fromarray", D("[255]"));
    expect("", "base64_encode_fromarray", D("[256]"));
    expect("", "base64_encode_fromarray", D("[\"a\"]"));
}

static void test_hashes(void **state)
{
    (void)state;
    expect("f5a7924e621e84c9280a9a27e1bcb7f6", "hash_md5", S("World"));
    expect("202cb962ac59075b964b07152d234b70", "hash_md5", L(123));
    expect("d41d8cd98f00b204e9800998ecf8427e", "hash_md5", S(""));
    expect("da39a3ee5e6b4b0d3255bfef95601890afd80709", "hash_sha1", S(""));
    expect("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "hash_sha256",
           S(""));
    expect("1846988464401551951", "hash", S("World"));
    expect("51", "hash", S("World"), L(100));
    expect("1380966698541616202", "hash", T("2015-01-01"));
    expect(NULL, "hash", S("World"), L(0));
    expect(NULL, "hash_xxhash64", S("World"), L(-1));
    expect(NULL, "hash", NIL(TYPE_LONG));
}

static void test_parse_url(void **state)
{
    (void)state;
    expect("{\"Scheme\":\"scheme\",\"Host\":\"host\",\"Port\":\"1234\","
           "\"Path\":\"/this/is/a/path\","
           "\"Username\":\"username\",\"Password\":\"password\","
           "\"Query Parameters\":{\"k1\":\"v1\",\"k2\":\"v2\"},"
           "\"Fragment\":\"fragment\"}",
           "parse_url",
           S("scheme://username:password@host:1234/this/is/a/path?k1=v1&k2=v2#fragment"));
    expect("{\"Scheme\":\"\",\"Host\":\"\",\"Port\":\"\","
           "\"Path\":\"/owa/auth\",\"Username\":\"\","
           "\"Password\":\"\","
           "\"Query Parameters\":{\"a\":\"\",\"\":\"x\",\"b\":\"1=2\"},\"Fragment\":\"\"}",
           "parse_url", S("/owa/auth?a&=x&&b=1=2"));
    expect("{\"Scheme\":\"http\",\"Host\":\"[::1]\",\"Port\":\"80\","
           "\"Path\":\"\",\"Username\":\"u@v\","
           "\"Password\":\"\",\"Query Parameters\":{},\"Fragment\":\"a#b\"}",
           "parse_url", S("http://u@v@[::1]:80#a#b"));
    expect("{\"Scheme\":\"\",\"Host\":\"\",\"Port\":\"\","
           "\"Path\":\"\",\"Username\":\"\",\"Password\":\"\","
           "\"Query Parameters\":{},\"Fragment\":\"\"}", "parse_url", S(""));
    expect("{\"Scheme\":\"\",\"Host\":\"\",\"Port\":\"\","
           "\"Path\":\"1x://a\",\"Username\":\"\","
           "\"Password\":\"\",\"Query Parameters\":{},\"Fragment\":\"\"}", "parse_url",
           S("1x://a"));
    expect("{\"Query Parameters\":{\"k1\":\"v3\",\"k2\":\"v2\"}}", "parse_urlquery",
           S("?k1=v1&k2=v2&k1=v3"));
    expect("{\"Query Parameters\":{}}", "parse_urlquery", S(""));
}

#define PATH(scheme, root, path, name, file, extension, stream)                                   \
    "{\"Scheme\":\"" scheme "\",\"RootPath\":\"" root "\",\"DirectoryPath\":\"" path              \
    "\",\"DirectoryName\":\"" name "\",\"Filename\":\"" file "\",\"Extension\":\"" extension      \
    "\",\"AlternateDataStreamName\":\"" stream "\"}"

static void test_parse_path(void **state)
{
    (void)state;
    expect(PATH("", "C:", "C:\\\\temp", "temp", "file.txt", "txt", ""), "parse_path",
           S("C:\\temp\\file.txt"));
    expect(PATH("", "", "temp", "temp", "file.txt", "txt", ""), "parse_path", S("temp\\file.txt"));
    expect(PATH("file", "C:", "C:/temp", "temp", "file.txt", "txt", "some.exe"), "parse_path",
           S("file://C:/temp/file.txt:some.exe"));
    expect(PATH("", "", "\\\\\\\\shared\\\\users\\\\temp", "temp", "file.txt.gz", "gz", ""),
           "parse_path",
           S("\\\\shared\\users\\temp\\file.txt.gz"));
    expect(PATH("", "", "/usr/lib/temp", "temp", "file", "", ""), "parse_path",
           S("/usr/lib/temp/file"));
    expect(PATH("", "", "", "", "", "", ""), "parse_path", S(""));
    expect(PATH("", "C:", "", "", "", "", ""), "parse_path", S("C:"));
}

static void test_parse_version(void **state)
{
    (void)state;
    expect("281474976710656", "parse_version", S("1"));
    expect("281474976710656", "parse_version", S("1.0.0.0"));
    expect("5", "parse_version", S("0.0.0.5"));
    expect(NULL, "parse_version", S(""));
    expect(NULL, "parse_version", S("1.2.3.4.5"));
    expect(NULL, "parse_version", S("1..2"));
    expect(NULL, "parse_version", S("1."));
    expect(NULL, "parse_version", S("1.a"));
    expect(NULL, "parse_version", S("1.99999"));
    expect(NULL, "parse_version", S("99999999999999999999"));
}

static void test_csv(void **state)
{
    (void)state;
    expect("[\"aa\",\"b,b,b\",\"cc\",\"Escaping quotes: \\\"Title\\\"\",\"line1\\nline2\"]",
           "parse_csv",
           S("aa,\"b,b,b\",cc,\"Escaping quotes: \"\"Title\"\"\",\"line1\nline2\""));
    expect("[\"\"]", "parse_csv", S(""));
    expect("[\"\",\"\"]", "parse_csv", S(","));
    expect("[\"a\",\"b\"]", "parse_csv", S("a,b\r\nc,d")); /* the first record alone */
    expect("[\"a\",\"b,c\"]", "parse_csv", S("a,\"b,c"));
    expect("[\"a \",\" b\"]", "parse_csv", S("a , b"));
}

static void test_xml(void **state)
{
    (void)state;
    expect("{\"e\":\"text\"}", "parse_xml", S("<e>text</e>"));
    expect("{\"e\":null}", "parse_xml", S("<e/>"));
    expect("{\"e\":\"\"}", "parse_xml", S("<e></e>"));
    expect("{\"e\":{\"@name\":\"value\"}}", "parse_xml", S("<e name=\"value\"/>"));
    expect("{\"e\":{\"@name\":\"value\",\"#text\":\"text\"}}", "parse_xml",
           S("<e name='value'>text</e>"));
    expect("{\"e\":{\"a\":\"1\",\"b\":\"2\"}}", "parse_xml", S("<e> <a>1</a>\n<b>2</b> </e>"));
    expect("{\"e\":{\"a\":[\"1\",\"3\"],\"b\":\"2\"}}", "parse_xml",
           S("<e><a>1</a><b>2</b><a>3</a></e>"));
    expect("{\"e\":{\"a\":\"1\",\"#text\":\"x\"}}", "parse_xml", S("<e>x<a>1</a></e>"));
    expect("{\"e\":\"<&>\\\"'A\xc3\xa9\"}", "parse_xml",
           S("<e>&lt;&amp;&gt;&quot;&apos;&#65;&#xE9;</e>"));
    expect("{\"e\":\"<a>\"}", "parse_xml",
           S("<?xml version=\"1.0\"?><!-- c --><e><![CDATA[<a>]]></e>\n"));
    expect(NULL, "parse_xml", S(""));
    expect(NULL, "parse_xml", S("text"));
    expect(NULL, "parse_xml", S("<e>"));
    expect(NULL, "parse_xml", S("<e></f>"));
    expect(NULL, "parse_xml", S("<e></e><f/>"));
    expect(NULL, "parse_xml", S("<e a></e>"));
    expect(NULL, "parse_xml", S("<e a=\"1></e>"));
    expect(NULL, "parse_xml", S("<e>&#xD800;</e>"));
    expect(NULL, "parse_xml", S("<e>&#99999999999;</e>"));
    expect(NULL, "parse_xml", S("<e>&nbsp;</e>"));
    expect(NULL, "parse_xml", S("<e>&#"));
    expect(NULL, "parse_xml", S("<!DOCTYPE e [<!ENTITY a \"b\">]><e>&a;</e>"));
    expect(NULL, "parse_xml", S("<"));
    expect(NULL, "parse_xml", S("<e><![CDATA[x</e>"));
}

/* As deep and as wide as it may be, and more. */
static void test_xml_size(void **state)
{
    struct arena *a = arena_new();
    struct buf text = {0};
    (void)state;
    for (int i = 0; i < 20000; i++)
        buf_add_z(&text, "<e>");
    expect(NULL, "parse_xml", SS(buf_str(&text)));
    buf_reset(&text);
    buf_add_z(&text, "<e>");
    for (int i = 0; text.n < 130000; i++)
        buf_addf(&text, "<a%d/>", i);
    buf_add_z(&text, "</e>");
    struct error err = {0};
    struct value v = try_run(a, "parse_xml", (struct value[]){SS(buf_str(&text))}, 1, true, &err);
    assert_int_equal(dyn_count(dyn_item(v.s, 0)), 15679);
    for (int i = 0; i < 2000; i++)
        buf_add_z(&text, " ");
    expect(NULL, "parse_xml", SS(buf_str(&text))); /* over 128 KiB */
    buf_release(&text);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url_coding), cmocka_unit_test(test_base64),
        cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_parse_url), cmocka_unit_test(test_parse_path),
        cmocka_unit_test(test_parse_version), cmocka_unit_test(test_csv),
        cmocka_unit_test(test_xml),
        cmocka_unit_test(test_xml_size),
    };
    return try_done(cmocka_run_group_tests(tests, NULL, NULL));
}
