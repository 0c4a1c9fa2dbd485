/* The facts that the build has written down, and the one of the machine. */
#include "experiments/identity/identity.h"

#include "experiments/identity/source_hash.h"

/* In the folder of the build. */
#include "identity.inc"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

const char *identity_own(const char *estimator)
{
    for (size_t i = 0; i < sizeof own_code / sizeof *own_code; i++)
        if (!strcmp(own_code[i].estimator, estimator))
            return own_code[i].hash;
    return "";
}

/* "model name	: Intel(R) Xeon(R) ..." of the first processor; on machines whose kernel gives no such line
 * the kind of machine. */
void identity_cpu(char text[CPU_TEXT])
{
    char line[512];
    struct utsname machine;
    FILE *file = fopen("/proc/cpuinfo", "re");
    text[0] = 0;
    while (file && !text[0] && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (colon && !strncmp(line, "model name", strlen("model name")))
            snprintf(text, CPU_TEXT, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
    }
    if (file)
        (void)fclose(file);
    if (!text[0])
        snprintf(text, CPU_TEXT, "%s", uname(&machine) ? "unknown" : machine.machine);
}
