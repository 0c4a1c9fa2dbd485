# Tests of cvrlab.R: Rscript test.R UNIT STORE, made by test.sh. Prints a line for each.
arguments <- commandArgs(TRUE)
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "cvrlab.R"))
failed <- FALSE

test <- function(name, code) {
  fault <- tryCatch({ force(code); NULL }, error = conditionMessage)
  if (!is.null(fault)) failed <<- TRUE
  verdict <- if (is.null(fault)) "ok" else "not ok"
  cat(verdict, " r.", name, if (!is.null(fault)) paste("\n#", fault), "\n", sep = "")
}
refused <- function(pattern, code) {
  fault <- tryCatch({ force(code); "nothing was wrong" }, error = conditionMessage)
  if (!grepl(pattern, fault)) stop("expected '", pattern, "', found '", fault, "'")
}

folder <- arguments[1]
test("json", {
  text <- '{"a": [1, -2.5e3], "b": {"c": "d\\u00e9 \\"e\\" \\\\"}, "f": [true, null], "g": [], "h": "\\n"}'
  value <- cvrlab_json(text)
  stopifnot(identical(value$a, c(1, -2500)), identical(value$b$c, "d\u00e9 \"e\" \\"),
            identical(value$h, "\n"), isTRUE(value$f[[1]]), length(value$f) == 2,
            identical(value$g, list()))
})
test("unit", {
  unit <- cvrlab_unit(folder)
  stopifnot(identical(dim(unit$log$id), c(300L, 3L)), is.integer(unit$log$id),
            all(unit$log$click %in% 0:1),
            identical(dim(unit$log$dense), c(300L, 2L)), is.null(unit$log$propensity),
            length(unit$unbiased$conversion) == 20, unit$seed == 1, unit$options$depth == 3,
            sum(unit$log$click) == unit$manifest$clicks,
            sum(unit$log$conversion) == unit$manifest$conversions,
            max(unit$log$id[, 1]) == 19, max(unit$log$id[, 2]) == 9)
})
test("write", {
  unit <- cvrlab_unit(folder)
  cvr <- seq(0, 1, length.out = 40)
  cvrlab_write(unit, cvr, rev(cvr), list(seconds = 1.5, note = "a \"note\"", diverged = FALSE))
  stopifnot(identical(cvrlab_npy(file.path(folder, "cvr.npy")), cvr),
            identical(cvrlab_npy(file.path(folder, "ctr.npy")), rev(cvr)))
  report <- cvrlab_json(paste(readLines(file.path(folder, "report.json")), collapse = ""))
  stopifnot(report$seconds == 1.5, report$note == "a \"note\"", identical(report$diverged, FALSE))
})
test("refusals", {
  unit <- cvrlab_unit(folder)
  refused("39 numbers; expected 40", cvrlab_write(unit, rep(0.5, 39)))
  refused("1 of 40 are not finite", cvrlab_write(unit, c(NA, rep(0.5, 39))))
  refused("from 2 to 2; expected", cvrlab_write(unit, rep(2, 40)))
  refused("not an .npy file", cvrlab_npy(file.path(folder, "manifest.json")))
  refused("not found; expected a folder", cvrlab_unit(file.path(folder, "nowhere")))
})
if (nzchar(Sys.which("sqlite3")) || requireNamespace("RSQLite", quietly = TRUE)) {
  test("read", {
    frame <- cvrlab_read(arguments[2])
    stopifnot(identical(as.numeric(frame$mse), c(1, 2)),
              identical(frame[["world.ctr"]], c(0.1, 0.2)))
    refused("no such table|none", cvrlab_read(arguments[2], "none"))
    refused("not found; expected", cvrlab_read("nowhere.db"))
  })
} else cat("skip r.read: neither RSQLite nor sqlite3 is installed\n")
if (failed) quit(status = 1)
