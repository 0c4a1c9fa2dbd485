/* Damaged stores: usage stores PROGRAM RUNS [SEED [KEPT]]. Each is a store that the program has written,
 * damaged in its bytes or with SQL, and read by every command. One that ends by a signal, with an exit code
 * of no meaning, with a word of a sanitizer, or not at all, is a find: the store is kept in the folder KEPT,
 * with its number, and the exit code is 1. A run of the same seed damages the same. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 60, MOST_CODE = 4, MOST_DAMAGES = 6, PATH = 512, SQL = 4096, MOST_SAID = 1 << 16 };

static char folder[] = "/tmp/cvrlab-stores-XXXXXX";
static uint64_t state;

static uint64_t draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return below ? state % below : 0;
}

static void needed(bool fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "stores: cannot %s: %s\n", what, strerror(errno));
    exit(2);
}

static char *path_of(char path[PATH], const char *name)
{
    snprintf(path, PATH, "%s/%s", folder, name);
    return path;
}

static void write_text(const char *name, const char *text)
{
    char path[PATH];
    FILE *file = fopen(path_of(path, name), "w");
    needed(file && fputs(text, file) >= 0 && fclose(file) == 0, name);
}

/* Copies a file, and removes what SQLite may have left beside the copy. */
static void copy(const char *from, const char *to)
{
    char a[PATH], b[PATH], buffer[1 << 14];
    static const char *const ending[] = {"-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", to, ending[i]);
        unlink(path_of(a, name));
    }
    FILE *in = fopen(path_of(a, from), "rb"), *out = fopen(path_of(b, to), "wb");
    needed(in && out, "copy a store");
    for (size_t size; (size = fread(buffer, 1, sizeof buffer, in)) > 0;)
        needed(fwrite(buffer, 1, size, out) == size, "copy a store");
    fclose(in);
    needed(fclose(out) == 0, "copy a store");
}

