# Estimators in R: reads a unit folder of cvrlab, writes predictions, reads a store. Base R is
# enough.
#
#   source("cvrlab.R")
#   for (folder in cvrlab_units()) {                 # the folders that the command line names
#     unit <- cvrlab_unit(folder)
#     clicked <- unit$log$click == 1
#     cvrlab_write(unit, rep(mean(unit$log$conversion[clicked]), nrow(unit$test$id)))
#   }
#
# Numbers are R's doubles and integers; ids begin at 0, as in the files.

# One array from an .npy file: a vector, or a matrix with a row each. Its dtype must be one that
# cvrlab writes, or <f8; arrays in Fortran's order are refused. (The package RcppCNPy reads the
# bytes of any dtype as doubles.)
cvrlab_npy <- function(file) {
  connection <- file(file, "rb")
  on.exit(close(connection))
  magic <- readBin(connection, "raw", 8)
  if (length(magic) < 8 || !identical(magic[1:6], as.raw(c(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59))))
    stop(file, ": not an .npy file")
  wide <- as.integer(magic[7]) > 1
  size <- readBin(connection, "integer", 1, if (wide) 4 else 2, signed = wide, endian = "little")
  header <- rawToChar(readBin(connection, "raw", size))
  dtype <- sub(".*'descr': *'([^']*)'.*", "\\1", header)
  if (!dtype %in% c("<i4", "<f4", "<f8", "|u1"))
    stop(file, ": dtype ", dtype, "; expected <i4, <f4, <f8 or |u1")
  if (!grepl("'fortran_order': *False", header))
    stop(file, ": in Fortran's order; expected C order")
  shape <- sub(".*'shape': *\\(([^)]*)\\).*", "\\1", header)
  shape <- as.numeric(regmatches(shape, gregexpr("[0-9]+", shape))[[1]])
  count <- prod(shape)
  bytes <- as.integer(substr(dtype, 3, 3))
  kind <- if (substr(dtype, 2, 2) == "f") "double" else "integer"
  values <- readBin(connection, kind, count, bytes, signed = bytes > 1, endian = "little")
  if (length(values) != count)
    stop(file, ": ", length(values), " values; expected ", count)
  if (length(shape) == 2) matrix(values, shape[1], shape[2], byrow = TRUE) else values
}

# Writes a vector of doubles as .npy; under its own name only when the file is whole.
cvrlab_write_npy <- function(file, values) {
  header <- sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }", length(values))
  header <- paste0(header, strrep(" ", (-(nchar(header) + 11)) %% 64), "\n")
  temporary <- paste0(file, ".part")
  connection <- file(temporary, "wb")
  writeBin(as.raw(c(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0)), connection)
  writeBin(nchar(header), connection, 2, "little")
  writeBin(charToRaw(header), connection)
  writeBin(as.double(values), connection, 8, "little")
  close(connection)
  if (!file.rename(temporary, file)) stop(file, ": cannot be written")
}

# A value of JSON text as lists, vectors of equal types, strings, numbers, TRUE, FALSE and NULL:
# what a manifest is made of.
cvrlab_json <- function(text) {
  token <- "\"([^\"\\\\]|\\\\.)*\"|[][{}:,]|-?[0-9][-+.0-9eE]*|true|false|null"
  tokens <- regmatches(text, gregexpr(token, text, perl = TRUE))[[1]]
  at <- 0
  nxt <- function() tokens[at <<- at + 1]
  string <- function(quoted) {
    plain <- substr(quoted, 2, nchar(quoted) - 1)
    plain <- gsub("\\\\([\"/\\\\])", "\\1", gsub("\\n", "\n", plain, fixed = TRUE), perl = TRUE)
    while (grepl("\\\\u[0-9a-fA-F]{4}", plain)) {
      code <- sub(".*?\\\\u([0-9a-fA-F]{4}).*", "\\1", plain, perl = TRUE)
      plain <- sub(paste0("\\u", code), intToUtf8(strtoi(code, 16)), plain, fixed = TRUE)
    }
    plain
  }
  value <- function(first) {
    if (first == "{") {
      object <- list()
      if ((key <- nxt()) == "}") return(object)
      repeat {
        nxt()
        object[string(key)] <- list(value(nxt()))
        if (nxt() == "}") return(object)
        key <- nxt()
      }
    }
    if (first == "[") {
      array <- list()
      if ((item <- nxt()) == "]") return(array)
      repeat {
        array[length(array) + 1] <- list(value(item))
        if (nxt() == "]") break
        item <- nxt()
      }
      flat <- all(vapply(array, function(x) is.atomic(x) && length(x) == 1, TRUE))
      return(if (flat && length(unique(lapply(array, class))) == 1) unlist(array) else array)
    }
    switch(first, true = TRUE, false = FALSE, null = NULL,
           if (startsWith(first, "\"")) string(first) else as.numeric(first))
  }
  value(nxt())
}

# The folders of units: those that the command line names, or all in a folder.
cvrlab_units <- function(where = commandArgs(TRUE)) {
  unlist(lapply(where, function(place) {
    if (file.exists(file.path(place, "manifest.json"))) return(place)
    found <- dirname(Sys.glob(file.path(place, "*", "manifest.json")))
    if (length(found) == 0) stop(place, ": no unit; expected manifest.json in it or in its folders")
    sort(found)
  }))
}

