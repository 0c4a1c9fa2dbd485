# A metric over the time of a stream of clicks: one line for each estimator, with a ribbon of ± one Monte Carlo standard error.
# Drawn as a sweep of one key is; the columns of the data are those of sweep.gp, with one panel and a point for each part of the
# stream.
over_time = 1
call "sweep.gp" ARG1 ARG2 ARG3 ARG4
