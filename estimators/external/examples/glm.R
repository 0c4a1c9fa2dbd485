# Logistic regression of the clicks, in R. As a command: [Rscript, glm.R]
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "..", "r", "cvrlab.R"))

for (folder in cvrlab_units()) {
  unit <- cvrlab_unit(folder)
  columns <- unit$manifest$categorical
  frame <- function(part) {
    x <- data.frame(part$dense)
    for (k in seq_along(columns)) {          # users and items would be too many factors for glm
      if (columns[[k]]$cardinality <= 50)
        x[[columns[[k]]$name]] <- factor(part$id[, k], seq_len(columns[[k]]$cardinality) - 1)
    }
    x
  }
  clicked <- unit$log$click == 1
  start <- proc.time()[["elapsed"]]
  model <- glm(r ~ ., binomial, cbind(frame(unit$log), r = unit$log$conversion)[clicked, ])
  cvr <- suppressWarnings(predict(model, frame(unit$test), type = "response"))
  seconds <- proc.time()[["elapsed"]] - start
  cvrlab_write(unit, cvr, report = list(seconds = seconds, note = R.version.string))
}
