/* .npy files: written as NumPy writes them, byte for byte, and read as it does; what is not what it has to be
 * is refused. */
#include "experiments/outside/npy.h"
#include "tests/support/support.h"

static char *folder;

static int create(void **state)
{
    (void)state;
    folder = temporary_folder();
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static const char *path_of(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Recorded from numpy.save() of NumPy 1.24. */
static void headers_are_numpys(void **state)
{
    static const int32_t numbers[] = {0, 1, 2, 3, 4, 5};
    static const struct {
        NpyArray array;
        const char *text;
    } cases[] = {
        {{"<i4", 2, 3, 0, numbers},
         "\x93NUMPY\x01\0v\0{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }"},
        {{"|u1", 5, 0, 1, numbers},
         "\x93NUMPY\x01\0v\0{'descr': '|u1', 'fortran_order': False, 'shape': (5,), }"},
        {{"<f4", 50000, 0, 0, numbers},
         "\x93NUMPY\x01\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (50000, 0), }"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char header[NPY_HEADER], expected[NPY_HEADER];
        const size_t text = 10 + strlen(cases[i].text + 10);
        memset(expected, ' ', sizeof expected);
        memcpy(expected, cases[i].text, text);
        expected[sizeof expected - 1] = '\n';
        assert_int_equal(npy_header(&cases[i].array, header), sizeof expected);
        assert_memory_equal(header, expected, sizeof expected);
    }
    assert_int_equal(npy_bytes(&cases[0].array), sizeof numbers);
    assert_int_equal(npy_bytes(&cases[2].array), 0);
}

static void a_file_is_header_and_numbers(void **state)
{
    static const uint8_t clicks[] = {1, 0, 1};
    char bytes[NPY_HEADER + 8];
    (void)state;
    OK(npy_write(path_of("a.npy"), &(NpyArray){"|u1", 3, 0, 1, clicks}, message));
    FILE *file = fopen(path_of("a.npy"), "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), NPY_HEADER + 3);
    assert_memory_equal(bytes + NPY_HEADER, clicks, 3);
    assert_int_equal(fclose(file), 0);
    Message message;
    assert_int_equal(npy_write("/nowhere/a.npy", &(NpyArray){"|u1", 3, 0, 1, clicks}, &message),
                     STATUS_FAILED);
    assert_string_equal(message.text, "/nowhere/a.npy: cannot create: No such file or directory");
}

/* Writes a file of that version, with the header's dict, padded as NumPy pads it or not at all. */
static void write_file(int version, const char *dict, const void *numbers, size_t bytes)
{
    FILE *file = fopen(path_of("in.npy"), "wb");
    const size_t length = strlen(dict);
    assert_non_null(file);
    fwrite("\x93NUMPY", 1, 6, file);
    putc(version, file);
    putc(0, file);
    putc((int)(length & 255), file);
    putc((int)(length >> 8), file);
    if (version > 1) {
        putc(0, file);
        putc(0, file);
    }
    fputs(dict, file);
    fwrite(numbers, 1, bytes, file);
    assert_int_equal(fclose(file), 0);
}

static Status read_file(double value[3], Message *message)
{
    FILE *file = fopen(path_of("in.npy"), "rb");
    assert_non_null(file);
    Status status = npy_read(file, "in.npy", 3, value, message);
    assert_int_equal(fclose(file), 0);
    return status;
}

static void what_numpy_writes_is_read(void **state)
{
    static const float narrow[] = {0.25F, 0.5F, 1.0F / 3};
    static const double wide[] = {0.25, 0.5, 1.0 / 3};
    static const char *const of_floats[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }\n",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 1), }   \n",
        "{'shape': (3L, 1L), 'fortran_order': False, 'descr': '<f4'}\n",
    };
    double value[3];
    (void)state;
    for (size_t i = 0; i < sizeof of_floats / sizeof *of_floats; i++)
        for (int version = 1; version <= 3; version++) {
            write_file(version, of_floats[i], narrow, sizeof narrow);
            OK(read_file(value, message));
            for (int j = 0; j < 3; j++)
                assert_true(value[j] == (double)narrow[j]);
        }
    write_file(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\n", wide, sizeof wide);
    OK(read_file(value, message));
    assert_memory_equal(value, wide, sizeof wide);
}

static void anything_else_is_refused(void **state)
{
    static const float numbers[] = {0, 0, 0, 0};
    static const struct {
        const char *dict;
        size_t bytes;
        const char *message;
    } cases[] = {
        {"{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }\n", 12,
         "in.npy: its dtype is '<i8'; expected '<f4' or '<f8'"},
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (3,), }\n", 12,
         "in.npy: its dtype is '>f4'; expected '<f4' or '<f8'"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (3,), }\n", 12,
         "in.npy: its dtype is '|O'; expected '<f4' or '<f8'"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }\n", 16,
         "in.npy: its shape is (4,); expected (3,) or (3, 1)"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }\n", 12,
         "in.npy: its shape is (3, 2); expected (3,) or (3, 1)"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", 4,
         "in.npy: its shape is (); expected (3,) or (3, 1)"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }\n", 11,
         "in.npy: has 79 bytes; its header says 80"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }\n", 16,
         "in.npy: has 84 bytes; its header says 80"},
        {"no header at all\n", 12, "in.npy: is no .npy file; expected one of NumPy's, version 1.0 to 3.0"},
    };
    double value[3];
    Message message;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(1, cases[i].dict, numbers, cases[i].bytes);
        assert_int_equal(read_file(value, &message), STATUS_USAGE);
        assert_string_equal(message.text, cases[i].message);
    }
    write_file(9, cases[6].dict, numbers, 12);
    assert_int_equal(read_file(value, &message), STATUS_USAGE);
    FILE *file = fopen(path_of("in.npy"), "wb"); /* shorter than any header */
    assert_non_null(file);
    fputs("\x93NUM", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(read_file(value, &message), STATUS_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_numpys),
        cmocka_unit_test(a_file_is_header_and_numbers),
        cmocka_unit_test(what_numpy_writes_is_read),
        cmocka_unit_test(anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