/* Runs the program in the folder, output and errors into said; its exit code, or 128 + the signal. */
static int run(const char *program, const char *const *argument)
{
    pid_t child = fork();
    needed(child >= 0, "start a process");
    if (child == 0) {
        const struct rlimit limit = {SECONDS, SECONDS};
        int file = chdir(folder) ? -1 : open("said", O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (file < 0 || setrlimit(RLIMIT_CPU, &limit) || dup2(file, 1) < 0 || dup2(file, 2) < 0)
            _exit(127);
        alarm(2 * SECONDS);
        execv(program, (char *const *)argument);
        _exit(127);
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        needed(errno == EINTR, "wait");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static const char *said(void)
{
    static char text[MOST_SAID];
    char path[PATH];
    FILE *file = fopen(path_of(path, "said"), "rb");
    needed(file, "read what was said");
    const size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    for (size_t i = 0; i < size; i++)
        text[i] = text[i] ? text[i] : '?';
    text[size] = 0;
    return text;
}

/* The stores that damage starts from, as the program writes them; plots are those of a gnuplot that draws
 * nothing, so that its time is not what runs are limited by. */
static void make_seeds(const char *program)
{
    static const char head[] =
        "log.size: 300\ntest.size: 40\nworld: {users: 20, items: 10, latent: 2, context: 1}\n"
        "model: {embedding: 2, layers: [4]}\ntrain: {epochs: 1, batch: 128}\n";
    char text[1024], path[2 * PATH];
    snprintf(text, sizeof text, "name: plain\nreplicates: 3\nworlds: 2\nestimators: [naive, ips, esmm]\n%s",
             head);
    write_text("0.yaml", text);
    snprintf(text, sizeof text,
             "name: swept\nquestion: Which?\nreplicates: 2\nestimators: [naive, ips]\nrisk: {estimators: "
             "[ips, dr],"
             " predictors: [truth], size: 100, redraws: 5}\nsweep: {world.ctr: [.1, .2], train.l2: [0, .1]}\n"
             "claims:\n- {says: Better, that: naive mse at world.ctr=0.1 train.l2=0 > ips mse at "
             "world.ctr=0.1 train.l2=0}\n%s",
             head);
    write_text("1.yaml", text);
    for (int i = 0; i < 2; i++) {
        char spec[8], store[8];
        snprintf(spec, sizeof spec, "%d.yaml", i);
        snprintf(store, sizeof store, "%d.db", i);
        const char *const argument[] = {program, "run", spec, "--db", store, NULL};
        if (run(program, argument) != 0) {
            fprintf(stderr, "stores: %s: %s", spec, said());
            exit(2);
        }
    }
    needed(mkdir(path_of(text, "bin"), 0755) == 0, "make a folder");
    write_text("bin/gnuplot",
               "#!/bin/sh\nprintf '<svg width=\"9\">                                  </svg>' >\"$5\"\n");
    needed(chmod(path_of(text, "bin/gnuplot"), 0755) == 0, "make a gnuplot");
    snprintf(path, sizeof path, "%s/bin:%s", folder, getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
    needed(setenv("PATH", path, 1) == 0, "set PATH");
}

static void damage_bytes(void)
{
    static const uint32_t odd[] = {0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, 0x80000000};
    char path[PATH];
    int file = open(path_of(path, "damaged.db"), O_RDWR);
    needed(file >= 0, "open a store");
    const uint64_t size = (uint64_t)lseek(file, 0, SEEK_END);
    if (size < 2 * 4096) { /* what an earlier damage has left is no store any more */
        close(file);
        return;
    }
    /* The header is mostly left alone, where nearly all damage is refused at once. */
    const uint64_t from = draw(20) ? 100 : 0, at = from + draw(size - from);
    uint8_t page[4096];
    uint32_t value = odd[draw(sizeof odd / sizeof *odd)];
    bool fine = true;
    switch (draw(8)) {
    case 0:
        fine = ftruncate(file, (off_t)at) == 0;
        break;
    case 1: /* one page in the place of another */
        fine = pread(file, page, sizeof page, (off_t)(at / 4096 * 4096)) > 0 &&
               pwrite(file, page, sizeof page, (off_t)((1 + draw(size / 4096 - 1)) * 4096)) > 0;
        break;
    case 2: /* what a page says of its cells */
        fine = pwrite(file, &value, 1 + draw(4), (off_t)(at / 4096 * 4096 + draw(16))) > 0;
        break;
    default:
        value = draw(2) ? value : (uint32_t)draw(UINT32_MAX);
        fine = pwrite(file, &value, 1 + draw(4), (off_t)at) > 0;
    }
    close(file);
    needed(fine, "damage a store");
}

/* A row of a query, the one at a place drawn among all; the text is "" when there is none. */
static void draw_text(sqlite3 *db, const char *query, char text[SQL])
{
    sqlite3_stmt *row = NULL;
    text[0] = 0;
    if (sqlite3_prepare_v2(db, query, -1, &row, NULL) == SQLITE_OK) {
        int seen = 0;
        while (sqlite3_step(row) == SQLITE_ROW)
            if (draw((uint64_t)++seen) == 0)
                snprintf(text, SQL, "%s", (const char *)sqlite3_column_text(row, 0));
    }
    sqlite3_finalize(row);
}

static void write_damage(sqlite3 *db, char sql[2 * SQL])
{
    static const char *const value[] = {"NULL",
                                        "''",
                                        "x''",
                                        "-1",
                                        "0",
                                        "1",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "1e308",
                                        "-1e308",
                                        "9e999",
                                        "'text'",
                                        "zeroblob(8)",
                                        "zeroblob(40)",
                                        "zeroblob(100000)",
                                        "char(27)||'[2J'",
                                        "'a'||char(0)||'b'",
                                        "x'ff41'",
                                        "CAST(x'c328ff' AS TEXT)",
                                        "printf('%.*c',63,'x')",
                                        "printf('%.*c',300,'x')",
                                        "printf('%.*c',70000,'x')",
                                        "'%s%n%d'",
                                        "'a\"b\\c''d,e|f<g>'",
                                        "'world.ctr=0.1 x='",
                                        "'../../x'",
                                        "printf('%.*c',500,'[')",
                                        "'mse,auc/O,rank,seconds'",
                                        "'naive mse > ips mse'",
                                        "randomblob(64)"};
    static const char *const shape[] = {
        "UPDATE OR IGNORE %1$s SET %2$s = %3$s WHERE random() %% 3 = 0",
        "UPDATE OR REPLACE %1$s SET %2$s = %3$s",
        "UPDATE OR IGNORE %1$s SET %2$s = %3$s",
        "DELETE FROM %1$s WHERE random() %% 3 = 0",
        "DELETE FROM %1$s",
        "UPDATE OR IGNORE %1$s SET %2$s = CAST(%2$s AS BLOB)",
        "UPDATE OR IGNORE %1$s SET %2$s = %2$s || %3$s",
        "UPDATE OR IGNORE %1$s SET %2$s = substr(%2$s, 1, abs(random()) %% (1 + length(%2$s)))",
        "ALTER TABLE %1$s DROP COLUMN %2$s",
        "ALTER TABLE %1$s RENAME TO other; CREATE VIEW %1$s AS SELECT * FROM other",
        "CREATE TRIGGER t AFTER UPDATE ON %1$s BEGIN DELETE FROM run; END",
        "CREATE INDEX i ON %1$s (%2$s)",
        "ALTER TABLE %1$s ADD COLUMN more AS (%3$s)"};
    static const int shapes = sizeof shape / sizeof *shape, often = 8;
    char table[SQL], column[SQL], query[SQL];
    draw_text(db, "SELECT name FROM sqlite_schema WHERE type = 'table'", table);
    snprintf(query, sizeof query, "SELECT name FROM pragma_table_info('%.200s')", table);
    draw_text(db, query, column);
    const char *form = shape[draw(draw(12) ? (uint64_t)often : (uint64_t)shapes)];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(sql, 2 * SQL, form, table, column, value[draw(sizeof value / sizeof *value)]);
#pragma GCC diagnostic pop
}

static void damage_content(void)
{
    char path[PATH];
    static char sql[2 * SQL];
    sqlite3 *db;
    needed(sqlite3_open(path_of(path, "damaged.db"), &db) == SQLITE_OK, "open a store");
    for (uint64_t k = 1 + draw(MOST_DAMAGES); k > 0; k--) {
        write_damage(db, sql);
        if (getenv("VERBOSE"))
            fprintf(stderr, "%s\n", sql);
        sqlite3_exec(db, sql, NULL, NULL, NULL); /* what cannot be done is not */
    }
    if (draw(3))
        sqlite3_exec(db, "UPDATE experiment SET stale = 1", NULL, NULL, NULL);
    sqlite3_exec(db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    sqlite3_close(db);
}

static bool is_find(int code)
{
    const char *text = said();
    return code > MOST_CODE || strstr(text, "Sanitizer") || strstr(text, "runtime error:") ||
           strstr(text, "Assertion");
}

/* Every command on damaged.db; the number of finds. */
static int read_damaged(const char *program, int number, int seed, const char *kept)
{
    char spec[8];
    snprintf(spec, sizeof spec, "%d.yaml", seed);
    const char *const command[][10] = {
        {program, "table", "used.db", NULL},
        {program, "plot", "used.db", "-o", "figures", "-f", "svg", NULL},
        {program, "report", "used.db", "-o", "page", NULL},
        {program, "compare", "used.db", seed ? "1.db" : "0.db", NULL},
        {program, "show", "used.db", NULL},
        {program, "run", spec, "--db", "used.db", "-n", "4", "--only", "naive", NULL},
    };
    int finds = 0;
    for (size_t c = 0; c < sizeof command / sizeof *command; c++) {
        copy("damaged.db", "used.db");
        const int code = run(program, command[c]);
        if (!is_find(code))
            continue;
        char name[PATH], from[PATH], line[3 * PATH];
        snprintf(name, sizeof name, "%s/%d.db", kept, number);
        snprintf(line, sizeof line, "mkdir -p '%s' && cp '%s' '%s'", kept, path_of(from, "damaged.db"), name);
        needed(system(line) == 0, "keep a store");
        printf("%s: %s ends with %d: %.3000s\n", name, command[c][1], code, said());
        fflush(stdout);
        finds++;
    }
    return finds;
}

int main(int argc, char **argv)
{
    char program[PATH_MAX], line[PATH];
    if (argc < 3 || !realpath(argv[1], program)) {
        fprintf(stderr, "usage: stores PROGRAM RUNS [SEED [KEPT]]\n");
        return 2;
    }
    const int runs = atoi(argv[2]), seed = argc > 3 ? atoi(argv[3]) : 1;
    const char *kept = argc > 4 ? argv[4] : "build/found";
    int finds = 0;
    needed(mkdtemp(folder), "make a folder");
    needed(setenv("ASAN_OPTIONS", "exitcode=99:detect_leaks=1", 0) == 0, "set the environment");
    make_seeds(program);
    for (int number = 0; number < runs; number++) {
        state = ((uint64_t)seed << 32 | (uint64_t)number) * 0x9e3779b97f4a7c15U | 1;
        (void)draw(0);
        const int from = (int)draw(2);
        copy(from ? "1.db" : "0.db", "damaged.db");
        if (draw(3))
            damage_content();
        else
            for (uint64_t k = 1 + draw(MOST_DAMAGES); k > 0; k--)
                damage_bytes();
        finds += read_damaged(program, number, from, kept);
        if (number % 20 == 19)
            fprintf(stderr, "stores: %d of %d, %d finds\n", number + 1, runs, finds);
    }
    snprintf(line, sizeof line, "rm -rf %s", folder);
    if (system(line) != 0)
        fprintf(stderr, "stores: %s stays\n", folder);
    printf("%d damaged stores, %d finds\n", runs, finds);
    return finds > 0;
}
