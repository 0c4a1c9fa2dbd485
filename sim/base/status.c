/* The one place that writes messages. */
#include "sim/base/status.h"

#include <stdarg.h>
#include <stdio.h>

Status fail(Message *message, Status status, const char *format, ...)
{
    if (message) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(message->text, sizeof message->text, format, arguments);
        va_end(arguments);
    }
    return status;
}
