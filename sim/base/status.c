/* The one place that writes messages, and so the one that sees to it that they are a clean line, whatever the
 * names and texts in them. */
#include "sim/base/status.h"

#include "sim/base/text.h"

#include <stdarg.h>
#include <stdio.h>

Status fail(Message *message, Status status, const char *format, ...)
{
    if (message) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(message->text, sizeof message->text, format, arguments);
        va_end(arguments);
        text_clean(message->text, "");
    }
    return status;
}
