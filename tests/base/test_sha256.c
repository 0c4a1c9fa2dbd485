/* SHA-256: the standard's examples and sha256sum(1), with the processor's own instructions and without. */
#include "sim/base/sha256.h"
#include "tests/support/support.h"

enum { MOST = 1000 };

static void hash_in_parts(const char *bytes, size_t size, size_t part, char text[SHA256_TEXT])
{
    Sha256 hash;
    sha256_begin(&hash);
    for (size_t at = 0; at < size; at += part)
        sha256_add(&hash, bytes + at, size - at < part ? size - at : part);
    sha256_end(&hash, text);
}

static void examples_of_the_standard(void)
{
    static const struct {
        const char *text, *hash;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    char text[SHA256_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t part = 1; part <= 64; part += 9) {
            hash_in_parts(cases[i].text, strlen(cases[i].text), part, text);
            assert_string_equal(text, cases[i].hash);
        }
    char *letters = malloc(1000000);
    assert_non_null(letters);
    memset(letters, 'a', 1000000);
    hash_in_parts(letters, 1000000, 199, text);
    free(letters);
    assert_string_equal(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Every length around the blocks' ends, hashed both ways. */
static void both_ways_agree(void **state)
{
    static char bytes[MOST], fast[MOST][SHA256_TEXT];
    char text[SHA256_TEXT];
    (void)state;
    for (size_t i = 0; i < MOST; i++)
        bytes[i] = (char)(i * i % 251);
    examples_of_the_standard();
    for (size_t size = 0; size < MOST; size++)
        hash_in_parts(bytes, size, 1 + size % 97, fast[size]);
    sha256_plainly();
    examples_of_the_standard();
    for (size_t size = 0; size < MOST; size++) {
        hash_in_parts(bytes, size, 64, text);
        assert_string_equal(text, fast[size]);
    }
}

static void files_are_hashed_as_by_sha256sum(void **state)
{
    char path[1024], command[4096], expected[SHA256_TEXT] = "", text[SHA256_TEXT];
    char *folder = temporary_folder();
    int64_t bytes;
    Message why;
    (void)state;
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(command, sizeof command, "seq 1 20000 >%s && sha256sum %s", path, path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fread(expected, 1, 64, pipe), 64);
    pclose(pipe);
    OK(sha256_file(path, text, &bytes, message));
    assert_string_equal(text, expected);
    assert_int_equal(bytes, 108894);
    assert_int_equal(sha256_file("/nowhere", text, &bytes, &why), STATUS_FAILED);
    assert_string_equal(why.text, "cannot read /nowhere: No such file or directory");
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_hashed_as_by_sha256sum),
        cmocka_unit_test(both_ways_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
