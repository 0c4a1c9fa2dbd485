/* Stores that are none, are damaged or closed to the user, and disks without room for one. */
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

#include <sys/mount.h>

enum { NOBODY = 65534 };

static Program program;

/* Copies of a store to spoil, and files that are no store. */
static int create(void **state)
{
    (void)state;
    refusal_create(&program);
    if (!getenv("CVRLAB"))
        return 0;
    shell("head -c 5000 $F/there.db >$F/short.db; head -c 50 $F/there.db >$F/stub.db");
    shell("echo 'hello world' >$F/text.db; : >$F/empty.db; mkdir $F/folder.db");
    program_write(&program, "foreign.db", "");
    sqlite3 *db = stores_open("foreign.db");
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (a); INSERT INTO t VALUES (1)", NULL, NULL, NULL), 0);
    stores_close(db);
    shell("cp $F/there.db $F/newer.db");
    db = stores_open("newer.db");
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
    stores_close(db);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* What no command can take for a store; none is changed by the attempt. */
static void files_that_are_no_store(void **state)
{
    static const struct {
        const char *name;
        int code;
        const char *expected;
    } store[] = {
        {"foreign.db", 2, "foreign.db: a SQLite database of another program; expected a cvrlab store"},
        {"newer.db", 2, "newer.db: written by a newer cvrlab (store version 99; this one knows "},
        {"text.db", 2, "text.db: not a SQLite database; expected a cvrlab store"},
        {"stub.db", 2, "stub.db: not a SQLite database; expected a cvrlab store"},
        {"folder.db", 2, "folder.db: a directory; expected a cvrlab store"},
        {"short.db", 1, "short.db: database disk image is malformed"},
    };
    static const char *const command[] = {"run $F/good.yaml --replicates 2 --db $F/%s", "table $F/%s",
                                          "plot $F/%s --output $F/figures"};
    (void)state;
    program_needed();
    for (size_t i = 0; i < LENGTH(store); i++) {
        char text[256];
        const Case c = {store[i].name, store[i].code, {store[i].expected}};
        snprintf(text, sizeof text, "cp -r $F/%s $F/copy", store[i].name);
        shell(text);
        for (size_t k = 0; k < LENGTH(command); k++) {
            snprintf(text, sizeof text, command[k], store[i].name);
            refuses(&program, text, &c);
        }
        snprintf(text, sizeof text, "diff -r $F/%s $F/copy && rm -r $F/copy && ! ls $F/%s-* 2>/dev/null",
                 store[i].name, store[i].name);
        shell(text);
    }
}

static void stores_that_are_not_there(void **state)
{
    static const Case wrong[] = {
        {"run $F/good.yaml --db $F/none/new.db",
         1,
         {"none/new.db: cannot create: No such file or directory"}},
        {"run $F/good.yaml --db $F/text.db/new.db", 1, {"text.db/new.db: Not a directory"}},
        {"run $F/good.yaml --db ''", 2, {"'': expected the name of a file"}},
        {"run $F/good.yaml --db :memory:", 2, {"':memory:': expected the name of a file"}},
        {"run $F/good.yaml --db /dev/null", 2, {"/dev/null: not a regular file; expected a cvrlab store"}},
        {"table $F/none.db", 1, {"none.db: No such file or directory"}},
        {"plot $F/none.db", 1, {"none.db: No such file or directory"}},
        {"table $F/empty.db", 2, {"empty.db: an empty file; expected a cvrlab store"}},
        {"plot $F/empty.db", 2, {"empty.db: an empty file; expected a cvrlab store"}},
    };
    (void)state;
    refuses_arguments(&program, wrong, LENGTH(wrong));
    shell("test ! -s $F/empty.db && test ! -e $F/none.db");
}

/* A store whose header is sound and whose other pages are not, whichever of them is read first. */
static void a_damaged_store(void **state)
{
    static const Case damaged[] = {
        {"run $F/good.yaml --db $F/torn.db", 1, {"torn.db: database disk image is malformed"}},
        {"table $F/torn.db", 1, {"torn.db: database disk image is malformed"}},
        {"plot $F/torn.db -o $F/figures", 1, {"torn.db: database disk image is malformed"}},
    };
    (void)state;
    program_needed();
    shell("cp $F/kept.db $F/torn.db; yes | dd of=$F/torn.db bs=4096 seek=1 "
          "count=$(($(stat -c %s $F/torn.db) / 4096 - 1)) iflag=fullblock conv=notrunc 2>/dev/null");
    refuses_arguments(&program, damaged, LENGTH(damaged));
}

/* A user without rights: as root, runs are made as nobody. */
static void files_without_permission(void **state)
{
    static const Case wrong[] = {
        {"run $F/closed.yaml", 1, {"closed.yaml: cannot open: Permission denied"}},
        {"run $F/good.yaml --db $F/fixed/new.db", 1, {"fixed/new.db: cannot create: Permission denied"}},
        {"run $F/good.yaml --db $F/fixed/there.db",
         1,
         {"fixed/there.db: attempt to write a readonly database"}},
        {"run $F/good.yaml --db $F/fixed/closed.db", 1, {"fixed/closed.db: Permission denied"}},
        {"table $F/fixed/closed.db", 1, {"fixed/closed.db: Permission denied"}},
    };
    (void)state;
    program_needed();
    shell("cp $F/good.yaml $F/closed.yaml && mkdir -p $F/fixed && cp $F/kept.db $F/fixed/there.db && "
          "cp $F/kept.db $F/fixed/closed.db && chmod 0 $F/closed.yaml $F/fixed/closed.db && "
          "chmod 444 $F/fixed/there.db && chmod 555 $F/fixed && chmod 755 $F");
    program.user = geteuid() == 0 ? NOBODY : 0;
    program_run(&program, "--version");
    bool starts = program.code == 0;
    if (starts)
        refuses_arguments(&program, wrong, LENGTH(wrong));
    if (starts)
        program_succeeds(&program, "table $F/fixed/there.db"); /* to read one is no change */
    program.user = 0;
    shell("cmp $F/there.db $F/kept.db && chmod 755 $F/fixed && cmp $F/fixed/there.db $F/kept.db");
    if (!starts) {
        print_message("nobody may not run %s: skipped\n", getenv("CVRLAB"));
        skip();
    }
}

/* Progress, and at the end one line that tells of the failure. */
static void expect_stopped(const char *expected)
{
    const char *last = strstr(program.errors, "cvrlab: ");
    if (program.code != 1 || program.output[0] || !last || !strstr(last, expected) ||
        strchr(last, '\n') != last + strlen(last) - 1)
        fail_msg("exit code %d; errors '%s'; expected '%s'", program.code, program.errors, expected);
}

/* Number of units in a store that a failed run has left, which must be sound. */
static double sound_units(const char *name)
{
    sqlite3 *db = stores_open(name);
    char *integrity = stores_text(db, "PRAGMA integrity_check");
    assert_string_equal(integrity, "ok");
    free(integrity);
    double units = stores_value(db, "SELECT count(*) FROM run");
    assert_int_equal(stores_value(db, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_int_equal(stores_value(db,
                                  "SELECT count(*) FROM run WHERE status = 'done' AND NOT EXISTS (SELECT 1"
                                  " FROM metric m WHERE m.estimator = run.estimator AND"
                                  " m.replicate = run.replicate)"),
                     0);
    stores_close(db);
    return units;
}

/* What was committed before the disk was full stays, and the run goes on from there. */
static void a_full_disk_stops_a_run(void **state)
{
    static const int kilobytes[] = {16, 150, 300};
    (void)state;
    program_succeeds(&program, "run $F/good.yaml -n 20 --db $F/roomy.db");
    for (size_t i = 0; i < LENGTH(kilobytes); i++) {
        char expected[64];
        program.largest_file = 1024 * (rlim_t)kilobytes[i];
        program_run(&program, "run $F/good.yaml -n 20 --jobs 1 --db $F/full.db");
        program.largest_file = 0;
        expect_stopped("full.db: ");
        if (i == 0) {
            shell("! ls $F/full.db* 2>/dev/null"); /* not even its layout had room */
            continue;
        }
        double units = sound_units("full.db");
        assert_true(units >= 1 && units < 40);
        program_succeeds(&program, "table $F/full.db");
        program_succeeds(&program, "run $F/good.yaml -n 20 --db $F/full.db");
        snprintf(expected, sizeof expected, ", %.0f were there already; ", units);
        assert_non_null(strstr(program.errors, expected));
        stores_same("roomy.db", "full.db");
        shell("rm $F/full.db");
    }
}

/* A disk of its own, which only root can make. */
static void a_really_full_disk_stops_a_run(void **state)
{
    char path[160];
    (void)state;
    program_needed();
    shell("mkdir -p $F/disk");
    snprintf(path, sizeof path, "%s/disk", program.folder);
    if (mount("tmpfs", path, "tmpfs", 0, "size=300k")) {
        print_message("no permission to mount a small disk: skipped\n");
        skip();
    }
    program_run(&program, "run $F/good.yaml -n 20 --jobs 1 --db $F/disk/full.db");
    bool copied = system("cp $F/disk/full.db* $F/") == 0; /* NOLINT: a command of our own */
    assert_int_equal(umount(path), 0);
    assert_true(copied);
    expect_stopped("full.db: database or disk is full");
    double units = sound_units("full.db");
    assert_true(units >= 1 && units < 40);
}

static void output_that_cannot_be_written(void **state)
{
    static const char *const command[] = {
        "table $F/there.db", "table $F/there.db -f csv", "list", "list keys", "run --help", "--help"};
    (void)state;
    if (access("/dev/full", W_OK) != 0) {
        print_message("there is no /dev/full: skipped\n");
        skip();
    }
    for (size_t i = 0; i < LENGTH(command); i++) {
        char arguments[64];
        snprintf(arguments, sizeof arguments, "%s >/dev/full", command[i]);
        refuses(&program, arguments, &(Case){command[i], 1, {"cannot write", "No space left on device"}});
    }
    nothing_changed();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_are_no_store),
        cmocka_unit_test(stores_that_are_not_there),
        cmocka_unit_test(a_damaged_store),
        cmocka_unit_test(files_without_permission),
        cmocka_unit_test(a_full_disk_stops_a_run),
        cmocka_unit_test(a_really_full_disk_stops_a_run),
        cmocka_unit_test(output_that_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