# A unit: $log, $unbiased, $test, $stream with the arrays of each by their names ($log$id,
# $log$click, ...), $manifest, $options, $seed, $clip. Parts and arrays that the unit lacks are
# NULL.
cvrlab_unit <- function(folder) {
  file <- file.path(folder, "manifest.json")
  if (!file.exists(file)) stop(file, ": not found; expected a folder written by cvrlab")
  manifest <- cvrlab_json(paste(readLines(file, warn = FALSE, encoding = "UTF-8"), collapse = "\n"))
  if (!identical(manifest$format, "cvrlab-unit") || !identical(manifest$format_version, 1))
    stop(file, ": format ", manifest$format, " of version ", manifest$format_version,
         "; expected cvrlab-unit of version 1")
  unit <- list(folder = folder, manifest = manifest, options = manifest$options,
               seed = as.integer(manifest$seed), clip = manifest$clip)
  for (name in names(manifest$files)) {
    entry <- manifest$files[[name]]
    array <- cvrlab_npy(file.path(folder, entry$file))
    found <- if (is.matrix(array)) dim(array) else length(array)
    if (!all(length(found) == length(entry$shape)) || !all(found == entry$shape))
      stop(entry$file, ": shape ", paste(found, collapse = " x "), "; expected ",
           paste(entry$shape, collapse = " x "))
    part <- sub("_.*", "", name)
    unit[[part]][[sub("^[^_]*_", "", name)]] <- array
  }
  unit
}

# Writes predictions of the test exposures: probabilities, one a row. `report` is a list of numbers
# and texts such as list(seconds = 1.2, note = "glm").
cvrlab_write <- function(unit, cvr, ctr = NULL, report = NULL) {
  rows <- nrow(unit$test$id)
  for (name in c("cvr", if (!is.null(ctr)) "ctr")) {
    values <- as.numeric(get(name))
    if (length(values) != rows) stop(name, ": ", length(values), " numbers; expected ", rows)
    bad <- sum(!is.finite(values))
    if (bad > 0) stop(name, ": ", bad, " of ", rows, " are not finite")
    if (rows > 0 && (min(values) < 0 || max(values) > 1))
      stop(name, ": from ", min(values), " to ", max(values),
           "; expected probabilities in [0, 1] (are these logits?)")
  }
  if (!is.null(report)) {
    text <- vapply(report, function(x) {
      if (is.character(x)) encodeString(x, quote = "\"")
      else if (is.logical(x)) tolower(as.character(x))
      else format(x, digits = 15)
    }, "")
    writeLines(paste0("{", paste0("\"", names(report), "\": ", text, collapse = ", "), "}"),
               file.path(unit$folder, "report.json"))
  }
  if (!is.null(ctr)) cvrlab_write_npy(file.path(unit$folder, "ctr.npy"), as.numeric(ctr))
  cvrlab_write_npy(file.path(unit$folder, "cvr.npy"), as.numeric(cvr))
}

# Ends the program: this unit cannot be done, for a reason that the run shows.
cvrlab_skip <- function(reason) {
  message(reason)
  quit(status = 77)
}

# A table or view of a store as a data frame, such as "bias_variance", with a column for each swept
# key. It goes through RSQLite where that is installed, else through the program sqlite3.
cvrlab_read <- function(store, table = "bias_variance") {
  if (!file.exists(store))
    stop(store, ": not found; expected the store of a run, such as results/mine.db")
  if (!grepl("^[A-Za-z_]+$", table)) stop("no table ", table)
  frame <- cvrlab_query(store, paste0("SELECT * FROM \"", table, "\""))
  if (table == "setting_key" || !all(c("experiment", "setting") %in% names(frame))) return(frame)
  keys <- cvrlab_query(store, "SELECT experiment, setting, key, value FROM setting_key")
  place <- paste(frame$experiment, frame$setting, sep = "\r")
  for (key in unique(keys$key[keys$experiment %in% frame$experiment])) {
    rows <- keys[keys$key == key, ]
    values <- rows$value[match(place, paste(rows$experiment, rows$setting, sep = "\r"))]
    frame[[key]] <- type.convert(as.character(values), as.is = TRUE)
  }
  frame
}

cvrlab_query <- function(store, sql) {
  if (requireNamespace("RSQLite", quietly = TRUE)) {
    connection <- DBI::dbConnect(RSQLite::SQLite(), store, flags = RSQLite::SQLITE_RO)
    on.exit(DBI::dbDisconnect(connection))
    return(DBI::dbGetQuery(connection, sql))
  }
  words <- c("-readonly", "-csv", "-header", shQuote(store), shQuote(sql))
  text <- suppressWarnings(system2("sqlite3", words, stdout = TRUE, stderr = TRUE))
  if (!is.null(attr(text, "status"))) stop(store, ": ", paste(text, collapse = " "))
  if (length(text) == 0) return(data.frame())
  read.csv(text = text, check.names = FALSE, stringsAsFactors = FALSE)
}
